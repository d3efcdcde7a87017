import type { Command } from "commander";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { commandLines } from "./help.ts";
import { program } from "./program.ts";

/** What --help prints of a command, so wide. */
function help(name: string, width: number): string {
  const before = process.env.COLUMNS;
  process.env.COLUMNS = String(width);
  try {
    const heed = program();
    const command = heed.commands.find((one) => one.name() === name) ?? heed;
    let text = "";
    command.configureOutput({ writeOut: (part) => (text += part) });
    command.outputHelp();
    return text;
  } finally {
    if (before === undefined) delete process.env.COLUMNS;
    else process.env.COLUMNS = before;
  }
}

const names = ["heed", ...program().commands.map((command) => command.name())];

describe.each([60, 80])("--help fits %i columns", (width) => {
  test.each(names)("%s", (name) => {
    const lines = help(name, width).split("\n");
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.filter((line) => stringWidth(line) > width)).toEqual([]);
  });
});

test("lines end at another place in wider terminals", () => {
  expect(help("show", 60)).not.toBe(help("show", 80));
  expect(help("show", 60).replace(/\s+|\\/g, "")).toBe(help("show", 80).replace(/\s+|\\/g, ""));
});

test("a command line goes on behind a backslash, an option with its value", () => {
  expect(commandLines(['heed "a b  c" --word cat | head -1'], 24)).toBe(
    '  heed "a b  c" \\\n    --word cat | head -1',
  );
});

test("commands are made where a command line can be about one, and else heed's own options alone", () => {
  const flags = (heed: Command) => heed.options.map((option) => option.flags);
  const made = (...words: string[]) => program(words).commands.map((command) => command.name());
  const text = ["The cat sat on the mat.", "--word", "cat", "-f", "json"];
  expect(made(...text)).toEqual([]);
  expect(flags(program(text))).toEqual(flags(program()));
  for (const word of [...names.slice(1), "-h", "--help", "-lh"])
    expect(made(...text, word)).toEqual(names.slice(1));
});
