import type { Integer } from "../language/instruction.ts";
import { WORD } from "../language/layout.ts";
import {
  type Builder,
  fill,
  type Head,
  headOf,
  maskRow,
  outputAt,
  type Span,
  sharedFields,
  visibleKeys,
} from "./attention-parts.ts";
import { throughPanels } from "./products/panel-rows.ts";
import { chooseHeight, eachRowBlock } from "./products/tile.ts";
import { inverseOrZero, rowExponentials, rowMaximum, rowTotal } from "./rows.ts";
import type { KernelSource } from "./source.ts";

const fields = [
  ...sharedFields,
  /** of the mixed values (B, H, T, D) */
  "gradient",
  /** scale · kᵀ and vᵀ, packed: for each key head, panels of NR keys; bytes of a head */
  "keyPanels",
  "valuePanels",
  "keyHeadBytes",
  /** scale · k in panels of NR columns, for each key head */
  "keyColumns",
  "keyColumnBytes",
  /** scale · q and the gradient likewise, for each head */
  "queryColumns",
  "gradientColumns",
  "queryColumnBytes",
  "columnPanels",
  /** what is asked for beside `output`, which is that of q: (B, Hkv, S, D) each, or heads side by side; bytes as of `output` */
  "ofKeys",
  "ofValues",
  "keyRow",
  "keyHead",
  "keyText",
  /** queries of one turn, and bytes of a row of scores in scratch memory */
  "turnRows",
  "scratchRow",
] as const;

/**
 * Gradients of q, k and v of softmax(scale · q·kᵀ + bias, masked) · v. Weights are computed again, some rows at a time, so that
 * there never are T × S of them.
 *
 *   for each task                                one key head, so that nobody else adds to its keys and values
 *     for each of its query heads, some rows
 *       w ← softmax(q · kᵀ), g ← gradient · vᵀ   register tiles; rows in the cache
 *       g ← w ∘ (g − Σ w ∘ g)
 *       of q ← g · k, of v += wᵀ · gradient, of k += gᵀ · q
 */
export const attentionGradient: KernelSource<(typeof fields)[number]> = {
  name: "attentionGradient",
  fields,
  floats: [],
  write(k) {
    k.eachTask(k.argument("tasks"), (task) => {
      const headBytes = k.multiply(k.argument("headWidth"), WORD);
      const keys = k.argument("keys");
      const keyHeads = k.divide(k.argument("heads"), k.argument("group"));
      const text = k.divide(task, keyHeads);
      const inText = k.subtract(task, k.multiply(text, keyHeads));
      const place = k.multiply(text, k.argument("keyText"));
      k.advance(place, k.multiply(inText, k.argument("keyHead")));
      const ofKeys = k.add(k.argument("ofKeys"), place);
      const ofValues = k.add(k.argument("ofValues"), place);
      for (const sums of [ofKeys, ofValues]) {
        const sum = k.integer(sums);
        k.loop(0, keys, 1, () => {
          fill(k, sum, k.integer(0), k.argument("headWidth"), 0);
          k.advance(sum, k.argument("keyRow"));
        });
      }
      const weights = k.add(
        k.argument("scratch"),
        k.multiply(k.thread, k.argument("scratchBytes")),
      );
      const scratchRow = k.argument("scratchRow");
      const slopes = k.add(weights, k.multiply(k.argument("turnRows"), scratchRow));
      const group = k.argument("group");
      k.loop(0, group, 1, (member) => {
        const head = headOf(k, k.add(k.multiply(task, group), member));
        const queries = k.argument("queries");
        const start = k.integer(0);
        k.while(start, "<", queries, () => {
          const end = k.minimum(queries, k.add(start, k.argument("turnRows")));
          const { from, to } = visibleKeys(k, start, k.subtract(end, 1));
          const panel = k.divide(from, k.panelWidth);
          const panelEnd = k.divide(k.add(to, k.panelWidth - 1), k.panelWidth);
          const seen = k.multiply(panel, k.panelWidth);
          const seenEnd = k.minimum(keys, k.multiply(panelEnd, k.panelWidth));
          const span = { start: seen, count: k.subtract(seenEnd, seen) };
          const panelCount = k.subtract(panelEnd, panel);
          const turn = { head, start, end, span, headBytes, weights, slopes, scratchRow };
          scores(k, turn, panel, panelCount);
          softmaxRows(k, turn);
          ofQueries(k, turn);
          ofKeysAndValues(k, turn, ofKeys, ofValues);
          k.set(start, end);
        });
      });
    });
  },
};

/** Some rows of one head, the keys they see, and where their weights and the gradients of their scores lie. */
interface Turn {
  readonly head: Head;
  readonly start: Integer;
  readonly end: Integer;
  readonly span: Span;
  readonly headBytes: Integer;
  readonly weights: Integer;
  readonly slopes: Integer;
  readonly scratchRow: Integer;
}

type Own = Parameters<(typeof attentionGradient)["write"]>[0];

/** Where row `row` of a head's queries, or of what is like them, begins. */
function queryAt(k: Own, { head, headBytes }: Turn, row: Integer): Integer {
  const number = k.add(k.multiply(head.number, k.argument("queries")), row);
  return k.multiply(number, headBytes);
}

