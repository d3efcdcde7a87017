import { InputError } from "../../errors/errors.ts";
import { expectFlags, expectKeys, type KeysOf } from "../../errors/options.ts";
import { keepWarnings } from "../../errors/warnings.ts";
import { poolingChain, type SentenceChain, sentence } from "../../families/sentence/chain.ts";
import type { MessageForm } from "../../families/sentence/settings.ts";
import { sparsePool } from "../../families/sentence/sparse-pooling.ts";
import { routeOf, type SparseRoutes } from "../../families/sentence/sparse-routes.ts";
import type { TextToken } from "../../probe/words.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Tokenizer } from "../../tokens/tokenizer.ts";
import { messageForm, textMessages } from "./messages.ts";
import { staticRows } from "./static-rows.ts";
import {
  eachRow,
  longestText,
  promptOf,
  type Row,
  type RowText,
  type TextReader,
} from "./text-rows.ts";

/** How texts become vectors; what the checkpoint says where nothing is given. */
export interface EmbedOptions {
  /** A text put before every text; "" for none, even where the checkpoint has a default. */
  readonly prompt?: string;
  /** The same by its name in config_sentence_transformers.json: "query". */
  readonly promptName?: string;
  /** Whether vectors are divided by their lengths, whatever the checkpoint does. */
  readonly normalize?: boolean;
  /** Only the first numbers of each vector; as many as the checkpoint says if not given. */
  readonly dimensions?: number;
  /** Of a sparse encoder: the most words that keep a weight, the heaviest; all if not given. */
  readonly maxTerms?: number;
  /** Where a checkpoint reads texts by their task (a Router): the task, "query" or "document"; its usual way if not given. */
  readonly task?: string;
  /** Texts computed at once; 32 if not given. */
  readonly batchSize?: number;
  /** Stops between layers. */
  readonly signal?: AbortSignal;
  /** Told of warnings, such as a text that is cut, instead of `load`'s own listener. */
  readonly onWarning?: (message: string) => void;
}

const embedOptions: KeysOf<EmbedOptions> = {
  prompt: true,
  promptName: true,
  normalize: true,
  dimensions: true,
  maxTerms: true,
  task: true,
  batchSize: true,
  signal: true,
  onWarning: true,
};

/** A word of the vocabulary, and its weight in a text's vector. */
export interface SparseTerm {
  readonly id: number;
  /** As the vocabulary spells it. */
  readonly token: string;
  readonly weight: number;
}

/** Vectors of texts. */
export interface Embeddings {
  /** (texts, C), in the order the texts were given. */
  readonly vectors: Tensor;
  /** Of a sparse encoder: the words of each text that have a weight, the heaviest first. */
  readonly terms?: readonly (readonly SparseTerm[])[];
  /** Tokens of each text, its prompt's first; offsets count from the prompt's start, or from that of the chat it is a message of. */
  readonly tokens: readonly (readonly TextToken[])[];
  /** What was put before every text. */
  readonly prompt: string;
  /** How the vectors were made, in words. */
  readonly how: string;
  readonly warnings: readonly string[];
}

/**
 * One vector a text, as sentence-transformers' `encode` gives it: prompt, cut, forward pass, pooling and the modules behind it. A row of ids
 * goes into the model as it is, special tokens included.
 * A checkpoint without modules.json gets the mean over its tokens, which is said. Throws InputError where heed lacks a module.
 */
