import { InputError } from "../../errors/errors.ts";
import type { Network, Outputs } from "../../families/family.ts";
import type { Inputs } from "../../families/inputs.ts";
import type { SentenceSettings } from "../../families/sentence/settings.ts";
import type { ChatTemplates } from "../../models/chat-templates.ts";
import { noTokensWarning, startRows } from "../../models/inputs.ts";
import { tokenOfId } from "../../models/padding-token.ts";
import type { Sentences } from "../../models/sentences.ts";
import { Probe } from "../../probe/probe.ts";
import { textTokens } from "../../probe/text-tokens.ts";
import type { TextToken } from "../../probe/words.ts";
import type { Backend } from "../../tensor/backend.ts";
import { execute } from "../../tensor/execute.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { Program } from "../../tensor/program.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { encodeLongTexts } from "../../tokens/long-texts.ts";
import type { BatchEncoding, Encoding, PaddedRows, Tokenizer } from "../../tokens/tokenizer.ts";
import { rowGroups } from "./row-groups.ts";

/** What reading texts in batches needs of a model. */
export interface TextReader {
  readonly label: string;
  readonly network: Network;
  readonly backend: Backend;
  readonly tokenizer: Tokenizer | undefined;
  readonly config: Readonly<Record<string, unknown>>;
  readonly sentences: Sentences;
  readonly chatTemplates?: ChatTemplates;
  /** Told of warnings where the options name no listener. */
  readonly onWarning?: (message: string) => void;
}

/** A text, or two, as they go into the model. */
export interface RowText {
  readonly text: string;
  readonly pair?: string;
  /** What goes in instead of the text's own tokens. */
  readonly ids?: readonly number[];
  /** Of a text that a chat template wrote, special tokens and all: the ids it ends with, which stay where it is cut. */
  readonly end?: readonly number[];
}

export interface RowsOptions {
  /** The most tokens of a row, where that is fewer than the model takes. */
  readonly maxLength?: number;
  /** Rows computed at once; 32 as in sentence-transformers. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
  /** Where rows are filled up, whatever the tokenizer says. */
  readonly paddingSide?: "left";
}

/** What came of one text. */
export interface Row {
  readonly tokens: readonly TextToken[];
  readonly numbers: Float32Array;
}

/** The most tokens of a text: what sentence-transformers' files say, else the tokenizer's; never more than there are positions. */
export function longestText(
  { sentences, network, tokenizer }: TextReader,
  asked: number | undefined,
): number | undefined {
  const own = asked ?? sentences.settings.maxLength ?? tokenizer?.maxLength;
  const lengths = [own, network.dimensions.positions].filter((length) => length !== undefined);
  return lengths.length === 0 ? undefined : Math.min(...lengths);
}

/**
 * Every text through the model, the longest first and in batches, as sentence-transformers does; of a batch, texts of like length go
 * together where padding is on the right and no head reads it. Positions of padded rows are the family's own. `make` says what is
 * read of a pass: (B, …). A text that is cut is told to `warn`.
 */
