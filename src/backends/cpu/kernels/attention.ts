import { type KernelBuilder, WORD } from "../language/builder.ts";
import type { Integer, Vector } from "../language/instruction.ts";
import { exponentialOrZero } from "./math.ts";
import { inverseOrZero, rowExponentials, rowMaximum, scaleRow } from "./rows.ts";
import type { KernelSource } from "./source.ts";
import { chooseHeight, eachRowBlock, panelsAtOnce, tile } from "./tile.ts";

/** What both forms of attention are given. */
const sharedFields = [
  "tasks",
  /** q (B, H, T, D) */
  "q",
  /** mixed (B, H, T, D) */
  "output",
  /** (B, H, T, S) each, or 0: not wanted */
  "scores",
  "weights",
  /** H, and how many query heads share a key head */
  "heads",
  "group",
  "queries",
  "keys",
  "headWidth",
  /** query i sees keys i + low … i + high − 1 */
  "low",
  "high",
  /** f32 added to the scores, rows of S; bytes from one text and one head to the next; address 0: none */
  "bias",
  "biasText",
  "biasHead",
  /** i32, 0 hides the key: (B, S); address 0: none */
  "keyMask",
  /** i32, 0 hides the pair: rows of S, as the bias; address 0: none */
  "allowed",
  "allowedText",
  "allowedHead",
  /** a thread's own memory: where it begins, and its size */
  "scratch",
  "scratchBytes",
] as const;

type SharedField = (typeof sharedFields)[number];
type Builder = KernelBuilder<SharedField>;

/** One head of one text, as addresses. */
interface Head {
  /** counted over all texts */
  readonly number: Integer;
  readonly text: Integer;
  readonly keyHead: Integer;
  readonly bias: Integer;
  readonly keyMask: Integer;
  readonly allowed: Integer;
}

/** Keys [start, start + count) of a row. */
interface Span {
  readonly start: Integer;
  readonly count: Integer;
}

function headOf(k: Builder, number: Integer): Head {
  const heads = k.argument("heads");
  const text = k.divide(number, heads);
  const head = k.subtract(number, k.multiply(text, heads));
  const group = k.argument("group");
  const keyHeads = k.divide(heads, group);
  const part = (field: "bias" | "allowed") => {
    const start = k.argument(field);
    k.if(start, "!=", 0, () => {
      k.advance(start, k.multiply(text, k.argument(`${field}Text`)));
      k.advance(start, k.multiply(head, k.argument(`${field}Head`)));
    });
    return start;
  };
  const keyMask = k.argument("keyMask");
  k.if(keyMask, "!=", 0, () =>
    k.advance(keyMask, k.multiply(text, k.multiply(k.argument("keys"), WORD))),
  );
  return {
    number,
    text,
    keyHead: k.add(k.multiply(text, keyHeads), k.divide(head, group)),
    bias: part("bias"),
    keyMask,
    allowed: part("allowed"),
  };
}

/** Keys row `row` sees by the rule alone, as a span. */
function visibleKeys(k: Builder, first: Integer, last: Integer): { from: Integer; to: Integer } {
  const from = k.minimum(k.add(first, k.argument("low")), k.argument("keys"));
  k.if(from, "<", 0, () => k.set(from, 0));
  const to = k.minimum(k.add(last, k.argument("high")), k.argument("keys"));
  k.if(to, "<", from, () => k.set(to, from));
  return { from, to };
}

/** Adds the bias to a row of scores and puts −∞ where a mask or the rule hides a key. */
function maskRow(k: Builder, head: Head, row: Integer, at: Integer, span: Span): void {
  const rowStart = k.add(k.multiply(row, k.argument("keys")), span.start);
  const eachScore = (change: (score: Vector, place: Integer, tail?: Integer) => Vector) =>
    k.eachVector(span.count, (place, tail) => {
      const address = k.at(at, 0, place, WORD);
      k.store(change(k.load(address, tail), place, tail), address, tail);
    });
  const hideZeros = (mask: Integer) =>
    eachScore((score, place, tail) => {
      const isSeen = k.toFloat(k.load(k.at(mask, 0, place, WORD), tail));
      const size = k.lanewise("bitAnd", isSeen, k.bits(0x7fffffff));
      return k.selectLess(k.vector(k.constant(0)), size, score, k.constant(-Infinity));
    });
  k.if(head.bias, "!=", 0, () => {
    const bias = k.pointer(k.at(head.bias, 0, rowStart, WORD));
    eachScore((score, place, tail) => k.plus(score, k.load(k.at(bias, 0, place, WORD), tail)));
  });
  k.if(head.keyMask, "!=", 0, () => hideZeros(k.pointer(k.at(head.keyMask, 0, span.start, WORD))));
  k.if(head.allowed, "!=", 0, () => hideZeros(k.pointer(k.at(head.allowed, 0, rowStart, WORD))));
  const { from, to } = visibleKeys(k, row, row);
  k.set(from, k.subtract(from, span.start));
  k.set(to, k.subtract(to, span.start));
  const hideOutside = () => {
    const [first, end] = [k.splat(from), k.splat(to)];
    eachScore((score, place) => {
      const number = k.plus(k.splat(place), k.laneNumbers());
      const early = k.selectLess(number, first, k.constant(-Infinity), score);
      return k.selectLess(number, end, early, k.constant(-Infinity));
    });
  };
  const isCut = k.integer(0);
  k.if(k.integer(0), "<", from, () => k.set(isCut, 1));
  k.if(to, "<", span.count, () => k.set(isCut, 1));
  k.if(isCut, "!=", 0, hideOutside);
}