export async function embed(
  model: TextReader,
  texts: readonly unknown[],
  options: EmbedOptions = {},
): Promise<Embeddings> {
  expectKeys(options, embedOptions, "embed");
  expectFlags({ normalize: options.normalize }, "embed");
  if (!areRows(texts) || texts.length === 0)
    throw new InputError("embed: needs a list of texts, or of rows of ids, at least one");
  const { warnings, warn } = keepWarnings(options.onWarning ?? model.onWarning);
  const { settings } = model.sentences;
  const { readRows, how, isSparse } = makerOf(model, options, warn);
  const prompt = promptOf(settings, options, "embed");
  if (prompt !== "" && texts.some((row) => typeof row !== "string"))
    throw new InputError(
      `embed: ids are read as they are, and ${JSON.stringify(prompt)} cannot be put before them. Give the prompt "" and its tokens among the ids`,
    );
  const form = messageForm(model);
  const promptLength = prompt === "" || form ? 0 : promptTokens(model, prompt);
  const rows = await readRows(await rowTexts(model, texts, prompt, form), promptLength);
  const width = rows[0]!.numbers.length;
  const kept = expectWidth(options.dimensions ?? settings.truncated ?? width, width);
  const data = new Float32Array(rows.length * kept);
  for (const [row, { numbers }] of rows.entries()) {
    const own = numbers.subarray(0, kept);
    if (isSparse) keepHeaviest(own, options.maxTerms);
    data.set(options.normalize ? ofLengthOne(own) : own, row * kept);
  }
  return {
    vectors: new Tensor([rows.length, kept], data),
    ...(isSparse && { terms: rows.map(({ numbers }) => termsOf(numbers, model.tokenizer)) }),
    tokens: rows.map(({ tokens }) => tokens),
    prompt,
    how: form ? `${how}, each text a message in its chat template` : how,
    warnings,
  };
}

/** What goes into the model for each text: behind its prompt, or as the message of a chat. Rows of ids stay as they are. */
async function rowTexts(
  model: TextReader,
  rows: readonly (string | readonly number[])[],
  prompt: string,
  form: MessageForm | undefined,
): Promise<RowText[]> {
  const texts = rows.filter((row) => typeof row === "string");
  const read =
    form && texts.length > 0 ? await textMessages(model, texts, prompt, form) : undefined;
  let next = 0;
  return rows.map((row) => {
    if (typeof row !== "string") return { text: "", ids: row };
    return read ? read[next++]! : { text: prompt + row };
  });
}

function areRows(list: unknown): list is readonly (string | readonly number[])[] {
  const isRow = (one: unknown) =>
    typeof one === "string" ||
    (Array.isArray(one) && one.length > 0 && one.every((id) => typeof id === "number"));
  return Array.isArray(list) && list.every(isRow);
}

/** What makes vectors of texts, and how, in words. */
interface VectorMaker {
  readonly readRows: (texts: readonly RowText[], promptLength: number) => Promise<Row[]>;
  readonly how: string;
  readonly isSparse: boolean;
}

/** A sparse encoder's pooling, or the chain of modules. Throws InputError for options that the one or the other lacks. */
function makerOf(
  model: TextReader,
  options: EmbedOptions,
  warn: (message: string) => void,
): VectorMaker {
  const { network, label, sentences } = model;
  const { maxTerms, task } = options;
  if (sentences.sparse) return sparseMaker(model, sentences.sparse, options, warn);
  if (maxTerms !== undefined)
    throw new InputError(
      `embed: maxTerms (--max-terms) is for sparse encoders, and ${label} is none. Leave it out; dimensions cuts other vectors`,
    );
  const { chain, how } = chainOf(model, warn);
  if (task !== undefined)
    throw new InputError(
      `embed: ${label} reads every text alike, whatever its task (--task). Leave it out; promptName (--prompt-name) names a prompt`,
    );
  return {
    readRows: (texts, promptLength) =>
      eachRow(
        model,
        texts,
        (outputs, inputs, program) =>
          sentence(network, outputs, inputs, chain, program, promptLength),
        { ...options, warn },
      ),
    how,
    isSparse: false,
  };
}

