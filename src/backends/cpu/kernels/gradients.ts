import type { KernelBuilder } from "../language/builder.ts";
import type { Integer } from "../language/instruction.ts";
import { WORD } from "../language/layout.ts";
import { fill } from "./attention-parts.ts";
import { eachRow, momentsOf, rootOf, rowFields, rowTotal } from "./rows.ts";
import type { KernelSource } from "./source.ts";
import { eachTaskRows } from "./tasks.ts";

const softmaxFields = [...rowFields, "gradient"] as const;

/** The row of another matrix that has the shape of x. */
function beside<Field extends string>(k: KernelBuilder<Field | "x">, x: Integer, field: Field) {
  return k.add(x, k.subtract(k.argument(field), k.argument("x")));
}

/** x ∘ (gradient − Σ x ∘ gradient), row by row: x are weights that a softmax gave. */
export const softmaxGradient: KernelSource<(typeof softmaxFields)[number]> = {
  name: "softmaxGradient",
  fields: softmaxFields,
  floats: [],
  write(k) {
    eachRow(k, (x, output, width) => {
      const gradient = beside(k, x, "gradient");
      const at = (row: Integer, place: Integer) => k.at(row, 0, place, WORD);
      const along = rowTotal(k, width, (place, tail) =>
        k.times(k.load(at(x, place), tail), k.load(at(gradient, place), tail)),
      );
      k.eachVector(width, (place, tail) => {
        const own = k.minus(k.load(at(gradient, place), tail), along);
        k.store(k.times(own, k.load(at(x, place), tail)), at(output, place), tail);
      });
    });
  },
};

const normFields = [
  ...rowFields,
  "gradient",
  "gain",
  "gains",
  /** added to the output, and laid out like it (1), or one row for all (0) */
  "residual",
  "residualStep",
  "epsilon",
] as const;

/** The row of the residual that belongs to a row of x. */
function residualOf(k: KernelBuilder<"x" | "residual" | "residualStep">, x: Integer): Integer {
  const distance = k.subtract(x, k.argument("x"));
  return k.add(k.argument("residual"), k.multiply(distance, k.argument("residualStep")));
}

/** With x̂ = (x − mean)/√(variance + ε) and g = gradient ∘ gain: (g − mean g − x̂ · mean(g ∘ x̂))/√(variance + ε); gains = gradient ∘ x̂. */
export const layerNormGradient: KernelSource<(typeof normFields)[number]> = {
  name: "layerNormGradient",
  fields: normFields,
  floats: ["epsilon"],
  write(k) {
    eachRow(k, (x, output, width) => {
      const gradient = beside(k, x, "gradient");
      const gains = beside(k, x, "gains");
      const residual = residualOf(k, x);
      const gain = k.argument("gain");
      const at = (row: Integer, place: Integer) => k.at(row, 0, place, WORD);
      const { mean, factor } = momentsOf(k, x, width, k.floatArgument("epsilon"));
      const normal = (place: Integer, tail: Integer | undefined) =>
        k.times(k.minus(k.load(at(x, place), tail), mean), factor);
      const scaled = (place: Integer, tail: Integer | undefined) =>
        k.times(k.load(at(gradient, place), tail), k.load(at(gain, place), tail));
      const count = k.splat(width);
      const average = k.over(rowTotal(k, width, scaled), count);
      const along = k.over(
        rowTotal(k, width, (place, tail) => k.times(scaled(place, tail), normal(place, tail))),
        count,
      );
      k.eachVector(width, (place, tail) => {
        const own = normal(place, tail);
        k.store(k.times(k.load(at(gradient, place), tail), own), at(gains, place), tail);
        const rest = k.minus(k.minus(scaled(place, tail), average), k.times(own, along));
        const sum = k.productPlus(rest, factor, k.load(at(residual, place), tail));
        k.store(sum, at(output, place), tail);
      });
    });
  },
};

/** With r = √(mean x² + ε) and g = gradient ∘ gain: (g − x · mean(g ∘ x)/r²)/r; gains = gradient ∘ x/r. */
export const rmsNormGradient: KernelSource<(typeof normFields)[number]> = {
  name: "rmsNormGradient",
  fields: normFields,
  floats: ["epsilon"],
  write(k) {
    eachRow(k, (x, output, width) => {
      const gradient = beside(k, x, "gradient");
      const gains = beside(k, x, "gains");
      const residual = residualOf(k, x);
      const gain = k.argument("gain");
      const at = (row: Integer, place: Integer) => k.at(row, 0, place, WORD);
      const factor = rootOf(k, x, width, k.floatArgument("epsilon"));
      const normal = (place: Integer, tail: Integer | undefined) =>
        k.times(k.load(at(x, place), tail), factor);
      const scaled = (place: Integer, tail: Integer | undefined) =>
        k.times(k.load(at(gradient, place), tail), k.load(at(gain, place), tail));
      const along = k.over(
        rowTotal(k, width, (place, tail) => k.times(scaled(place, tail), normal(place, tail))),
        k.splat(width),
      );
      k.eachVector(width, (place, tail) => {
        const own = normal(place, tail);
        k.store(k.times(k.load(at(gradient, place), tail), own), at(gains, place), tail);
        const rest = k.minus(scaled(place, tail), k.times(own, along));
        const sum = k.productPlus(rest, factor, k.load(at(residual, place), tail));
        k.store(sum, at(output, place), tail);
      });
    });
  },
};

const embedFields = [
  "tasks",
  /** `count` ids, and as many rows of `width` floats */
  "ids",
  "count",
  "gradient",
  /** a table (rows, width) */
  "output",
  "rows",
  "width",
  "taskRows",
] as const;

/** Rows of the gradient added up where ids send them. A task owns rows of the table, and looks through all ids for them. */
export const embedGradient: KernelSource<(typeof embedFields)[number]> = {
  name: "embedGradient",
  fields: embedFields,
  floats: [],
  write(k) {
    eachTaskRows(k, (start, end) => {
      const width = k.argument("width");
      const rowBytes = k.multiply(width, WORD);
      const output = k.argument("output");
      fill(k, output, k.multiply(start, width), k.multiply(end, width), 0);
      const at = k.argument("ids");
      const from = k.argument("gradient");
      k.loop(0, k.argument("count"), 1, () => {
        const id = k.loadInteger(k.at(at));
        k.if(id, ">=", start, () =>
          k.if(id, "<", end, () => {
            const to = k.add(output, k.multiply(id, rowBytes));
            k.eachVector(width, (place, tail) => {
              const sum = k.load(k.at(to, 0, place, WORD), tail);
              const own = k.load(k.at(from, 0, place, WORD), tail);
              k.store(k.plus(sum, own), k.at(to, 0, place, WORD), tail);
            });
          }),
        );
        k.advance(at, WORD);
        k.advance(from, rowBytes);
      });
    });
  },
};
