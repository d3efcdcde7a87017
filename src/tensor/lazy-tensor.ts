import type { AttentionRequest, Attributes, OperationName } from "./attributes.ts";
import { formatShape, type Shape } from "./shape.ts";
import type { NumberType, Storage } from "./storage.ts";

/** What records operations on lazy tensors: a program, as far as they need to know it. */
export interface Recorder {
  /** Numbers that come from outside: ids, masks, positions, an image. */
  input(data: Float32Array | Int32Array, shape: Shape, label: string): LazyTensor;
  /** Whether there is a fused attention for this. */
  attends(request: AttentionRequest): boolean;
  /** Appends one operation and returns its outputs. */
  record<N extends OperationName>(
    name: N,
    inputs: readonly LazyTensor[],
    attributes: Attributes[N],
    ...shapes: readonly Shape[]
  ): LazyTensor[];
  /** The same memory under another shape. */
  alias(value: LazyTensor, shape: Shape): LazyTensor;
  /** The first rows of axis 2 of a cache (B, H, capacity, D), which has just been written. */
  firstRows(cache: LazyTensor, rows: number): LazyTensor;
  /** The numbers of an input, which are known now; undefined for what is computed. */
  inputNumbers(value: LazyTensor): Float32Array | Int32Array | undefined;
}

/** A tensor that will exist once its program has run: a shape now, numbers later. Learned tensors have no program. */
export class LazyTensor {
  readonly shape: Shape;
  readonly type: NumberType;
  readonly program: Recorder | undefined;
  /** What it is, for messages: an operation's name, or a parameter's. */
  readonly label: string;
  #base: LazyTensor | undefined;
  /** Rows of axis 2 in memory, where there are more than the shape says: the first rows of a cache. */
  readonly capacity: number | undefined;
  /** Set while the numbers exist. */
  storage: Storage | undefined;

  constructor(
    shape: Shape,
    type: NumberType,
    label: string,
    {
      program,
      base,
      storage,
      capacity,
    }: { program?: Recorder; base?: LazyTensor; storage?: Storage; capacity?: number } = {},
  ) {
    this.shape = shape;
    this.type = type;
    this.label = label;
    this.program = program;
    this.#base = base;
    this.storage = storage;
    this.capacity = capacity;
  }

  /** The tensor that owns the memory. */
  get root(): LazyTensor {
    return this.#base?.root ?? this;
  }

  /** Makes this learned tensor the same as another one of its shape: their memory and their gradient are one. */
  share(other: LazyTensor): void {
    this.#base = other;
    this.storage = other.storage;
  }

  toString(): string {
    return `${this.label} ${formatShape(this.shape)}`;
  }
}
