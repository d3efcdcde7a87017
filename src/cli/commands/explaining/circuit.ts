import { circuitSteps, headCircuit } from "../../../analysis/circuits/circuit.ts";
import { InputError } from "../../../errors/errors.ts";
import type { Model } from "../../../model.ts";
import { shortName } from "../../../models/short-name.ts";
import { formatHead, parseHead } from "../../../probe/head-address.ts";
import { foldWord } from "../../../probe/words.ts";
import { stackPrefix } from "../../analysis/attention-run.ts";
import { endPhase, loadModel, type ModelOptions } from "../../loading.ts";
import { modelJson } from "../../model-json.ts";
import { type FormatOptions, formatOf } from "../../options/format.ts";
import { refuseIdle } from "../../options/idle-options.ts";
import { deliverSteps, stepsFormats } from "../../steps-output.ts";

export interface CircuitCommandOptions extends ModelOptions, FormatOptions {
  readonly word?: readonly string[];
  readonly stack?: string;
}

/** `heed circuit L3H1`: what a head can do, from its learned matrices alone. */
export async function circuit(head: string, options: CircuitCommandOptions): Promise<void> {
  const format = formatOf(options, stepsFormats);
  refuseIdle("circuit", { ...options, format });
  const model = await loadModel(options);
  const address = parseHead(head);
  const stack =
    options.stack === undefined
      ? undefined
      : (stackPrefix(model, options.stack) as "encoder." | "decoder.");
  if (options.word && stack === "decoder." && model.dimensions.decoderVocabulary !== undefined)
    throw new InputError(
      `--word: the decoder of ${shortName(model.label)} has words of its own, and --word reads those of its encoder. Leave it out`,
    );
  const tokens = (options.word ?? []).map((word) => tokenOf(model, word));
  const found = await headCircuit(model, address, { stack, tokens });
  endPhase("compute");
  const object = () => ({
    model: modelJson(model, options),
    ...found,
    head: formatHead(address),
    layer: undefined,
  });
  const picture = {
    title: `${stack ?? ""}${formatHead(address)}: what its matrices can do`,
    about: shortName(model.label),
    texts: [],
    lines: found.notes,
    steps: circuitSteps(model, found, stack),
  };
  const facts = { of: `${stack ?? ""}${formatHead(address)}`, model: shortName(model.label) };
  await deliverSteps({ picture, object, facts }, options, format);
}

/** The one token a word is, with a blank in front where that makes it one. */
function tokenOf({ tokenizer, label }: Model, word: string): number {
  if (!tokenizer)
    throw new InputError(`--word: ${label} has no tokenizer files, so it cannot read a word`);
  const pieces = [` ${word}`, word].map(
    (text) => tokenizer.encode(text, { addSpecialTokens: false }).tokens,
  );
  const one = pieces.find(({ length }) => length === 1)?.[0];
  if (one && foldWord(tokenizer.decode([one.id])) === foldWord(word)) return one.id;
  if (one)
    throw new InputError(
      `--word ${word}: it is not in the vocabulary of ${shortName(label)}. Name another word`,
    );
  throw new InputError(
    `--word ${word}: it is ${pieces[1]!.length} tokens (${pieces[1]!.map(({ text }) => text).join(" ")}), and a circuit is read token by token. Name a word that is one`,
  );
}