/** q · kᵀ and gradient · vᵀ. */
function scores(k: Own, turn: Turn, panel: Integer, panelCount: Integer): void {
  const { head, start, end, span, headBytes, weights, slopes, scratchRow } = turn;
  k.loop(0, 2, 1, (part) => {
    const x = k.argument("q");
    const panels = k.argument("keyPanels");
    const output = k.integer(weights);
    k.if(part, "!=", 0, () => {
      k.set(x, k.argument("gradient"));
      k.set(panels, k.argument("valuePanels"));
      k.set(output, slopes);
    });
    const panelBytes = k.multiply(headBytes, k.panelWidth);
    k.advance(panels, k.multiply(head.keyHead, k.argument("keyHeadBytes")));
    k.advance(panels, k.multiply(panel, panelBytes));
    eachRowBlock(k, start, end, (row, height) => {
      const spec = {
        x: k.add(x, queryAt(k, turn, row)),
        xRow: headBytes,
        panels,
        panelBytes,
        panelCount,
        depth: k.argument("headWidth"),
        columns: span.count,
        output: k.add(output, k.multiply(k.subtract(row, start), scratchRow)),
        outputRow: scratchRow,
        isGoingOn: k.integer(0),
      };
      chooseHeight(k, height, (fixed) => throughPanels(k, fixed, spec));
    });
  });
}

/** Scores become weights, and gradients of weights those of scores. */
function softmaxRows(k: Builder, { head, start, end, span, ...turn }: Turn): void {
  const weight = k.integer(turn.weights);
  const slope = k.integer(turn.slopes);
  k.loop(start, end, 1, (row) => {
    maskRow(k, head, row, weight, span);
    const at = (place: Integer) => k.at(weight, 0, place, WORD);
    const slopeAt = (place: Integer) => k.at(slope, 0, place, WORD);
    const sum = rowExponentials(k, at, at, span.count, rowMaximum(k, at, span.count));
    const inverse = inverseOrZero(k, sum);
    const total = rowTotal(k, span.count, (place, tail) =>
      k.times(k.load(at(place), tail), k.load(slopeAt(place), tail)),
    );
    const along = k.times(total, inverse);
    k.eachVector(span.count, (place, tail) => {
      const own = k.times(k.load(at(place), tail), inverse);
      k.store(own, at(place), tail);
      const change = k.minus(k.load(slopeAt(place), tail), along);
      k.store(k.times(own, change), slopeAt(place), tail);
    });
    k.advance(weight, turn.scratchRow);
    k.advance(slope, turn.scratchRow);
  });
}

function ofQueries(k: Own, turn: Turn): void {
  const { head, start, end, span, slopes, scratchRow } = turn;
  const panels = k.add(
    k.argument("keyColumns"),
    k.multiply(head.keyHead, k.argument("keyColumnBytes")),
  );
  k.advance(panels, k.multiply(span.start, k.panelWidth * WORD));
  eachRowBlock(k, start, end, (row, height) => {
    const spec = {
      x: k.add(slopes, k.multiply(k.subtract(row, start), scratchRow)),
      xRow: scratchRow,
      panels,
      panelBytes: k.multiply(k.argument("keys"), k.panelWidth * WORD),
      panelCount: k.argument("columnPanels"),
      depth: span.count,
      columns: k.argument("headWidth"),
      output: outputAt(k, head, row),
      outputRow: k.argument("outputRow"),
      isGoingOn: k.integer(0),
    };
    chooseHeight(k, height, (fixed) => throughPanels(k, fixed, spec));
  });
}

/** Sums over the rows of a turn: wᵀ · gradient, then gᵀ · q. */
function ofKeysAndValues(k: Own, turn: Turn, ofKeys: Integer, ofValues: Integer): void {
  const { head, start, end, span, weights, slopes, scratchRow } = turn;
  k.loop(0, 2, 1, (part) => {
    const x = k.integer(weights);
    const panels = k.argument("gradientColumns");
    const output = k.integer(ofValues);
    k.if(part, "!=", 0, () => {
      k.set(x, slopes);
      k.set(panels, k.argument("queryColumns"));
      k.set(output, ofKeys);
    });
    k.advance(panels, k.multiply(head.number, k.argument("queryColumnBytes")));
    k.advance(panels, k.multiply(start, k.panelWidth * WORD));
    k.advance(output, k.multiply(span.start, k.argument("keyRow")));
    eachRowBlock(k, k.integer(0), span.count, (key, height) => {
      const spec = {
        x: k.pointer(k.at(x, 0, key, WORD)),
        xRow: scratchRow,
        isTurned: true,
        panels,
        panelBytes: k.multiply(k.argument("queries"), k.panelWidth * WORD),
        panelCount: k.argument("columnPanels"),
        depth: k.subtract(end, start),
        columns: k.argument("headWidth"),
        output: k.add(output, k.multiply(key, k.argument("keyRow"))),
        outputRow: k.argument("keyRow"),
        isGoingOn: k.integer(1),
      };
      chooseHeight(k, height, (fixed) => throughPanels(k, fixed, spec));
    });
  });
}
