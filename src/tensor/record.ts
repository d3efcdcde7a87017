import { InputError, ShapeError } from "../errors/errors.ts";
import type { Attributes, OperationName } from "./attributes.ts";
import type { LazyTensor, Recorder } from "./lazy-tensor.ts";
import { type Shape, sameShape } from "./shape.ts";

/** Records one operation with one result in the program its operands belong to. */
export function record<N extends OperationName>(
  name: N,
  inputs: readonly LazyTensor[],
  attributes: Attributes[N],
  shape: Shape,
): LazyTensor {
  return programOf(name, inputs).record(name, inputs, attributes, shape)[0]!;
}

/** An operation belongs to the program of its operands; learned tensors belong to none. */
export function programOf(place: string, inputs: readonly LazyTensor[]): Recorder {
  const program = inputs.find((input) => input.program)?.program;
  if (!program)
    throw new ShapeError(
      `${place}: no operand belongs to a run (${inputs.join(", ")}). Is this called outside forward()?`,
    );
  return program;
}

export function expectRank(place: string, x: LazyTensor, rank: number): Shape {
  if (x.shape.length !== rank)
    throw new ShapeError(`${place}: ${x} has ${x.shape.length} axes, needs ${rank}`);
  return x.shape;
}

export function expectType(place: string, x: LazyTensor, type: "f32" | "i32"): void {
  if (x.type !== type) throw new ShapeError(`${place}: ${x} holds ${x.type}, needs ${type}`);
}

/** Ids are an input of the run, so they are known now; a kernel would read beside the table. */
export function expectRows(table: LazyTensor, ids: LazyTensor): void {
  const rows = table.shape[0]!;
  const wrong = wrongId(ids, (id) => id >= 0 && id < rows);
  if (wrong) throw new InputError(`${wrong}; the table ${table} has rows 0 to ${rows - 1}`);
}

/** Which of ids, where they are known, is none; undefined when all are. */
export function wrongId(ids: LazyTensor, isId: (id: number) => boolean): string | undefined {
  const known = ids.program?.inputNumbers(ids) ?? [];
  const wrong = known.findIndex((id) => !isId(id));
  return wrong < 0 ? undefined : `${ids} hold ${known[wrong]} at element ${wrong}`;
}

export function expectWidth(place: string, x: LazyTensor, ...vectors: readonly LazyTensor[]): void {
  for (const vector of vectors)
    if (!sameShape(vector.shape, [last(x.shape)]))
      throw new ShapeError(`${place}: ${vector} needs the width of ${x}`);
}

export function expectGroups(place: string, heads: number, keyHeads: number): void {
  if (heads % keyHeads !== 0)
    throw new ShapeError(
      `${place}: the number of query heads H=${heads} must be divisible by the number of key heads Hkv=${keyHeads}`,
    );
}

export function headWidth(width: number, heads: number): number {
  if (width % heads !== 0)
    throw new ShapeError(
      `a width of ${width} cannot be split into ${heads} heads: ${width} / ${heads} is no whole number`,
    );
  return width / heads;
}

export function last(shape: Shape): number {
  return shape[shape.length - 1] ?? 1;
}
