import type { ParameterSource } from "../../tensor/backend.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { EngineError } from "./engine-error.ts";
import { addressOf, type Block, floatsOf, type Heap, halvesOf } from "./heap.ts";
import type { HalfFormat } from "./language/instruction.ts";
import { List } from "./list.ts";
import type { Machine } from "./machine.ts";
import { blockOf, type CpuStorage } from "./storage.ts";
import { type WeightPrecision, type WeightShape, weightLayout } from "./weight-layout.ts";

/** Floats read from a file at once. */
const CHUNK = 1 << 18;
const F16_LARGEST = 65504;

/** Sends a list of kernel calls on its way; `scratch` goes back when it has run. */
type Run = (list: List, scratch: readonly Block[]) => Promise<void>;

/** Loads learned tensors one after the other, each laid out as `weightLayout` says. */
export class WeightLoader {
  readonly #machine: Machine;
  readonly #heap: Heap;
  readonly #run: Run;
  readonly #precision: WeightPrecision;
  /** What rows of a file are read into, again and again: fresh memory for each of them would wait for the collector. */
  #spare: Float32Array | undefined;

  constructor(machine: Machine, heap: Heap, run: Run, precision: WeightPrecision) {
    this.#machine = machine;
    this.#heap = heap;
    this.#run = run;
    this.#precision = precision;
  }

