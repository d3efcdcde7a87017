import type { KernelBuilder } from "../../language/builder.ts";
import type { HalfFormat, Integer, Vector } from "../../language/instruction.ts";
import { HALF, WORD } from "../../language/layout.ts";
import { activations } from "../math.ts";
import type { KernelSource } from "../source.ts";
import {
  chooseHeight,
  eachRowBlock,
  firstHeight,
  panelsAtOnce,
  tile,
  type Weights,
} from "./tile.ts";

const fields = [
  "tasks",
  /** x (rows, depth), rows `xRow` bytes apart */
  "x",
  "xRow",
  /** W in panels [columns / NR][depth][NR], `panelBytes` bytes from one to the next */
  "panels",
  "panelBytes",
  /** how the panels of `matmul` are kept: 0 f32, 1 f16, 2 bf16 */
  "kept",
  /** where a thread widens the panels of its task, once for all rows: it has `wideBytes` of its own */
  "wide",
  "wideBytes",
  /** readable to the end of the last panel */
  "bias",
  /** (rows, columns); after every `headPanels` panels the output goes on `headBytes` later */
  "output",
  "outputRow",
  "headPanels",
  "headBytes",
  /** rows of one text, in so many groups of rows; its output lies `textBytes` behind where its rows alone would have it */
  "textRows",
  "textGroups",
  "textBytes",
  "rows",
  "depth",
  "columns",
  "depthBlock",
  "panelCount",
  /** a task is `taskRows` rows by `taskPanels` panels */
  "taskRows",
  "rowGroups",
  "taskPanels",
  /** how many tasks further on the thread's next one is likely to be */
  "ahead",
  /** panels of the product after this one, and bytes of its tasks; address 0: not known */
  "nextPanels",
  "nextBytes",
  "activation",
  /** added to the output, and laid out like it; address 0: nothing */
  "residual",
] as const;

type Field = (typeof fields)[number];
type Builder = KernelBuilder<Field>;

/** What one task covers, where its text's output begins, and bytes from its panels to those of the thread's next one. */
type Task = {
  readonly [name in
    | "output"
    | "rowStart"
    | "rowEnd"
    | "panelStart"
    | "panelEnd"
    | "toNext"]: Integer;
};

/** Panels of a task, from one depth on. */
interface Panels {
  readonly start: Integer;
  readonly panelBytes: Integer;
  /** What will be needed next, to be asked for (address 0: nothing): so many bytes from one panel's to the other's. */
  readonly toCome: Integer;
  readonly toComeBytes: Integer;
}

/** What `kept` says of panels in 16 bits. */
export const keptAs = { f32: 0, f16: 1, bf16: 2 } as const;

/** Lower blocks of rows do not widen as they multiply, each height being code of its own: it is the lowest first one of several. */
function leastWidening(tileRows: number): number {
  return Math.ceil((tileRows + 1) / 2);
}

/** Where a block of rows and a stretch of depth begin, where the stretch ends, and bytes from the output to what its last one adds (0: nothing). */
type Stage = { readonly [name in "row" | "depthStart" | "depthEnd" | "added"]: Integer };

/**
 * output = activation(x · Wᵀ + bias), with W packed in panels of NR columns.
 *
 *   for each task                          rows × panels, taken from a shared counter
 *     for each block of depth              so that panels stay in the second-level cache (widened there, if they are in 16 bits)
 *       for each MR rows                   these rows stay in the first-level cache
 *         for each panel
 *           for each k                     MR × NR sums live in registers
 */
export function matmul(name: string, weights: Weights): KernelSource<Field> {
  return {
    name,
    fields,
    floats: [],
    write(k) {
      const rowBytes = k.integer(k.panelWidth * (weights === "f32" ? WORD : HALF));
      const kept = weights === "f32" ? k.argument("kept") : k.integer(keptAs.f32);
      if (weights === "f32")
        k.if(kept, "!=", keptAs.f32, () => k.set(rowBytes, k.panelWidth * HALF));
      k.eachTask(k.argument("tasks"), (number) => {
        const task = taskOf(k, number);
        const depthStart = k.integer(0);
        const depth = k.argument("depth");
        // Once even without depth: the bias alone is written then.
        const isWritten = k.integer(0);
        const isNeeded = () => {
          const needed = k.subtract(1, isWritten);
          k.if(depthStart, "<", depth, () => k.set(needed, 1));
          return needed;
        };
        const needed = isNeeded();
        k.while(needed, "!=", 0, () => {
          const depthEnd = k.minimum(depth, k.add(depthStart, k.argument("depthBlock")));
          const stretch = k.multiply(k.subtract(depthEnd, depthStart), rowBytes);
          // What comes next are the same panels' next stretch of depth, or the first one of the next task's.
          const next = k.subtract(task.toNext, k.multiply(depthStart, rowBytes));
          k.if(depthEnd, "<", depth, () => k.set(next, stretch));
          // Two blocks of rows ask for one half each; what is kept in half the bytes, one block asks for.
          const half = k.divide(stretch, 2);
          k.if(kept, "!=", keptAs.f32, () => k.set(half, 0));
          // One block of rows alone is bound by memory: what comes next would only be in its way.
          k.if(k.subtract(task.rowEnd, task.rowStart), "<", k.target.tileRows + 1, () =>
            k.set(next, 0),
          );
          k.if(next, "==", 0, () => k.set(half, 0));
          const panels = panelsOf(k, task, { depthStart, next, rowBytes });
          const row = k.integer(task.rowStart);
          const stage = { row, depthStart, depthEnd, added: addedAfter(k, depthEnd) };
          for (const format of weights === "f32" ? (["f16", "bf16"] as const) : [])
            k.if(kept, "==", keptAs[format], () => widenedBlock(k, format, task, panels, stage));
          eachRowBlock(k, row, task.rowEnd, (row, height) => {
            chooseHeight(k, height, (fixed) =>
              rowBlock(k, weights, task, panels, { ...stage, row }, fixed),
            );
            k.advance(panels.toCome, half);
            k.set(half, k.subtract(0, half));
          });
          k.set(depthStart, depthEnd);
          k.set(isWritten, 1);
          k.set(needed, isNeeded());
        });
        k.if(k.argument("activation"), "!=", 0, () => activateTask(k, task));
        k.if(k.argument("activation"), "!=", 0, () =>
          k.if(k.argument("residual"), "!=", 0, () => addToTask(k, task)),
        );
      });
    },
  };
}

