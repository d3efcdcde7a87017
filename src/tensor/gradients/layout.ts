import {
  concat as joined,
  mergeHeads as merged,
  permute as permuted,
  reshape,
  slice as sliced,
  splitHeads as split,
} from "../operations.ts";
import { part as partOf, replacePart as replaced } from "../part-operations.ts";
import { partGradient } from "./operations.ts";
import { repeated, summedTo, type Vjp, zeros } from "./vjp.ts";

export const splitHeads: Vjp<"splitHeads"> = (_, gradient) => [merged(gradient)];

export const mergeHeads: Vjp<"mergeHeads"> = ({ shapes }, gradient) => [
  split(gradient, shapes[0]![1]!),
];

export const permute: Vjp<"permute"> = ({ attributes: { axes } }, gradient) => [
  permuted(
    gradient,
    axes.map((_, axis) => axes.indexOf(axis)),
  ),
];

export const slice: Vjp<"slice"> = ({ program, attributes, shapes }, gradient) => {
  const [shape] = shapes as readonly [readonly number[]];
  const { axis, start, end } = attributes;
  const blank = (length: number) => zeros(shape.with(axis, length), program);
  const after = shape[axis]! - end;
  return [
    joined(
      [...(start > 0 ? [blank(start)] : []), gradient, ...(after > 0 ? [blank(after)] : [])],
      axis,
    ),
  ];
};

export const concat: Vjp<"concat"> = ({ attributes: { axis }, shapes, needs }, gradient) => {
  let start = 0;
  return shapes.map((shape, input) => {
    const end = start + shape[axis]!;
    const own = needs(input) ? sliced(gradient, axis, start, end) : undefined;
    start = end;
    return own;
  });
};

export const sum: Vjp<"sum"> = ({ program, attributes: { axis }, shapes }, gradient) => {
  const [shape] = shapes as readonly [readonly number[]];
  return [repeated(reshape(gradient, shape.with(axis, 1)), axis, shape[axis]!, program)];
};

export const part: Vjp<"part"> = ({ attributes: { selection }, shapes }, gradient) => [
  partGradient(gradient, selection, shapes[0]!),
];

export const replacePart: Vjp<"replacePart"> = (
  { program, attributes: { selection }, shapes, needs },
  gradient,
) => [
  needs(0) ? replaced(gradient, zeros([1], program), selection) : undefined,
  needs(1) ? summedTo(partOf(gradient, selection), shapes[1]!) : undefined,
];
