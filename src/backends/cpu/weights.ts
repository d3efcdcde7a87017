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

interface Loader {
  readonly machine: Machine;
  readonly heap: Heap;
  readonly run: (list: List, scratch: readonly Block[]) => Promise<void>;
}

/** Loads one learned tensor, laid out as `weightLayout` says. */
export async function loadParameter(
  loader: Loader,
  source: ParameterSource,
  precision: WeightPrecision,
): Promise<CpuStorage> {
  const { isPacked, format, bytes } = weightLayout(source, precision, panelWidthOf(loader.machine));
  const block = loader.heap.allocate(bytes, source.name, { isLasting: true });
  if (format !== "f32") return loadHalf(loader, source, format, block);
  if (isPacked) return loadPanels(loader, source, block);
  const [rows = 1] = source.shape;
  const width = sizeOf(source.shape.slice(1));
  const numbers = floatsOf(block);
  for (let start = 0; start < rows; ) {
    const end = Math.min(rows, start + Math.max(1, Math.floor(CHUNK / Math.max(width, 1))));
    numbers.set(await source.rows(start, end), start * width);
    start = end;
  }
  return { type: "f32", shape: source.shape, label: source.name, panels: undefined, block };
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

function panelWidthOf({ target }: Machine): number {
  return target.lanes * target.tileVectors;
}

/** Rows that are read and packed at a time: whole panels. */
function rowsAtOnce(width: number, NR: number): number {
  return NR * Math.max(1, Math.floor(CHUNK / (NR * width)));
}

/** What loading a tensor takes for a while, beside the memory it stays in. */
export function stagingBytes({ shape, role }: WeightShape, panelWidth: number): number {
  if (shape.length !== 2 || role !== "matrix") return 0;
  const [rows, width] = shape as readonly [number, number];
  return 4 * width * Math.min(rows, rowsAtOnce(width, panelWidth));
}

/** Rows of the file go into memory a few panels at a time, and a kernel turns them. */
async function loadPanels(
  loader: Loader,
  source: ParameterSource,
  block: Block,
): Promise<CpuStorage> {
  const [rows, width] = source.shape as readonly [number, number];
  const NR = panelWidthOf(loader.machine);
  const step = rowsAtOnce(width, NR);
  for (let start = 0; start < rows; start += step) {
    const end = Math.min(rows, start + step);
    const chunk = await source.rows(start, end);
    const staged = loader.heap.allocate(4 * chunk.length, source.name);
    floatsOf(staged).set(chunk);
    const panels = Math.ceil((end - start) / NR);
    const list = new List();
    list.add("packTransposed", {
      tasks: panels,
      x: addressOf(staged),
      matrixBytes: 0,
      output: addressOf(block, 4 * start * width, 4 * panels * NR * width),
      rows: end - start,
      width,
      panelCount: panels,
      factor: 1,
    });
    await loader.run(list, [staged]);
  }
  return { type: "f32", shape: source.shape, label: source.name, panels: "f32", block };
}

/** Files in 16 bits stay as they are; f32 becomes f16, and must fit. */
async function loadHalf(
  loader: Loader,
  source: ParameterSource,
  format: HalfFormat,
  block: Block,
): Promise<CpuStorage> {
  const [rows, width] = source.shape as readonly [number, number];
  const NR = panelWidthOf(loader.machine);
  const words = halvesOf(block);
  words.fill(0);
  const step = rowsAtOnce(width, NR);
  for (let start = 0; start < rows; start += step) {
    const end = Math.min(rows, start + step);
    const chunk = await source.rows(start, end);
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
  }
  return { type: "f32", shape: source.shape, label: source.name, panels: format, block };
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
