import { type Command, Option } from "commander";
import { givenOptions } from "../options/given-options.ts";
import { list, outputOptions, themeOption } from "../options/shared-options.ts";
import { examples, remark } from "./help.ts";

/** The commands that make models and show how they came to be: train, film. */
export function addTrainingCommands(heed: Command): void {
  const train = heed
    .command("train")
    .description("a small model learns in front of you: a task whose answer shows, or your texts")
    .argument("[what...]", "world, previous, repeat or sort; or files of texts")
    .option("-o, --out <folder>", "keep the model, its training and its film in this folder")
    .option("--film <file>", "what every head became, step by step: html, svg or json")
    .option("--frames <number>", "pictures in the film, 24 if not given")
    .option("--resume", "go on with the training that --out keeps")
    .option("--family <name>", "gpt2, bert or t5; the task's own if not given")
    .option("--layers <number>", "layers of a new model")
    .option("--heads <number>", "heads in each layer")
    .option("--width <number>", "width of its stream, which the heads share out")
    .option("--feed-forward <number>", "width of its feed-forward layers, 4 times the stream's")
    .option("--positions <number>", "the longest text it reads, in tokens")
    .option("--steps <number>", "how many steps")
    .option("--batch <number>", "examples in each step")
    .option("--rate <number>", "the highest learning rate")
    .option("--warmup <number>", "steps on the way up to it, a twentieth of all if not given")
    .option("--seed <number>", "what is drawn by chance is drawn from this, 0 if not given")
    .option("-m, --model <id|folder>", "of texts: train this model further, not a new one")
    .option("--length <number>", "of texts: tokens in a window, 64 if not given")
    .option("--vocabulary <number>", "of texts: tokens of the tokenizer that is made of them")
    .option("--only <names>", "train these alone: L1H2.q or layers.*.q.weight, with commas", list)
    .option("--low-rank <rank>", "train narrow matrices beside W^Q and W^V alone (LoRA)")
    .option("--save-every <number>", "with --out: keep it after every so many steps too")
    .option("--json", "print what came of it as JSON")
    .addOption(new Option("--backend <name>", "what computes; auto takes the fastest that works"))
    .option("--timing", "say on stderr how long each phase took")
    .action(async (what: string[], _, command: Command) => {
      await (await import("../commands/training/train.ts")).train(what, givenOptions(command));
    });
  themeOption(train);
  examples(
    train,
    "heed train previous --steps 40",
    "heed train previous --steps 20 --out one-back --film one-back.html",
    "heed train repeat --family gpt2 --steps 8 --batch 8 --seed 3",
  );
  remark(
    train,
    "The task world is the sentence of every article on attention in a minute: who was tired, and what was dirty. The folder holds model.safetensors, config.json and the tokenizer's files, which heed and Python's transformers open, and what --resume needs. Ctrl-C keeps what is learned so far.",
  );

  const film = heed
    .command("film")
    .description("what every head became while a model learned, as heed train filmed it")
    .argument("[folder]", "a folder with film.json, or the file; heed-stories if not given")
    .action(async (folder: string | undefined, _, command: Command) => {
      await (await import("../commands/training/film.ts")).film(folder, givenOptions(command));
    });
  themeOption(outputOptions(film, "text, json, html, svg, png or pdf"));
  examples(film, "heed film", "heed film --out heed-stories.html");
  remark(
    film,
    "Without a folder it is the film of heed-stories, the language model that comes with heed: heed trained it, on stories of its own grammar.",
  );
}
