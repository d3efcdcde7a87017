import type { NumberType, Storage } from "./backend.ts";
import type { Program } from "./program.ts";
import { formatShape, type Shape } from "./shape.ts";

/** A tensor that will exist once its program has run: a shape now, numbers later. Learned tensors have no program. */
export class LazyTensor {
  readonly shape: Shape;
  readonly type: NumberType;
  readonly program: Program | undefined;
  /** What it is, for messages: an operation's name, or a parameter's. */
  readonly label: string;
  /** The tensor whose memory this one shares (a reshape). */
  readonly base: LazyTensor | undefined;
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
    }: { program?: Program; base?: LazyTensor; storage?: Storage; capacity?: number } = {},
  ) {
    this.shape = shape;
    this.type = type;
    this.label = label;
    this.program = program;
    this.base = base;
    this.storage = storage;
    this.capacity = capacity;
  }

  /** The tensor that owns the memory. */
  get root(): LazyTensor {
    return this.base?.root ?? this;
  }

  toString(): string {
    return `${this.label} ${formatShape(this.shape)}`;
  }
}
