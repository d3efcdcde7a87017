import { basename } from "node:path";
import { nounIn } from "../../../analysis/explain/context.ts";
import { explain as explainHead, explainReads } from "../../../analysis/explain/explain.ts";
import {
  type ExplainQuestion,
  namedTokens,
  namesOf,
  placeOf,
  type StackPrefix,
  strongestKey,
  tellingPieces,
  tokensOf,
} from "../../../analysis/explain/question.ts";
import type { Explanation } from "../../../analysis/explain/step.ts";
import { chooseFocus, type Focus, focusOn } from "../../../analysis/words/focus.ts";
import { InputError } from "../../../errors/errors.ts";
import { dimensionsIn } from "../../../families/family.ts";
import type { Model } from "../../../model.ts";
import type { RunInput } from "../../../models/inputs.ts";
import type { Run } from "../../../models/run.ts";
import { shortName } from "../../../models/short-name.ts";
import { allHeads, type HeadAddress, parseHead } from "../../../probe/head-address.ts";
import type { ExplainedPicture } from "../../../views/explain/explained.ts";
import { stepsOf } from "../../../views/explain/steps-of.ts";
import { labelOf } from "../../../views/from-run/run.ts";
import { stackPrefix } from "../../analysis/attention-run.ts";
import { expectInput, type ReadInput, readInputs } from "../../analysis/readout-words.ts";
import { type LineOptions, textsIn } from "../../input/lines.ts";
import { namesPicture, readsOf } from "../../input/text-input.ts";
import { endPhase, loadModel, type ModelOptions } from "../../loading.ts";
import { modelJson, textJson } from "../../model-json.ts";
import { openingLook, unitNamed, wordsOfRun } from "../../named.ts";
import { type FormatOptions, formatOf } from "../../options/format.ts";
import { refuseIdle } from "../../options/idle-options.ts";
import { headIn } from "../../picture.ts";
import { deliverStepsOfEach, type StepsFound, stepsFormats } from "../../steps-output.ts";
import { warn } from "../../terminal/warnings.ts";

export interface ExplainOptions extends ModelOptions, FormatOptions, LineOptions {
  readonly word?: string;
  readonly to?: string;
  readonly against?: string;
  readonly head?: string;
  readonly stack?: string;
  readonly decoder?: string;
  /** Whether JSON has the matrix that makes the query. */
  readonly matrix?: boolean;
}

/** `heed explain TEXT --word it --head L3H1`: one number of attention, with every step on the way to it. */
export async function explain(given: string | undefined, options: ExplainOptions): Promise<void> {
  const format = formatOf(options, stepsFormats);
  const isPicture = given !== undefined && namesPicture(given);
  refuseIdle("explain", { ...options, format }, [isPicture && "a picture"]);
  const inputs = await readInputs(given, options);
  const model = await loadModel(options, readsOf(given));
  expectInput(model, given, inputs.first);
  const stack = stackPrefix(model, options.stack);
  await deliverStepsOfEach(inputs, options, format, (input) =>
    explained(model, input, { ...options, given, prefix: stack }),
  );
}

interface Explaining extends ExplainOptions {
  readonly given: string | undefined;
  readonly prefix: StackPrefix;
}

async function explained(
  model: Model,
  read: ReadInput,
  { given, prefix: stack, ...options }: Explaining,
): Promise<StepsFound> {
  const { question, run } = await askedOf(model, read.input, { ...options, stack });
  endPhase("run");
  const explanation = await explainHead(model, run, question);
  if (options.against !== undefined && !explanation.against)
    throw new InputError(
      `--against ${options.against}: is the word that is explained. Hold it against another, or leave --against out`,
    );
  const { prefix, layer, head, text } = placeOf(model, question);
  const weights = run.trace.row(`${prefix}weights`, {
    text,
    head,
    query: explanation.query.token,
  }).data;
  const { queries, keys } = tokensOf(run, placeOf(model, question));
  const roles = new Map([
    [explanation.target.token, "target" as const],
    ...(explanation.against ? [[explanation.against.token, "against"] as const] : []),
  ]);
  const picture: ExplainedPicture = {
    explanation,
    texts: read.image ? [basename(given!)] : textsIn(model, read.text!),
    model: shortName(model.label),
    noun: nounIn(model, stack !== "decoder."),
    words: keys.map((token, key) => ({
      ...labelOf(token),
      weight: weights[key]!,
      role: roles.get(key),
    })),
  };
  return {
    picture: stepsOf(picture),
    object: () => ({
      model: modelJson(model, options),
      ...textJson(picture.texts, run, read.text?.audio !== undefined),
      ...(queries === keys ? {} : { queries }),
      ...(options.matrix ? explanation : withoutMatrix(explanation)),
    }),
    facts: { of: headIn(stack, { layer, head }), model: picture.model },
  };
}

/** The explanation without W^Q, which is most of its numbers and stands in the checkpoint too. */
function withoutMatrix({ numbers, ...explanation }: Explanation): object {
  const { queryMap, ...others } = numbers;
  return { ...explanation, numbers: others };
}