function taskOf(k: Builder, task: Integer): Task {
  const rowGroups = k.argument("rowGroups");
  const panelGroup = k.divide(task, rowGroups);
  const rowGroup = k.subtract(task, k.multiply(panelGroup, rowGroups));
  const textGroups = k.argument("textGroups");
  const text = k.divide(rowGroup, textGroups);
  const taskRows = k.argument("taskRows");
  const textStart = k.multiply(text, k.argument("textRows"));
  const textEnd = k.minimum(k.argument("rows"), k.add(textStart, k.argument("textRows")));
  const inText = k.subtract(rowGroup, k.multiply(text, textGroups));
  const rowStart = k.add(textStart, k.multiply(inText, taskRows));
  const taskPanels = k.argument("taskPanels");
  const panelStart = k.multiply(panelGroup, taskPanels);
  const taskBytes = k.multiply(taskPanels, k.argument("panelBytes"));
  const own = k.multiply(panelGroup, taskBytes);
  const upcoming = k.add(task, k.argument("ahead"));
  const toNext = k.integer(0);
  const beyond = k.subtract(upcoming, k.argument("tasks"));
  k.if(
    beyond,
    "<",
    0,
    () => k.set(toNext, k.subtract(k.multiply(k.divide(upcoming, rowGroups), taskBytes), own)),
    () => {
      const nextPanels = k.argument("nextPanels");
      k.if(nextPanels, "!=", 0, () => {
        k.set(toNext, k.subtract(nextPanels, k.add(k.argument("panels"), own)));
        k.advance(toNext, k.multiply(beyond, k.argument("nextBytes")));
      });
    },
  );
  return {
    output: k.add(k.argument("output"), k.multiply(text, k.argument("textBytes"))),
    rowStart,
    rowEnd: k.minimum(textEnd, k.add(rowStart, taskRows)),
    panelStart,
    panelEnd: k.minimum(k.argument("panelCount"), k.add(panelStart, taskPanels)),
    toNext,
  };
}

/** A task's panels from `depthStart` on, as they are kept. */
function panelsOf(
  k: Builder,
  task: Task,
  at: { readonly [name in "depthStart" | "next" | "rowBytes"]: Integer },
): Panels {
  const toComeBytes = k.argument("panelBytes");
  const panelBytes = k.integer(toComeBytes);
  const start = k.add(k.argument("panels"), k.multiply(task.panelStart, panelBytes));
  k.advance(start, k.multiply(at.depthStart, at.rowBytes));
  const toCome = k.integer(0);
  k.if(at.next, "!=", 0, () => k.set(toCome, k.add(start, at.next)));
  return { start, panelBytes, toCome, toComeBytes };
}

/**
 * Widens a task's panels for all its rows: its first block of rows leaves them widened as it multiplies, which costs next to
 * nothing. `row` moves behind that block, and the panels are the widened ones from then on.
 */
function widenedBlock(
  k: Builder,
  format: HalfFormat,
  task: Task,
  panels: Panels,
  stage: Stage,
): void {
  const { tileRows } = k.target;
  const wide = k.add(k.argument("wide"), k.multiply(k.thread, k.argument("wideBytes")));
  const size = k.multiply(k.subtract(stage.depthEnd, stage.depthStart), k.panelWidth);
  const wideBytes = k.multiply(size, WORD);
  const { row } = stage;
  const height = firstHeight(k, row, task.rowEnd);
  const least = leastWidening(tileRows);
  k.if(
    height,
    ">=",
    least,
    () => {
      chooseHeight(
        k,
        height,
        (fixed) =>
          rowBlock(k, format, task, panels, stage, fixed, {
            start: wide,
            panelBytes: wideBytes,
          }),
        least,
      );
      k.advance(row, height);
    },
    () => {
      const [from, to] = [k.integer(panels.start), k.integer(wide)];
      k.loop(task.panelStart, task.panelEnd, 1, () => {
        k.loop(0, size, k.lanes, (place) => {
          const value = k.loadHalf(k.at(from, 0, place, HALF), format);
          k.store(value, k.at(to, 0, place, WORD));
        });
        k.advance(from, panels.panelBytes);
        k.advance(to, wideBytes);
      });
    },
  );
  k.set(panels.start, wide);
  k.set(panels.panelBytes, wideBytes);
}

