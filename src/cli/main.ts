#!/usr/bin/env node
import { CommanderError } from "commander";
import { HeedError } from "../errors/errors.ts";
import { visible } from "../errors/visible.ts";
import { releaseStdin } from "./input/stdin.ts";
import { namesModel } from "./input/text-input.ts";
import { commandMeant } from "./program/command-names.ts";
import { program } from "./program/program.ts";
import { withoutFunction } from "./program/without-function.ts";

const usageError = 2;

async function main(): Promise<void> {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // A reader such as head that has seen enough closes the pipe; that is no error.
    if (error.code === "EPIPE") process.exit(0);
    process.stderr.write(`heed: stdout cannot be written (${error.message})\n`);
    process.exit(1);
  });
  process.stderr.on("error", () => {});
  const asJson = process.argv.some(
    (argument, n) =>
      /^(--json|--format=jsonl?|-f=?jsonl?)$/i.test(argument) ||
      (/^(-f|--format)$/.test(argument) && /^jsonl?$/i.test(process.argv[n + 1] ?? "")),
  );
  const heed = program(process.argv.slice(2)).exitOverride();
  for (const command of [heed, ...heed.commands]) {
    command.exitOverride();
    command.configureOutput({
      writeErr: (text) => {
        if (!asJson)
          process.stderr.write(
            visible(text).replace(/^error: .*/, (line) => `heed: ${plain(line, heed.args)}`),
          );
      },
    });
  }
  try {
    await heed.parseAsync();
  } catch (error) {
    process.exitCode = report(error, asJson, heed.args);
  } finally {
    releaseStdin();
  }
}

/** Writes an error for a person or for a program, and says how to exit: 2 for a wrong command line, 1 for everything else. */
function report(error: unknown, asJson: boolean, words: readonly string[]): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    if (asJson) writeJsonError("usage", plain(error.message, words));
    return usageError;
  }
  const isExpected = error instanceof HeedError;
  const said = error instanceof Error ? error.message : String(error);
  const message = isExpected ? withoutFunction(said, process.argv.slice(2)) : said;
  if (asJson) writeJsonError(isExpected ? error.code : "internal", message);
  else if (isExpected) process.stderr.write(`heed: ${message}\n`);
  else
    process.stderr.write(
      `heed: this should not happen, please report it.\n${visible((error instanceof Error && error.stack) || message)}\n`,
    );
  return 1;
}

/** A wrong command line in heed's words. */
function plain(message: string, words: readonly string[]): string {
  return message
    .replace(/^error: /, "")
    .replace(
      /too many arguments.*/,
      () => `too many words. ${advice(words)} heed --help lists the commands`,
    );
}

/** What to write in place of too many words. */
function advice(words: readonly string[]): string {
  const [first = ""] = words;
  const folder = words.find(namesModel);
  if (folder !== undefined) return `A model's folder goes behind --model: --model ${folder};`;
  const meant = commandMeant(first);
  if (meant === undefined) return "Put a text into quotes;";
  return meant === first
    ? `heed ${first} --help says what it takes, and a text is put into quotes;`
    : `Did you mean heed ${meant}?`;
}

function writeJsonError(code: string, message: string): void {
  process.stderr.write(`${JSON.stringify({ error: { code, message } })}\n`);
}

await main();
