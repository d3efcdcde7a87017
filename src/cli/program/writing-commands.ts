import type { Command } from "commander";
import { givenOptions } from "../options/given-options.ts";
import { modelOptions, outputOptions } from "../options/shared-options.ts";
import { writingOptions } from "../options/writing-options.ts";

/** The commands of models that write, and of their tokens: generate, chat, score, tokens. */
export function addWritingCommands(heed: Command): void {
  const generate = heed
    .command("generate")
    .description("write on from a text, token by token")
    .argument("[text]", 'the text, or "-" for stdin')
    .option("--ids <ids>", "ids in place of a text: 1,2,3");
  writingOptions(generate)
    .option("--chat", "the text is what a user says to a chat model, which answers")
    .option("--system <text>", "with --chat: what the model is told first")
    .option("--attention", "print what every new token looked at most")
    .option("--head <head>", "with --attention: in this head only, L5H11")
    .addHelpText(
      "after",
      '\nExamples:\n  heed generate "Once upon a time" --model openai-community/gpt2\n  heed generate "Once upon a time" --model openai-community/gpt2 --temperature 0.8 --top-p 0.95 --seed 7\n  heed generate "translate English to German: The house is wonderful." --model google-t5/t5-small --attention',
    )
    .action(async (text: string | undefined, _, command: Command) => {
      await (await import("../commands/generate.ts")).generateText(text, givenOptions(command));
    });
  outputOptions(modelOptions(generate), "text or json");

  const chat = heed
    .command("chat")
    .description("talk with a chat model; with a text, or messages on stdin, one answer")
    .argument("[text]", 'what you say; "-" for stdin: a text, or JSON [{"role", "content"}, …]')
    .option("--system <text>", "what the model is told first");
  writingOptions(chat)
    .addHelpText(
      "after",
      '\nExample:\n  heed chat "What is attention?" --model HuggingFaceTB/SmolLM2-135M-Instruct --tokens 60',
    )
    .action(async (text: string | undefined, _, command: Command) => {
      await (await import("../commands/chat.ts")).chat(text, givenOptions(command));
    });
  outputOptions(modelOptions(chat), "text or json");

  const score = heed
    .command("score")
    .description("how probable a text is: log-probability and surprise of every token, perplexity")
    .argument("[text]", 'the text, or "-" for stdin')
    .option("--ids <ids>", "ids in place of a text: 1,2,3")
    .option("--pseudo", "models that fill masks: every token hidden in turn")
    .addHelpText(
      "after",
      '\nExamples:\n  heed score "The cat sat on the mat." --model openai-community/gpt2\n  heed score "The cat sat on the mat." --model google-bert/bert-base-uncased --pseudo',
    )
    .action(async (text: string | undefined, _, command: Command) => {
      await (await import("../commands/score.ts")).scoreText(text, givenOptions(command));
    });
  outputOptions(modelOptions(score), "text, json or csv");

  const tokens = heed
    .command("tokens")
    .description("a text's ids, pieces and characters; no weights are read")
    .argument("<text>", 'the text, or "-" for stdin')
    .option("--pair <text>", "a second text that belongs to the first")
    .option("--no-special", "without the tokens that a model's tokenizer puts around a text")
    .addHelpText("after", '\nExample:\n  heed tokens "The cat isn\'t tired."')
    .action(async (text: string, _, command: Command) => {
      await (await import("../commands/tokens.ts")).listTokens(text, givenOptions(command));
    });
  outputOptions(modelOptions(tokens, ["backend", "dtype"]), "text, json or csv");
}
