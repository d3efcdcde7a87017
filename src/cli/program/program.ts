import { Command, Option } from "commander";
import { InputError } from "../../errors/errors.ts";
import { nearest } from "../../errors/nearest.ts";
import type { LookOptions } from "../commands/look.ts";
import { givenWithoutText } from "../options/given-options.ts";
import {
  idsOption,
  linesOption,
  list,
  modelOptions,
  outputOptions,
  pairOption,
  stackOptions,
  themeOption,
  withoutLines,
} from "../options/shared-options.ts";
import { startAsking } from "../terminal/theme.ts";
import { forgetWarnings } from "../terminal/warnings.ts";
import { version } from "../version.ts";
import { addChangingCommands } from "./changing-commands.ts";
import { addCheckpointCommands } from "./checkpoint-commands.ts";
import { addClassifyingCommands } from "./classifying-commands.ts";
import { commandNames } from "./command-names.ts";
import { addExplainingCommands } from "./explaining-commands.ts";
import { addGradientCommands } from "./gradient-commands.ts";
import { commandLines, examples, fitHelp, remark } from "./help.ts";
import { addLayerCommands } from "./layer-commands.ts";
import { addLookingCommands } from "./looking-commands.ts";
import { addOutputCommands } from "./output-commands.ts";
import { addSentenceCommands } from "./sentence-commands.ts";
import { addSpeechCommands } from "./speech-commands.ts";
import { addTrainingCommands } from "./training-commands.ts";
import { addWritingCommands } from "./writing-commands.ts";

const hello = () => `heed shows what attention does: which words a word looks at,
in which heads, and every number on the way.

Try:
${commandLines([
  'heed "The cat sat on the mat because it was tired."',
  'heed compare "The cat sat on the mat because it was tired." "The cat sat on the mat because it was dirty."',
  'heed show L3H1 "The cat sat on the mat because it was tired."',
  "heed --help",
])}
`;

/** Whether a command may print weights in their colours. */
function hasColors(command: Command, { attention }: { readonly attention?: boolean }): boolean {
  const isAsked = command.name() !== "generate" || attention === true;
  return isAsked && command.options.some(({ long }) => long === "--theme");
}

/** Why commands have no --lines. */
const withoutTexts: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ["parameters", "sites", "verify", "models", "plan", "fetch", "film"].map((name) => [
      name,
      "it reads no text",
    ]),
  ),
  circuit: "a head's matrices are read, and no text",
  open: "the explorer begins with one text, and takes others as they are typed",
  run: "the file of an experiment says what is read. heed patch --lines carries one out on each line of a file",
  transcribe: "it reads a sound, and no text",
  train: "its files are read whole. Name them behind train",
};

/**
 * Whether a command line can be about a command: it holds the name of one, or asks for help, which lists them all. To make them takes Node five times as
 * long as what `heed "…"` has.
 */
function needsCommands(words: readonly string[]): boolean {
  const names: readonly string[] = commandNames;
  return words.some((word) => names.includes(word) || /^(--help|-[^-]*h)/.test(word));
}

/**
 * The command line: every command with its options, or those alone that `words`, what was typed behind `heed`, can be about. Nothing is loaded
 * before a command runs.
 */
export function program(words?: readonly string[]): Command {
  const heed = new Command("heed");
  fitHelp(heed);
  heed
    .description("See inside the attention of any transformer.")
    .version(version)
    .argument(
      "[text]",
      'the text, a file of one, a picture or a sound for models of them, or "-" for stdin',
    )
    .option(
      "-w, --word <word>",
      'the word that looks: "it", "the#2" for the second one, or a token\'s number; "3,5" is a picture\'s patch in row 3, column 5',
    )
    .option("--to <words>", "the words looked at: cat,mat", list)
    .option("--head <head>", "the head to show: L5H11 is layer 5, head 11, both counted from 0")
    .option("--heads <heads>", "the heads a page (html) holds: L3H1,L5H11; all if not given", list)
    .option("--layers <layers>", "the layers a page (html) holds, whole: 2-4 or 1,5")
    .option("--near", "rank the words on either side too")
    .addOption(
      new Option(
        "--names <whose>",
        "whose names sites have in npz and safetensors: heed, or tl, those of TransformerLens where it has the same tensor",
      ).choices(["heed", "tl"]),
    )
    .option("--site <site>", "print the numbers of a site instead: layers.5.q (see heed sites)")
    .enablePositionalOptions()
    .showHelpAfterError("(heed --help shows all options)")
    .action(async (text: string | undefined, options: LookOptions) => {
      if (text !== undefined || options.ids !== undefined)
        return (await import("../commands/look.ts")).look(text, options);
      const idle = givenWithoutText(heed);
      if (idle)
        throw new InputError(
          `${idle} does nothing without a text: heed "The cat sat on the mat because it was tired."; "-" is stdin`,
        );
      process.stdout.write(hello());
    })
    .helpCommand(false)
    .hook("preAction", async (_, command) => {
      forgetWarnings();
      const options = command.optsWithGlobals();
      startAsking(options, hasColors(command, options) ? command.args : []);
    })
    .hook("postAction", async (_, command) => {
      if (command.optsWithGlobals().timing) (await import("../loading.ts")).sayTiming();
    });
  stackOptions(pairOption(idsOption(linesOption(heed))));
  themeOption(
    outputOptions(
      modelOptions(heed),
      "text, json, jsonl, csv, svg, png, pdf or html; of numbers parquet, npz or safetensors too",
    ),
  );
  examples(
    heed,
    'heed "The cat sat on the mat because it was tired."',
    'heed "The cat sat on the mat because it was tired." --word cat --to mat,sat',
    'heed "The cat sat on the mat because it was tired." --format html --out it.html --open',
    'echo "The bank of the river." | heed - --word bank',
    'heed "Once upon a time" --model openai-community/gpt2 --site layers.0.weights --format csv',
    "heed cat.png --model google/vit-base-patch16-224 --word 3,5",
  );
  remark(
    heed,
    "Wherever a text goes, a file's name means the text in it, and - stdin; a command that needs a text and is given none reads stdin where that is a pipe or a file. The exit code is 0 when all went well, 2 for a command line that cannot be meant, 1 for everything else.",
  );

  if (words && !needsCommands(words)) return heed;
  addLookingCommands(heed);
  addLayerCommands(heed);
  addExplainingCommands(heed);
  addChangingCommands(heed);
  addOutputCommands(heed);
  addGradientCommands(heed);
  addCheckpointCommands(heed);
  addWritingCommands(heed);
  addClassifyingCommands(heed);
  addSpeechCommands(heed);
  addSentenceCommands(heed);
  addTrainingCommands(heed);

  for (const command of heed.commands)
    command.showHelpAfterError(`(heed ${command.name()} --help shows its options)`);

  for (const command of heed.commands)
    if (!command.options.some(({ long }) => long === "--lines"))
      withoutLines(command, withoutTexts[command.name()]!);

  heed
    .command("help")
    .description("what a command does, and its options")
    .argument("[command]", "its name; heed itself where none is given")
    .action((name: string | undefined) => {
      const named = name === undefined ? heed : heed.commands.find((one) => one.name() === name);
      if (!named) {
        const names = heed.commands.map((one) => one.name());
        throw new InputError(`help: there is no command "${name}"${nearest(name!, names)}`);
      }
      named.outputHelp();
    });
  return heed;
}
