import { InputError } from "../errors/errors.ts";
import { expectFlags, expectKeys, type KeysOf } from "../errors/options.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import type { Token, Tokenizer } from "../tokens/tokenizer.ts";
import { logitsOf, longestOf, type TaskOptions, tokenizerOf, windowsOf } from "./encoded-rows.ts";
import { expectCount, expectHead, softmax } from "./scores.ts";

/** A question, and the text its answer stands in. */
export interface Question {
  readonly question: string;
  readonly context: string;
}

/** How answers are looked for in a text. */
export interface AnswerOptions extends TaskOptions {
  /** How many answers, the best first; 1 if not given. */
  readonly topK?: number;
  /** Whether "no answer" is one of them. */
  readonly impossible?: boolean;
  /** The most tokens of an answer; 15 if not given. */
  readonly maxAnswerTokens?: number;
  /** The most tokens of a window, the question's included; 384, or what the model takes. */
  readonly maxTokens?: number;
  /** How many tokens a window of a long text has in common with the one before; 128, or half a window. */
  readonly stride?: number;
  /** Whether answers begin and end where words do; true if not given. */
  readonly wholeWords?: boolean;
}

/** A part of a text that answers. */
export interface Answer {
  /** Empty where there is none. */
  readonly answer: string;
  readonly score: number;
  /** Where it stands in the text, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

/** Answers to questions. */
export interface Answers {
  /** For each question its answers, best first. */
  readonly rows: readonly (readonly Answer[])[];
}

const answerOptions: KeysOf<AnswerOptions> = {
  topK: true,
  impossible: true,
  maxAnswerTokens: true,
  maxTokens: true,
  stride: true,
  wholeWords: true,
  signal: true,
  onWarning: true,
};

const usualWindow = 384;
const usualStride = 128;

/** The parts of a text that answer a question, as transformers 4's pipeline finds them. Throws InputError for a model of another task. */
export async function answer(
  model: LoadedModel,
  input: Question | readonly Question[],
  options: AnswerOptions = {},
): Promise<Answers> {
  expectKeys(options, answerOptions, "answer");
  const { impossible, wholeWords } = options;
  expectFlags({ impossible, wholeWords }, "answer");
  if (model.task === "question answering with beams")
    throw new InputError(
      `answer: the head of ${model.label} (${model.type}) looks for answers with beams, of which no pipeline of transformers makes a text. What it gives is in a run's output: startTopProbabilities, startTopIndices, endTopProbabilities, endTopIndices, answerClass`,
    );
  expectHead(model, "answer", ["question answering"]);
  const { topK = 1, maxAnswerTokens = 15 } = options;
  expectCount(topK, "answer: topK");
  expectCount(maxAnswerTokens, "answer: maxAnswerTokens");
  const tokenizer = tokenizerOf(model, "answer");
  const questions = Array.isArray(input) ? input : [input as Question];
  const windows = questions.map((question) =>
    windowsOfQuestion(model, tokenizer, question, options),
  );
  // transformers 4 gives segment ids with the tokenizers of ALBERT and XLNet too.
  const rowOptions = { ...options, hasTypes: model.readsTypes };
  const logits = await logitsOf(model, windows.flat(), rowOptions); // (T, 2) each
  let next = 0;
  const rows = questions.map(({ context }, row) => {
    const read = windows[row]!.map((tokens) => ({ tokens, logits: logits[next++]!.data }));
    return answersIn(context, read, tokenizer, options);
  });
  return { rows };
}

/** Tokenizers that pad on the left have the text first, and the question behind it. */
function contextSequence({ paddingSide }: Tokenizer): 0 | 1 {
  return paddingSide === "left" ? 0 : 1;
}

function windowsOfQuestion(
  model: LoadedModel,
  tokenizer: Tokenizer,
  { question, context }: Question,
  options: AnswerOptions,
): (readonly Token[])[] {
  for (const [name, text] of Object.entries({ question, context }))
    if (typeof text !== "string" || text.trim() === "")
      throw new InputError(`answer: ${name} is ${JSON.stringify(text)}, needs a text`);
  const { maxTokens = usualWindow } = options;
  expectCount(maxTokens, "answer: maxTokens");
  const longest = Math.min(maxTokens, longestOf(model));
  const stride = options.stride ?? Math.min(Math.floor(longest / 2), usualStride);
  if (!Number.isInteger(stride) || stride < 0)
    throw new InputError(`answer: stride needs a whole number from 0, got ${stride}`);
  const sequence = contextSequence(tokenizer);
  const { tokens } =
    sequence === 1
      ? tokenizer.encode(question, { pair: context })
      : tokenizer.encode(context, { pair: question });
  return windowsOf(tokens, {
    sequence,
    side: tokenizer.truncationSide,
    longest,
    stride,
    task: "answer",
  });
}

interface Window {
  readonly tokens: readonly Token[];
  /** (T, 2): how likely an answer begins and ends at each token. */
  readonly logits: Float32Array;
}

function answersIn(
  context: string,
  windows: readonly Window[],
  tokenizer: Tokenizer,
  { topK = 1, impossible = false, maxAnswerTokens = 15, wholeWords = true }: AnswerOptions,
): Answer[] {
  const found = new Map<string, { -readonly [K in keyof Answer]: Answer[K] }>();
  let none = Number.POSITIVE_INFINITY;
  for (const window of windows) {
    const { starts, ends } = chances(window, tokenizer);
    none = Math.min(none, starts[0]! * ends[0]!);
    // The first token says that there is no answer; it is none.
    starts[0] = 0;
    ends[0] = 0;
    // Some spans become one when they are widened to words.
    const count = wholeWords ? topK * 2 + 10 : topK;
    for (const span of bestSpans(starts, ends, maxAnswerTokens).slice(0, count)) {
      const { start, end } = placeOf(span, window.tokens, tokenizer, wholeWords);
      const text = context.slice(start, end);
      const same = found.get(text.toLowerCase());
      if (same) same.score += span.score;
      else found.set(text.toLowerCase(), { answer: text, score: span.score, start, end });
    }
  }
  const answers: Answer[] = [...found.values()];
  if (impossible) answers.push({ answer: "", score: none, start: 0, end: 0 });
  return answers.sort((a, b) => b.score - a.score).slice(0, topK);
}

/** Shares for every token that an answer begins there, and that one ends there; nothing for tokens of the question and those put in, but the first. */
function chances(
  { tokens, logits }: Window,
  tokenizer: Tokenizer,
): { readonly starts: number[]; readonly ends: number[] } {
  const sequence = contextSequence(tokenizer);
  // With the text first transformers lets every token take part.
  const takesPart = (token: Token) =>
    sequence === 0 || token.sequence === sequence || token.id === tokenizer.specialTokens.cls?.id;
  const of = (which: 0 | 1) =>
    softmax(
      tokens.map((token, place) =>
        takesPart(token) ? logits[place * 2 + which]! : Number.NEGATIVE_INFINITY,
      ),
    );
  return { starts: of(0), ends: of(1) };
}

interface Span {
  readonly first: number;
  readonly last: number;
  readonly score: number;
}

/** Spans of at most so many tokens that have any chance, best first. */
function bestSpans(starts: readonly number[], ends: readonly number[], most: number): Span[] {
  const spans: Span[] = [];
  for (const [first, start] of starts.entries())
    for (let last = first; last < Math.min(ends.length, first + most); last++) {
      const score = start * ends[last]!;
      if (score > 0) spans.push({ first, last, score });
    }
  return spans.sort((a, b) => b.score - a.score);
}

/** Where a span stands in the text, widened to words where both its ends are in words. */
function placeOf(
  { first, last }: Span,
  tokens: readonly Token[],
  tokenizer: Tokenizer,
  wholeWords: boolean,
): { readonly start: number; readonly end: number } {
  const sequence = contextSequence(tokenizer);
  const wordOf = (place: number) => {
    const { word } = tokens[place]!;
    const of = tokens.filter((token) => token.sequence === sequence && token.word === word);
    return word === null ? undefined : { first: of[0], last: of.at(-1) };
  };
  const start = wholeWords ? wordOf(first)?.first : undefined;
  const end = wholeWords ? wordOf(last)?.last : undefined;
  return start && end
    ? { start: start.start, end: end.end }
    : { start: tokens[first]!.start, end: tokens[last]!.end };
}
