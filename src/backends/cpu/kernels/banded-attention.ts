import type { KernelBuilder } from "../language/builder.ts";
import type { Integer } from "../language/instruction.ts";
import { WORD } from "../language/layout.ts";
import { fill, hideOutside, hideWhereZero } from "./attention-parts.ts";
import { type PanelRows, throughPanels } from "./products/panel-rows.ts";
import { inverseOrZero, rowExponentials, rowMaximum, scaleRow } from "./rows.ts";
import type { KernelSource } from "./source.ts";

const fields = [
  "tasks",
  /** q (B, H, T, D) and mixed (B, H, T, D) */
  "q",
  "output",
  /** (B, H, T, G + 2 · reach + 1) each, or 0: not wanted */
  "scores",
  "weights",
  "heads",
  /** T, and how far a query sees to either side */
  "queries",
  "reach",
  "headWidth",
  /** i32 (B, T): 0 takes a token out, as query and as key */
  "local",
  /** G, as many columns of whole panels, and i32 (B, G): 0 where a text has fewer; address 0 without any */
  "globals",
  "globalColumns",
  "there",
  /** scale · kᵀ in panels for each head: first the globals', then those of all tokens */
  "keyPanels",
  "keyHeadBytes",
  /** v in panels of columns for each head: rows of the globals, then of all tokens */
  "valuePanels",
  "valueHeadBytes",
  "valuePanelBytes",
  "valuePanelCount",
  "taskRows",
  "rowGroups",
  /** a thread's own memory: where it begins, its size, and the bytes of a row of scores in it */
  "scratch",
  "scratchBytes",
  "scratchRow",
] as const;

type Builder = KernelBuilder<(typeof fields)[number]>;

/**
 * Attention over a band, with some keys that every query sees (Beltagy et al. 2020, §3.1).
 *
 *   for each task                            some rows of one head
 *     scores ← q · kᵀ                        of the globals, then of the keys any of these rows sees
 *     masks; p ← e^(scores − max) / Σ        row by row, in the cache
 *     scores and p go where they are wanted  a column a global, then keys row − reach … row + reach
 *     mixed ← p · v
 */
export const bandedAttention: KernelSource<(typeof fields)[number]> = {
  name: "bandedAttention",
  fields,
  floats: [],
  write(k) {
    k.eachTask(k.argument("tasks"), (task) => {
      const rowGroups = k.argument("rowGroups");
      const head = k.divide(task, rowGroups);
      const text = k.divide(head, k.argument("heads"));
      const taskRows = k.argument("taskRows");
      const rowStart = k.multiply(k.subtract(task, k.multiply(head, rowGroups)), taskRows);
      const queries = k.argument("queries");
      const rowEnd = k.minimum(queries, k.add(rowStart, taskRows));
      const reach = k.argument("reach");
      const headBytes = k.multiply(k.argument("headWidth"), WORD);
      const firstRow = k.add(k.multiply(head, queries), rowStart);
      const globalColumns = k.argument("globalColumns");
      const globalPanels = k.divide(globalColumns, k.panelWidth);
      const scoresAt = k.add(
        k.argument("scratch"),
        k.multiply(k.thread, k.argument("scratchBytes")),
      );
      const nearAt = k.pointer(k.at(scoresAt, 0, globalColumns, WORD));
      const scratchRow = k.argument("scratchRow");

      const from = k.integer(0);
      k.if(reach, "<", rowStart, () => k.set(from, k.subtract(rowStart, reach)));
      const to = k.minimum(queries, k.add(rowEnd, reach));
      const panel = k.divide(from, k.panelWidth);
      const panelEnd = k.divide(k.add(to, k.panelWidth - 1), k.panelWidth);
      const start = k.multiply(panel, k.panelWidth);
      const near = {
        start,
        count: k.subtract(k.minimum(queries, k.multiply(panelEnd, k.panelWidth)), start),
      };
      const all = k.add(globalColumns, near.count);

      const keysAt = k.add(k.argument("keyPanels"), k.multiply(head, k.argument("keyHeadBytes")));
      const panelBytes = k.multiply(headBytes, k.panelWidth);
      const q = {
        x: k.add(k.argument("q"), k.multiply(firstRow, headBytes)),
        xRow: headBytes,
        panelBytes,
        depth: k.argument("headWidth"),
        outputRow: scratchRow,
        isGoingOn: k.integer(0),
      };
      // First the globals, then the keys nearby: one turn each, so that the kernel holds its tiles once.
      const panels = k.integer(keysAt);
      const panelCount = k.integer(globalPanels);
      const columns = k.integer(globalColumns);
      const scores = k.integer(scoresAt);
      k.loop(0, 2, 1, () => {
        eachRowBlock(k, rowStart, rowEnd, { ...q, panels, panelCount, columns, output: scores });
        k.set(panels, k.add(keysAt, k.multiply(k.add(globalPanels, panel), panelBytes)));
        k.set(panelCount, k.subtract(panelEnd, panel));
        k.set(columns, near.count);
        k.set(scores, nearAt);
      });

      const local = k.add(k.argument("local"), k.multiply(k.multiply(text, queries), WORD));
      const there = k.argument("there");
      const globals = k.argument("globals");
      k.advance(there, k.multiply(k.multiply(text, globals), WORD));
      const bandRow = k.multiply(k.add(globals, k.add(k.multiply(reach, 2), 1)), WORD);
      const score = k.integer(scoresAt);
      const nearScore = k.integer(nearAt);
      const place = k.multiply(firstRow, bandRow);
      const wantsScores = k.argument("scores");
      const wantsWeights = k.argument("weights");
      const scoresOut = k.add(wantsScores, place);
      const weightsOut = k.add(wantsWeights, place);
      k.loop(rowStart, rowEnd, 1, (row) => {
        const isLocal = k.loadInteger(k.at(local, 0, row, WORD));
        k.if(
          isLocal,
          "==",
          0,
          () => fill(k, score, k.integer(0), all, -Infinity),
          () => {
            k.if(globalColumns, "!=", 0, () => hideWhereZero(k, score, globals, there));
            fill(k, score, globals, globalColumns, -Infinity);
            hideWhereZero(k, nearScore, near.count, k.pointer(k.at(local, 0, near.start, WORD)));
            hideOutside(k, nearScore, near, seenFrom(k, row, reach, queries));
          },
        );
        const copy = (output: Integer, outside: number) =>
          copyBand(
            k,
            { score, nearScore, start: near.start, output, row, globals, reach, queries },
            outside,
          );
        k.if(wantsScores, "!=", 0, () => copy(scoresOut, -Infinity));
        const at = (column: Integer) => k.at(score, 0, column, WORD);
        const maximum = rowMaximum(k, at, all);
        const sum = rowExponentials(k, at, at, all, maximum);
        scaleRow(k, at, all, inverseOrZero(k, sum));
        k.if(wantsWeights, "!=", 0, () => copy(weightsOut, 0));
        for (const pointer of [score, nearScore]) k.advance(pointer, scratchRow);
        for (const pointer of [scoresOut, weightsOut]) k.advance(pointer, bandRow);
      });

      const valuesAt = k.add(
        k.argument("valuePanels"),
        k.multiply(head, k.argument("valueHeadBytes")),
      );
      const p = {
        xRow: scratchRow,
        panelBytes: k.argument("valuePanelBytes"),
        panelCount: k.argument("valuePanelCount"),
        columns: k.argument("headWidth"),
        output: k.add(k.argument("output"), k.multiply(firstRow, headBytes)),
        outputRow: headBytes,
      };
      const x = k.integer(scoresAt);
      const values = k.integer(valuesAt);
      const depth = k.integer(globals);
      k.loop(0, 2, 1, (turn) => {
        eachRowBlock(k, rowStart, rowEnd, { ...p, x, panels: values, depth, isGoingOn: turn });
        k.set(x, nearAt);
        k.advance(values, k.multiply(k.add(globals, near.start), k.panelWidth * WORD));
        k.set(depth, near.count);
      });
    });
  },
};

