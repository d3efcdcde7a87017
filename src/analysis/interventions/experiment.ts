import * as v from "valibot";
import { isObject, parseJson } from "../../checkpoint/json/strict-json.ts";
import { InputError } from "../../errors/errors.ts";
import { nearest } from "../../errors/nearest.ts";
import { short } from "../../errors/visible.ts";
import type { Stack } from "../layers/attention-maps.ts";
import type { GridPlan } from "./grid.ts";
import { gridAxes } from "./grid.ts";
import type { Fill, Intervention, OtherInput } from "./intervention.ts";
import { transplantSites } from "./intervention.ts";
import type { Metric } from "./metric.ts";

/** The version of the files this version of heed writes, and the only one it reads. */
export const experimentVersion = 1;

/** What the file of an experiment holds: everything that its numbers depend on but the weights. */
export interface ExperimentFile {
  readonly heed: "experiment";
  readonly version: typeof experimentVersion;
  readonly model?: ModelReference;
  readonly input: OtherInput;
  /** The word whose vector is followed. */
  readonly word?: number | string;
  readonly metrics?: readonly Metric[];
  /** What is done: changes together, or a grid of changes, or the effect of every head or link. */
  readonly do:
    | {
        readonly kind: "patch";
        readonly interventions: readonly Intervention[];
        readonly controls?: number;
      }
    | ({ readonly kind: "grid" } & GridPlan)
    | MatterPlan;
  readonly seed: number;
}

/** The effect of every head's or link's cut, in one text or over several; the word is the experiment's. */
export interface MatterPlan {
  readonly kind: "matter";
  /** The word looked at; each head's strongest link to another word if not given. */
  readonly to?: number | string;
  readonly links?: boolean;
  readonly by: "cut" | Fill;
  readonly controls: number;
  /** Texts beside the input. */
  readonly texts?: readonly OtherInput[];
  /** Texts whose effects the order on the others is held against. */
  readonly predict?: readonly OtherInput[];
  readonly stack?: Stack;
}

/** Which model: as `load` takes it, and what of it had to be said. */
export interface ModelReference {
  readonly name: string;
  readonly revision?: string;
  readonly type?: string;
  readonly headClass?: string;
  /** Of a LoRA adapter: the model it changes, where its config does not say it; or that model alone. */
  readonly base?: string;
  readonly withoutAdapter?: boolean;
  /** Of a translator with a token for each language: those that are read and written. */
  readonly sourceLanguage?: string;
  readonly targetLanguage?: string;
  /** Whose numbers pictures become: pillow or torchvision. */
  readonly imageBackend?: string;
}

const whole = v.pipe(v.number(), v.integer());
const count = v.pipe(whole, v.minValue(0));
const text = v.pipe(v.string(), v.minLength(1));
const many = <S extends v.GenericSchema>(one: S) => v.pipe(v.array(one), v.minLength(1));
const name = v.union([count, text]);
const which = v.union([
  whole,
  text,
  many(v.union([whole, text])),
  v.strictObject({ start: count, end: count }),
]);
const inputForms = [
  v.strictObject({ text, pair: v.string() }),
  v.strictObject({ text, target: v.string() }),
  v.strictObject({ ids: many(count), decoderIds: v.optional(many(count)) }),
  v.strictObject({ image: text }),
  v.strictObject({ sound: text, target: v.optional(v.string()) }),
] as const;
const someInput = v.custom(
  () => false,
  "an input is a text, or has text and pair, text and target, ids, image or sound",
);
/** The form that has most of the names: what is wrong is said of that one. */
const otherInput: v.GenericSchema<unknown> = v.lazy((value) => {
  if (!isObject(value)) return text;
  const shared = (form: (typeof inputForms)[number]) =>
    Object.keys(value).filter((key) => Object.hasOwn(form.entries, key)).length;
  const [form] = [...inputForms].sort((a, b) => shared(b) - shared(a));
  return shared(form!) > 0 ? form! : someInput;
});
const fill = v.union([
  v.literal("zero"),
  v.strictObject({ mean: v.union([v.literal("text"), many(otherInput)]) }),
  v.strictObject({ resample: many(otherInput) }),
]);
const stack = v.optional(v.picklist(["encoder", "decoder", "cross"]));
const head = v.pipe(text, v.regex(/^L\d+H\d+$/i, "a head is written L5H11"));
const receiver = v.pipe(
  text,
  v.regex(/^L\d+H\d+\.[qkv]$/i, "a receiver is written L5H11.q, .k or .v"),
);
const layers = many(count);

