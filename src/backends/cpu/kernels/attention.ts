import type { Integer } from "../language/instruction.ts";
import { WORD } from "../language/layout.ts";
import {
  type Builder,
  fill,
  headOf,
  maskRow,
  outputAt,
  sharedFields,
  storeRowSums,
  visibleKeys,
} from "./attention-parts.ts";
import { exponentialOrZero } from "./math.ts";
import { throughPanels } from "./products/panel-rows.ts";
import { chooseHeight, eachRowBlock } from "./products/tile.ts";
import { inverseOrZero, rowExponentials, rowMaximum, scaleRow } from "./rows.ts";
import type { KernelSource } from "./source.ts";

const fields = [
  ...sharedFields,
  /** scale · kᵀ and v, packed: for each key head, panels of NR keys and panels of NR columns of v */
  "keyPanels",
  "keyHeadBytes",
  "valuePanels",
  "valueHeadBytes",
  "valuePanelBytes",
  "valuePanelCount",
  /** rows a task takes, and tasks a head has */
  "taskRows",
  "rowGroups",
  /** panels of keys in one turn; fewer than all: the softmax streams */
  "blockPanels",
  /** bytes of a row of scores in scratch memory */
  "scratchRow",
] as const;

/**
 * softmax(scale · q·kᵀ + bias, masked) · v, head by head.
 *
 *   for each task                              some rows of one head
 *     for each block of keys                   all keys at once, unless the text is long
 *       scores ← q · kᵀ                        register tiles
 *       bias, masks; p ← e^(scores − max)      row by row, in the cache
 *       mixed ← mixed · e^(old max − max) + p · v
 *
 * One block: p is divided by its sum first, and can lie where a reader wants the weights. Several: mixed is, at the end.
 */
export const attention: KernelSource<(typeof fields)[number]> = {
  name: "attention",
  fields,
  floats: [],
  write(k) {
    k.eachTask(k.argument("tasks"), (task) => {
      const rowGroups = k.argument("rowGroups");
      const number = k.divide(task, rowGroups);
      const head = headOf(k, number);
      const taskRows = k.argument("taskRows");
      const rowStart = k.multiply(k.subtract(task, k.multiply(number, rowGroups)), taskRows);
      const queries = k.argument("queries");
      const rowEnd = k.minimum(queries, k.add(rowStart, taskRows));
      const keys = k.argument("keys");
      const firstRow = k.add(k.multiply(number, queries), rowStart);
      const headBytes = k.multiply(k.argument("headWidth"), WORD);
      const output = outputAt(k, head, rowStart);
      const outputRow = k.argument("outputRow");

      // A row of scores lies in the output that wants it, else in that of the weights, else in scratch memory.
      const scratch = k.add(
        k.argument("scratch"),
        k.multiply(k.thread, k.argument("scratchBytes")),
      );
      const maxima = scratch;
      const sums = k.pointer(k.at(scratch, 0, taskRows, WORD));
      const weightsAt = k.pointer(k.at(sums, 0, taskRows, WORD));
      const weightsRow = k.argument("scratchRow");
      const place = k.multiply(k.multiply(firstRow, keys), WORD);
      const fullRow = k.multiply(keys, WORD);
      const wantsWeights = k.argument("weights");
      k.if(wantsWeights, "!=", 0, () => {
        k.set(weightsAt, k.add(wantsWeights, place));
        k.set(weightsRow, fullRow);
      });
      const scoresAt = k.integer(weightsAt);
      const scoresRow = k.integer(weightsRow);
      const wantsScores = k.argument("scores");
      k.if(wantsScores, "!=", 0, () => {
        k.set(scoresAt, k.add(wantsScores, place));
        k.set(scoresRow, fullRow);
      });

      const { from, to } = visibleKeys(k, rowStart, k.subtract(rowEnd, 1));
      const panel = k.divide(from, k.panelWidth);
      const panelEnd = k.divide(k.add(to, k.panelWidth - 1), k.panelWidth);
      const seenStart = k.multiply(panel, k.panelWidth);
      const isSingle = k.integer(1);
      k.if(k.argument("blockPanels"), "<", k.subtract(panelEnd, panel), () => k.set(isSingle, 0));
      const turn = k.integer(0);
      const span = { start: k.integer(seenStart), count: k.integer(0) };

      k.while(panel, "<", panelEnd, () => {
        const blockEnd = k.minimum(panelEnd, k.add(panel, k.argument("blockPanels")));
        k.set(span.start, k.multiply(panel, k.panelWidth));
        const end = k.minimum(keys, k.multiply(blockEnd, k.panelWidth));
        k.set(span.count, k.subtract(end, span.start));
        // Rows in scratch memory begin with the block; rows in an output begin with key 0.
        const scores = rowsOfBlock(k, wantsScores, wantsWeights, scoresAt, span.start);
        const weights = rowsOfBlock(k, wantsWeights, wantsWeights, weightsAt, span.start);

        const keyHeadAt = k.add(
          k.argument("keyPanels"),
          k.multiply(head.keyHead, k.argument("keyHeadBytes")),
        );
        const panelBytes = k.multiply(headBytes, k.panelWidth);
        eachRowBlock(k, rowStart, rowEnd, (row, height) => {
          const local = k.subtract(row, rowStart);
          const spec = {
            x: k.add(
              k.argument("q"),
              k.multiply(k.add(k.multiply(number, queries), row), headBytes),
            ),
            xRow: headBytes,
            panels: k.add(keyHeadAt, k.multiply(panel, panelBytes)),
            panelBytes,
            panelCount: k.subtract(blockEnd, panel),
            depth: k.argument("headWidth"),
            columns: span.count,
            output: k.add(scores, k.multiply(local, scoresRow)),
            outputRow: scoresRow,
            isGoingOn: k.integer(0),
          };
          chooseHeight(k, height, (fixed) => throughPanels(k, fixed, spec));
        });

        const score = k.integer(scores);
        const weight = k.integer(weights);
        const mixed = k.integer(output);
        k.loop(rowStart, rowEnd, 1, (row) => {
          const local = k.subtract(row, rowStart);
          maskRow(k, head, row, score, span);
          softmaxBlock(k, {
            score,
            weight,
            mixed,
            maximumAt: k.pointer(k.at(maxima, 0, local, WORD)),
            sumAt: k.pointer(k.at(sums, 0, local, WORD)),
            count: span.count,
            turn,
            isSingle,
          });
          k.advance(score, scoresRow);
          k.advance(weight, weightsRow);
          k.advance(mixed, outputRow);
        });

        eachRowBlock(k, rowStart, rowEnd, (row, height) => {
          const local = k.subtract(row, rowStart);
          const valueHeadAt = k.add(
            k.argument("valuePanels"),
            k.multiply(head.keyHead, k.argument("valueHeadBytes")),
          );
          const spec = {
            x: k.add(weights, k.multiply(local, weightsRow)),
            xRow: weightsRow,
            panels: k.add(valueHeadAt, k.multiply(span.start, k.panelWidth * WORD)),
            panelBytes: k.argument("valuePanelBytes"),
            panelCount: k.argument("valuePanelCount"),
            depth: span.count,
            columns: k.argument("headWidth"),
            output: k.add(output, k.multiply(local, outputRow)),
            outputRow,
            isGoingOn: turn,
          };
          chooseHeight(k, height, (fixed) => throughPanels(k, fixed, spec));
        });
        k.set(panel, blockEnd);
        k.advance(turn, 1);
      });

      const seenEnd = k.add(span.start, span.count);
      const weight = k.integer(weightsAt);
      const score = k.integer(scoresAt);
      const mixed = k.integer(output);
      k.loop(rowStart, rowEnd, 1, (row) => {
        k.if(wantsWeights, "!=", 0, () => {
          fill(k, weight, k.integer(0), seenStart, 0);
          fill(k, weight, seenEnd, keys, 0);
        });
        k.if(wantsScores, "!=", 0, () => {
          fill(k, score, k.integer(0), seenStart, -Infinity);
          fill(k, score, seenEnd, keys, -Infinity);
        });
        k.if(turn, "==", 0, () => fill(k, mixed, k.integer(0), k.argument("headWidth"), 0));
        k.if(isSingle, "==", 0, () => {
          const local = k.subtract(row, rowStart);
          const sum = k.loadSplat(k.at(sums, 0, local, WORD));
          const at = (place: Integer) => k.at(mixed, 0, place, WORD);
          scaleRow(k, at, k.argument("headWidth"), inverseOrZero(k, sum));
        });
        k.advance(weight, fullRow);
        k.advance(score, fullRow);
        k.advance(mixed, outputRow);
      });

      const rowSums = k.argument("rowSums");
      k.if(rowSums, "!=", 0, () => {
        k.advance(rowSums, k.multiply(firstRow, 2 * WORD));
        k.loop(rowStart, rowEnd, 1, (row) => {
          const local = k.subtract(row, rowStart);
          const sum = k.vector(k.constant(0));
          const maximum = k.vector(k.constant(-Infinity));
          k.if(turn, "!=", 0, () => {
            k.assign(sum, k.loadSplat(k.at(sums, 0, local, WORD)));
            k.assign(maximum, k.loadSplat(k.at(maxima, 0, local, WORD)));
          });
          storeRowSums(k, rowSums, maximum, sum);
          k.advance(rowSums, 2 * WORD);
        });
      });
    });
  },
};

