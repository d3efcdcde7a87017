import type { KernelBuilder } from "../../language/builder.ts";
import type { Address, HalfFormat, Integer, Vector } from "../../language/instruction.ts";
import { WORD } from "../../language/layout.ts";

type Builder = KernelBuilder<string>;

/** How packed weights are kept in memory; sums are f32 always. */
export type Weights = "f32" | HalfFormat;

/** How far ahead of its use a line of weights is asked for, in bytes of a packed panel: it may have to come from memory. */
const AHEAD = 8192;
/** Lines of the weights to come that one turn asks for; two tiles ask for as much as one tile uses. */
const LINES_TO_COME = 4;

/** One register tile of a product: `height` rows by the columns of some neighbouring panels. */
export interface Tile {
  readonly weights: Weights;
  /** The first row of x, at the first k. */
  readonly x: Integer;
  /** Bytes from row to row; turned, rows lie side by side, and so many bytes lead from one k to the next. */
  readonly xRow: Integer;
  readonly isTurned?: boolean;
  /** The first panel, at the first k. */
  readonly panels: Integer;
  readonly panelBytes: Integer;
  readonly depth: Integer;
  /** Columns from the first panel on: the last panel may be wider than what is left. */
  readonly columns: Integer;
  /** Where the first row goes, for one panel after the other. */
  outputAt(panel: number): Integer;
  readonly outputRow: Integer;
  /** 0: sums begin with `bias` (or 0); otherwise with what the output holds. */
  readonly isGoingOn: Integer;
  /** Bytes from the output to what is added to it at the end; 0: nothing. */
  readonly added?: Integer;
  /** Weights that will be needed next (address 0: none): asked for while this tile computes, so that memory and arithmetic overlap. */
  readonly toCome?: Integer;
  /** Bytes from one line of them to the next, a line a step; without it they lie side by side. */
  readonly toComeRow?: Integer;
  /** Where a single panel's 16-bit numbers are left as f32, for rows to come. */
  readonly wide?: Integer;
  /** One value a column, readable to the end of the last panel. */
  readonly bias?: Integer;
}

/** How many panels a tile of so many rows takes: few rows take several, to have enough sums in flight. */
export function panelsAtOnce(k: Builder, height: number): number {
  const { tileRows, tileVectors } = k.target;
  if (height * tileVectors >= 8) return 1;
  const most = Math.floor(tileRows / height);
  return Math.min(most, 4);
}

/** `height` rows by `panels` panels of columns: the sums stay in registers while k runs. */
export function tile(k: Builder, spec: Tile, height: number, panels: number): void {
  const vectors = k.target.tileVectors;
  const element = spec.weights === "f32" ? 4 : 2;
  const rowBytes = k.panelWidth * element;
  const outputs = Array.from({ length: panels }, (_, p) => spec.outputAt(p));
  const sums = outputs.map((_, p) => firstSums(k, spec, height, p));
  k.if(spec.isGoingOn, "!=", 0, () =>
    eachSum(k, spec, outputs, height, (p, r, v, at, tail) =>
      k.assign(sums[p]![r]![v]!, k.load(at, tail)),
    ),
  );

  askForOutput(k, spec, outputs, height);

  const x = k.integer(spec.x);
  const rows = spec.isTurned
    ? columnPointer(k, x, spec.xRow)
    : rowPointers(k, x, spec.xRow, height);
  const { unroll } = k.target;
  const weights = rowPointers(k, k.integer(spec.panels), spec.panelBytes, panels);
  const toCome = spec.toCome && k.integer(spec.toCome);
  const wide = spec.wide && k.integer(spec.wide);
  const multiply = (steps: number) => {
    if (toCome && steps === unroll)
      k.if(toCome, "!=", 0, () => {
        for (let line = 0; line < LINES_TO_COME; line++)
          if (spec.toComeRow) {
            k.prefetch(k.at(toCome), 2);
            k.advance(toCome, spec.toComeRow);
          } else k.prefetch(k.at(toCome, 64 * line));
        if (!spec.toComeRow) k.advance(toCome, 64 * LINES_TO_COME);
      });
    for (let step = 0; step < steps; step++)
      for (let p = 0; p < panels; p++) {
        const b: Vector[] = [];
        for (let v = 0; v < vectors; v++) {
          const at = weights.at(p, step * rowBytes + v * k.lanes * element);
          const value = spec.weights === "f32" ? k.load(at) : k.loadHalf(at, spec.weights);
          if (wide) k.store(value, k.at(wide, (step * vectors + v) * k.vectorBytes));
          b.push(value);
        }
        for (let line = 0; line < rowBytes; line += 64)
          k.prefetch(weights.at(p, step * rowBytes + line + AHEAD), spec.weights === "f32" ? 2 : 1);
        for (let r = 0; r < height; r++) {
          const a = k.loadSplat(rows.at(r, step * WORD));
          for (let v = 0; v < vectors; v++) k.addProduct(sums[p]![r]![v]!, a, b[v]!);
        }
      }
    rows.advance(steps * WORD);
    weights.advance(steps * rowBytes);
    if (wide) k.advance(wide, steps * vectors * k.vectorBytes);
  };
  const whole = k.multiply(k.divide(spec.depth, unroll), unroll);
  k.loop(0, whole, unroll, () => multiply(unroll));
  if (unroll > 1) k.loop(whole, spec.depth, 1, () => multiply(1));

  const { added } = spec;
  if (added)
    k.if(added, "!=", 0, () => {
      const others = outputs.map((output) => k.add(output, added));
      eachSum(k, spec, others, height, (p, r, v, at, tail) => {
        const sum = sums[p]![r]![v]!;
        k.update(sum, "add", sum, k.load(at, tail));
      });
    });
  eachSum(k, spec, outputs, height, (p, r, v, at, tail) => k.store(sums[p]![r]![v]!, at, tail));
}