/** The same number in floats [start, end) of a row. */
function fill(k: Builder, row: Integer, start: Integer, end: Integer, value: number): void {
  const at = k.pointer(k.at(row, 0, start, WORD));
  const filler = k.vector(k.constant(value));
  k.if(start, "<", end, () =>
    k.eachVector(k.subtract(end, start), (place, tail) =>
      k.store(filler, k.at(at, 0, place, WORD), tail),
    ),
  );
}

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
      const output = k.add(k.argument("output"), k.multiply(firstRow, headBytes));

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
          product(k, height, {
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
          });
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
          k.advance(mixed, headBytes);
        });

        eachRowBlock(k, rowStart, rowEnd, (row, height) => {
          const local = k.subtract(row, rowStart);
          const valueHeadAt = k.add(
            k.argument("valuePanels"),
            k.multiply(head.keyHead, k.argument("valueHeadBytes")),
          );
          product(k, height, {
            x: k.add(weights, k.multiply(local, weightsRow)),
            xRow: weightsRow,
            panels: k.add(valueHeadAt, k.multiply(span.start, k.panelWidth * WORD)),
            panelBytes: k.argument("valuePanelBytes"),
            panelCount: k.argument("valuePanelCount"),
            depth: span.count,
            columns: k.argument("headWidth"),
            output: k.add(output, k.multiply(local, headBytes)),
            outputRow: headBytes,
            isGoingOn: turn,
          });
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
        k.advance(mixed, headBytes);
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

/** One block of rows through `panelCount` panels. */
function product(
  k: Builder,
  height: Integer,
  spec: {
    readonly [name in
      | "x"
      | "xRow"
      | "panels"
      | "panelBytes"
      | "panelCount"
      | "depth"
      | "columns"
      | "output"
      | "outputRow"
      | "isGoingOn"]: Integer;
  },
): void {
  chooseHeight(k, height, (fixed) => {
    const panel = k.integer(0);
    const columns = k.integer(spec.columns);
    const panels = k.integer(spec.panels);
    const output = k.integer(spec.output);
    const most = panelsAtOnce(k, fixed);
    for (const wide of most > 1 ? [most, 1] : [1])
      k.while(
        panel,
        "<",
        wide > 1 ? k.subtract(spec.panelCount, wide - 1) : spec.panelCount,
        () => {
          tile(
            k,
            {
              ...spec,
              weights: "f32",
              panels,
              columns,
              outputAt: (p) => k.pointer(k.at(output, p * k.panelWidth * WORD)),
            },
            fixed,
            wide,
          );
          k.advance(panel, wide);
          k.advance(columns, -wide * k.panelWidth);
          k.advance(panels, k.multiply(spec.panelBytes, wide));
          k.advance(output, wide * k.panelWidth * WORD);
        },
      );
  });
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
      k.storeLane(maximum, k.at(maximumAt));
      k.storeLane(sum, k.at(sumAt));
    },
  );
}

const fewFields = [
  ...sharedFields,
  /** k (B, Hkv, S, D) and v as they are: one query is no reason to pack them */
  "k",
  "v",
  /** bytes from one key head to the next: a cache has room for more keys than there are */
  "keyHeadBytes",
  "scaleBy",
] as const;

