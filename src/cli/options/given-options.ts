import type { Command, Option } from "commander";
import { InputError } from "../../errors/errors.ts";

// biome-ignore lint/suspicious/noExplicitAny: commander hands over options by name; each command types its own.
type Options = any;

/** A command's options; those that stand before its name count where it has them. Throws InputError for the others, and for one given in both places. */
export function givenOptions(command: Command): Options {
  const heed = command.parent!;
  for (const option of givenOf(heed)) {
    const own = command.options.find(({ long }) => long === option.long);
    if (!own)
      throw new InputError(
        `${option.long} does nothing with ${command.name()}. Its options: heed ${command.name()} --help`,
      );
    if (givenOf(command).includes(own))
      throw new InputError(
        `${option.long} is given twice, before and behind ${command.name()}. Leave out one of them`,
      );
  }
  return command.optsWithGlobals();
}

/** An option of `heed` alone, where there is no text that it could be for. */
export function givenWithoutText(heed: Command): string | undefined {
  return givenOf(heed)[0]?.long;
}

function givenOf(command: Command): Option[] {
  return command.options.filter(
    (option) => command.getOptionValueSource(option.attributeName()) === "cli",
  );
}
