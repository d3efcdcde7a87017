import { type Command, Option } from "commander";
import { givenOptions } from "../options/given-options.ts";
import {
  idsOption,
  modelOptions,
  outputOptions,
  pairOption,
  themeOption,
} from "../options/shared-options.ts";
import { examples } from "./help.ts";

/** The commands that take one head apart: explain. */
export function addExplainingCommands(heed: Command): void {
  const explain = heed
    .command("explain")
    .description(
      "one number of attention: why a word looks at this word and not at that one, with every step from its vector to what the head writes",
    )
    .argument("[text]", 'the text, a file of one, a picture, or "-" for stdin')
    .option("-w, --word <word>", "the word that looks")
    .option("--to <word>", "the word looked at; what it looks at most if not given")
    .option("--against <word>", "the word it is held against; the next it looks at if not given")
    .option("--head <head>", "the head: L3H1; the one that looks most if not given")
    .addOption(
      new Option("--stack <name>", "of a model with encoder and decoder: which attention").choices([
        "encoder",
        "decoder",
        "cross",
      ]),
    )
    .option("--decoder <text>", "with --stack decoder or cross: what the decoder has written")
    .action(async (text: string | undefined, _, command: Command) => {
      const { explain } = await import("../commands/explain.ts");
      await explain(text, givenOptions(command));
    });
  pairOption(idsOption(explain));
  themeOption(outputOptions(modelOptions(explain), "text, json, svg, png, pdf or html"));
  examples(
    explain,
    'heed explain "The cat sat on the mat because it was tired." --word it --to cat --against mat --head L3H1',
    'heed explain "The cat sat on the mat because it was tired." --word it --head L3H1 --out why.html',
  );
}
