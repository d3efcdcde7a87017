import type { Parameter } from "../families/parameters.ts";
import type { Backend } from "../tensor/backend.ts";
import { rowProducts } from "../tensor/gradients/operations.ts";
import { LazyTensor } from "../tensor/lazy-tensor.ts";
import { permute, scale } from "../tensor/operations.ts";
import { part, replacePart } from "../tensor/part-operations.ts";
import type { Program } from "../tensor/program.ts";
import { programOf } from "../tensor/record.ts";
import type { Selection } from "../tensor/selection.ts";
import { selectedShape } from "../tensor/selection.ts";
import { type Shape, sizeOf } from "../tensor/shape.ts";

/** Numbers that are learned, with what AdamW keeps of them; all of one shape, in memory that outlives every program. */
export interface Master {
  /** "layers.0.q.weight", "layers.0.q.weight.down". */
  readonly name: string;
  readonly value: LazyTensor;
  readonly first: LazyTensor;
  readonly second: LazyTensor;
  /** Whether weight decay pulls at it: not at norms and biases. */
  readonly decays: boolean;
}

/** A parameter that is trained, whole or in part, and the masters it is made of. */
export interface LearnedPart {
  readonly parameter: Parameter;
  readonly masters: readonly Master[];
  /** What it is made of beside them, which stays. */
  readonly frozen: LazyTensor | undefined;
  /** Gradients of the masters, in their order, from the parameter's. */
  gradients(ofParameter: LazyTensor): readonly LazyTensor[];
  /** The parameter's numbers, row-major, made from the masters. */
  numbers(program: Program): LazyTensor;
}

/** A matrix of low rank beside a frozen one: W + factor · up · down (Hu et al. 2022, "LoRA"). */
export interface LowRankFactors {
  readonly rank: number;
  readonly factor: number;
  /** (rank, in) */
  readonly down: Float32Array;
  /** (out, rank) */
  readonly up: Float32Array;
}

/** A tensor that outlives programs. */
export function lasting(
  backend: Backend,
  numbers: Float32Array,
  shape: Shape,
  label: string,
): LazyTensor {
  return new LazyTensor(shape, "f32", label, { storage: backend.upload(numbers, shape, label) });
}

function makeMaster(
  backend: Backend,
  name: string,
  numbers: Float32Array,
  { shape, decays }: { readonly shape: Shape; readonly decays: boolean },
): Master {
  const zeros = () => new Float32Array(numbers.length);
  return {
    name,
    value: lasting(backend, numbers, shape, name),
    first: lasting(backend, zeros(), shape, `${name}, mean of its gradient`),
    second: lasting(backend, zeros(), shape, `${name}, mean square of its gradient`),
    decays,
  };
}

function decays({ name, shape }: Parameter): boolean {
  return shape.length > 1 && !/(^|\.)(bias|gain)$/.test(name);
}

/** A parameter that is trained as it is. */
export function wholePart(
  backend: Backend,
  parameter: Parameter,
  numbers: Float32Array,
): LearnedPart {
  const { name, shape } = parameter;
  const master = makeMaster(backend, name, numbers, { shape, decays: decays(parameter) });
  return {
    parameter,
    masters: [master],
    frozen: undefined,
    gradients: (whole) => [whole],
    numbers: () => master.value,
  };
}

/** Some rows or columns of a parameter, one head's share; the others stay what they are, bit for bit. */
export function selectedPart(
  backend: Backend,
  parameter: Parameter,
  numbers: Float32Array,
  { name, selection }: { readonly name: string; readonly selection: Selection },
): LearnedPart {
  const shape = selectedShape(selection, parameter.shape);
  const own = chosen(numbers, parameter.shape, selection);
  const master = makeMaster(backend, name, own, { shape, decays: decays(parameter) });
  const frozen = lasting(backend, numbers, parameter.shape, `${parameter.name}, frozen`);
  return {
    parameter,
    masters: [master],
    frozen,
    gradients: (whole) => [part(whole, selection)],
    numbers: (program) =>
      replacePart(
        program.alias(frozen, frozen.shape),
        program.alias(master.value, shape),
        selection,
      ),
  };
}

/** A frozen matrix and two narrow ones beside it, which alone are trained. */
export function lowRankPart(
  backend: Backend,
  parameter: Parameter,
  numbers: Float32Array,
  { rank, factor, down, up }: LowRankFactors,
): LearnedPart {
  const { name, shape } = parameter;
  const [out, width] = shape as readonly [number, number];
  const masters = [
    makeMaster(backend, `${name}.down`, down, { shape: [rank, width], decays: true }),
    makeMaster(backend, `${name}.up`, up, { shape: [out, rank], decays: true }),
  ] as const;
  const [a, b] = masters.map(({ value }) => value) as [LazyTensor, LazyTensor];
  const frozen = lasting(backend, numbers, shape, `${name}, frozen`);
  return {
    parameter,
    masters,
    frozen,
    gradients: (whole) => {
      const scaled = scale(whole, factor); // (out, in)
      const program = programOf("lowRank", [whole]);
      return [
        rowProducts(b, scaled),
        rowProducts(turned(scaled), turned(program.alias(a, a.shape))),
      ];
    },
    numbers: (program) => {
      const product = rowProducts(turned(program.alias(b, b.shape)), a); // (out, in)
      return program.record("add", [frozen, scale(product, factor)], {}, shape)[0]!;
    },
  };
}

function turned(matrix: LazyTensor): LazyTensor {
  return permute(matrix, [1, 0]);
}

/** The chosen rows and columns of a matrix, or elements of a vector. */
function chosen(numbers: Float32Array, shape: Shape, selection: Selection): Float32Array {
  const [rows = 1] = shape;
  const width = sizeOf(shape.slice(1));
  const all = (count: number) => Array.from({ length: count }, (_, place) => place);
  const columns = selection[1] ?? all(width);
  return Float32Array.from(
    (selection[0] ?? all(rows)).flatMap((row) =>
      columns.map((column) => numbers[row * width + column]!),
    ),
  );
}
