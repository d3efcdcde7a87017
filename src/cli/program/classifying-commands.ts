import type { Command } from "commander";
import { givenOptions } from "../options/given-options.ts";
import { list, modelOptions, outputOptions } from "../options/shared-options.ts";

/** Commands that give labels, words or parts of a text with their scores. */
export function addClassifyingCommands(heed: Command): void {
  const fill = heed
    .command("fill")
    .description("the most probable words for every mask of a text")
    .argument(
      "<text>",
      'a text with the model\'s mask: "The cat sat on the [MASK]."; or "-" for stdin',
    )
    .option("--top-k <number>", "how many words for each mask; 10 if not given")
    .option("--targets <words>", "only these words: mat,rug", list)
    .addHelpText(
      "after",
      '\nExample:\n  heed fill "The cat sat on the [MASK]." --model google-bert/bert-base-uncased',
    )
    .action(async (text: string, _, command: Command) => {
      await (await import("../commands/fill.ts")).fill(text, givenOptions(command));
    });
  outputOptions(modelOptions(fill), "text, json or csv");

  const classify = heed
    .command("classify")
    .description("the labels a model gives a text, its tokens, or a picture")
    .argument("<text|image>", 'a text, a picture (PNG, JPEG, WebP), or "-" for stdin')
    .option("--pair <text>", "a second text that belongs to the first")
    .option(
      "--function <name>",
      "what makes scores: sigmoid, softmax or none; what the model's config means if not given",
    )
    .option("--top-k <number>", "how many labels; 5 if not given")
    .option(
      "--aggregation <name>",
      "of a model that labels tokens: what they make up, by none, simple, first, average or max",
    )
    .option("--ignore <labels>", "with --aggregation: labels to leave out; O if not given", list)
    .addHelpText(
      "after",
      '\nExamples:\n  heed classify "I liked it." --model distilbert/distilbert-base-uncased-finetuned-sst-2-english\n  heed classify cat.jpg --model google/vit-base-patch16-224',
    )
    .action(async (given: string, _, command: Command) => {
      await (await import("../commands/classify.ts")).classify(given, givenOptions(command));
    });
  outputOptions(modelOptions(classify), "text, json or csv");

  const zeroShot = heed
    .command("zero-shot")
    .description("labels of your own for a text, by a model that tells what follows from what")
    .argument("<text>", 'the text, or "-" for stdin')
    .requiredOption("--labels <labels>", "the labels to choose from: travel,music", list)
    .option("--several", "several labels may be true: each is judged by itself")
    .option("--template <text>", "the sentence made of a label; This example is {}. if not given")
    .addHelpText(
      "after",
      '\nExample:\n  heed zero-shot "We flew to Vienna." --labels travel,music --model MoritzLaurer/xtremedistil-l6-h256-zeroshot-v1.1-all-33',
    )
    .action(async (text: string, _, command: Command) => {
      await (await import("../commands/zero-shot.ts")).zeroShot(text, givenOptions(command));
    });
  outputOptions(modelOptions(zeroShot), "text, json or csv");

  const answer = heed
    .command("answer")
    .description("the part of a text that answers a question")
    .argument("<question>")
    .argument("<text>", 'the text the answer stands in, or "-" for stdin')
    .option("--top-k <number>", "how many answers; 1 if not given")
    .option("--impossible", "that there is no answer is one of them")
    .option("--longest <number>", "the most tokens of an answer; 15 if not given")
    .option("--window <number>", "a long text is read in windows of so many tokens; 384")
    .option("--stride <number>", "and each has so many in common with the one before; 128")
    .addHelpText(
      "after",
      '\nExample:\n  heed answer "Who sat on the mat?" "The cat sat on the mat." --model distilbert/distilbert-base-cased-distilled-squad',
    )
    .action(async (question: string, text: string, _, command: Command) => {
      await (await import("../commands/answer.ts")).answer(question, text, givenOptions(command));
    });
  outputOptions(modelOptions(answer), "text, json or csv");
}
