import { ConfigError, InputError } from "../../errors/errors.ts";
import type { RawConfig } from "../../families/config.ts";
import { optionRules, type WritingOptions } from "./options.ts";
import { expectKnownFields } from "./unsupported.ts";

/** What a generation went by: options, what generation_config.json says where they say nothing, and what holds else. */
export interface WritingSettings
  extends Required<
    Omit<
      WritingOptions,
      | "maxNewTokens"
      | "maxLength"
      | "forcedBosTokenId"
      | "forcedEosTokenId"
      | "exponentialDecayLengthPenalty"
      | "minP"
      | "topH"
      | "seed"
    >
  > {
  readonly maxNewTokens: number | undefined;
  readonly maxLength: number | undefined;
  readonly forcedBosTokenId: number | undefined;
  readonly forcedEosTokenId: readonly number[];
  readonly exponentialDecayLengthPenalty: readonly [number, number] | undefined;
  readonly minP: number | undefined;
  readonly topH: number | undefined;
  readonly seed: number | undefined;
  /** Options by name that came from the checkpoint's generation_config.json (or, where it has none, its config.json), and changed something. */
  readonly fromFile: readonly string[];
}

/** What settings come from. */
export interface SettingSources {
  readonly options: WritingOptions;
  readonly generationConfig: RawConfig;
  readonly config: RawConfig;
  /** The id that ends a text where no file names one. */
  readonly endId: number | undefined;
  /** The id that is forced at the end of a text's room, where no file says which. */
  readonly forcedEndId?: number;
  readonly label: string;
  readonly onWarning?: (message: string) => void;
}

/** Values that hold where nothing is said: those of transformers. */
const defaults = {
  stop: [],
  repetitionPenalty: 1,
  encoderRepetitionPenalty: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  noRepeatNgramSize: 0,
  encoderNoRepeatNgramSize: 0,
  badWordsIds: [],
  sequenceBias: [],
  minLength: 0,
  suppressTokens: [],
  beginSuppressTokens: [],
  removeInvalidValues: false,
  renormalizeLogits: false,
  temperature: 1,
  topP: 1,
  typicalP: 1,
  epsilonCutoff: 0,
  etaCutoff: 0,
  numBeams: 1,
  lengthPenalty: 1,
  earlyStopping: false,
  numReturnSequences: 1,
} as const;

/** Options with which chance chooses, where doSample says nothing. */
export const chances = [
  "temperature",
  "topH",
  "topK",
  "topP",
  "minP",
  "typicalP",
  "epsilonCutoff",
  "etaCutoff",
] as const;

/** How many of the likeliest tokens chance chooses among, where it is asked for by doSample and no number is said. */
const usualTopK = 50;

/** Options that transformers does not have, so that no file means them. */
const unfiled: readonly string[] = ["endIds", "presencePenalty", "frequencyPenalty", "seed"];

/** Fields of generation_config.json by option, where it is not the same name in snake_case. */
const otherNames: { readonly [Name in keyof WritingOptions]?: string } = {
  stop: "stop_strings",
  endIds: "eos_token_id",
};

/**
 * Settings as transformers puts them together: an option, else generation_config.json (config.json where there is none), else the
 * default. Throws InputError for an option and ConfigError for a field that is no value it may have, or that asks for what heed lacks.
 */
export function settingsOf(sources: SettingSources): WritingSettings {
  const { options, label } = sources;
  const { fields, place } = fieldsOf(sources);
  for (const [name, rule] of Object.entries(optionRules)) {
    const value = options[name as keyof WritingOptions];
    if (value !== undefined && !rule.holds(value))
      throw new InputError(`generate: ${name} is ${said(value)}; it must be ${rule.says}`);
  }
  // A file may say 0, which transformers takes as the likeliest token alone.
  if (options.topP === 0)
    throw new InputError(
      "generate: topP is 0; it must be a number above 0, up to 1. For the likeliest token alone leave it out",
    );
  expectKnownFields(fields, place, label, sources.onWarning);
  const filed = filedOptions(fields, place);
  const isSampled = samples(options, filed);
  if (!isSampled) for (const name of chances) delete filed[name];
  const merged = { ...defaults, ...filed, ...given(options) } as typeof defaults & WritingOptions;
  const { forcedEosTokenId: forced } = merged;
  if (options.maxLength !== undefined && merged.maxNewTokens !== undefined)
    sources.onWarning?.(
      `${label}: maxLength ${options.maxLength} changes nothing, since ${options.maxNewTokens === undefined ? `${place}: max_new_tokens` : "maxNewTokens"} ${merged.maxNewTokens} comes before it, as in transformers. Give maxNewTokens alone`,
    );
  const settings: WritingSettings = {
    ...merged,
    doSample: isSampled,
    topK: isSampled ? (merged.topK ?? (isAskedFor(options, filed) ? usualTopK : 0)) : 0,
    endIds: endIdsOf(sources, merged.endIds),
    // New tokens come before a whole length, whoever says them, as in transformers.
    maxNewTokens: merged.maxNewTokens,
    maxLength: merged.maxNewTokens === undefined ? merged.maxLength : undefined,
    minLength: merged.minNewTokens === undefined ? merged.minLength : 0,
    minNewTokens: merged.minNewTokens ?? 0,
    forcedBosTokenId: merged.forcedBosTokenId,
    forcedEosTokenId: forced === undefined ? [] : [forced].flat(),
    exponentialDecayLengthPenalty: merged.exponentialDecayLengthPenalty,
    minP: merged.minP,
    topH: merged.topH,
    seed: merged.seed,
    fromFile: Object.keys(filed).filter((name) => isTaken(name, options, filed, isSampled)),
  };
  expectSense(options, settings);
  return settings;
}

