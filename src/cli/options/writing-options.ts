import { type Command, Option } from "commander";
import { InputError } from "../../errors/errors.ts";
import type { GenerateOptions } from "../../tasks/generate.ts";
import type { WritingOptions } from "../../tasks/writing/options.ts";
import { idsOf } from "../input/text-input.ts";
import { wholeNumber } from "../named.ts";

/** Options that are a number, by the library's names. */
const numbers: { readonly [Name in keyof WritingOptions]?: string } = {
  temperature:
    "above 0: sample, the flatter the higher; 0: the most probable token. Without it and its like, as the checkpoint says",
  topK: "sample from the k most probable tokens; 0 from all",
  topP: "sample from the most probable tokens that make up this share",
  minP: "sample from tokens at least this share as probable as the first",
  topH: "sample from the most probable tokens that make up this share of the entropy",
  typicalP: "sample from tokens about as surprising as expected, up to this share",
  repetitionPenalty: "above 1: tokens that were there are less probable",
  presencePenalty: "above 0: tokens that were written are less probable",
  frequencyPenalty: "the same for each time they were written",
  noRepeatNgramSize: "no sequence of so many tokens comes twice",
  minNewTokens: "no end before so many tokens are written",
  numBeams: "follow so many texts at once, give the most probable",
  lengthPenalty: "with beams: above 0 longer texts are preferred; 1 if not given",
  numReturnSequences: "give so many texts",
  seed: "the same seed writes the same text",
};

/** Options that are a list of ids. */
const idLists: { readonly [Name in keyof WritingOptions]?: string } = {
  endIds: "ids that end the text, instead of the checkpoint's",
  suppressTokens: "ids that are never written",
};

/** What every command that writes was given. */
export type WritingCommand = {
  readonly [Name in keyof WritingOptions]?: string;
} & { readonly tokens?: string; readonly maxNewTokens?: string };

/** The options of every command that writes. */
export function writingOptions(command: Command): Command {
  command.option(
    "-n, --tokens <number>",
    "the most tokens to write; 40 where generation_config.json does not say it. --max-new-tokens is the same",
  );
  // As people know it from Python.
  command.addOption(new Option("--max-new-tokens <number>").hideHelp());
  for (const [name, what] of Object.entries(numbers))
    command.addOption(new Option(`${flagOf(name)} <number>`, what));
  command.addOption(
    new Option(
      "--early-stopping <when>",
      "with beams: end as soon as enough texts have ended",
    ).choices(["true", "false", "never"]),
  );
  for (const [name, what] of Object.entries(idLists))
    command.addOption(new Option(`${flagOf(name)} <ids>`, what));
  return command.option(
    "--stop <text>",
    "a text that ends the writing; may be given several times",
    (text: string, all: string[] = []) => [...all, text],
  );
}

/** What a command was given, as `generate` takes it. */
export function writingOf(options: WritingCommand): GenerateOptions {
  const given: Record<string, unknown> = { stop: options.stop };
  const { tokens, maxNewTokens } = options;
  if (tokens !== undefined && maxNewTokens !== undefined)
    throw new InputError("--tokens and --max-new-tokens are the same. Leave out one of them");
  if (tokens !== undefined) given.maxNewTokens = wholeNumber(tokens, "--tokens");
  if (maxNewTokens !== undefined)
    given.maxNewTokens = wholeNumber(maxNewTokens, "--max-new-tokens");
  for (const name of Object.keys(numbers) as (keyof WritingOptions)[])
    given[name] = numberOf(options[name], flagOf(name));
  for (const name of Object.keys(idLists) as (keyof WritingOptions)[])
    if (options[name] !== undefined) given[name] = idsOf(options[name], flagOf(name));
  const { earlyStopping } = options;
  if (earlyStopping !== undefined)
    given.earlyStopping = earlyStopping === "never" ? "never" : earlyStopping === "true";
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** topK → --top-k */
function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function numberOf(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value))
    throw new InputError(`${option} ${text}: needs a number`);
  return value;
}