/** Bytes from the output to what is added to sums that are complete; an activation comes before, and what is added after it. */
function addedAfter(k: Builder, depthEnd: Integer): Integer {
  const added = k.integer(0);
  k.if(k.argument("residual"), "!=", 0, () =>
    k.if(k.argument("activation"), "==", 0, () =>
      k.if(depthEnd, ">=", k.argument("depth"), () =>
        k.set(added, k.subtract(k.argument("residual"), k.argument("output"))),
      ),
    ),
  );
  return added;
}

/** All panels of a task for one block of rows and one block of depth. */
function rowBlock(
  k: Builder,
  weights: Weights,
  { output, panelStart, panelEnd }: Task,
  panels: Panels,
  { row, depthStart, depthEnd, added }: Stage,
  height: number,
  wide?: Pick<Panels, "start" | "panelBytes">,
): void {
  const panel = k.integer(panelStart);
  const { panelBytes, toComeBytes } = panels;
  const most = panelsAtOnce(k, height);
  for (const count of most > 1 ? [most, 1] : [1])
    k.while(panel, "<", count > 1 ? k.subtract(panelEnd, count - 1) : panelEnd, () => {
      const column = k.multiply(panel, k.panelWidth);
      const xRow = k.argument("xRow");
      const x = k.argument("x");
      k.advance(x, k.multiply(row, xRow));
      k.advance(x, k.multiply(depthStart, WORD));
      const within = k.subtract(panel, panelStart);
      const start = k.add(panels.start, k.multiply(within, panelBytes));
      const toCome = k.integer(panels.toCome);
      if (count === 1)
        k.if(toCome, "!=", 0, () => k.advance(toCome, k.multiply(within, toComeBytes)));
      tile(
        k,
        {
          weights,
          x,
          xRow,
          panels: start,
          panelBytes,
          depth: k.subtract(depthEnd, depthStart),
          columns: k.subtract(k.argument("columns"), column),
          outputAt: (p) => outputAt(k, output, row, k.add(panel, p)),
          outputRow: k.argument("outputRow"),
          isGoingOn: depthStart,
          added,
          toCome: count === 1 ? toCome : undefined,
          wide: wide && k.add(wide.start, k.multiply(within, wide.panelBytes)),
          bias: k.pointer(k.at(k.argument("bias"), 0, column, 4)),
        },
        height,
        count,
      );
      k.advance(panel, count);
    });
}

/** Where row `row` of a panel's columns goes, of a text whose output begins at `output`. */
function outputAt(k: Builder, output: Integer, row: Integer, panel: Integer): Integer {
  const headPanels = k.argument("headPanels");
  const head = k.divide(panel, headPanels);
  const within = k.subtract(panel, k.multiply(head, headPanels));
  const start = k.add(output, k.multiply(head, k.argument("headBytes")));
  k.advance(start, k.multiply(within, k.panelWidth * WORD));
  k.advance(start, k.multiply(row, k.argument("outputRow")));
  return start;
}

/** Changes what a task has just written, while it lies in the cache. */
function eachWritten(
  k: Builder,
  { output: start, rowStart, rowEnd, panelStart, panelEnd }: Task,
  change: (value: Vector, output: Integer, place: Integer, tail: Integer | undefined) => Vector,
): void {
  k.loop(panelStart, panelEnd, 1, (panel) => {
    const column = k.multiply(panel, k.panelWidth);
    const width = k.minimum(k.subtract(k.argument("columns"), column), k.panelWidth);
    const output = outputAt(k, start, rowStart, panel);
    k.loop(rowStart, rowEnd, 1, () => {
      k.eachVector(width, (place, tail) => {
        const at = k.at(output, 0, place, WORD);
        k.store(change(k.load(at, tail), output, place, tail), at, tail);
      });
      k.advance(output, k.argument("outputRow"));
    });
  });
}

function activateTask(k: Builder, task: Task): void {
  const [, ...chosen] = Object.values(activations);
  k.choose(
    k.argument("activation"),
    chosen.map((activation, index) => [
      index + 1,
      () => eachWritten(k, task, (value) => activation(k, value)),
    ]),
  );
}

function addToTask(k: Builder, task: Task): void {
  const distance = k.subtract(k.argument("residual"), k.argument("output"));
  eachWritten(k, task, (value, output, place, tail) =>
    k.plus(value, k.load(k.at(k.add(output, distance), 0, place, WORD), tail)),
  );
}