  /** Resolves when the file has been read; the last lists that pack it may still be on their way. */
  async load(source: ParameterSource): Promise<CpuStorage> {
    const { shape, name } = source;
    const layout = weightLayout(source, this.#precision, panelWidthOf(this.#machine));
    const { isPacked, format, bytes } = layout;
    const block = this.#heap.allocate(bytes, name, { isLasting: true });
    if (format !== "f32") await this.#loadHalf(source, format, block);
    else if (isPacked) await this.#loadPanels(source, block);
    else
      await this.#eachChunk(source, (rows, start) => {
        floatsOf(block).set(rows, start * sizeOf(shape.slice(1)));
      });
    return { type: "f32", shape, label: name, panels: isPacked ? format : undefined, block };
  }

  /** Rows of the file go into memory a few panels at a time; while a kernel turns them, the next are read. */
  async #loadPanels(source: ParameterSource, block: Block): Promise<void> {
    const [rows, width] = source.shape as readonly [number, number];
    const NR = panelWidthOf(this.#machine);
    const staged = this.#heap.allocate(stagingBytes(source, NR), source.name);
    let packed: Promise<void> | undefined;
    await this.#eachChunk(source, async (chunk, start, end) => {
      await packed;
      floatsOf(staged).set(chunk);
      const panels = Math.ceil((end - start) / NR);
      const list = new List();
      list.add("packTransposed", {
        tasks: panels,
        x: addressOf(staged, 0, 4 * chunk.length),
        matrixBytes: 0,
        output: addressOf(block, 4 * start * width, 4 * panels * NR * width),
        rows: end - start,
        width,
        panelCount: panels,
        factor: 1,
      });
      packed = this.#run(list, end === rows ? [staged] : []);
    });
  }

  /** Files in 16 bits stay as they are; f32 becomes f16, and must fit. */
  async #loadHalf(source: ParameterSource, format: HalfFormat, block: Block): Promise<void> {
    const width = source.shape[1]!;
    const NR = panelWidthOf(this.#machine);
    halvesOf(block).fill(0);
    await this.#eachChunk(source, (chunk, start, end) => {
      const words = halvesOf(block);
      const bits = new Uint32Array(chunk.buffer, chunk.byteOffset, chunk.length);
      if (format === "f16") checkRange(source.name, chunk);
      for (let row = start; row < end; row++) {
        let place = Math.floor(row / NR) * width * NR + (row % NR);
        const from = (row - start) * width;
        for (let column = 0; column < width; column++, place += NR) {
          const word = bits[from + column]!;
          words[place] = format === "f16" ? toF16(word) : word >>> 16;
        }
      }
    });
  }

  /** Rows [start, end), some whole panels at a time; they are overwritten when `use` is done. */
  async #eachChunk(
    source: ParameterSource,
    use: (rows: Float32Array, start: number, end: number) => void | Promise<void>,
  ): Promise<void> {
    const [rows = 1] = source.shape;
    const width = sizeOf(source.shape.slice(1));
    const step = rowsAtOnce(width, panelWidthOf(this.#machine));
    const longest = Math.min(rows, step) * width;
    const memory =
      this.#spare && this.#spare.length >= longest ? this.#spare : new Float32Array(longest);
    // Whoever loads at the same time gets memory of their own.
    this.#spare = undefined;
    for (let start = 0; start < rows; start += step) {
      const end = Math.min(rows, start + step);
      const target = memory.subarray(0, (end - start) * width);
      await use(await source.rows(start, end, target), start, end);
    }
    this.#spare = memory;
  }
}

/** Rows that are read at a time: whole panels. */
function rowsAtOnce(width: number, panelWidth: number): number {
  return panelWidth * Math.max(1, Math.floor(CHUNK / (panelWidth * Math.max(width, 1))));
}

/** What loading a tensor takes for a while, beside the memory it stays in. */
export function stagingBytes({ shape, role }: WeightShape, panelWidth: number): number {
  if (shape.length !== 2 || role !== "matrix") return 0;
  const [rows, width] = shape as readonly [number, number];
  return 4 * width * Math.min(rows, rowsAtOnce(width, panelWidth));
}

function panelWidthOf({ target }: Machine): number {
  return target.lanes * target.tileVectors;
}

/** Rows of a packed matrix as floats, row-major. */
export function unpackRows(
  storage: CpuStorage,
  panelWidth: number,
  start: number,
  end: number,
): Float32Array {
  const width = storage.shape[1]!;
  const block = blockOf(storage);
  const halves = storage.panels === "f32" ? undefined : halvesOf(block);
  const floats = storage.panels === "f32" ? floatsOf(block) : undefined;
  const decode = storage.panels === "bf16" ? fromBf16 : fromF16;
  const result = new Float32Array((end - start) * width);
  for (let row = start; row < end; row++) {
    let place = Math.floor(row / panelWidth) * width * panelWidth + (row % panelWidth);
    for (let column = 0; column < width; column++, place += panelWidth)
      result[(row - start) * width + column] = floats ? floats[place]! : decode(halves![place]!);
  }
  return result;
}

function checkRange(name: string, values: Float32Array): void {
  for (const value of values)
    if (!(Math.abs(value) <= F16_LARGEST))
      throw new EngineError(
        `cpu: ${name} holds ${value}, 16-bit weights reach ±${F16_LARGEST}. Load this model with dtype "f32"`,
      );
}

/** The nearest f16 of a float's bits, ties to even; the value is within f16's range. */
export function toF16(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size < 0x33000001) return sign;
  if (size < 0x38800000) {
    const shift = 126 - (size >>> 23);
    const fraction = (size & 0x7fffff) | 0x800000;
    const half = fraction >>> shift;
    const rest = fraction & ((1 << shift) - 1);
    const middle = 1 << (shift - 1);
    return sign | (half + (rest > middle || (rest === middle && half & 1) ? 1 : 0));
  }
  const rounded = size + 0xfff + ((size >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

/** The value of a half-precision word. */
export function fromF16(word: number): number {
  const sign = word & 0x8000 ? -1 : 1;
  const exponent = (word >> 10) & 31;
  const fraction = word & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0
    ? sign * fraction * 2 ** -24
    : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new Uint32Array(1);
const scratchFloat = new Float32Array(scratch.buffer);

function fromBf16(word: number): number {
  scratch[0] = word << 16;
  return scratchFloat[0]!;
}