/** Attention of few queries (a text being generated): one row a task, each key a dot product. */
export const attentionOfFew: KernelSource<(typeof fewFields)[number]> = {
  name: "attentionOfFew",
  fields: fewFields,
  floats: ["scaleBy"],
  write(k) {
    k.eachTask(k.argument("tasks"), (task) => {
      const queries = k.argument("queries");
      const number = k.divide(task, queries);
      const row = k.subtract(task, k.multiply(number, queries));
      const head = headOf(k, number);
      const keys = k.argument("keys");
      const width = k.argument("headWidth");
      const headBytes = k.multiply(width, WORD);
      const keyHeadOffset = k.multiply(head.keyHead, k.argument("keyHeadBytes"));
      const place = k.multiply(k.multiply(task, keys), WORD);
      const weights = k.argument("weights");
      k.if(
        weights,
        "!=",
        0,
        () => k.advance(weights, place),
        () => {
          k.set(weights, k.argument("scratch"));
          k.advance(weights, k.multiply(k.thread, k.argument("scratchBytes")));
        },
      );
      const scores = k.argument("scores");
      k.if(
        scores,
        "!=",
        0,
        () => k.advance(scores, place),
        () => k.set(scores, weights),
      );

      const q = k.add(k.argument("q"), k.multiply(task, headBytes));
      const key = k.add(k.argument("k"), keyHeadOffset);
      const factor = k.floatArgument("scaleBy");
      k.loop(0, keys, 1, (s) => {
        const products = k.vector(k.constant(0));
        k.eachVector(width, (d, tail) => {
          const element = k.load(k.at(q, 0, d, WORD), tail);
          k.addProduct(products, element, k.load(k.at(key, 0, d, WORD), tail));
        });
        k.storeLane(k.times(k.reduce("sumLanes", products), factor), k.at(scores, 0, s, WORD));
        k.advance(key, headBytes);
      });

      maskRow(k, head, row, scores, { start: k.integer(0), count: keys });
      const from = (s: Integer) => k.at(scores, 0, s, WORD);
      const to = (s: Integer) => k.at(weights, 0, s, WORD);
      const maximum = rowMaximum(k, from, keys);
      const sum = rowExponentials(k, from, to, keys, maximum);
      scaleRow(k, to, keys, inverseOrZero(k, sum));

      const v = k.add(k.argument("v"), keyHeadOffset);
      const output = k.add(k.argument("output"), k.multiply(task, headBytes));
      mixColumns(k, { weights, keys, v, output, width, headBytes });
    });
  },
};

/** output ← Σ weight · row of v, some vectors of columns at a time. */
function mixColumns(
  k: Builder,
  {
    weights,
    keys,
    v,
    output,
    width,
    headBytes,
  }: {
    readonly [name in "weights" | "keys" | "v" | "output" | "width" | "headBytes"]: Integer;
  },
): void {
  const AT_ONCE = 4;
  const column = k.integer(0);
  const sumOf = (vectors: number, tail: Integer | undefined) => {
    const sums = Array.from({ length: vectors }, () => k.vector(k.constant(0)));
    const row = k.pointer(k.at(v, 0, column, WORD));
    k.loop(0, keys, 1, (s) => {
      const weight = k.loadSplat(k.at(weights, 0, s, WORD));
      for (const [index, sum] of sums.entries())
        k.addProduct(sum, weight, k.load(k.at(row, index * k.vectorBytes), tail));
      k.advance(row, headBytes);
    });
    const at = k.pointer(k.at(output, 0, column, WORD));
    for (const [index, sum] of sums.entries()) k.store(sum, k.at(at, index * k.vectorBytes), tail);
  };
  for (const vectors of [AT_ONCE, 1]) {
    const floats = vectors * k.lanes;
    k.while(column, "<", k.subtract(width, floats - 1), () => {
      sumOf(vectors, undefined);
      k.advance(column, floats);
    });
  }
  const tail = k.subtract(width, column);
  k.if(tail, "!=", 0, () => sumOf(1, tail));
}

/** −∞ where a rule or a mask hides a key: `q` holds the scores, `output` gets them, one row a task. */
export const maskRows: KernelSource<SharedField> = {
  name: "maskRows",
  fields: sharedFields,
  floats: [],
  write(k) {
    k.eachTask(k.argument("tasks"), (task) => {
      const queries = k.argument("queries");
      const number = k.divide(task, queries);
      const head = headOf(k, number);
      const keys = k.argument("keys");
      const offset = k.multiply(k.multiply(task, keys), WORD);
      const from = k.add(k.argument("q"), offset);
      const to = k.add(k.argument("output"), offset);
      k.eachVector(keys, (place, tail) =>
        k.store(k.load(k.at(from, 0, place, WORD), tail), k.at(to, 0, place, WORD), tail),
      );
      const row = k.subtract(task, k.multiply(number, queries));
      maskRow(k, head, row, to, { start: k.integer(0), count: keys });
    });
  },
};