export async function eachRow(
  model: TextReader,
  texts: readonly RowText[],
  make: (outputs: Outputs, inputs: Inputs, program: Program) => LazyTensor,
  {
    maxLength,
    batchSize = 32,
    signal,
    paddingSide,
    warn,
  }: RowsOptions & { readonly warn: (message: string) => void },
): Promise<Row[]> {
  const { tokenizer, label } = model;
  if (!tokenizer && texts.some(({ ids }) => ids === undefined))
    throw new InputError(
      `${label} has no tokenizer that heed reads, so it cannot read a text. Give its tokenizer's files (tokenizer.json) beside the others, or ids: --ids 101,2009,102 (in code: a row of numbers)`,
    );
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new InputError(`batchSize is ${batchSize}; it must be a whole number from 1`);
  const most = longestText(model, maxLength);
  const size = ({ text, pair, ids }: RowText) =>
    ids?.length ?? [...text].length + [...(pair ?? "")].length;
  const order = [...texts.keys()].sort((a, b) => size(texts[b]!) - size(texts[a]!));
  const rows: Row[] = new Array(texts.length);
  const cuts: (string | undefined)[] = new Array(texts.length);
  for (let start = 0; start < order.length; start += batchSize) {
    const places = order.slice(start, start + batchSize);
    const given = places.map((place) => texts[place]!);
    const encodings = given.some(({ ids, end }) => paddingSide ?? ids ?? end)
      ? given.map((row) => encodingOf(row, model, most))
      : await encodeLongTexts(given, tokenizer!, { maxLength: most, signal });
    const batch = encodings
      ? { encodings, ...padded(encodings, model, paddingSide) }
      : tokenizer!.encodeBatch(given, { maxLength: most });
    const length = batch.ids[0]!.length;
    if (length === 0)
      throw new InputError(`${label}: the text has no tokens. Give a text with at least one word`);
    const read = new Array<Float32Array>(places.length);
    // Padding on the left moves the positions of some families, as it does in sentence-transformers.
    const isFree =
      (paddingSide ?? tokenizer?.paddingSide) !== "left" && !model.network.readsPadding;
    const lengths = batch.mask.map((row) => (isFree ? realLength(row) : length));
    for (const group of rowGroups(lengths)) {
      const width = Math.max(...group.map((row) => lengths[row]!));
      const inputs = inputsOf(batch, group, width, model);
      const numbers = await compute(model, inputs, make, signal);
      for (const [index, row] of group.entries()) read[row] = numbers.select(index).data.slice();
    }
    for (const [row, place] of places.entries()) {
      const { tokens, cut } = batch.encodings[row]!;
      const { text, pair, ids } = texts[place]!;
      rows[place] = {
        tokens: ids
          ? ids.map((id, n) => tokenOfId(id, n, tokenizer))
          : textTokens(tokens, [text, pair ?? ""]),
        numbers: read[row]!,
      };
      if (tokens.length === 0) cuts[place] = noTokensWarning(label, place, texts.length);
      if (cut > 0) cuts[place] = cutWarning(place, tokens.length, cut, model, texts.length, most!);
    }
  }
  for (const cut of cuts) if (cut !== undefined) warn(cut);
  return rows;
}

/** The tokens of a row, one of texts and of ids. Throws InputError for ids that the model has not, or that are more than it reads. */
function encodingOf(
  { ids, text, pair, end }: RowText,
  { tokenizer, network, label }: TextReader,
  most: number | undefined,
): Encoding {
  if (end)
    return withEnd(
      tokenizer!.encode(text, { addSpecialTokens: false, maxLength: most }),
      end,
      most,
      tokenizer,
    );
  if (!ids) return tokenizer!.encode(text, { pair, maxLength: most });
  const { vocabulary } = network.dimensions;
  for (const [place, id] of ids.entries())
    if (!Number.isInteger(id) || id < 0 || id >= vocabulary)
      throw new InputError(
        `${label}: ids hold ${id} at element ${place}; its vocabulary has ids 0 to ${vocabulary - 1}`,
      );
  if (most !== undefined && ids.length > most)
    throw new InputError(`${label}: ${ids.length} ids, and it reads ${most} at most. Give fewer`);
  const tokens = ids.map((id, place) => tokenOfId(id, place, tokenizer));
  return { tokens, ids, types: ids.map(() => 0), cut: 0 };
}

/** A row as long as rows may be, with the end that cutting took away, as sentence-transformers restores it. */
function withEnd(
  row: Encoding,
  end: readonly number[],
  most: number | undefined,
  tokenizer: Tokenizer | undefined,
): Encoding {
  if (row.ids.length < (most ?? 0)) return row;
  const kept = Math.min(end.length, row.ids.length);
  const start = row.ids.length - kept;
  const own = kept === 0 ? [] : end.slice(-kept);
  return {
    ...row,
    ids: [...row.ids.slice(0, start), ...own],
    tokens: [
      ...row.tokens.slice(0, start),
      ...own.map((id, place) => tokenOfId(id, start + place, tokenizer)),
    ],
  };
}

