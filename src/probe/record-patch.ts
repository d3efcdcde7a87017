import { ShapeError, SiteError } from "../errors/errors.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import { add, multiply, scale } from "../tensor/operations.ts";
import { normalizeRows, part, replacePart } from "../tensor/part-operations.ts";
import type { Program } from "../tensor/program.ts";
import { eachSelected, type Selection, selectedShape } from "../tensor/selection.ts";
import { broadcastShape, sameShape, sizeOf } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { mayStand } from "./overflow.ts";
import { type Patch, type SourceTrace, tensorOf } from "./patch.ts";
import { checkSelection, select } from "./selection.ts";

/** A patch at one site: which part of it, and how messages name the patch. */
export interface PatchStep {
  readonly patch: Patch;
  readonly site: string;
  readonly place: string;
  /** The part, in places of the whole site. */
  readonly selection: Selection;
  /** The part in places of the run that numbers are taken from, where its words lie elsewhere. */
  readonly taken?: Selection;
  /** The part in places of the value at hand, where that holds some of the site's rows only. */
  readonly own?: Selection;
}

/**
 * Records a patch: what goes on in the value's place. Data becomes operations of the value's backend; only `change`, a function,
 * takes its part out of the run and puts it back. Throws now for numbers that do not fit; numbers that are not finite throw when
 * the run comes by here.
 */
export function recordPatch(step: PatchStep, value: LazyTensor, program: Program): LazyTensor {
  const { patch, selection, place } = step;
  const chosen = step.own ?? selection;
  checkSelection(chosen, value.shape, place);
  const once = withoutRepeats(chosen);
  const numbers = newPart(step, value, chosen, program);
  // Of an index that was named twice the last numbers count.
  const kept = once ? part(stretched(numbers, value, chosen), once.places) : numbers;
  const patched = replacePart(value, kept, once?.selection ?? chosen);
  return patch.renormalize ? renormalized(step, patched, chosen, program) : patched;
}

/** The new numbers of the part (…), or numbers that broadcast to it. */
function newPart(
  step: PatchStep,
  value: LazyTensor,
  chosen: Selection,
  program: Program,
): LazyTensor {
  const { patch, site, place, selection, taken: ofOther = selection } = step;
  const shape = selectedShape(chosen, value.shape);
  const constant = (numbers: Tensor) => program.input(numbers.data, numbers.shape, place);
  // One row stands for all of them.
  const filled = (number: number) =>
    constant(new Tensor([shape.at(-1)!], new Float32Array(shape.at(-1)!).fill(number)));
  if (patch.zero) return filled(0);
  if (patch.cut) return filled(-Infinity);
  if (typeof patch.set === "number") return filled(patch.set);
  if (patch.set !== undefined) return constant(stretch(tensorOf(patch.set), shape, place));
  if (patch.from) {
    const taken = takenFrom(patch.from.trace, site, ofOther, `${place}, in the run it takes from`);
    if (!sameShape(taken.shape, shape))
      throw new ShapeError(
        `${place}: the other run has ${taken} there, this one (${shape.join(", ")}). Texts of other lengths: choose query and key`,
      );
    return constant(expectFinite(step, value, chosen, taken));
  }
  const before = part(value, chosen); // (…)
  if (patch.change)
    return program.change(
      before,
      async (tensor) => {
        const after = await patch.change(new Tensor(shape, tensor.data.slice()), site);
        if (!(after instanceof Tensor) || !sameShape(after.shape, shape))
          throw new ShapeError(
            `${place}: the function must give back a Tensor of shape ${tensor}, got ${after}`,
          );
        return expectFinite(step, value, chosen, after, tensor);
      },
      site,
    );
  const numbers = tensorOf((patch.add ?? patch.scale)!);
  const combine =
    patch.add !== undefined ? (a: number, b: number) => a + b : (a: number, b: number) => a * b;
  if (mayOverflow(patch, numbers, site)) {
    const full = stretch(numbers, shape, place);
    program.read(before, (tensor) => {
      const data = tensor.data.map((number, index) => combine(number, full.data[index]!));
      expectFinite(step, value, chosen, new Tensor(shape, data), tensor);
    });
  }
  if (typeof patch.scale === "number") return scale(before, patch.scale);
  const others = constant(stretch(numbers, shape, place));
  return patch.add !== undefined ? add(before, others) : multiply(before, others);
}