const intervention = v.variant("kind", [
  v.strictObject({
    kind: v.literal("ablateHeads"),
    heads: many(head),
    query: v.optional(which),
    by: fill,
    stack,
  }),
  v.strictObject({
    kind: v.literal("ablateLayers"),
    layers,
    part: v.picklist(["attention", "mlp", "both"]),
    query: v.optional(which),
    by: fill,
    stack,
  }),
  v.strictObject({
    kind: v.literal("ablatePositions"),
    query: which,
    layers: v.optional(layers),
    by: fill,
    stack,
  }),
  v.strictObject({
    kind: v.literal("cut"),
    query: which,
    key: which,
    heads: v.optional(many(head)),
    layers: v.optional(layers),
    how: v.optional(v.picklist(["before", "after", "renormalized"])),
    by: v.optional(fill),
    stack,
  }),
  v.strictObject({
    kind: v.literal("setWeight"),
    head,
    query: which,
    key: which,
    value: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
    renormalize: v.optional(v.boolean()),
    stack,
  }),
  v.strictObject({
    kind: v.literal("transplant"),
    from: otherInput,
    site: v.picklist(transplantSites),
    layers,
    heads: v.optional(many(count)),
    query: v.optional(which),
    fromQuery: v.optional(which),
    stack,
  }),
  v.strictObject({
    kind: v.literal("path"),
    from: otherInput,
    senders: many(head),
    receivers: v.union([v.literal("output"), many(receiver)]),
    stack,
  }),
  v.strictObject({
    kind: v.literal("steer"),
    toward: many(otherInput),
    away: many(otherInput),
    layers,
    scale: v.number(),
    over: v.optional(v.picklist(["mean", "last"])),
    query: v.optional(which),
    stack,
  }),
  v.strictObject({
    kind: v.literal("randomMatrix"),
    heads: many(head),
    matrix: v.picklist(["q", "k", "v"]),
    seed: count,
    stack,
  }),
]);

const token = {
  token: name,
  minus: v.optional(name),
  query: v.optional(v.union([whole, text])),
};
const vectorStack = v.optional(v.picklist(["encoder", "decoder"]));
const metric = v.variant("kind", [
  v.strictObject({ kind: v.literal("logit"), ...token }),
  v.strictObject({ kind: v.literal("logProbability"), ...token }),
  v.strictObject({
    kind: v.literal("class"),
    label: name,
    minus: v.optional(name),
    query: v.optional(v.union([whole, text])),
  }),
  v.strictObject({
    kind: v.literal("wordCosine"),
    word: which,
    to: v.optional(which),
    stack: vectorStack,
  }),
  v.strictObject({
    kind: v.literal("sentenceCosine"),
    to: v.optional(otherInput),
    stack: vectorStack,
  }),
  v.strictObject({ kind: v.literal("divergence"), query: v.optional(v.union([whole, text])) }),
]);

const grid = {
  over: v.picklist(gridAxes),
  change: v.variant("kind", [
    v.strictObject({
      kind: v.literal("transplant"),
      from: otherInput,
      site: v.optional(v.picklist(transplantSites)),
    }),
    v.strictObject({ kind: v.literal("ablate"), by: fill }),
  ]),
  layers: v.optional(layers),
  stack,
};

