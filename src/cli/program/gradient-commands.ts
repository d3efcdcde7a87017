import { type Command, Option } from "commander";
import { givenOptions } from "../options/given-options.ts";
import {
  anyInput,
  decoderOption,
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

const text = '"The cat sat on the mat because it was tired."';
const written = "text, json, jsonl, csv, svg, png or pdf";
const explained =
  "What is explained, where nobody says it: of models of words the log-probability of the likeliest word less the next one's, of classifiers the likeliest label's logit. Models that make vectors alone need --like or --to.";

/** Which number of the output is explained. */
function metricOptions(command: Command): Command {
  return command
    .option("-w, --word <word>", "whose prediction, or with --to whose vector, is explained")
    .option("--to <word>", "how alike --word's vector is to this word's")
    .option("--like <text>", "how alike the sentence's vector is to that of another text")
    .option(
      "--answers <words>",
      "models of words: the log-probability of the first less that of the second",
      list,
    )
    .option("--class <name>", "classifiers: this class's logit");
}

/** The commands that explain the output by gradients: saliency, relevance. */
export function addGradientCommands(heed: Command): void {
  const saliency = heed
    .command("saliency")
    .description("which words the output hangs on: gradients at the words' vectors")
    .argument("[text]", anyInput)
    .addOption(
      new Option(
        "--method <name>",
        "gradient (its size; if not given), input-times-gradient, or integrated-gradients, which add up",
      ).choices(["gradient", "input-times-gradient", "integrated-gradients"]),
    )
    .addOption(
      new Option(
        "--norm <name>",
        "with gradient: how it becomes a number, l2 if not given",
      ).choices(["l2", "l1", "max"]),
    )
    .option(
      "--baseline <name>",
      "integrated gradients: what they begin at; mask, padding, zero, grey (pictures), a token or its #id",
    )
    .option(
      "--steps <count>",
      "integrated gradients: how many steps; 20, or up to 160 until they add up, if not given",
    )
    .action(async (given: string | undefined, _, command: Command) => {
      const { saliencyCommand } = await import("../commands/analysis/saliency.ts");
      await saliencyCommand(given, givenOptions(command));
    });
  decoderOption(pairOption(idsOption(linesOption(metricOptions(saliency)))));
  themeOption(outputOptions(modelOptions(saliency), written));
  examples(
    saliency,
    `heed saliency ${text} --word it --to cat`,
    'heed saliency "The [MASK] sat on the mat." --model google-bert/bert-base-uncased',
    'heed saliency "The cat sat on the" --method integrated-gradients --baseline . --model openai-community/gpt2',
    "heed saliency cat.png --model google/vit-base-patch16-224 --out saliency.png",
  );
  remark(saliency, explained);

  const relevance = heed
    .command("relevance")
    .description("what the output goes back to: attention times its gradients, layer on layer")
    .argument("[text]", anyInput)
    .option("--head <head>", "what each link of this head brings, to first order: L5H11")
    .option("--heads", "how important each head is; with --lines the mean over the texts")
    .option("--per-layer", "with --heads: each layer's numbers on a scale of their own")
    .action(async (given: string | undefined, _, command: Command) => {
      const { relevanceCommand } = await import("../commands/analysis/relevance.ts");
      await relevanceCommand(given, givenOptions(command));
    });
  stackOptions(pairOption(idsOption(linesOption(metricOptions(relevance)))));
  themeOption(outputOptions(modelOptions(relevance), written));
  examples(
    relevance,
    `heed relevance ${text} --word it --to cat`,
    'heed relevance "The cat sat on the" --head L1H0 --model openai-community/gpt2',
    "heed relevance --lines sentences.txt --heads --model openai-community/gpt2",
    "heed relevance cat.png --model google/vit-base-patch16-224 --out relevance.png",
  );
  remark(relevance, explained);
}