/** Rows of one length, by the tokenizer where there is one, else with the model's own padding behind them. */
function padded(
  rows: readonly Encoding[],
  { tokenizer, network }: TextReader,
  paddingSide?: "left",
): PaddedRows {
  if (tokenizer) return tokenizer.pad(rows, { paddingSide });
  const length = Math.max(...rows.map(({ ids }) => ids.length));
  const filled = (numbers: readonly number[], filler: number) => [
    ...numbers,
    ...new Array<number>(length - numbers.length).fill(filler),
  ];
  return {
    ids: rows.map(({ ids }) => filled(ids, network.paddingId)),
    mask: rows.map(({ ids }) => filled(new Array<number>(ids.length).fill(1), 0)),
    types: rows.map(({ types }) => filled(types, 0)),
  };
}

/** Tokens of a row without the padding behind it; a row of nothing but padding keeps one. */
function realLength(mask: readonly number[]): number {
  return Math.max(1, mask.lastIndexOf(1) + 1);
}

/** Some rows of a batch, as far as `length`. */
function inputsOf(
  { ids, mask, types }: BatchEncoding,
  rows: readonly number[],
  length: number,
  { network, tokenizer }: TextReader,
): Inputs {
  const flat = (numbers: readonly (readonly number[])[]) =>
    Int32Array.from(rows.flatMap((row) => numbers[row]!.slice(0, length)));
  const own = flat(ids);
  return {
    batch: rows.length,
    length,
    ids: own,
    mask: rows.some((row) => mask[row]!.slice(0, length).includes(0)) ? flat(mask) : undefined,
    types: network.readsTypes && tokenizer?.givesTypes ? flat(types) : undefined,
    decoder: decoderOf(network, own, rows.length),
  };
}

async function compute(
  { network, backend }: TextReader,
  inputs: Inputs,
  make: (outputs: Outputs, inputs: Inputs, program: Program) => LazyTensor,
  signal: AbortSignal | undefined,
): Promise<Tensor> {
  const program = new Program(backend);
  let numbers: Tensor | undefined;
  const outputs = network.forward(inputs, new Probe(program, nothing));
  program.read(make(outputs, inputs, program), (tensor) => {
    numbers = tensor;
  });
  program.finish();
  await execute(program, { signal });
  return numbers!;
}

/** A plan of a pass that nobody looks into. */
const nothing = {
  wants: () => false,
  patches: () => false,
  reached: (_: string, value: LazyTensor) => value,
  reachedSparse: () => {},
};

/** The decoder's side of a family that cannot run without one. */
function decoderOf(network: Network, ids: Int32Array, batch: number): Inputs["decoder"] {
  const rows = startRows(network, batch, ids);
  return rows && { length: rows.width, ids: rows.data };
}

function cutWarning(
  place: number,
  kept: number,
  cut: number,
  { label, sentences, network }: TextReader,
  count: number,
  most: number,
): string {
  const name = count > 1 ? `text ${place} (of 0 to ${count - 1})` : "the text";
  const why =
    most === sentences.settings.maxLength
      ? `its sentence_bert_config.json says max_seq_length ${most}`
      : most === network.dimensions.positions
        ? `the model has positions for ${most}`
        : `at most ${most} are read`;
  return `${label}: ${name} has ${kept + cut} tokens, and ${why}: ${kept} are kept, ${cut} are cut off. Give a shorter text, or its parts one by one`;
}

/** A prompt as it is put before texts: given, or by its name, or the one the files name; "" for none. Throws InputError for a name there is not. */
export function promptOf(
  { prompts, defaultPrompt }: SentenceSettings,
  { prompt, promptName }: { readonly prompt?: string; readonly promptName?: string },
  place: string,
): string {
  if (prompt !== undefined && promptName !== undefined)
    throw new InputError(`${place}: give a prompt or the name of one, not both`);
  const name = promptName ?? defaultPrompt;
  if (prompt !== undefined || name === undefined) return prompt ?? "";
  if (Object.hasOwn(prompts, name)) return prompts[name]!;
  throw new InputError(
    `${place}: there is no prompt "${name}"; the checkpoint has ${Object.keys(prompts).join(", ") || "none"}`,
  );
}
