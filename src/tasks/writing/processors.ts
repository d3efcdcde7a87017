import type { WritingSettings } from "./settings.ts";

/** What stands before the token to be chosen. */
export interface Past {
  /** Ids of all columns so far, padding before the prompt included. */
  readonly columns: readonly number[];
  /** Ids of the real tokens among them. */
  readonly ids: readonly number[];
  /** Columns of the prompt; of a decoder beside an encoder, of what it began with. */
  readonly promptColumns: number;
  /** What the encoder read, padding included; undefined without an encoder. */
  readonly read: readonly number[] | undefined;
}

/** Changes scores (V) in place. */
export type Processor = (scores: Float32Array, past: Past) => void;

/** Log-probabilities or logits (V) of one row as the settings want them before any chance; the scores given stay as they are. */
export function processed(
  scores: Float32Array,
  past: Past,
  settings: WritingSettings,
  /** Columns of the longest text there may be. */
  capacity: number,
  /** What a task does to them behind all others. */
  rules: readonly Processor[] = [],
): Float32Array {
  const own = Float32Array.from(scores);
  for (const process of [...processorsOf(settings, capacity), ...rules]) process(own, past);
  return own;
}

/** In the order of transformers; presence and frequency penalties, which it lacks, stand where vLLM has them: behind the repetition penalty. */
function processorsOf(settings: WritingSettings, capacity: number): Processor[] {
  const { sequenceBias, repetitionPenalty, encoderRepetitionPenalty: encoderPenalty } = settings;
  const { noRepeatNgramSize, encoderNoRepeatNgramSize: encoderNgramSize } = settings;
  const { badWordsIds, minLength, minNewTokens, endIds } = settings;
  const { forcedBosTokenId, forcedEosTokenId, exponentialDecayLengthPenalty: decay } = settings;
  const { suppressTokens, beginSuppressTokens } = settings;
  const end = (scores: Float32Array) => forbid(scores, endIds);
  const endsAlone = new Set(endIds);
  const badWords = badWordsIds.filter((ids) => ids.length !== 1 || !endsAlone.has(ids[0]!));
  const chosen: readonly (Processor | false)[] = [
    sequenceBias.length > 0 && ((scores, past) => bias(scores, past, sequenceBias)),
    encoderPenalty !== 1 &&
      // What the encoder read is made likelier, so the penalty is turned over.
      ((scores, { read = [] }) => penalize(scores, read, 1 / encoderPenalty)),
    repetitionPenalty !== 1 && ((scores, { ids }) => penalize(scores, ids, repetitionPenalty)),
    (settings.presencePenalty !== 0 || settings.frequencyPenalty !== 0) &&
      ((scores, past) => penalizeWritten(scores, past, settings)),
    noRepeatNgramSize > 0 &&
      ((scores, { columns }) => forbidNgrams(scores, columns, columns, noRepeatNgramSize)),
    encoderNgramSize > 0 &&
      ((scores, { columns, read = [] }) => forbidNgrams(scores, read, columns, encoderNgramSize)),
    badWords.length > 0 &&
      ((scores, past) =>
        bias(
          scores,
          past,
          badWords.map((ids) => [ids, -Infinity] as const),
        )),
    minLength > 0 &&
      ((scores, { columns }) => {
        if (columns.length < minLength) end(scores);
      }),
    minNewTokens > 0 &&
      ((scores, { columns, promptColumns }) => {
        if (columns.length - promptColumns < minNewTokens) end(scores);
      }),
    forcedBosTokenId !== undefined &&
      ((scores, { columns }) => {
        if (columns.length === 1) force(scores, [forcedBosTokenId]);
      }),
    forcedEosTokenId.length > 0 &&
      ((scores, { columns }) => {
        if (columns.length === capacity - 1) force(scores, forcedEosTokenId);
      }),
    settings.removeInvalidValues && removeInvalid,
    decay !== undefined &&
      ((scores, past) => {
        decayEnds(scores, past, decay, endIds);
      }),
    suppressTokens.length > 0 && ((scores) => forbid(scores, suppressTokens)),
    beginSuppressTokens.length > 0 &&
      ((scores, { columns, promptColumns }) => {
        const isMoved = promptColumns <= 1 && forcedBosTokenId !== undefined;
        if (columns.length === promptColumns + (isMoved ? 1 : 0))
          forbid(scores, beginSuppressTokens);
      }),
  ];
  return chosen.filter((processor): processor is Processor => processor !== false);
}

