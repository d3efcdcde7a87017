import { type Command, Option } from "commander";
import { givenOptions } from "../options/given-options.ts";
import {
  idsOption,
  linesOption,
  list,
  modelOptions,
  outputOptions,
  pairOption,
  withoutIds,
} from "../options/shared-options.ts";
import { examples } from "./help.ts";

/** Commands that give labels, words or parts of a text with their scores. */
export function addClassifyingCommands(heed: Command): void {
  const fill = heed
    .command("fill")
    .description("the most probable words for every mask of a text")
    .argument(
      "[text]",
      'a text with the model\'s mask: "The cat sat on the [MASK]."; a file of one, or "-" for stdin',
    )
    .option("--top-k <number>", "how many words for each mask; 10 if not given")
    .option("--targets <words>", "only these words: mat,rug", list)
    .action(async (text: string | undefined, _, command: Command) => {
      await (await import("../commands/fill.ts")).fill(text, givenOptions(command));
    });
  outputOptions(modelOptions(idsOption(linesOption(fill))), "text, json, jsonl or csv");
  examples(fill, 'heed fill "The cat sat on the [MASK]." --model google-bert/bert-base-uncased');

  const classify = heed
    .command("classify")
    .description("the labels a model gives a text, its tokens, a picture or a sound")
    .argument(
      "[text|image|sound]",
      'a text, a file of one, a picture (PNG, JPEG, WebP), a sound (WAV), or "-" for stdin',
    )
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
    .option(
      "--max-tokens <number>",
      "texts are cut to so many tokens; to the model's positions if not given",
    )
    .addOption(
      new Option(
        "--truncation <name>",
        "of a pair: which text is cut, the longer one first if not given",
      ).choices(["longest_first", "only_first", "only_second"]),
    )
    .action(async (given: string | undefined, _, command: Command) => {
      await (await import("../commands/classify.ts")).classify(given, givenOptions(command));
    });
  outputOptions(
    modelOptions(idsOption(linesOption(pairOption(classify)))),
    "text, json, jsonl or csv",
  );
  examples(
    classify,
    'heed classify "I liked it." --model distilbert/distilbert-base-uncased-finetuned-sst-2-english',
    "heed classify cat.jpg --model google/vit-base-patch16-224",
    "heed classify speech.wav --model sanchit-gandhi/whisper-medium-fleurs-lang-id",
  );

  const zeroShot = heed
    .command("zero-shot")
    .description(
      "labels of your own for a text, by a model that tells what follows from what, or for a picture, by CLIP or SigLIP",
    )
    .argument(
      "[text|image]",
      'the text, a file of it, a picture (PNG, JPEG, WebP), or "-" for stdin',
    )
    .requiredOption(
      "--labels <labels>",
      "the labels to choose from: travel,music; may be said again",
      (text: string, before: readonly string[] = []) => [...before, ...list(text)],
    )
    .option("--several", "several labels may be true: each is judged by itself")
    .option(
      "--template <text>",
      "the sentence made of a label; This example is {}. if not given, of a picture This is a photo of {}.",
    )
    .action(async (text: string | undefined, _, command: Command) => {
      await (await import("../commands/zero-shot.ts")).zeroShot(text, givenOptions(command));
    });
  withoutIds(
    zeroShot,
    "its tokenizer puts a sentence with each label behind the text. Give the text",
  );
  outputOptions(modelOptions(linesOption(zeroShot)), "text, json, jsonl or csv");
  examples(
    zeroShot,
    'heed zero-shot "We flew to Vienna." --labels travel,music --model MoritzLaurer/xtremedistil-l6-h256-zeroshot-v1.1-all-33',
    'heed zero-shot cat.jpg --labels "a cat" --labels "a dog" --model openai/clip-vit-base-patch32',
  );

  const answer = heed
    .command("answer")
    .description("the part of a text that answers a question")
    .argument("[question]", "what is asked; with --lines it may stand in the lines")
    .argument("[text]", 'the text the answer stands in, a file of it, or "-" for stdin')
    .option("--top-k <number>", "how many answers; 1 if not given")
    .option("--impossible", "that there is no answer is one of them")
    .option("--longest <number>", "the most tokens of an answer; 15 if not given")
    .option("--window <number>", "a long text is read in windows of so many tokens; 384")
    .option("--stride <number>", "and each has so many in common with the one before; 128")
    .action(async (question: string | undefined, text: string | undefined, _, command: Command) => {
      await (await import("../commands/answer.ts")).answer(question, text, givenOptions(command));
    });
  withoutIds(
    answer,
    "an answer is a part of the text, and ids have no places in one. Give the text",
  );
  outputOptions(modelOptions(linesOption(answer)), "text, json, jsonl or csv");
  examples(
    answer,
    'heed answer "Who sat on the mat?" "The cat sat on the mat." --model distilbert/distilbert-base-cased-distilled-squad',
    "heed answer --lines questions.jsonl --model distilbert/distilbert-base-cased-distilled-squad",
  );
}
