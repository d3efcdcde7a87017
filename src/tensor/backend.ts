import type { AttentionRequest } from "./attributes.ts";
import type { Entry } from "./entry.ts";
import type { LazyTensor } from "./lazy-tensor.ts";
import type { Operation } from "./operation.ts";
import type { Shape } from "./shape.ts";
import type { NumberType, Storage } from "./storage.ts";

/** How a learned tensor will be used, so that a backend may lay it out for that. */
export type ParameterRole =
  /** (out, in), right factor of `linear`; `embed` may gather its rows too (a tied embedding). */
  | "matrix"
  /** (rows, width), only gathered from by `embed`. */
  | "table"
  /** Anything else: gains, biases, small tables. */
  | "plain";

/** A learned tensor before it is loaded, row-major in the orientation the operations want. */
export interface ParameterSource {
  /** The checkpoint's own name, for messages. */
  readonly name: string;
  readonly shape: Shape;
  readonly role: ParameterRole;
  /** How the numbers are stored: "F16" and "BF16" may be kept as they are by a backend that stores half precision. */
  readonly storedAs: string;
  /** Rows [start, end) of the first axis as float32; in `target`, which is as long, where the source fills memory it is given. */
  rows(start: number, end: number, target?: Float32Array): Promise<Float32Array>;
  /**
   * Columns [start, end), each as a row, of a matrix whose file has it the other way round; as `rows` otherwise. Without it
   * the file has rows.
   */
  columns?(start: number, end: number, target?: Float32Array): Promise<Float32Array>;
  /**
   * The same rows as the 16-bit words they are stored in, where they are: `storedAs` says of which format. Into the memory that `target` gives
   * whenever some of them are there; between, it may move.
   */
  halves?(start: number, end: number, target: () => Uint16Array): Promise<void>;
  /** Told that a number among the halves is NaN or infinite, by whoever reads them: it looks where they are then. */
  hasOddHalves?(): void;
}

/** What a program is carried out with, entry by entry. */
export type Carrier = Pick<
  Backend,
  "allocate" | "upload" | "run" | "settled" | "download" | "take" | "release"
>;

/** Memory and work kept for one program and those like it. It is given what `execute` gives a backend, in the order of the entries. */
export interface Pass extends Carrier {
  /** Whether all that is read may be read when everything is computed: its memory is nobody else's until `end`, and copying it takes no time. */
  readonly readsAtEnd: boolean;
  /** Called once, when the program has come to its end or was broken off: the next one like it may begin. */
  end(): void;
}

/** Carries out recorded operations. Every backend is held to `reference` by one conformance suite. */
export interface Backend {
  readonly name: string;
  /** False when nothing is computed (`meta`): a program is recorded, not run. */
  readonly computes: boolean;
  /** Options of the fused `attention` operation this backend has a kernel for. */
  attends?(request: AttentionRequest): boolean;
  /**
   * Told of a model's learned tensors before any of them is loaded: throws when they cannot fit into memory, gives a warning
   * when they barely do.
   */
  expectRoom?(label: string, sources: readonly ParameterSource[]): string | undefined;
  /** Loads one learned tensor, laid out as its role suggests. */
  parameter(source: ParameterSource): Promise<Storage>;
  /** Numbers of a learned tensor, row-major in its logical shape (rows [start, end) of the first axis). */
  parameterRows(storage: Storage, start: number, end: number): Promise<Float32Array>;
  /** Memory for one tensor, contents undefined. Throws with label and size when there is none left. */
  allocate(type: NumberType, shape: Shape, label: string): Storage;
  /** Memory filled with these values (copied). */
  upload(values: Float32Array | Int32Array, shape: Shape, label: string): Storage;
  /**
   * Carries out operations in the order given; all inputs and outputs have storage. May resolve while they are under way.
   * A value that `isUsedOnce` is needed by one operation alone, ever: a backend that carries out both at once need not write it.
   */
  run(operations: readonly Operation[], isUsedOnce?: (value: LazyTensor) => boolean): Promise<void>;
  /**
   * Called before a program is carried out: memory and work a backend has kept of one that was the same but for its numbers, or
   * keeps for the next; undefined where it keeps none, and everything is made anew.
   */
  pass?(entries: readonly Entry[]): Pass | undefined;
  /** Resolves when all that was submitted is done; throws what went wrong. Without it `run` resolves no earlier. */
  settled?(): Promise<void>;
  /** A copy of the numbers, row-major, once the operations that make them are done; later ones need not be. */
  download(storage: Storage): Promise<Float32Array>;
  /** Like download + release, without a copy where the backend can hand its memory over for good. */
  take?(storage: Storage): Promise<Float32Array>;
  release(storage: Storage): void;
  /** Frees everything; resolves when no run is in flight. */
  dispose(): Promise<void>;
}
