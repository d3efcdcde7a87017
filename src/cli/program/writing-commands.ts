import type { Command } from "commander";
import { givenOptions } from "../options/given-options.ts";
import {
  idsOption,
  linesOption,
  modelOptions,
  outputOptions,
  pairOption,
  themeOption,
  withoutIds,
} from "../options/shared-options.ts";
import { writingOptions } from "../options/writing-options.ts";
import { examples } from "./help.ts";

/** The commands of models that write, and of their tokens: generate, chat, score, tokens. */
export function addWritingCommands(heed: Command): void {
  const generate = heed
    .command("generate")
    .description("write on from a text, token by token")
    .argument("[text]", 'the text, a file of it, or "-" for stdin');
  writingOptions(generate)
    .option(
      "--decoder <text>",
      "of an encoder-decoder: what it has written already, and goes on from; beside --ids its ids, from the one it begins with on",
    )
    .option("--chat", "the text is what a user says to a chat model, which answers")
    .option("--system <text>", "with --chat: what the model is told first")
    .option("--attention", "print what every new token looked at most")
    .option("--head <head>", "with --attention: in this head only, L5H11")
    .action(async (text: string | undefined, _, command: Command) => {
      await (await import("../commands/generate.ts")).generateText(text, givenOptions(command));
    });
  themeOption(outputOptions(modelOptions(idsOption(linesOption(generate))), "text, json or jsonl"));
  examples(
    generate,
    'heed generate "Once upon a time" --model openai-community/gpt2',
    'heed generate "Once upon a time" --model openai-community/gpt2 --temperature 0.8 --top-p 0.95 --seed 7',
    'heed generate "translate English to German: The house is wonderful." --model google-t5/t5-small --attention',
    'heed generate "translate English to German: The house is wonderful." --model google-t5/t5-small --decoder "Die Wohnung"',
  );

  const chat = heed
    .command("chat")
    .description("talk with a chat model; with a text, or messages on stdin, one answer")
    .argument(
      "[text]",
      'what you say, a file of it, or "-" for stdin: a text, or JSON [{"role", "content"}, …]',
    )
    .option("--system <text>", "what the model is told first");
  writingOptions(chat).action(async (text: string | undefined, _, command: Command) => {
    await (await import("../commands/chat.ts")).chat(text, givenOptions(command));
  });
  withoutIds(
    chat,
    "a chat's template makes one text of its messages. heed generate goes on from ids",
  );
  outputOptions(modelOptions(linesOption(chat)), "text, json or jsonl");
  examples(
    chat,
    'heed chat "What is attention?" --model HuggingFaceTB/SmolLM2-135M-Instruct --tokens 60',
  );

  const score = heed
    .command("score")
    .description("how probable a text is: log-probability and surprise of every token, perplexity")
    .argument("[text]", 'the text, a file of it, or "-" for stdin')
    .option("--pseudo", "models that fill masks: every token hidden in turn")
    .option(
      "--decoder <text>",
      "of an encoder-decoder: what is scored, as it is written behind the text; beside --ids its ids, from the one it begins with on",
    )
    .action(async (text: string | undefined, _, command: Command) => {
      await (await import("../commands/score.ts")).scoreText(text, givenOptions(command));
    });
  outputOptions(modelOptions(idsOption(linesOption(score))), "text, json, jsonl or csv");
  examples(
    score,
    'heed score "The cat sat on the mat." --model openai-community/gpt2',
    'heed score "The cat sat on the mat." --model google-bert/bert-base-uncased --pseudo',
    'heed score "The dog sleeps." --decoder "Le chien dort." --model google-t5/t5-small',
  );

  const tokens = heed
    .command("tokens")
    .description("a text's ids, pieces and characters, or what ids stand for; no weights are read")
    .argument("[text]", 'the text, a file of it, or "-" for stdin')
    .option("--no-special", "without the tokens that a model's tokenizer puts around a text")
    .action(async (text: string | undefined, _, command: Command) => {
      await (await import("../commands/tokens.ts")).listTokens(text, givenOptions(command));
    });
  outputOptions(
    modelOptions(pairOption(idsOption(linesOption(tokens))), ["tower", "backend", "dtype"]),
    "text, json, jsonl or csv",
  );
  examples(tokens, 'heed tokens "The cat isn\'t tired."');
}
