/** Number formats of stored tensors, as safetensors names them. */
export type StoredType =
  | "F64"
  | "F32"
  | "F16"
  | "BF16"
  | "F8_E4M3"
  | "F8_E5M2"
  | "I64"
  | "I32"
  | "I16"
  | "I8"
  | "U8"
  | "BOOL";

/** One tensor as it is stored. */
export interface StoredTensor {
  readonly name: string;
  /** One of StoredType, or another type's name: such a tensor is listed, and reading it throws. */
  readonly type: StoredType | (string & {});
  readonly shape: readonly number[];
  /** The file it lies in, for messages. */
  readonly file: string;
}

/** Elements [start, end) of a tensor that will be read. */
export interface TensorRead {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Memory for bytes that are read: itself, or what gives it when they are there. The latter is for memory that moves as it grows. */
export type ByteTarget = Uint8Array | (() => Uint8Array);

/** A checkpoint: configuration, tensors read on demand, and the text files beside them. */
export interface Checkpoint {
  /** What the person named, for messages: a hub id, a folder, an address. */
  readonly label: string;
  /** config.json, parsed and not yet checked. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** What is to be said of how its numbers are stored, each in a sentence. */
  readonly warnings?: readonly string[];
  /** Bytes of all tensors as stored; tensors that share memory count each. */
  readonly bytes: number;
  /** The values of one tensor, row-major and contiguous, widened or narrowed to float32. */
  read(name: string): Promise<Float32Array>;
  /** Elements [start, end) of one tensor in row-major order, as float32; in `target`, which is as long, when there is one. */
  readRange(name: string, start: number, end: number, target?: Float32Array): Promise<Float32Array>;
  /** Elements [start, end) as the little-endian bytes of the stored type; in `target`, which is as long, when there is one. */
  readBytes(name: string, start: number, end: number, target?: ByteTarget): Promise<Uint8Array>;
  /** Whether what `readBytes` reads into memory that is given when it is there stands nowhere else before. */
  readonly pours?: boolean;
  /** Whether `readBytes` fills memory that threads share, too. */
  readonly fillsShared?: boolean;
  /** Told what will be read; gives it in the order in which it lies in the files, in which it comes soonest. */
  expect<Reading extends TensorRead>(reads: readonly Reading[]): readonly Reading[];
  /** A text file beside the tensors (tokenizer.json, vocab.txt), or undefined when there is none. */
  text(file: string): Promise<string | undefined>;
  /** A small file beside the tensors as it is (tokenizer.model), or undefined when there is none. */
  data(file: string): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}