/** Where the first row of a block of keys lies. */
function rowsOfBlock(
  k: Builder,
  wanted: Integer,
  orWanted: Integer,
  start: Integer,
  key: Integer,
): Integer {
  const at = k.integer(start);
  const move = () => k.set(at, k.pointer(k.at(start, 0, key, WORD)));
  k.if(wanted, "!=", 0, move, () => k.if(orWanted, "!=", 0, move));
  return at;
}

/** One row of one block of keys: its exponentials, and what they do to the rows before them. */
function softmaxBlock(
  k: Builder,
  {
    score,
    weight,
    mixed,
    maximumAt,
    sumAt,
    count,
    turn,
    isSingle,
  }: {
    readonly [name in
      | "score"
      | "weight"
      | "mixed"
      | "maximumAt"
      | "sumAt"
      | "count"
      | "turn"
      | "isSingle"]: Integer;
  },
): void {
  const from = (place: Integer) => k.at(score, 0, place, WORD);
  const to = (place: Integer) => k.at(weight, 0, place, WORD);
  const maximum = rowMaximum(k, from, count);
  const before = k.vector(maximum);
  k.if(turn, "!=", 0, () => {
    k.assign(before, k.loadSplat(k.at(maximumAt)));
    k.update(maximum, "max", before, maximum);
  });
  const sum = rowExponentials(k, from, to, count, maximum);
  k.if(
    isSingle,
    "!=",
    0,
    () => scaleRow(k, to, count, inverseOrZero(k, sum)),
    () => {
      k.if(turn, "!=", 0, () => {
        const shrink = exponentialOrZero(k, k.minus(before, maximum));
        const at = (place: Integer) => k.at(mixed, 0, place, WORD);
        scaleRow(k, at, k.argument("headWidth"), shrink);
        k.assign(sum, k.productPlus(shrink, k.loadSplat(k.at(sumAt)), sum));
      });
    },
  );
  k.storeLane(maximum, k.at(maximumAt));
  k.storeLane(sum, k.at(sumAt));
}
