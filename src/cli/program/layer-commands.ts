import { type Command, Option } from "commander";
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
} from "../options/shared-options.ts";
import { examples, remark } from "./help.ts";

/** Which layers, where their tokens differ. */
function stageOption(command: Command): Command {
  return command.option(
    "--stage <number>",
    "of a model that merges patches (swin): the layers between two merges, from 0; the others have patches of their own",
  );
}

/** The commands that look across layers and heads: rollout, flow, measure, heads. */
export function addLayerCommands(heed: Command): void {
  const rollout = heed
    .command("rollout")
    .description("what goes into each word through all layers, by attention rollout")
    .argument("[text]", anyInput)
    .option(
      "-w, --word <word>",
      'what goes into this word only: it, the#2, "[CLS]"; of a picture a patch, 3,5',
    )
    .addOption(
      new Option(
        "--variant <name>",
        "whose rollout: abnar (if not given), vit-explain, chefer or keras",
      ).choices(["abnar", "vit-explain", "chefer", "keras"]),
    )
    .addOption(
      new Option("--fusion <name>", "vit-explain: how heads become one, mean if not given").choices(
        ["mean", "max", "min"],
      ),
    )
    .option(
      "--discard <share>",
      "vit-explain: the share of a layer's numbers set to 0, 0.9 if not given",
    )
    .addOption(
      new Option(
        "--scaling <name>",
        "vit-explain: rows, or columns as its published code has it",
      ).choices(["rows", "columns"]),
    )
    .option("--start-layer <layer>", "chefer: the first layer that counts")
    .option("--end-layer <layer>", "the last layer that counts")
    .action(async (text: string | undefined, _, command: Command) => {
      const { rolloutCommand } = await import("../commands/analysis/rollout.ts");
      await rolloutCommand(text, givenOptions(command));
    });
  stageOption(stackOptions(pairOption(idsOption(linesOption(rollout)))));
  themeOption(outputOptions(modelOptions(rollout), "text, json, jsonl, csv, svg, png or pdf"));
  examples(
    rollout,
    'heed rollout "The cat sat on the mat because it was tired." --word it',
    'heed rollout "The cat sat on the mat because it was tired." --variant chefer --word "[CLS]"',
    "heed rollout cat.png --model google/vit-base-patch16-224 --variant keras --out rollout.png",
  );

  const flow = heed
    .command("flow")
    .description("how much of each word can flow into each word through all layers: maximum flows")
    .argument("[text]", anyInput)
    .option("-w, --word <word>", "what flows into this word only")
    .option("--most-tokens <count>", "take texts of so many tokens, and wait; 64 if not given")
    .action(async (text: string | undefined, _, command: Command) => {
      await (await import("../commands/analysis/flow.ts")).flowCommand(text, givenOptions(command));
    });
  stageOption(stackOptions(pairOption(idsOption(linesOption(flow)))));
  themeOption(outputOptions(modelOptions(flow), "text, json, jsonl, csv, svg, png or pdf"));
  examples(flow, 'heed flow "The cat sat on the mat because it was tired." --word it');

  const measure = heed
    .command("measure")
    .description("a number for each head: how widely, how far, how surely it looks, and at what")
    .argument("[text]", anyInput)
    .option(
      "--of <name>",
      "entropy (if not given), distance, confidence; classes or sentences: shares of the weight; drawn: which words draw attention",
    )
    .option(
      "--class <name>",
      "with classes or sentences: each head's share of this one: special, punctuation, A>B",
    )
    .option(
      "--tags <tags>",
      "with classes: a class for each word, punctuation too: DET,NOUN,VERB",
      list,
    )
    .option("--head <head>", "with drawn: in this head only, L5H11")
    .addOption(
      new Option(
        "--smoothing <name>",
        "with entropy: clark adds a little to every weight, as Clark et al. do",
      ).choices(["none", "clark"]),
    )
    .option("--words-only", "with entropy, distance and confidence: leave special tokens out")
    .action(async (text: string | undefined, _, command: Command) => {
      await (await import("../commands/analysis/measure.ts")).measure(text, givenOptions(command));
    });
  stageOption(stackOptions(pairOption(idsOption(linesOption(measure)))));
  themeOption(outputOptions(modelOptions(measure), "text, json, csv, svg, png or pdf"));
  examples(
    measure,
    'heed measure "The cat sat on the mat because it was tired." --of distance',
    'heed measure "The cat sat on the mat because it was tired." --of classes --class punctuation',
    'heed measure "The cat sat." --pair "It was tired." --of sentences',
    "heed measure --lines sentences.txt --of entropy --format csv",
  );
  remark(
    measure,
    'With --lines the numbers are the mean over the texts, and their spread is said; a line of JSON may have tags: {"text": "The cat sat.", "tags": ["DET", "NOUN", "VERB", "PUNCT"]}.',
  );

  const heads = heed
    .command("heads")
    .description("what each head does, by name where it stands out: previous, induction, [CLS], …")
    .argument("[text]", anyInput)
    .option(
      "--random",
      "random tokens that stand there again, instead of a text: induction shows there",
    )
    .option("--length <count>", "with --random: tokens before they repeat, 25 if not given")
    .option("--repeats <count>", "with --random: how often they stand there, 2 if not given")
    .option("--texts <count>", "with --random: how many texts, 10 if not given")
    .option("--seed <number>", "what --random draws and --families begins with, 0 if not given")
    .option("--of <name>", "each head's score of one thing: previous, induction, punctuation, …")
    .option("--least <share>", "how far above chance a head is named, 0.3 if not given")
    .option(
      "--tags <tags>",
      "a tag for each word, punctuation too: DET,NOUN,VERB; each is looked for",
      list,
    )
    .option("--words-only", "leave special tokens out: what heads do among words")
    .option(
      "--families [count]",
      "which heads look alike, in so many families, or as many as fit best",
    )
    .action(async (text: string | undefined, _, command: Command) => {
      await (await import("../commands/analysis/heads.ts")).heads(text, givenOptions(command));
    });
  stageOption(stackOptions(pairOption(idsOption(linesOption(heads)))));
  themeOption(outputOptions(modelOptions(heads), "text, json, csv or svg"));
  examples(
    heads,
    'heed heads "The cat sat on the mat because it was tired."',
    "heed heads --lines sentences.txt",
    "heed heads --random --of induction --model openai-community/gpt2",
    "heed heads --lines sentences.txt --families --out families.svg",
    "heed heads cat.png --stage 1 --model microsoft/swin-tiny-patch4-window7-224",
  );
}