/** Whether finite numbers may become NaN or Infinity: then they are looked at, which costs a copy of the part. */
function mayOverflow(patch: Patch, { data }: Tensor, site: string): boolean {
  // Half the distance of the largest float32 numbers: adding less never rounds to Infinity.
  const least = 2 ** 103;
  if (patch.add !== undefined)
    return data.some((number) => Number.isFinite(number) && Math.abs(number) >= least);
  const isScores = /scores/.test(site);
  return data.some((number) => (isScores ? !(number > 0 && number <= 1) : Math.abs(number) > 1));
}

/** The rows that were changed, each over its sum. */
function renormalized(
  step: PatchStep,
  weights: LazyTensor,
  chosen: Selection,
  program: Program,
): LazyTensor {
  const rows = weights.shape.map((_, axis) =>
    axis === weights.shape.length - 1
      ? undefined
      : (withoutRepeats(chosen)?.selection ?? chosen)[axis],
  );
  const normalized = normalizeRows(part(weights, rows)); // (B', H', T', S)
  program.read(normalized, (tensor) => expectFinite(step, weights, rows, tensor));
  return replacePart(weights, normalized, rows);
}

/** Numbers that are all finite, or −Infinity in scores. Throws SiteError for the first that is not, unless it was there before. */
function expectFinite(
  { site, place }: PatchStep,
  { shape }: LazyTensor,
  chosen: Selection,
  after: Tensor,
  before?: Tensor,
): Tensor {
  const wrong = after.data.findIndex(
    (number, index) => !mayStand(number, site) && !Object.is(number, before?.data[index]),
  );
  if (wrong < 0) return after;
  let element = 0;
  eachSelected(chosen, shape, (offset, count) => {
    if (count === wrong) element = offset;
  });
  const was = before ? `, where ${before.data[wrong]} was` : "";
  throw new SiteError(
    `${place}: gives ${after.data[wrong]} at element ${element} of ${site} (${shape.join(", ")})${was}. Numbers stay finite; only scores take -Infinity`,
  );
}

/** The same selection with every index once, and where in the part each stands last; undefined when none repeats. */
function withoutRepeats(
  chosen: Selection,
): { readonly selection: Selection; readonly places: Selection } | undefined {
  if (chosen.every((indices) => !indices || new Set(indices).size === indices.length))
    return undefined;
  const places = chosen.map(
    (indices) =>
      indices &&
      [...indices.keys()].filter((place) => indices.lastIndexOf(indices[place]!) === place),
  );
  const selection = chosen.map((indices, axis) => places[axis]?.map((place) => indices![place]!));
  return { selection, places };
}

/** Numbers as many as the part holds. */
function stretched(numbers: LazyTensor, { shape }: LazyTensor, chosen: Selection): LazyTensor {
  const whole = selectedShape(chosen, shape);
  if (sameShape(numbers.shape, whole)) return numbers;
  const blank = numbers.program!.input(new Float32Array(sizeOf(whole)), whole, "a part");
  return add(blank, numbers);
}

/** A part of another run's site; a trace knows which part of it was read. */
function takenFrom(trace: SourceTrace, site: string, selection: Selection, place: string): Tensor {
  if (trace.part) return trace.part(site, selection, place);
  const whole = trace.get(site);
  checkSelection(selection, whole.shape, place);
  return select(whole, selection);
}

/** Numbers broadcast to a shape, as NumPy does. Throws ShapeError where they do not fit. */
function stretch(numbers: Tensor, shape: readonly number[], place: string): Tensor {
  if (sameShape(numbers.shape, shape)) return numbers;
  if (!sameShape(broadcastShape(numbers.shape, shape, place), shape))
    throw new ShapeError(
      `${place}: ${numbers} values do not fit the part it changes, (${shape.join(", ")})`,
    );
  const aligned = [
    ...new Array<number>(shape.length - numbers.shape.length).fill(1),
    ...numbers.shape,
  ];
  const selection = shape.map((length, axis) =>
    aligned[axis] === 1 ? new Array<number>(length).fill(0) : undefined,
  );
  return select(new Tensor(aligned, numbers.data), selection);
}