interface Asked extends Pick<ExplainOptions, "word" | "to" | "against" | "head"> {
  readonly stack: StackPrefix;
}

/** The question with what was left open chosen, and a run that read what answers it. */
async function askedOf(
  model: Model,
  input: RunInput,
  { stack, word, to, against, head }: Asked,
): Promise<{ question: ExplainQuestion; run: Run }> {
  const asked: Omit<Asked, "stack"> = { word, to, against, head };
  const isWhole = Object.values(asked).every((one) => one !== undefined);
  const question = isWhole
    ? { ...(asked as Required<typeof asked>), stack: stack || undefined }
    : await chosen(model, input, stack, asked);
  const run = await model
    .run(input, {
      read: explainReads(model, question),
      output: false,
      onWarning: isWhole ? warn : () => {},
    })
    .catch(async (error) => {
      // A read does not know which option names its words.
      if (isWhole) await chosen(model, input, stack, asked);
      throw error;
    });
  return { question, run };
}

/** What nobody said, out of a first run: the word as `heed TEXT` chooses it, the head that looks most, the two keys it looks at most. */
async function chosen(
  model: Model,
  input: RunInput,
  stack: StackPrefix,
  { word, to, against, head }: Omit<Asked, "stack">,
) {
  const weightsOf = (layer: number) =>
    stack === "decoder.cross."
      ? `decoder.layers.${layer}.cross.weights`
      : `${stack}layers.${layer}.weights`;
  const run = await model.run(input, {
    read: [{ site: weightsOf(0).replace(".0.", ".*."), keep: "rows" }],
    output: false,
    onWarning: warn,
  });
  const address = head === undefined ? undefined : parseHead(head);
  const place = placeOf(model, {
    head: address ?? { layer: 0, head: 0 },
    stack: stack || undefined,
  });
  const { queries, keys } = tokensOf(run, place);
  const isText = !model.images && !stack.startsWith("decoder.");
  const query = word ?? (isText ? wordOf(model, run, to) : model.images ? 0 : queries.length - 1);
  const token = tellingPieces(namedTokens(query, queries, "--word"), queries)[0]!;
  const row = ({ layer, head }: HeadAddress) =>
    run.trace.row(weightsOf(layer), { head, query: token }).data;
  const names = namesOf(keys);
  const own = stack === "decoder.cross." ? undefined : token;
  const targets = to === undefined ? undefined : namedTokens(to, keys, "--to");
  if (against !== undefined) namedTokens(against, keys, "--against");
  const found = address === undefined && isText ? focusOfWord() : undefined;
  const shown = address ?? found?.head ?? headOfTokens();
  const weights = row(shown);
  const lookedAt = (pieces: readonly number[]) =>
    pieces.reduce((best, piece) => (weights[piece]! > weights[best]! ? piece : best));
  const target = lookedAt(
    targets ?? found?.targets[0] ?? [strongestKey(weights, names, { own })!.token],
  );
  const second = found?.targets[1];
  return {
    head: shown,
    stack: stack || undefined,
    word: query,
    to: to ?? target,
    against:
      against ??
      (second ? lookedAt(second) : strongestKey(weights, names, { own, without: target })?.token),
  };

  /** The head that `heed TEXT` shows for the word, and the tokens of what it looks at there; undefined of a word of several pieces. */
  function focusOfWord():
    | (Pick<Focus, "head"> & { targets: readonly (readonly number[])[] })
    | undefined {
    const units = wordsOfRun(model, run, {
      "--word": [word],
      "--to": to === undefined ? [] : [to],
    });
    const unit = (name: string, option: string) => unitNamed(units, run.tokens[0]!, name, option);
    const focus = word === undefined ? chooseFocus(units) : unit(word, "--word");
    // A head that a word's other piece looks in says nothing of the piece that is followed.
    if (units.units[focus]!.tokens.length > 1) return undefined;
    const { head, targets } = focusOn(units, focus, {
      targets: to === undefined ? undefined : [unit(to, "--to")],
      look: openingLook(model, run, units, focus),
    });
    return { head, targets: targets.map((key) => units.units[key]!.tokens) };
  }

  function headOfTokens(): HeadAddress {
    const look = (address: HeadAddress) => {
      const weights = row(address);
      const keys = targets ?? [strongestKey(weights, names, { own })!.token];
      return keys.reduce((sum, key) => sum + weights[key]!, 0);
    };
    // Behind the layers that have the first one's tokens, the token that is asked about is another.
    const { merged } = model.images ?? {};
    const layers = merged?.findIndex((times) => times > 0) ?? -1;
    const all = dimensionsIn(model.dimensions, stack);
    return allHeads(layers > 0 ? { ...all, layers } : all).reduce((best, address) =>
      look(address) > look(best) ? address : best,
    );
  }
}

/** The word to ask about where nobody said, as the first of its tokens that has characters. */
function wordOf(model: Model, run: Run, to: string | undefined): number {
  const units = wordsOfRun(model, run, { "--to": to === undefined ? [] : [to] });
  return tellingPieces(units.units[chooseFocus(units)]!.tokens, run.tokens[0]!)[0]!;
}