function sparseMaker(
  model: TextReader,
  routes: SparseRoutes,
  options: EmbedOptions,
  warn: (message: string) => void,
): VectorMaker {
  const { network, label } = model;
  const { maxTerms, normalize, dimensions, task } = options;
  const [idle] = Object.entries({ normalize, dimensions }).find(([, value]) => value) ?? [];
  if (idle !== undefined)
    throw new InputError(
      `embed: ${label} makes sparse vectors, which ${idle} is not for. Leave it out; maxTerms keeps the heaviest words`,
    );
  if (maxTerms !== undefined && !(Number.isInteger(maxTerms) && maxTerms > 0))
    throw new InputError(`embed: maxTerms is ${maxTerms}; it must be a whole number from 1`);
  const { name, way } = routeOf(routes, task, label);
  const by = name === "" ? "" : `, by its route ${name}`;
  if ("weights" in way)
    return {
      readRows: (texts) => staticRows(model, texts, way, { ...options, warn }),
      how: `a learned weight for each word it has${by}`,
      isSparse: true,
    };
  if (network.task !== "masked language modeling")
    throw new InputError(
      `embed: ${label}: its modules.json asks for the weights of words, and its file has a head for ${network.task}. Such an encoder has one for masked language modeling`,
    );
  return {
    readRows: (texts) =>
      eachRow(
        model,
        texts,
        ({ logits }, inputs, program) => sparsePool(logits!, inputs, way, program),
        { ...options, warn },
      ),
    how: `a weight for each word, the ${way.strategy === "max" ? "largest" : "sum"} over its tokens${by}`,
    isSparse: true,
  };
}

/** Sets all but the heaviest words of a vector to 0. */
function keepHeaviest(vector: Float32Array, most: number | undefined): void {
  if (most === undefined || most >= vector.length) return;
  const order = [...vector.keys()].sort((a, b) => vector[b]! - vector[a]! || a - b);
  for (const place of order.slice(most)) vector[place] = 0;
}

function termsOf(vector: Float32Array, tokenizer: Tokenizer | undefined): SparseTerm[] {
  const terms = [...vector.keys()]
    .filter((id) => vector[id]! > 0)
    .map((id) => ({ id, token: tokenizer?.idToToken(id) ?? "", weight: vector[id]! }));
  return terms.sort((a, b) => b.weight - a.weight);
}

/** The modules a text goes through. Throws InputError for one heed lacks; says what is done where the checkpoint has none. */
function chainOf(
  { label, sentences, config }: TextReader,
  warn: (message: string) => void,
): { readonly chain: SentenceChain; readonly how: string } {
  const { chain, modules, settings } = sentences;
  if (settings.modelType === "CrossEncoder" && modules)
    throw new InputError(
      `${label} is a cross-encoder: it scores pairs of texts and makes no vector of one. heed rerank scores pairs`,
    );
  if (!("refused" in chain)) return { chain, how: "as its sentence-embedding files say" };
  if (modules)
    throw new InputError(`embed: ${label}: ${chain.refused}, so it gives no vector of a text`);
  // As SentenceTransformer does with such a checkpoint.
  const [architecture] = [config.architectures].flat();
  const isCausal = String(architecture).endsWith("ForCausalLM") && config.is_causal !== false;
  const how = isCausal
    ? "the last hidden state of its last token"
    : "the mean of the last hidden states of its tokens";
  warn(
    `${label} has no modules.json, so nobody made it for sentence embeddings; its vector is ${how}, as sentence-transformers makes it`,
  );
  return { chain: poolingChain(isCausal ? "lasttoken" : "mean"), how };
}

/** Tokens a prompt begins a text with: those it has alone, without a special one at its end. */
function promptTokens(model: TextReader, prompt: string): number {
  const tokenizer = model.tokenizer;
  if (!tokenizer) return 0;
  const { tokens } = tokenizer.encode(prompt, { maxLength: longestText(model, undefined) });
  const last = tokens.at(-1);
  return last && isSpecial(last.id, tokenizer) ? tokens.length - 1 : tokens.length;
}

function isSpecial(id: number, { specialTokens }: Tokenizer): boolean {
  return Object.values(specialTokens).some((token) => token.id === id);
}

function expectWidth(kept: number, width: number): number {
  if (!Number.isInteger(kept) || kept < 1)
    throw new InputError(`embed: dimensions is ${kept}; it must be a whole number from 1`);
  return Math.min(kept, width);
}

/** A vector divided by its length. */
export function ofLengthOne(vector: Float32Array): Float32Array {
  const length = Math.max(Math.hypot(...vector), 1e-12);
  return vector.map((number) => number / length);
}
