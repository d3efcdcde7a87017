import type { ParameterSource } from "../../../tensor/backend.ts";
import { type Shape, sizeOf } from "../../../tensor/shape.ts";
import { Spare } from "../../../tensor/spare.ts";
import { EngineError } from "../engine-error.ts";
import { addressOf, type Block, floatsOf, type Heap, halvesOf } from "../heap.ts";
import { PACKED_COLUMNS } from "../kernels/halves.ts";
import { fromBf16, fromF16 } from "../language/halves.ts";
import type { HalfFormat } from "../language/instruction.ts";
import { List } from "../list.ts";
import type { Machine } from "../machine.ts";
import { blockOf, type CpuStorage, type WeightFormat } from "../storage.ts";
import {
  storedFormat,
  type WeightLayout,
  type WeightPrecision,
  type WeightShape,
  weightLayout,
} from "./weight-layout.ts";
import { type Run, Workbench } from "./workbench.ts";

/** Numbers read from a file at once. */
const CHUNK = 1 << 18;
/** Numbers are read, widened and turned: each into a third of the memory that is borrowed for it. */
const STAGES = 3;
/** What is turned while the next is read: less than the stages take, in 16 bits. */
const TURNS = 2;
/** What a task of a kernel that goes over numbers one by one takes. */
const TASK_NUMBERS = 1 << 14;
const F16_LARGEST = 65504;
const F16_LARGEST_BITS = 0x477fe000;

/** Loads learned tensors one after the other, each laid out as `weightLayout` says. */
export class WeightLoader {
  readonly #machine: Machine;
  readonly #heap: Heap;
  readonly #run: Run;
  readonly #precision: WeightPrecision;
  /** What rows of a file are read into. */
  readonly #spare = new Spare();

  constructor(machine: Machine, heap: Heap, run: Run, precision: WeightPrecision) {
    this.#machine = machine;
    this.#heap = heap;
    this.#run = run;
    this.#precision = precision;
  }

