/**
 * One number of attention explained: the whole way of one query in one head (Vaswani et al. 2017, arXiv 1706.03762, eq. 1:
 * softmax(q · kᵀ / √d) · v), from a word's vector to what joins the
 * stream, as a list of steps with real values. Pages, pictures and terminals draw this one list.
 */

import { SiteError } from "../../errors/errors.ts";
import { expectKeys } from "../../errors/options.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import type { Run } from "../../models/run.ts";
import { formatHead } from "../../probe/head-address.ts";
import type { Read } from "../../probe/plan.ts";
import { answerOf } from "./answer.ts";
import type { Context } from "./context.ts";
import { explanationNumbers } from "./explanation-numbers.ts";
import { type HeadNumbers, headNumbers } from "./head-numbers.ts";
import { outputNumbers } from "./output-numbers.ts";
import {
  type ExplainQuestion,
  explainQuestion,
  headReads,
  namedTokens,
  namesOf,
  placeOf,
  quoted,
  strongestKey,
  tellingPieces,
  tokensOf,
} from "./question.ts";
import { scoreParts } from "./score-parts.ts";
import { type ScoreSources, scoreSources, sourceReads } from "./score-sources.ts";
import type { Explanation, NamedToken } from "./step.ts";
import { joinedStep, outputStep, streamStep, valuesStep } from "./steps/output-steps.ts";
import {
  directionsStep,
  partsStep,
  productsStep,
  scaledStep,
  softmaxStep,
} from "./steps/score-steps.ts";
import { sourcesStep } from "./steps/source-step.ts";
import { keysStep, queryStep, vectorStep } from "./steps/vector-steps.ts";

/**
 * What a run must read so that `explain` can answer. Where `to` and `against` are both named, also what earlier layers wrote for these words, so
 * that the score can be split by it.
 */
export function explainReads(model: LoadedModel, question: ExplainQuestion): Read[] {
  expectKeys(question, explainQuestion, "explainReads");
  const { word, to, against, text } = question;
  const reads = headReads(model, question);
  if (to === undefined || against === undefined) return reads;
  return [...reads, ...sourceReads(model, placeOf(model, question), word, [to, against], text)];
}

/**
 * Every step from one word's vector to what one head writes for it. The run must have read what `explainReads` says. Throws SiteError for words, heads and stacks that are not there, and for what was not read.
 */
export async function explain(
  model: LoadedModel,
  run: Run,
  question: ExplainQuestion,
): Promise<Explanation> {
  expectKeys(question, explainQuestion, "explain");
  const place = placeOf(model, question);
  const tokens = tokensOf(run, place);
  const queries = namesOf(tokens.queries);
  const keys = namesOf(tokens.keys);
  const asked = tellingPieces(namedTokens(question.word, tokens.queries, "word"), tokens.queries);
  const query = queries[asked[0]!]!;
  const numbers = await headNumbers(model, run, place, query.token);
  const notes = asked.length > 1 ? [pieces(asked, queries, "the steps follow its first")] : [];
  const pick = (which: ExplainQuestion["to"], option: string): NamedToken | undefined => {
    if (which === undefined) return undefined;
    const found = namedTokens(which, tokens.keys, option);
    const best = found.reduce((a, b) => (numbers.weights[b]! > numbers.weights[a]! ? b : a));
    if (found.length > 1)
      notes.push(
        pieces(found, keys, `the steps follow ${quoted(keys[best]!)}, which is looked at most`),
      );
    return keys[best];
  };
  const own = place.stack === "decoder.cross." ? undefined : query.token;
  const target = pick(question.to, "to") ?? strongestKey(numbers.weights, keys, { own })!;
  const against =
    pick(question.against, "against") ??
    strongestKey(numbers.weights, keys, { own, without: target.token });
  const parts = scoreParts(numbers);
  if (parts.isPatched)
    notes.push("The run's scores are others than q, k and biases make: they were patched.");
  const context: Context = {
    model,
    run,
    numbers,
    parts,
    sources: await sourcesOf(model, run, numbers, [target, ...(against ? [against] : [])]),
    output: await outputNumbers(model, run, numbers),
    query,
    target,
    against: against?.token === target.token ? undefined : against,
    keys,
  };
  const steps = [
    await vectorStep(context),
    queryStep(context),
    keysStep(context),
    productsStep(context),
    directionsStep(context),
    sourcesStep(context),
    scaledStep(context),
    partsStep(context),
    softmaxStep(context),
    valuesStep(context),
    joinedStep(context),
    outputStep(context),
    streamStep(context),
  ];
  return {
    head: `${place.stack}${formatHead(place)}`,
    query,
    target,
    against: context.against,
    answer: answerOf(context, steps),
    steps,
    notes,
    numbers: explanationNumbers(context),
  };
}

/** The score's sources, where the run read what they need. */
async function sourcesOf(
  model: LoadedModel,
  run: Run,
  numbers: HeadNumbers,
  keys: readonly NamedToken[],
): Promise<ScoreSources> {
  try {
    return await scoreSources(
      model,
      run,
      numbers,
      keys.map(({ token }) => token),
    );
  } catch (error) {
    if (!(error instanceof SiteError)) throw error;
    const reason =
      "the run did not read what earlier layers wrote for these words: name both words before it runs";
    return { query: [], keys: new Map(), norms: 0, reason };
  }
}

function pieces(tokens: readonly number[], names: readonly NamedToken[], what: string): string {
  const texts = tokens.map((token) => quoted(names[token]!)).join(" ");
  return `${texts} are the pieces of one word: ${what}.`;
}
