import { type Command, InvalidArgumentError } from "commander";
import { InputError } from "../../errors/errors.ts";
import { isPiped } from "../input/stdin.ts";
import { givenOptions } from "../options/given-options.ts";
import {
  anyInput,
  idsOption,
  linesOption,
  list,
  modelOptions,
  outputOptions,
  pairOption,
  stackOptions,
  themeOption,
  withoutIds,
} from "../options/shared-options.ts";
import { examples } from "./help.ts";

/** A port of this machine. */
const port = (text: string): number => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535) throw new InvalidArgumentError("is 0 to 65535");
  return value;
};

/** The commands that show what attention does: open, show, compare. */
export function addLookingCommands(heed: Command): void {
  const open = heed
    .command("open")
    .description(
      "the explorer in a browser: see attention happen, change it, and share it; the model runs here, until Ctrl-C",
    )
    .argument(
      "[text]",
      'the text it begins with, a file of one, a picture, a sound, or "-" for stdin',
    )
    .option("--port <number>", "where it is served on 127.0.0.1; 0 is any that is free", port)
    .option("--no-browser", "print the address and open no browser")
    .action(async (text: string | undefined, _, command: Command) => {
      const { open } = await import("../commands/open.ts");
      await open(text, givenOptions(command));
    });
  modelOptions(open);
  examples(
    open,
    "heed open",
    'heed open "The bank of the river." --model openai-community/gpt2',
    "heed open photo.png --model google/vit-base-patch16-224",
    "heed open speech.wav --model openai/whisper-tiny",
    "heed open --no-browser --port 9000",
  );

  const show = heed
    .command("show")
    .description(
      "one head whole, with every number from a word's vector to what it takes; or all heads",
    )
    .argument("[head-or-text]", "L5H11, or the text or picture to see all heads")
    .argument("[text]", anyInput)
    .option("-w, --word <word>", "the word that looks")
    .option("--to <word>", "the word looked at", list)
    .action(async (first: string | undefined, text: string | undefined, _, command: Command) => {
      const { show } = await import("../commands/show.ts");
      const options = givenOptions(command);
      const namesHead = (given: string | undefined) => /^L\d+H\d+$/i.test(given ?? "");
      const isHead = namesHead(first);
      if (text === undefined && isHead && options.ids === undefined && !isPiped())
        throw new InputError(
          `show ${first}: and the text? heed show ${first} "The cat sat on the mat because it was tired."`,
        );
      if (!isHead && namesHead(text))
        throw new InputError(`show: the head stands first: heed show ${text} "${first}"`);
      await (text === undefined && !isHead
        ? show(undefined, first, options)
        : show(first, text, options));
    });
  stackOptions(pairOption(idsOption(linesOption(show))));
  themeOption(
    outputOptions(
      modelOptions(show),
      "text, json, jsonl, csv, svg, png or pdf; of a picture html too",
    ),
  );
  examples(
    show,
    'heed show L3H1 "The cat sat on the mat because it was tired." --word it --to cat',
    'heed show "The cat sat on the mat because it was tired." --word it',
    'heed show L0H1 "The cat sat." --decoder "Le chat" --stack cross --model Helsinki-NLP/opus-mt-en-fr',
    "heed show cat.png --model google/vit-base-patch16-224 --out heads.svg",
  );

  const compare = heed
    .command("compare")
    .description(
      "the same word in two sentences, or in two models: where it looks otherwise, and how far its vector moves",
    )
    .argument("[text1]", 'a text, a file of one, or "-" for stdin')
    .argument("[text2]", "the other")
    .option(
      "--lines",
      'compare many: line 1 of a file with line 1 of another, a text with every line of a file, or the two texts of a line, with a tab between or JSON: {"first": "…", "second": "…"}',
    )
    .option(
      "-w, --word <word>",
      "the word to compare; where each text has another, both: tired,dirty",
    )
    .option(
      "--with <id|folder>",
      "a second model: both on one text, words matched by their characters; and what moved between the weights of a base and its child, with or without a text",
    )
    .option(
      "--to <words>",
      "the words it may look at; those that only one text has in pairs: river,money",
      list,
    )
    .action(async (first: string | undefined, second: string | undefined, _, command: Command) => {
      const { compare } = await import("../commands/compare.ts");
      await compare(first, second, givenOptions(command));
    });
  withoutIds(
    compare,
    "words of one are found in the other, and ids have no words. Give both texts",
  );
  themeOption(
    outputOptions(
      modelOptions(compare),
      "text, json, jsonl, csv, svg, png or pdf; of two models html too",
    ),
  );
  examples(
    compare,
    'heed compare "The cat sat on the mat because it was tired." "The cat sat on the mat because it was dirty." --word it --to cat,mat',
    "heed compare tired.txt dirty.txt --lines --word it",
    'heed compare "He sat by the bank of the river." "He put money into the bank." --word bank --to river,money',
  );
}