function forbid(scores: Float32Array, ids: readonly number[]): void {
  // An id beyond the vocabulary changes nothing: writing past a typed array's end is ignored.
  for (const id of ids) scores[id] = -Infinity;
}

function force(scores: Float32Array, ids: readonly number[]): void {
  scores.fill(-Infinity);
  for (const id of ids) scores[id] = 0;
}

/** Positive scores are divided by the penalty, negative ones multiplied, once for each id (Keskar et al. 2019). */
function penalize(scores: Float32Array, ids: readonly number[], penalty: number): void {
  const single = Math.fround(penalty);
  for (const id of new Set(ids)) {
    if (id >= scores.length) continue;
    const score = scores[id]!;
    scores[id] = score < 0 ? score * single : score / single;
  }
}

/** As OpenAI and vLLM define them, over what was written, not the prompt: score − frequency · count − presence · (count > 0). */
function penalizeWritten(
  scores: Float32Array,
  { columns, promptColumns }: Past,
  { presencePenalty, frequencyPenalty }: WritingSettings,
): void {
  const counts = new Map<number, number>();
  for (const id of columns.slice(promptColumns)) counts.set(id, (counts.get(id) ?? 0) + 1);
  for (const [id, count] of counts)
    scores[id] = scores[id]! - frequencyPenalty * count - presencePenalty;
}

/** Forbids whatever followed, in `text`, on the last size − 1 ids of `columns`. */
function forbidNgrams(
  scores: Float32Array,
  text: readonly number[],
  columns: readonly number[],
  size: number,
): void {
  if (columns.length < size - 1) return;
  const prefix = size === 1 ? [] : columns.slice(1 - size);
  for (let place = 0; place + size <= text.length; place++)
    if (prefix.every((id, n) => text[place + n] === id))
      scores[text[place + size - 1]!] = -Infinity;
}

/** Adds to the last id of every sequence whose other ids stand at the end; of a sequence named twice the last amount counts. */
function bias(
  scores: Float32Array,
  { columns }: Past,
  sequences: readonly (readonly [readonly number[], number])[],
): void {
  const amounts = new Map(sequences.map((one) => [one[0].join(), one]));
  for (const [ids, amount] of amounts.values()) {
    const before = ids.slice(0, -1);
    const start = columns.length - before.length;
    if (start >= 0 && before.every((id, n) => columns[start + n] === id))
      scores[ids.at(-1)!]! += amount;
  }
}

function removeInvalid(scores: Float32Array): void {
  const largest = 3.4028234663852886e38;
  for (const [id, score] of scores.entries())
    if (Number.isNaN(score)) scores[id] = 0;
    else if (score === Infinity) scores[id] = largest;
    else if (score === -Infinity) scores[id] = -largest;
}

/** Ends become likelier by |score| · (factor^n − 1), n tokens after the start. */
function decayEnds(
  scores: Float32Array,
  { columns, promptColumns }: Past,
  [start, factor]: readonly [number, number],
  endIds: readonly number[],
): void {
  const behind = columns.length - promptColumns - start;
  if (behind <= 0) return;
  // An end that the files name twice is one end.
  for (const id of new Set(endIds))
    if (Number.isFinite(scores[id]))
      scores[id]! += Math.fround(Math.abs(scores[id]!) * Math.fround(factor ** behind - 1));
}