/** The file's fields that decide what is written: config.json's only where there is no generation_config.json. */
function fieldsOf({ generationConfig, config, forcedEndId }: SettingSources): {
  fields: RawConfig;
  place: string;
} {
  if (Object.keys(generationConfig).length > 0)
    return { fields: generationConfig, place: "generation_config.json" };
  const known = Object.keys(optionRules).map((name) => fieldName(name as keyof WritingOptions));
  const said = (of: unknown) =>
    Object.fromEntries(
      Object.entries(of ?? {}).filter(
        ([name, value]) => known.includes(name) && (value !== null || !config.decoder),
      ),
    );
  const ofClass = forcedEndId === undefined ? {} : { forced_eos_token_id: forcedEndId };
  // What the config of two networks does not say, that of its decoder may.
  return { fields: { ...ofClass, ...said(config.decoder), ...said(config) }, place: "config.json" };
}

function fieldName(name: keyof WritingOptions): string {
  return otherNames[name] ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** What the file says, as options. */
function filedOptions(fields: RawConfig, place: string): Record<string, unknown> {
  const filed: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(optionRules)) {
    const field = fieldName(name as keyof WritingOptions);
    const value = fields[field];
    if (value === undefined || value === null || unfiled.includes(name)) continue;
    const own = name === "stop" ? [value].flat() : value;
    if (!rule.holds(own))
      throw new ConfigError(
        `${place}: ${field} is ${said(value)}; it must be ${rule.says}. Mend the file, or give ${name}`,
      );
    filed[name] = own;
  }
  return filed;
}

function given(options: WritingOptions): Partial<WritingOptions> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** Whether chance chooses. */
function samples(options: WritingOptions, filed: Readonly<Record<string, unknown>>): boolean {
  if (options.doSample !== undefined) return options.doSample;
  if (options.temperature === 0) return false;
  return chances.some((name) => options[name] !== undefined) || filed.doSample === true;
}

/** Whether chance was asked for by name, here or in the file. */
function isAskedFor(options: WritingOptions, filed: Readonly<Record<string, unknown>>): boolean {
  return options.doSample === true || filed.doSample === true;
}

/** Whether a field of the file decides something: no option stands before it, and it is not the usual value. */
function isTaken(
  name: string,
  options: WritingOptions,
  filed: Readonly<Record<string, unknown>>,
  isSampled: boolean,
): boolean {
  if (options[name as keyof WritingOptions] !== undefined) return false;
  if (name === "doSample") return filed.doSample === true && isSampled;
  if (name === "maxLength" && (options.maxNewTokens ?? filed.maxNewTokens) !== undefined)
    return false;
  const usual: unknown = defaults[name as keyof typeof defaults];
  return JSON.stringify(filed[name]) !== JSON.stringify(usual);
}

/** The ids that end a text: the option's, generation_config.json's, config.json's, or those of the class; null is none. */
function endIdsOf(
  { options, generationConfig, config, endId }: SettingSources,
  asked: readonly number[] | undefined,
): readonly number[] {
  if (options.endIds !== undefined) return asked!;
  const ofClass = config.eos_token_id === undefined ? endId : config.eos_token_id;
  const named = generationConfig.eos_token_id ?? ofClass ?? [];
  return [named].flat().filter((id): id is number => typeof id === "number");
}

/** Throws InputError for options that contradict one another, or change nothing. */
function expectSense(options: WritingOptions, settings: WritingSettings): void {
  const { doSample, temperature, numBeams, numReturnSequences } = settings;
  if (temperature === 0 && (doSample || chances.slice(1).some((name) => isGiven(options, name))))
    throw new InputError(
      "generate: temperature is 0; it must be above 0 where topK or topP lets chance choose among several tokens",
    );
  if (options.seed !== undefined && !doSample)
    throw new InputError(
      "generate: a seed changes nothing while the likeliest token is taken. Give temperature, topK or topP too",
    );
  const idle = options.doSample === false && chances.find((name) => isGiven(options, name));
  if (idle)
    throw new InputError(
      `generate: ${idle} changes nothing with doSample: false. Leave out one of them`,
    );
  if (numReturnSequences > 1 && numBeams === 1 && !doSample)
    throw new InputError(
      `generate: numReturnSequences is ${numReturnSequences}, but without chance and beams every text is the same. Give numBeams or doSample too`,
    );
  if (numBeams > 1 && numReturnSequences > numBeams)
    throw new InputError(
      `generate: numReturnSequences is ${numReturnSequences}; it must be at most numBeams, ${numBeams}`,
    );
  const forced = settings.forcedEosTokenId;
  const never = new Set(settings.suppressTokens);
  for (const list of [forced, [settings.forcedBosTokenId ?? -1]])
    if (list.length > 0 && list.every((id) => never.has(id)))
      throw new InputError(
        `generate: ${list.join(", ")} is forced and suppressed. Leave out one of them`,
      );
}

function isGiven(options: WritingOptions, name: keyof WritingOptions): boolean {
  return options[name] !== undefined;
}

function said(value: unknown): string {
  return typeof value === "number" ? String(value) : JSON.stringify(value);
}
