import type { StackPrefix } from "../../analysis/explain/question.ts";
import {
  type AttentionMaps,
  attentionMaps,
  type Stack,
  weightSites,
} from "../../analysis/layers/attention-maps.ts";
import { labelOfUnit, unitsOf } from "../../analysis/words/word-weights.ts";
import { InputError } from "../../errors/errors.ts";
import type { Model } from "../../model.ts";
import type { RunInput } from "../../models/inputs.ts";
import { mainStack } from "../../models/main-stack.ts";
import type { Run } from "../../models/run.ts";
import { shortName } from "../../models/short-name.ts";
import type { Read } from "../../probe/plan.ts";
import type { TextToken } from "../../probe/words.ts";
import { labelOf } from "../../views/from-run/run.ts";
import { surface, type Word } from "../../views/surface.ts";
import { namingLine } from "../each-line.ts";
import { type Line, runInput } from "../input/lines.ts";
import { idsOf, namesSound } from "../input/text-input.ts";
import { warn } from "../terminal/warnings.ts";

/** Whose attention a command looks at, in encoder-decoders. */
export interface StackOptions {
  readonly stack?: string;
  /** What the decoder reads. */
  readonly decoder?: string;
  /** Of a model that merges tokens: which of its stages. */
  readonly stage?: string;
}

/** A text that was run, and its attention. */
export interface AttentionRun {
  readonly run: Run;
  readonly maps: AttentionMaps;
}

/** Runs one input for the attention of a stack; `read` are further reads. */
export async function attentionRun(
  model: Model,
  input: RunInput,
  { stack, stage }: StackOptions,
  read: readonly Read[] = [],
): Promise<AttentionRun> {
  const own = stackNamed(stack);
  const run = await model.run(input, {
    read: [weightSites(model.sites, own), ...read],
    output: false,
    onWarning: warn,
  });
  return {
    run,
    maps: attentionMaps(run, { stack: own, stage: stageNumber(stage) }),
  };
}

/** The attention of each line's text, one after the other, with the tags of its words. An error names the line it is about. */
export async function* attentionOfLines(
  model: Model,
  lines: AsyncIterable<Line> | Iterable<Line>,
  options: StackOptions & { readonly tags?: readonly string[] },
): AsyncGenerator<AttentionRun & { readonly tags?: readonly string[] }> {
  for await (const line of lines) {
    const found = await attentionRun(model, inputOf(line, options), options).catch(
      namingLine(line.line),
    );
    yield { ...found, tags: line.tags ?? options.tags };
  }
}

/** What a run takes of a line; with --decoder, what the decoder reads too: beside ids its own, from the one it begins with on. */
export function inputOf(line: Line, { decoder: target }: StackOptions): RunInput {
  const input = runInput(line);
  if (target === undefined) return input;
  if (line.audio) return { ...line.audio, target };
  if (Array.isArray(input)) return { ids: input, decoderIds: [idsOf(target, "--decoder")] };
  return typeof input === "string"
    ? { text: input, target }
    : { ...(input as { text: string }), target };
}

/** The fact that a command's keys are moments of a sound, which are no words. */
export function ofMoments(
  given: string | undefined,
  { stack }: StackOptions,
): "moments of a sound" | false {
  return given !== undefined && namesSound(given) && stack !== "decoder" && "moments of a sound";
}

/** The stage that --stage names, where it is given. */
export function stageNumber(stage: string | undefined): number | undefined {
  if (stage === undefined) return undefined;
  if (!/^\d+$/.test(stage))
    throw new InputError(`--stage ${stage}: needs the number of a stage, counted from 0`);
  return Number(stage);
}

/** The stack that --stack names. */
export function stackNamed(stack: string | undefined): Stack | undefined {
  if (stack === undefined || stack === "encoder" || stack === "decoder" || stack === "cross")
    return stack;
  throw new InputError(`--stack ${stack}: there are encoder, decoder and cross`);
}

const prefixes: Readonly<Record<string, StackPrefix>> = {
  encoder: "encoder.",
  decoder: "decoder.",
  cross: "decoder.cross.",
};

/** What stands before a stack's sites, of the stack that --stack names; the encoder's if it names none. Throws InputError where a model has one stack. */
export function stackPrefix(model: Model, stack: string | undefined): StackPrefix {
  const { dimensions, label } = model;
  if (dimensions.decoderLayers !== undefined) return prefixes[stack ?? "encoder"]!;
  const main = mainStack(model);
  if (stack === undefined || prefixes[stack] === main) return main;
  throw new InputError(`--stack ${stack}: ${shortName(label)} has one stack. Leave it out`);
}

/** Tokens as pictures label them. */
export function labelsOfTokens(tokens: AttentionMaps["keys"]): Word[] {
  return tokens.map(labelOf);
}

/** Tokens as the words they are of are labelled in print, "the#2"; pieces of a word alone by their own text. */
export function wordLabel(tokens: readonly TextToken[], places: readonly number[]): string {
  const units = unitsOf(tokens);
  const own = [...units.keys()].filter((unit) =>
    units[unit]!.tokens.some((token) => places.includes(token)),
  );
  const isWhole = own.every((unit) => units[unit]!.tokens.every((token) => places.includes(token)));
  return surface(
    isWhole
      ? own.map((unit) => labelOfUnit(units, unit)).join(" ")
      : places.map((place) => tokens[place]!.surface).join(""),
  );
}

/** "L0", "L1", … */
export function layerNames(layers: number, first = 0): string[] {
  return Array.from({ length: layers }, (_, layer) => `L${first + layer}`);
}

/** "H0", "H1", … */
export function headNames(heads: number): string[] {
  return Array.from({ length: heads }, (_, head) => `H${head}`);
}
