import { InputError } from "../errors/errors.ts";
import { choiceOf, expectKeys, type KeysOf } from "../errors/options.ts";
import { labelNames } from "../families/family.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import type { Token, Tokenizer } from "../tokens/tokenizer.ts";
import {
  logitsOf,
  longestOf,
  sayCut,
  type TaskOptions,
  tokenizerOf,
  windowsOf,
} from "./encoded-rows.ts";
import {
  type Aggregation,
  aggregations,
  type Entity,
  entitiesOf,
  type PieceScores,
  withoutOverlap,
} from "./entities.ts";
import { expectHead, softmax } from "./scores.ts";

/** How tokens are classified, and put together into entities. */
export interface ClassifyTokensOptions extends TaskOptions {
  /**
   * How pieces become entities: each by itself (none, the default), neighbours of one label together (simple), and before that the pieces of
   * a word under the label of the first, of their average, or of the surest.
   */
  readonly aggregation?: Aggregation;
  /** Labels that are left out; "O" if not given. */
  readonly ignoreLabels?: readonly string[];
  /** Reads a longer text in windows with so many tokens in common; without it the text is cut. Needs an aggregation. */
  readonly stride?: number;
}

/** A token with the score of every label, in the order of the model's labels. */
export interface TokenScores {
  readonly token: Token;
  /** Its place among the tokens of its window. */
  readonly place: number;
  readonly scores: readonly number[];
}

/** Labels of the parts of texts. */
export interface TokenClassification {
  /** For each text its entities, in order. */
  readonly rows: readonly (readonly Entity[])[];
  /** For each text what every token of it got; of windows, one behind the other. */
  readonly tokens: readonly (readonly TokenScores[])[];
  /** Names of the labels, in the order of scores. */
  readonly labels: readonly string[];
}

const tokensOptions: KeysOf<ClassifyTokensOptions> = {
  aggregation: true,
  ignoreLabels: true,
  stride: true,
  signal: true,
  onWarning: true,
};

/** The labels a model gives the parts of texts, as transformers' pipeline groups them. Throws InputError for a model of another task. */
export async function classifyTokens(
  model: LoadedModel,
  input: string | readonly string[],
  options: ClassifyTokensOptions = {},
): Promise<TokenClassification> {
  expectKeys(options, tokensOptions, "classifyTokens");
  expectHead(model, "classifyTokens", ["token classification"]);
  const { aggregation: asked = "none", ignoreLabels = ["O"], stride } = options;
  const aggregation = choiceOf(aggregations, asked, "classifyTokens: aggregation");
  if (stride !== undefined && aggregation === "none")
    throw new InputError(
      `classifyTokens: a stride needs an aggregation that puts windows together: simple, first, average or max`,
    );
  const labels = labelNames(model.config);
  const tokenizer = tokenizerOf(model, "classifyTokens");
  const texts = (Array.isArray(input) ? input : [input]) as readonly string[];
  const windows = texts.map((text) => textWindows(model, tokenizer, text, options));
  // As the pipeline has it: windows of a text are padded to its longest, which models that mix neighbours or count padding tell.
  const widths = windows.flatMap((parts) => {
    const width = Math.max(...parts.map((part) => part.length));
    return parts.map(() => width);
  });
  const logits = await logitsOf(model, windows.flat(), { ...options, widths });
  let next = 0;
  const tokens = windows.map((parts) =>
    parts.map((part) => {
      const { data } = logits[next++]!; // (T, labels)
      return part.flatMap((token, place): TokenScores[] => {
        const row = data.subarray(place * labels.length, (place + 1) * labels.length);
        return token.special ? [] : [{ token, place, scores: softmax(row) }];
      });
    }),
  );
  const rows = texts.map((text, row) => {
    const found = tokens[row]!.map((part) =>
      entitiesOf(piecesOf(part, text, tokenizer), { labels, aggregation, tokenizer }).filter(
        ({ label }) => !ignoreLabels.includes(label),
      ),
    );
    return found.length > 1 ? withoutOverlap(found.flat(), text) : found.flat();
  });
  return { rows, tokens: tokens.map((parts) => parts.flat()), labels };
}

function textWindows(
  model: LoadedModel,
  tokenizer: Tokenizer,
  text: string,
  options: ClassifyTokensOptions,
): (readonly Token[])[] {
  if (typeof text !== "string")
    throw new InputError(`classifyTokens: needs a text, got ${JSON.stringify(text)}`);
  const { tokens } = tokenizer.encode(text);
  if (tokens.length === 0) throw new InputError("classifyTokens: the text has no tokens");
  const longest = longestOf(model);
  const { stride } = options;
  const parts = windowsOf(tokens, {
    sequence: 0,
    side: tokenizer.truncationSide,
    longest,
    stride,
    task: "classifyTokens",
  });
  if (stride === undefined)
    sayCut(model, "classifyTokens", { from: tokens.length, to: parts[0]!.length }, options);
  return parts;
}

/** Tokens with what tells whether they go on with the word before, by the rules of transformers' pipeline. */
function piecesOf(
  tokens: readonly TokenScores[],
  text: string,
  { continuingPrefix, idToToken, specialTokens }: Tokenizer,
): PieceScores[] {
  const lengthOf = (part: string) => [...part].length;
  return tokens.map(({ token, place, scores }) => {
    const { id, start, end } = token;
    const own = text.slice(start, end);
    const spelling = idToToken(id) ?? token.text;
    if (id === specialTokens.unknown?.id)
      return { word: own, start, end, place, scores, continues: false };
    const continues = continuingPrefix
      ? lengthOf(spelling) !== lengthOf(own)
      : start > 0 && !text.slice(start - 1, start + 1).includes(" ");
    return { word: spelling, start, end, place, scores, continues };
  });
}
