import type { KernelBuilder } from "../../language/builder.ts";
import type { Integer, Target } from "../../language/instruction.ts";
import { WORD } from "../../language/layout.ts";
import { packPanel } from "../layout.ts";
import type { KernelSource } from "../source.ts";
import { chooseHeight, tile } from "./tile.ts";

const fields = [
  "tasks",
  /** a (depth, rows) and b (depth, columns), and bytes from k to k of each */
  "a",
  "aRow",
  "b",
  "bRow",
  /** (rows, columns) */
  "output",
  "rows",
  "depth",
  "columns",
  /** where a thread packs what a task has of both for `depthBlock` steps: `ownBytes` of its own */
  "own",
  "ownBytes",
  "depthBlock",
  /** a task is `taskRows` rows of the output, in blocks of `blockRows`, by `taskColumns` columns, whole panels */
  "taskRows",
  "blockRows",
  "rowGroups",
  "taskColumns",
] as const;

/** Bytes of a line of the cache. */
const LINE = 64;
/** Bytes that packed panels, and blocks of rows, lie further apart than they are long. */
export const PANEL_GAP = 2 * LINE;
export const BLOCK_GAP = LINE;

type Builder = KernelBuilder<(typeof fields)[number]>;

/** Columns of one factor, some steps of k deep, from the first one's address on; packed at `to`, `packedBytes` a panel or a block. */
type Packing = { readonly [name in "from" | "columns" | "steps" | "to" | "packedBytes"]: Integer };

/**
 * output = aᵀ · b: what is summed over are the rows of both.
 *
 *   for each task                          rows × columns of the output, taken from a shared counter
 *     for each block of depth
 *       both factors are packed            read row by row, as memory is fastest; in the second-level cache from then on
 *       for each MR rows                   these columns of a stay in the first-level cache
 *         for each panel of b
 *           for each k                     MR × NR sums live in registers
 */
export const matmulTurned: KernelSource<(typeof fields)[number]> = {
  name: "matmulTurned",
  fields,
  floats: [],
  write(k) {
    k.eachTask(k.argument("tasks"), (number) => {
      const rowGroups = k.argument("rowGroups");
      const columnGroup = k.divide(number, rowGroups);
      const rowGroup = k.subtract(number, k.multiply(columnGroup, rowGroups));
      const row = k.multiply(rowGroup, k.argument("taskRows"));
      const rows = k.minimum(k.argument("taskRows"), k.subtract(k.argument("rows"), row));
      const column = k.multiply(columnGroup, k.argument("taskColumns"));
      const columns = k.minimum(
        k.argument("taskColumns"),
        k.subtract(k.argument("columns"), column),
      );
      const panels = k.add(k.argument("own"), k.multiply(k.thread, k.argument("ownBytes")));
      const output = k.add(k.argument("output"), k.multiply(column, WORD));
      k.advance(output, k.multiply(k.multiply(row, k.argument("columns")), WORD));
      const depthStart = k.integer(0);
      const depth = k.argument("depth");
      // Once even without depth: zeros are written then.
      const isNeeded = k.integer(1);
      k.while(isNeeded, "!=", 0, () => {
        const steps = k.minimum(k.subtract(depth, depthStart), k.argument("depthBlock"));
        // A power of two apart, all of them would be written in the same places of the first-level cache.
        const panelBytes = k.add(k.multiply(steps, k.panelWidth * WORD), PANEL_GAP);
        const blockBytes = k.add(k.multiply(steps, blockStep(k.target) * WORD), BLOCK_GAP);
        const b = k.add(k.argument("b"), k.multiply(depthStart, k.argument("bRow")));
        k.advance(b, k.multiply(column, WORD));
        const blocks = packPanels(k, {
          from: b,
          columns,
          steps,
          to: panels,
          packedBytes: panelBytes,
        });
        const a = k.add(k.argument("a"), k.multiply(depthStart, k.argument("aRow")));
        k.advance(a, k.multiply(row, WORD));
        packRows(k, row, { from: a, columns: rows, steps, to: blocks, packedBytes: blockBytes });
        const toCome = k.integer(0); // no more steps
        k.if(k.add(depthStart, steps), "<", depth, () =>
          k.set(toCome, k.add(b, k.multiply(steps, k.argument("bRow")))),
        );
        multiplyPacked(k, {
          toCome,
          rows,
          columns,
          steps,
          panels,
          panelBytes,
          blocks,
          blockBytes,
          output,
          depthStart,
        });
        k.advance(depthStart, steps);
        k.set(isNeeded, 0);
        k.if(depthStart, "<", depth, () => k.set(isNeeded, 1));
      });
    });
  },
};

/** Numbers from one step of k to the next in a packed block of rows: a vector, or as many as there are where one does not hold them. */
export function blockStep({ tileRows, lanes }: Target): number {
  return Math.max(tileRows, lanes);
}

