import { InputError } from "../../errors/errors.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import type { GenerateOptions } from "../generate.ts";
import type { Generation } from "../generation.ts";
import { optionRules, type WritingOptions } from "../writing/options.ts";
import { chances } from "../writing/settings.ts";
import type { TaskCase, TaskCheck } from "./task-case.ts";

/** A model that runs, and writes where its family does. */
type WritingModel = LoadedModel & {
  generate(input: string, options: GenerateOptions): Promise<Generation>;
};

/** Options that transformers calls otherwise than by the same name in snake_case. */
const otherNames: Readonly<Record<string, keyof WritingOptions>> = {
  eos_token_id: "endIds",
  stop_strings: "stop",
};

/** How many tokens transformers writes where nothing says it. */
const usualTokens = 20;

/** The new ids of every returned sequence; of a decoder beside an encoder with the token it begins with. Shorter ones are padded, as transformers gives them. */
const written: TaskCheck = async (model, given) => {
  const { input, expected } = given as TaskCase & { input: string; expected: unknown };
  const options = writingOptions(given.options, model);
  const { rows } = await (model as WritingModel).generate(input, options);
  const isBeside = model.dimensions.decoderLayers !== undefined;
  const own = rows.map(({ ids, promptLength }) => ids.slice(isBeside ? 0 : promptLength));
  const length = own.reduce((most, ids) => Math.max(most, ids.length), 0);
  const filler = fillerOf(model, options);
  const got = own.map((ids) => [...ids, ...new Array(length - ids.length).fill(filler)]);
  const [a, b] = [JSON.stringify(expected), JSON.stringify(got)];
  return a === b
    ? { difference: 0, allowed: 0 }
    : { difference: 1, allowed: 0, reason: `expected ${a}, got ${b}` };
};

/** Options of transformers' generate as heed's: without chance unless it is asked for, whatever the files say. Throws InputError for one that heed lacks. */
function writingOptions(given: TaskCase["options"], model: LoadedModel): GenerateOptions {
  const doSample = given.do_sample === true;
  const options: Record<string, unknown> = { doSample };
  for (const [name, value] of Object.entries(given)) {
    const camel = name.replace(/_[a-z]/g, (letter) => letter[1]!.toUpperCase());
    const own = Object.hasOwn(otherNames, name) ? otherNames[name]! : camel;
    if (!Object.hasOwn(optionRules, own))
      throw new InputError(`${name} is an option of generate that heed does not have`);
    // Which transformers leaves alone too where no chance chooses.
    if (!doSample && (chances as readonly string[]).includes(own)) continue;
    const isList = own === "endIds" || own === "stop";
    options[own] = isList ? [value ?? []].flat() : (value ?? undefined);
  }
  const said = { ...model.generationConfig, ...given };
  const isLong = [said.max_new_tokens, said.max_length].some((one) => typeof one === "number");
  return isLong ? options : { ...options, maxNewTokens: usualTokens };
}

/** What transformers fills the ends of shorter sequences with: padding, else the first id that ends a text; with beams an id of 0 counts as none. */
function fillerOf(model: LoadedModel, { endIds, numBeams = 1 }: GenerateOptions): number {
  const { generationConfig, config } = model;
  const named = (name: string) => generationConfig[name] ?? config[name];
  const padding = named("pad_token_id");
  const [end] = endIds ?? [named("eos_token_id")].flat();
  if (typeof padding === "number" && !(padding === 0 && numBeams > 1)) return padding;
  return typeof end === "number" ? end : -1;
}

/** Checks by the name of their task. */
export const writingChecks: Readonly<Record<string, TaskCheck>> = {
  "text-generation": written,
  "text2text-generation": written,
};
