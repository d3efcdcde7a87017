import type { Command } from "commander";
import { givenOptions } from "../options/given-options.ts";
import {
  idsOption,
  linesOption,
  modelOptions,
  outputOptions,
  withoutIds,
} from "../options/shared-options.ts";
import { examples } from "./help.ts";

/** The commands of sentence encoders and cross-encoders: embed, rerank. */
export function addSentenceCommands(heed: Command): void {
  const embed = heed
    .command("embed")
    .description("one vector for each text, and how alike the texts are")
    .argument("[text...]", 'texts, files of them, or "-" for stdin')
    .option("--prompt <text>", 'a text put before each; "" for none')
    .option("--prompt-name <name>", "the same by its name in the checkpoint's files: query")
    .option(
      "--task <name>",
      "what the texts are, where a model has a route for each: query or document",
    )
    .option("--max-terms <n>", "of a sparse encoder: only the n heaviest words of each text")
    .action(async (texts: string[], _, command: Command) => {
      await (await import("../commands/embed.ts")).embedTexts(texts, givenOptions(command));
    });
  outputOptions(modelOptions(idsOption(linesOption(embed))), "text, json, jsonl or csv");
  examples(
    embed,
    'heed embed "A cat sat on a mat." "A kitten rested on a rug." "The bank raised its rates."',
    "heed embed --lines sentences.txt --format jsonl",
  );

  const rerank = heed
    .command("rerank")
    .description("how well each text goes with a query, as a cross-encoder scores them")
    .argument("<query>", 'the text that is the first of each pair, a file of it, or "-" for stdin')
    .argument("[text...]", 'the texts it is paired with, files of them, or "-" for stdin')
    .option("--activation <name>", "what is done to the logits: none, sigmoid or softmax")
    .option("--prompt <text>", "a text put before the query")
    .option("--prompt-name <name>", "the same by its name in the checkpoint's files")
    .action(async (query: string, texts: string[], _, command: Command) => {
      await (await import("../commands/rerank.ts")).rerank(query, texts, givenOptions(command));
    });
  withoutIds(rerank, "its tokenizer puts the two texts of a pair together. Give texts");
  outputOptions(modelOptions(linesOption(rerank)), "text, json, jsonl or csv");
  examples(
    rerank,
    'heed rerank "Who lived in Vienna?" "Hugo Wolf did." "The cat sat." --model cross-encoder/ms-marco-MiniLM-L6-v2',
    'heed rerank "Who lived in Vienna?" --lines passages.txt --model cross-encoder/ms-marco-MiniLM-L6-v2',
  );
}