const file = v.strictObject({
  heed: v.literal("experiment"),
  version: v.literal(experimentVersion),
  model: v.optional(
    v.strictObject({
      name: text,
      revision: v.optional(text),
      type: v.optional(text),
      headClass: v.optional(text),
      base: v.optional(text),
      withoutAdapter: v.optional(v.boolean()),
      sourceLanguage: v.optional(text),
      targetLanguage: v.optional(text),
      imageBackend: v.optional(text),
    }),
  ),
  input: otherInput,
  word: v.optional(name),
  metrics: v.optional(many(metric)),
  do: v.variant("kind", [
    v.strictObject({
      kind: v.literal("patch"),
      interventions: many(intervention),
      controls: v.optional(count),
    }),
    v.strictObject({ kind: v.literal("grid"), ...grid }),
    v.strictObject({
      kind: v.literal("matter"),
      to: v.optional(name),
      links: v.optional(v.boolean()),
      by: v.union([v.literal("cut"), fill]),
      controls: count,
      texts: v.optional(many(otherInput)),
      predict: v.optional(many(otherInput)),
      stack,
    }),
  ]),
  seed: count,
});

/** The file of an experiment, read strictly. Throws CheckpointError for what is no JSON, InputError for anything that stands wrong in it. */
export function parseExperiment(json: string, place: string): ExperimentFile {
  return checkExperiment(parseJson(json, place), place);
}

/** The same of what is no text any more. */
export function checkExperiment(value: unknown, place: string): ExperimentFile {
  const { heed, version } = isObject(value) ? value : {};
  if (heed !== "experiment")
    throw new InputError(
      `${place}: is no experiment: it has ${heed === undefined ? "no" : "another"} "heed". heed patch … --save FILE writes one`,
    );
  if (version !== experimentVersion)
    throw new InputError(
      `${place}: is an experiment of version ${short(String(version))}, and this heed reads version ${experimentVersion}`,
    );
  const result = v.safeParse(file, value);
  if (result.success) return result.output as ExperimentFile;
  const issues = result.issues.map(deepest);
  const issue = issues.find(isUnknownName) ?? issues[0]!;
  const where = v.getDotPath(issue) ?? "the file";
  if (isUnknownName(issue))
    throw new InputError(
      `${place}: ${short(where)} is not known there${nearest(short(where.split(".").at(-1)!), knownNames, 1)}`,
    );
  if (issue.type === "strict_object" && issue.received === "undefined")
    throw new InputError(`${place}: ${short(where)} is missing`);
  throw new InputError(
    `${place}: ${short(where)} is ${short(issue.received)}: ${short(issue.message, 200)}`,
  );
}

/** Whether a name stands where nobody reads it. */
function isUnknownName({ type, expected }: v.BaseIssue<unknown>): boolean {
  return type === "strict_object" && expected === "never";
}

/** Names that stand anywhere in an experiment's file. */
const knownNames =
  "heed version model input word metrics do seed kind name revision type headClass base withoutAdapter sourceLanguage targetLanguage imageBackend text pair target ids decoderIds image sound interventions controls over change layers stack heads query key by how mean resample part from site senders receivers toward away scale token minus label start end to links texts predict head value renormalize fromQuery matrix".split(
    " ",
  );

/** Of a choice of several, the issue that lies deepest is what was meant. */
function deepest(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown> {
  const inner = (issue.issues ?? []).map(deepest);
  const depth = (one: v.BaseIssue<unknown>) => one.path?.length ?? 0;
  const found = inner.reduce<v.BaseIssue<unknown> | undefined>(
    (best, one) => (best && depth(best) >= depth(one) ? best : one),
    undefined,
  );
  if (!found || depth(found) === 0) return issue;
  return { ...found, path: [...(issue.path ?? []), ...(found.path ?? [])] as typeof found.path };
}

/** An experiment as its file has it. */
export function experimentJson(experiment: ExperimentFile): string {
  return `${JSON.stringify(experiment, undefined, 2)}\n`;
}
