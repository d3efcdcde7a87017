import type { KernelBuilder } from "../language/builder.ts";
import type { Integer, Vector } from "../language/instruction.ts";
import { WORD } from "../language/layout.ts";
import { activations } from "./math.ts";
import type { KernelSource } from "./source.ts";
import { eachTaskRows, eachTaskStretch } from "./tasks.ts";

const fields = [
  "tasks",
  /** `rows` rows of `width` floats; a row of a factor that repeats has 0 bytes to the next */
  "a",
  "aRow",
  "b",
  "bRow",
  "output",
  "rows",
  "width",
  "taskRows",
] as const;

/** output = a ∘ b, row by row; of `single` b a row has one number. */
function binary(
  name: string,
  op: (k: KernelBuilder<string>, a: Vector, b: Vector) => Vector,
  { single = false } = {},
): KernelSource<(typeof fields)[number]> {
  return {
    name,
    fields,
    floats: [],
    write(k) {
      eachTaskRows(k, (start, end) => {
        const width = k.argument("width");
        const [aRow, bRow] = [k.argument("aRow"), k.argument("bRow")];
        const outputRow = k.multiply(width, WORD);
        const a = k.add(k.argument("a"), k.multiply(start, aRow));
        const b = k.add(k.argument("b"), k.multiply(start, bRow));
        const output = k.add(k.argument("output"), k.multiply(start, outputRow));
        k.loop(start, end, 1, () => {
          const number = single ? k.loadSplat(k.at(b)) : undefined;
          k.eachVector(width, (place, tail) => {
            const at = (row: Integer) => k.at(row, 0, place, WORD);
            const other = number ?? k.load(at(b), tail);
            k.store(op(k, k.load(at(a), tail), other), at(output), tail);
          });
          k.advance(a, aRow);
          k.advance(b, bRow);
          k.advance(output, outputRow);
        });
      });
    },
  };
}

export const addRows = binary("addRows", (k, a, b) => k.plus(a, b));
export const multiplyRows = binary("multiplyRows", (k, a, b) => k.times(a, b));
export const addSingles = binary("addSingles", (k, a, b) => k.plus(a, b), { single: true });
export const multiplySingles = binary("multiplySingles", (k, a, b) => k.times(a, b), {
  single: true,
});

const eachFields = ["tasks", "x", "output", "size", "taskSize", "activation", "factor"] as const;

/** output = activation(factor · x), element by element; activation 0 only scales. */
export const activate: KernelSource<(typeof eachFields)[number]> = {
  name: "activate",
  fields: eachFields,
  floats: ["factor"],
  write(k) {
    eachTaskStretch(k, (start, count) => {
      const x = k.pointer(k.at(k.argument("x"), 0, start, WORD));
      const output = k.pointer(k.at(k.argument("output"), 0, start, WORD));
      const factor = k.floatArgument("factor");
      k.choose(
        k.argument("activation"),
        Object.values(activations).map((activation, number) => [
          number,
          () =>
            k.eachVector(count, (place, tail) => {
              const value = k.times(k.load(k.at(x, 0, place, WORD), tail), factor);
              k.store(activation(k, value), k.at(output, 0, place, WORD), tail);
            }),
        ]),
      );
    });
  },
};