  /** Resolves when the file has been read, and numbers of 16 bits were looked at; the last lists that lay out others may still be on their way. */
  async load(source: ParameterSource): Promise<CpuStorage> {
    const { shape, name } = source;
    const layout = weightLayout(source, this.#precision, panelWidthOf(this.#machine));
    const { isPacked, format, bytes } = layout;
    const block = this.#heap.allocate(bytes, name, { isLasting: true });
    const bench = new Workbench(this.#heap, this.#run, name);
    try {
      await this.#fill(block, source, layout, bench);
      if (source.halves && (await bench.sawOdd())) source.hasOddHalves?.();
    } catch (error) {
      await bench.clear();
      this.#heap.release(block);
      throw error;
    }
    const kept = isPacked ? { panels: format } : { panels: undefined, halves: halfOf(format) };
    return { type: "f32", shape, label: name, block, ...kept };
  }

  /** Reads all numbers, and sends what lays them out on its way. */
  async #fill(
    block: Block,
    source: ParameterSource,
    layout: WeightLayout,
    bench: Workbench,
  ): Promise<void> {
    const { shape, storedAs, halves } = source;
    const { isPacked, format } = layout;
    const width = sizeOf(shape.slice(1));
    const isAsStored =
      !isPacked && (format === "f32" || (halves && format === storedFormat(storedAs)));
    const isTurned = isPacked && halves && format === storedFormat(storedAs);
    if (isPacked && source.columns) await this.#layOutColumns(source, format, block, bench);
    else if (isTurned && width >= PACKED_COLUMNS) await this.#turn(source, block, bench);
    else if (!isAsStored) await this.#layOut(source, layout, block, bench);
    else if (format === "f32")
      await this.#eachChunk(source, readFloats, (chunk, start) =>
        floatsOf(block).set(chunk, start * width),
      );
    else
      await this.#eachStretch(source, async (start, end) => {
        await halves!(start, end, () => halvesOf(block).subarray(start * width, end * width));
        const list = new List();
        bench.look(list, { block, at: start * width, count: (end - start) * width, format });
        if (list.size > 0) void bench.run(list, []);
      });
  }

  /** What stays in the 16 bits that the file has is turned as it is. */
  async #turn(source: ParameterSource, block: Block, bench: Workbench): Promise<void> {
    const [rows, width] = source.shape as readonly [number, number];
    const format = storedFormat(source.storedAs) as HalfFormat;
    const NR = panelWidthOf(this.#machine);
    const step = Math.min(rows, rowsAtOnce(width, NR));
    const most = Math.ceil(step / NR) * NR * width;
    const staged = bench.borrow(2 * TURNS * most);
    const turned: Promise<void>[] = [];
    await this.#eachStretch(source, async (start, end) => {
      const panels = Math.ceil((end - start) / NR);
      const size = panels * NR * width;
      const at = (turned.length % TURNS) * most;
      await turned.at(-TURNS);
      const numbers = () => halvesOf(staged).subarray(at, at + size);
      const count = (end - start) * width;
      await source.halves!(start, end, () => numbers().subarray(0, count));
      numbers().fill(0, count);
      const list = new List();
      bench.look(list, { block: staged, at, count, format });
      const x = addressOf(staged, 2 * at, 2 * size);
      const output = addressOf(block, 2 * start * width, 2 * size);
      list.add("packHalves", { tasks: panels, x, output, width });
      turned.push(bench.run(list, end === rows ? [staged] : []));
    });
  }

  /** Some rows of the file at a time go into memory, where kernels widen, turn and narrow them; the next are read meanwhile. */
  async #layOut(
    source: ParameterSource,
    { isPacked, format }: WeightLayout,
    block: Block,
    bench: Workbench,
  ): Promise<void> {
    const [rows, width] = source.shape as readonly [number, number];
    const NR = panelWidthOf(this.#machine);
    const stored = storedFormat(source.storedAs);
    const staged = bench.borrow(stagingBytes(source, NR));
    const part = staged.bytes / STAGES;
    let done: Promise<void> | undefined;
    const send = (start: number, end: number, isHalf: boolean) => {
      const [raw, wide, turned] = [0, part, 2 * part].map((at) => addressOf(staged, at, part));
      const size = (end - start) * width;
      const panels = Math.ceil((end - start) / NR);
      const padded = isPacked ? panels * NR * width : size;
      const element = format === "f32" ? 4 : 2;
      const output = addressOf(block, element * start * width, element * padded);
      const list = new List();
      if (isHalf) {
        bench.look(list, { block: staged, at: 0, count: size, format: stored as HalfFormat });
        list.add(stored === "bf16" ? "widenBf16" : "widenF16", tasksOver(size, raw!, wide!));
        list.barrier();
      }
      const x = isHalf ? wide! : raw!;
      if (isPacked) {
        const turnedTo = format === "f32" ? output : turned!;
        const shape = { rows: end - start, width, matrixBytes: 0, panelCount: panels, factor: 1 };
        const places = { output: turnedTo, outputMatrix: 0, outputPanel: 4 * NR * width };
        list.add("packTransposed", { tasks: panels, x, ...places, ...shape });
        list.barrier();
      }
      if (format !== "f32") {
        const from = isPacked ? turned! : x;
        list.add(format === "bf16" ? "narrowBf16" : "narrowF16", tasksOver(padded, from, output));
      }
      done = bench.run(list, end === rows ? [staged] : []);
    };
    if (source.halves)
      await this.#eachChunk(source, readHalves, async (chunk, start, end) => {
        await done;
        halvesOf(staged).set(chunk);
        send(start, end, true);
      });
    else
      await this.#eachChunk(source, readFloats, async (chunk, start, end) => {
        if (format === "f16" && stored === "f32") checkRange(source.name, chunk);
        await done;
        floatsOf(staged).set(chunk);
        send(start, end, false);
      });
  }

  /** A matrix whose file has it the other way round: each row of the file is one step through all panels. */
  async #layOutColumns(
    source: ParameterSource,
    format: WeightFormat,
    block: Block,
    bench: Workbench,
  ): Promise<void> {
    const { shape, name, columns } = source;
    const [rows, width] = shape as readonly [number, number];
    const NR = panelWidthOf(this.#machine);
    const panelCount = Math.ceil(rows / NR);
    const numbers = panelCount * NR * width;
    const isRounded = format === "f16" && storedFormat(source.storedAs) === "f32";
    const staged = bench.borrow(4 * columnsAtOnce(shape, NR) * rows);
    const packed = format === "f32" ? block : bench.borrow(4 * numbers);
    let done: Promise<void> | undefined;
    await this.#eachChunk(
      { ...source, shape: [width, rows] },
      (_, start, end, memory) => columns!(start, end, memory),
      async (chunk, start, end) => {
        if (isRounded) checkRange(name, chunk);
        await done;
        floatsOf(staged).set(chunk);
        const list = new List();
        list.add("packColumns", {
          tasks: panelCount,
          x: addressOf(staged, 0, 4 * chunk.length),
          matrixBytes: 0,
          output: addressOf(packed, 4 * start * NR, 4 * (numbers - start * NR)),
          outputMatrix: 0,
          outputPanel: 4 * NR * width,
          rows: end - start,
          width: rows,
          panelCount,
          factor: 1,
        });
        done = bench.run(list, end === width ? [staged] : []);
      },
    );
    if (format === "f32") return;
    const list = new List();
    const output = addressOf(block, 0, 2 * numbers);
    list.add(
      format === "bf16" ? "narrowBf16" : "narrowF16",
      tasksOver(numbers, addressOf(packed, 0, 4 * numbers), output),
    );
    void bench.run(list, [packed]);
  }

  /** Rows [start, end), some whole panels at a time; they are overwritten when `use` is done. */
  async #eachChunk<Numbers>(
    source: ParameterSource,
    read: Read<Numbers>,
    use: (rows: Numbers, start: number, end: number) => void | Promise<void>,
  ): Promise<void> {
    const [rows = 1] = source.shape;
    const width = sizeOf(source.shape.slice(1));
    const step = rowsAtOnce(width, panelWidthOf(this.#machine));
    await this.#spare.lend(Math.min(rows, step) * width, (memory) =>
      this.#eachStretch(source, async (start, end) => {
        const target = memory.subarray(0, (end - start) * width);
        await use(await read(source, start, end, target), start, end);
      }),
    );
  }

  /** Rows [start, end), some whole panels at a time. */
  async #eachStretch(
    { shape }: ParameterSource,
    use: (start: number, end: number) => Promise<void>,
  ): Promise<void> {
    const [rows = 1] = shape;
    const step = rowsAtOnce(sizeOf(shape.slice(1)), panelWidthOf(this.#machine));
    for (let start = 0; start < rows; start += step) await use(start, Math.min(rows, start + step));
  }
}

/** Reads rows [start, end) of a source, if need be into memory that has as many floats. */
type Read<Numbers> = (
  source: ParameterSource,
  start: number,
  end: number,
  memory: Float32Array,
) => Promise<Numbers>;

const readFloats: Read<Float32Array> = (source, start, end, memory) =>
  source.rows(start, end, memory);

const readHalves: Read<Uint16Array> = async (source, start, end, memory) => {
  const words = new Uint16Array(memory.buffer, memory.byteOffset, memory.length);
  await source.halves!(start, end, () => words);
  return words;
};

/** The arguments of a kernel that goes over numbers one by one. */
export function tasksOver(size: number, x: number, output: number) {
  return { tasks: Math.ceil(size / TASK_NUMBERS), taskSize: TASK_NUMBERS, size, x, output };
}

function halfOf(format: WeightFormat): HalfFormat | undefined {
  return format === "f32" ? undefined : format;
}

/** Rows that are read at a time: whole panels. */
function rowsAtOnce(width: number, panelWidth: number): number {
  return panelWidth * Math.max(1, Math.floor(CHUNK / (panelWidth * Math.max(width, 1))));
}

/** Columns that are read at a time. */
function columnsAtOnce(shape: Shape, panelWidth: number): number {
  return Math.min(shape[1]!, rowsAtOnce(shape[0]!, panelWidth));
}

/** What laying out a tensor takes for a while, beside the memory it stays in. */
export function stagingBytes({ shape, role, columns }: WeightShape, panelWidth: number): number {
  if (shape.length !== 2 || role === "plain") return 0;
  const [rows, width] = shape as readonly [number, number];
  if (columns) return 4 * (columnsAtOnce(shape, panelWidth) * rows + (rows + panelWidth) * width);
  const most = Math.ceil(Math.min(rows, rowsAtOnce(width, panelWidth)) / panelWidth) * panelWidth;
  return STAGES * 4 * most * width;
}

function panelWidthOf({ target }: Machine): number {
  return target.lanes * target.tileVectors;
}

/** Rows of a learned tensor as floats, row-major, however it is kept. */
export function unpackRows(
  storage: CpuStorage,
  panelWidth: number,
  start: number,
  end: number,
): Float32Array {
  const width = sizeOf(storage.shape.slice(1));
  const block = blockOf(storage);
  const format = storage.panels ?? storage.halves ?? "f32";
  const numbers = format === "f32" ? floatsOf(block) : halvesOf(block);
  const decode = { f32: (value: number) => value, f16: fromF16, bf16: fromBf16 }[format];
  const NR = storage.panels ? panelWidth : 1;
  const result = new Float32Array((end - start) * width);
  for (let row = start; row < end; row++) {
    let place = Math.floor(row / NR) * width * NR + (row % NR);
    for (let column = 0; column < width; column++, place += NR)
      result[(row - start) * width + column] = decode(numbers[place]!);
  }
  return result;
}

function checkRange(name: string, { buffer, byteOffset, length }: Float32Array): void {
  // As bits: whole numbers compare faster, and infinities and NaNs are the largest of them.
  const bits = new Uint32Array(buffer, byteOffset, length);
  let largest = 0;
  for (let place = 0; place < length; place++) {
    const size = bits[place]! & 0x7fffffff;
    if (size > largest) largest = size;
  }
  if (largest <= F16_LARGEST_BITS) return;
  const value = new Float32Array(buffer, byteOffset, length).find(
    (value) => !(Math.abs(value) <= F16_LARGEST),
  );
  throw new EngineError(
    `cpu: ${name} holds ${value}, 16-bit weights reach ±${F16_LARGEST}. Load this model with dtype "f32"`,
  );
}