/** Asks for what the tile will add to and write, which may have to come from memory: it does while k runs. */
function askForOutput(
  k: Builder,
  { added, outputRow }: Tile,
  outputs: readonly Integer[],
  height: number,
): void {
  if (!k.target.prefetches) return;
  const ask = (start: Integer) => {
    const address = k.integer(start);
    for (let r = 0; r < height; r++) {
      for (let line = 0; line < k.panelWidth * WORD; line += 64) k.prefetch(k.at(address, line));
      if (r < height - 1) k.advance(address, outputRow);
    }
  };
  for (const output of outputs) {
    ask(output);
    if (added) k.if(added, "!=", 0, () => ask(k.add(output, added)));
  }
}

/** The bias in every row, or zeros. */
function firstSums(k: Builder, { bias }: Tile, height: number, panel: number): Vector[][] {
  const row = Array.from({ length: k.target.tileVectors }, (_, v) =>
    bias
      ? k.load(k.at(bias, (panel * k.target.tileVectors + v) * k.vectorBytes))
      : k.vector(k.constant(0)),
  );
  return Array.from({ length: height }, (_, r) =>
    row.map((value) => (r === height - 1 ? value : k.vector(value))),
  );
}

/** Every vector of a tile's output, with the number of its lanes where the matrix ends inside of it. */
function eachSum(
  k: Builder,
  { columns, outputRow }: Tile,
  outputs: readonly Integer[],
  height: number,
  body: (p: number, r: number, v: number, at: Address, tail: Integer | undefined) => void,
): void {
  for (const [p, output] of outputs.entries())
    for (let v = 0; v < k.target.tileVectors; v++) {
      const before = p * k.panelWidth + v * k.lanes;
      const column = (tail: Integer | undefined) => {
        const address = k.pointer(k.at(output, v * k.vectorBytes));
        for (let r = 0; r < height; r++) {
          body(p, r, v, k.at(address), tail);
          if (r < height - 1) k.advance(address, outputRow);
        }
      };
      k.if(
        columns,
        ">=",
        before + k.lanes,
        () => column(undefined),
        () => {
          const tail = k.subtract(columns, before);
          k.if(tail, ">=", 1, () => column(tail));
        },
      );
    }
}

/** Addresses of `count` rows `stride` bytes apart: a pointer for every four of them where addresses can be scaled, else for each. */
function rowPointers(k: Builder, start: Integer, stride: Integer, count: number) {
  const shared = k.target.scalesAddresses ? 4 : 1;
  const pointers: Integer[] = [start];
  while (pointers.length * shared < count)
    pointers.push(k.pointer(k.at(pointers[pointers.length - 1]!, 0, stride, shared)));
  const triple = shared === 4 && count >= 4 ? k.multiply(stride, 3) : undefined;
  return {
    at(row: number, offset: number): Address {
      const base = pointers[Math.floor(row / shared)]!;
      const within = row % shared;
      if (within === 0) return k.at(base, offset);
      if (within === 3 && triple) return k.at(base, offset, triple);
      return k.at(base, offset, stride, within === 2 ? 2 : 1);
    },
    advance(bytes: number) {
      for (const pointer of pointers) k.advance(pointer, bytes);
    },
  };
}

/** Addresses of rows that lie side by side, `stride` bytes from one k to the next. */
function columnPointer(
  k: Builder,
  start: Integer,
  stride: Integer,
): ReturnType<typeof rowPointers> {
  const { unroll } = k.target;
  const steps = unroll > 1 ? rowPointers(k, start, stride, unroll) : undefined;
  const turn = k.multiply(stride, unroll);
  return {
    at(row, offset) {
      const at = steps ? steps.at(offset / WORD, 0) : k.at(start);
      return { ...at, offset: row * WORD };
    },
    advance: (bytes) => k.advance(start, bytes === unroll * WORD ? turn : stride),
  };
}

/** How many rows the first of `eachRowBlock`'s blocks has. */
export function firstHeight(k: Builder, start: Integer, end: Integer): Integer {
  const { tileRows } = k.target;
  const rows = k.subtract(end, start);
  const blocks = k.divide(k.add(rows, tileRows - 1), tileRows);
  return k.divide(k.add(rows, k.subtract(blocks, 1)), blocks);
}

/** Blocks of at most MR rows, as equal in height as can be. */
export function eachRowBlock(
  k: Builder,
  start: Integer,
  end: Integer,
  body: (row: Integer, height: Integer) => void,
): void {
  const { tileRows } = k.target;
  const row = k.integer(start);
  const blocks = k.divide(k.add(k.subtract(end, start), tileRows - 1), tileRows);
  k.while(row, "<", end, () => {
    const height = k.divide(k.add(k.subtract(end, row), k.subtract(blocks, 1)), blocks);
    body(row, height);
    k.advance(row, height);
    k.advance(blocks, -1);
  });
}

/** One branch for each height a block of rows may have, from `least` on, the tallest first. */
export function chooseHeight(
  k: Builder,
  height: Integer,
  body: (height: number) => void,
  least = 1,
): void {
  const { tileRows } = k.target;
  const cases = Array.from({ length: tileRows - least + 1 }, (_, index) => tileRows - index);
  k.choose(
    height,
    cases.map((value) => [value, () => body(value)] as const),
  );
}
