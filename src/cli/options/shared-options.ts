import { type Command, InvalidArgumentError, Option } from "commander";
import { InputError } from "../../errors/errors.ts";

/** What a command that looks at a run may be given, for its help. */
export const anyInput = 'the text, a file of one, a picture, a sound, or "-" for stdin';

/** Words with commas between. */
export const list = (text: string): string[] => {
  const words = text.split(",").map((word) => word.trim());
  if (words.some((word) => word === ""))
    throw new InvalidArgumentError("needs words with commas between: cat,mat");
  return words;
};

/** The options of every command that runs a model; `idle` ones are taken, to be refused with a reason, and not listed. */
export function modelOptions(command: Command, idle: readonly string[] = []): Command {
  const options = [
    new Option(
      "-m, --model <id|folder>",
      "a hub id (owner/name), a folder, or an address; all-MiniLM-L6-v2 comes with heed, and so does heed-stories, which writes",
    ),
    new Option("--revision <name>", "a branch, a tag, a commit or refs/pr/N of a hub id"),
    new Option("--type <model_type>", "the family, where config.json names none: bert"),
    new Option(
      "--head-class <class>",
      "the class or head, where config.json names none or another: ForMaskedLM, Model",
    ),
    new Option(
      "--tower <name>",
      "of CLIP or SigLIP: text or vision; the one that reads what is given if not said",
    ),
    new Option(
      "--base <id|folder>",
      "of a LoRA adapter: the model it changes, where it is not the one adapter_config.json names",
    ),
    new Option("--without-adapter", "of a LoRA adapter: its base as it is, to compare with"),
    new Option(
      "--source-language <code>",
      "of a translator with a token for each language: the language of the text (NLLB: eng_Latn, mBART: en_XX, M2M-100: en)",
    ),
    new Option("--target-language <code>", "of such a translator: the language that is written"),
    new Option(
      "--image-backend <name>",
      "whose numbers pictures become: pillow (if not given), or torchvision, as Python has them where that is installed",
    ),
    new Option("--backend <name>", "what computes; auto takes the fastest that works here"),
    new Option(
      "--dtype <name>",
      "how weights are kept: stored (as the file has them), f32 or half",
    ),
    new Option("--timing", "say on stderr how long each phase took"),
  ];
  for (const option of options) command.addOption(option.hideHelp(idle.includes(option.name())));
  return command;
}

/** A second text. */
export function pairOption(command: Command): Command {
  return command.option("--pair <text>", "a second text that belongs to the first");
}

/** Many texts at once. */
export function linesOption(command: Command): Command {
  return command.option(
    "--lines",
    'each line is a text of its own, or JSON: {"text": "…"}; answered one by one',
  );
}

/** Ids where a text would go. */
export function idsOption(command: Command): Command {
  return command.option(
    "--ids <ids>",
    "ids in place of a text: 1,2,3",
    (ids: string, before?: string) => {
      if (before === undefined) return ids;
      throw new InvalidArgumentError(
        `--ids ${before} was said before, and one row is read. Several are lines of JSON, {"ids": [1, 2, 3]}, with --lines`,
      );
    },
  );
}

/** Refuses --ids by name, of a command that cannot read them. */
export function withoutIds(command: Command, because: string): Command {
  const refused = new Option("--ids <ids>").hideHelp().argParser(() => {
    throw new InvalidArgumentError(`${command.name()} reads texts, not ids: ${because}`);
  });
  return command.addOption(refused);
}

/** Refuses --lines by name, of a command whose answer is about one text, or one pair. */
export function withoutLines(command: Command, because: string): Command {
  const refused = new Option("--lines").hideHelp();
  command.hook("preAction", () => {
    if (command.optsWithGlobals().lines !== undefined)
      throw new InputError(`${command.name()} has no --lines: ${because}`);
  });
  return command.addOption(refused);
}

/** Whose attention, in models with an encoder and a decoder, and what the decoder reads. */
export function stackOptions(command: Command): Command {
  return decoderOption(
    command.addOption(
      new Option(
        "--stack <name>",
        "of an encoder-decoder: encoder (if not given), decoder, or cross, the decoder's look at the encoder",
      ).choices(["encoder", "decoder", "cross"]),
    ),
  );
}

/** What the decoder reads, in models with an encoder and a decoder. */
export function decoderOption(command: Command): Command {
  return command.option(
    "--decoder <text>",
    "what an encoder-decoder's decoder reads; beside --ids its ids, from the one it begins with on",
  );
}

/** What pictures, pages and a terminal's colours are made for. */
export function themeOption(command: Command): Command {
  return command.addOption(
    new Option(
      "--theme <name>",
      "light or dark: what a terminal's colours, an SVG or a page are made for; auto, the terminal's or reader's own, if not given",
    ).choices(["light", "dark", "auto"]),
  );
}

/** A number above 0. */
const size = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && value <= 20_000)) throw new InvalidArgumentError("needs a number above 0");
  return value;
};

/** The options of every command that prints a result; those that draw an SVG take what its picture is to be like. */
export function outputOptions(command: Command, formats: string): Command {
  if (/svg/.test(formats))
    command
      .option("--width <pixels>", "of a picture (svg, png, pdf): the width to lay it out for", size)
      .option(
        "--scale <n>",
        "of a png or pdf: pixels for one of the picture; 2 (in a pdf 4) if not given",
        size,
      )
      // Without it commander would take the top command's "true" for what was said behind another.
      .addOption(new Option("--caption").hideHelp())
      .option("--no-caption", "of a picture: without the lines that say what it is of");
  return command
    .option("-f, --format <name>", `${formats}; with json, errors are JSON too`)
    .option("--json", "short for --format json")
    .option(
      "-o, --out <file>",
      'write to a file, "-" is stdout; its ending tells the format, and may not contradict --format',
    )
    .option("--open", "write to a file and show it");
}