/** Panels of NR columns; gives where they end. Missing columns are 0. */
function packPanels(
  k: Builder,
  { from: first, columns, steps, to: start, packedBytes }: Packing,
): Integer {
  const NR = k.panelWidth;
  const whole = k.divide(columns, NR);
  const wholeBytes = k.multiply(whole, NR * WORD);
  const row = k.integer(first);
  const at = k.integer(start);
  k.loop(0, steps, 1, () => {
    const from = k.integer(row);
    const to = k.integer(at);
    k.loop(0, whole, 1, () => {
      for (let v = 0; v < k.target.tileVectors; v++)
        k.store(k.load(k.at(from, v * k.vectorBytes)), k.at(to, v * k.vectorBytes));
      k.advance(from, NR * WORD);
      k.advance(to, packedBytes);
    });
    k.advance(row, k.argument("bRow"));
    k.advance(at, NR * WORD);
  });
  const end = k.add(start, k.multiply(whole, packedBytes));
  const present = k.subtract(columns, k.multiply(whole, NR));
  k.if(present, "!=", 0, () => {
    const from = k.add(first, wholeBytes);
    packPanel(k, { from, to: end, rows: steps, rowBytes: k.argument("bRow"), present });
    k.advance(end, packedBytes);
  });
  return end;
}

/** Blocks of `blockRows` columns of a, written in whole vectors: what one writes too much, the next step writes over. */
function packRows(
  k: Builder,
  row: Integer,
  { from: first, columns, steps, to: start, packedBytes }: Packing,
): void {
  const height = k.argument("blockRows");
  const heightBytes = k.multiply(height, WORD);
  const count = k.divide(k.add(columns, k.subtract(height, 1)), height);
  const vectors = Math.ceil(k.target.tileRows / k.lanes);
  const stepBytes = blockStep(k.target) * WORD;
  // A vector may reach into the columns beside the block's, but not behind the last one of all: there may be no memory.
  const inside = k.subtract(k.argument("rows"), k.add(row, vectors * k.lanes));
  const whole = k.integer(0);
  k.if(inside, ">=", 0, () => k.set(whole, k.minimum(count, k.add(k.divide(inside, height), 1))));
  const line = k.integer(first);
  const at = k.integer(start);
  k.loop(0, steps, 1, () => {
    const from = k.integer(line);
    const to = k.integer(at);
    k.loop(0, whole, 1, () => {
      for (let v = 0; v < vectors; v++)
        k.store(k.load(k.at(from, v * k.vectorBytes)), k.at(to, v * k.vectorBytes));
      k.advance(from, heightBytes);
      k.advance(to, packedBytes);
    });
    k.advance(line, k.argument("aRow"));
    k.advance(at, stepBytes);
  });
  k.loop(whole, count, 1, (block) => {
    const before = k.multiply(block, height);
    const present = k.minimum(height, k.subtract(columns, before));
    const from = k.pointer(k.at(first, 0, before, WORD));
    const to = k.add(start, k.multiply(block, packedBytes));
    k.loop(0, steps, 1, () => {
      for (let v = 0; v < vectors; v++) {
        const [source, target] = [k.at(from, v * k.vectorBytes), k.at(to, v * k.vectorBytes)];
        const left = k.subtract(present, v * k.lanes);
        k.if(
          left,
          ">=",
          k.lanes,
          () => k.store(k.load(source), target),
          () => k.if(left, ">=", 1, () => k.store(k.load(source, left), target)),
        );
      }
      k.advance(from, k.argument("aRow"));
      k.advance(to, stepBytes);
    });
  });
}

type Packed = {
  readonly [name in
    | "rows"
    | "columns"
    | "steps"
    | "panels"
    | "panelBytes"
    | "blocks"
    | "blockBytes"
    | "output"
    | "depthStart"
    /** b's next steps, address 0: none */
    | "toCome"]: Integer;
};

/** Every packed block of rows through every panel; the first ones ask for b's next steps, a line of each row and panel at a time. */
function multiplyPacked(
  k: Builder,
  { columns, steps, panelBytes, depthStart, ...spec }: Packed,
): void {
  const outputRow = k.multiply(k.argument("columns"), WORD);
  const xRow = k.integer(blockStep(k.target) * WORD);
  const rows = k.integer(spec.rows);
  const x = k.integer(spec.blocks);
  const output = k.integer(spec.output);
  const toCome = k.integer(spec.toCome);
  const linesToCome = k.integer(Math.ceil((k.panelWidth * WORD) / LINE));
  k.while(rows, ">=", 1, () => {
    const toComeNow = k.integer(toCome);
    const height = k.minimum(k.argument("blockRows"), rows);
    chooseHeight(k, height, (fixed) => {
      const panels = k.integer(spec.panels);
      const left = k.integer(columns);
      const to = k.integer(output);
      k.while(left, ">=", 1, () => {
        tile(
          k,
          {
            weights: "f32",
            x,
            xRow,
            isTurned: true,
            panels,
            panelBytes,
            depth: steps,
            columns: left,
            outputAt: () => to,
            outputRow,
            isGoingOn: depthStart,
            toCome: k.target.prefetches ? toComeNow : undefined,
            toComeRow: k.argument("bRow"),
          },
          fixed,
          1,
        );
        k.advance(panels, panelBytes);
        k.if(toComeNow, "!=", 0, () => k.advance(toComeNow, k.panelWidth * WORD));
        k.advance(left, -k.panelWidth);
        k.advance(to, k.panelWidth * WORD);
      });
    });
    k.advance(linesToCome, -1);
    k.if(toCome, "!=", 0, () => k.advance(toCome, LINE));
    k.if(linesToCome, "<", 1, () => k.set(toCome, 0));
    k.advance(x, spec.blockBytes);
    k.advance(output, k.multiply(height, outputRow));
    k.set(rows, k.subtract(rows, height));
  });
}