/** The keys a row sees, as a span of all. */
function seenFrom(k: Builder, row: Integer, reach: Integer, queries: Integer) {
  const from = k.integer(0);
  k.if(reach, "<", row, () => k.set(from, k.subtract(row, reach)));
  return { from, to: k.minimum(queries, k.add(row, k.add(reach, 1))) };
}

/** A row of scores or weights as a reader gets it: what lies beyond the text's ends is `outside`. */
function copyBand(
  k: Builder,
  {
    score,
    nearScore,
    start,
    output,
    row,
    globals,
    reach,
    queries,
  }: {
    readonly [name in
      | "score"
      | "nearScore"
      | "start"
      | "output"
      | "row"
      | "globals"
      | "reach"
      | "queries"]: Integer;
  },
  outside: number,
): void {
  const copy = (from: Integer, to: Integer, count: Integer) =>
    k.eachVector(count, (column, tail) =>
      k.store(k.load(k.at(from, 0, column, WORD), tail), k.at(to, 0, column, WORD), tail),
    );
  copy(score, output, globals);
  const band = k.pointer(k.at(output, 0, globals, WORD));
  const { from, to } = seenFrom(k, row, reach, queries);
  const before = k.subtract(from, k.subtract(row, reach));
  const count = k.subtract(to, from);
  fill(k, band, k.integer(0), before, outside);
  const source = k.pointer(k.at(nearScore, 0, k.subtract(from, start), WORD));
  copy(source, k.pointer(k.at(band, 0, before, WORD)), count);
  fill(k, band, k.add(before, count), k.add(k.multiply(reach, 2), 1), outside);
}

/** Rows in tall blocks, then what is left in lower ones: a task has only few of those. */
function eachRowBlock(k: Builder, rowStart: Integer, rowEnd: Integer, spec: PanelRows): void {
  const row = k.integer(rowStart);
  const x = k.integer(spec.x);
  const output = k.integer(spec.output);
  const { tileRows } = k.target;
  for (const height of [tileRows, Math.floor(tileRows / 3), 1].filter(
    (one, i, all) => all.indexOf(one) === i,
  ))
    k.while(row, "<", k.subtract(rowEnd, height - 1), () => {
      throughPanels(k, height, { ...spec, x, output });
      k.advance(row, height);
      k.advance(x, k.multiply(spec.xRow, height));
      k.advance(output, k.multiply(spec.outputRow, height));
    });
}
