import { type Command, Help } from "commander";
import { terminalOf } from "../terminal/terminal.ts";

/** Where a description has less room than this beside what it describes, it stands under it. */
const leastBeside = 40;
const indent = 2;
const indentUnder = 6;

/** Help as wide as the terminal, for a command and those made from it afterwards. */
export function fitHelp(command: Command): void {
  command.configureHelp({
    minWidthToWrap: 20,
    formatItem(term, termWidth, description, helper) {
      const width = helper.helpWidth ?? helpWidth();
      if (description === "" || width - termWidth - 2 * indent >= leastBeside)
        return Help.prototype.formatItem.call(helper, term, termWidth, description, helper);
      const under = helper.boxWrap(description, width - indentUnder);
      return `${" ".repeat(indent)}${term}\n${under.replace(/^/gm, " ".repeat(indentUnder))}`;
    },
  });
  command.configureOutput({ getOutHelpWidth: helpWidth, getErrHelpWidth: helpWidth });
}

function helpWidth(): number {
  return terminalOf(process.stdout).width;
}

/** Adds command lines to a command's help, as wide as its terminal; they can be typed as they stand there. */
export function examples(command: Command, ...lines: readonly string[]): Command {
  const title = lines.length > 1 ? "Examples" : "Example";
  return command.addHelpText("after", () => `\n${title}:\n${commandLines(lines)}`);
}

/** Adds a paragraph to a command's help. */
export function remark(command: Command, text: string): Command {
  return command.addHelpText("after", () => `\n${command.createHelp().boxWrap(text, helpWidth())}`);
}

/** Command lines, indented; long ones go on behind a backslash, between words of the shell. */
export function commandLines(lines: readonly string[], width = helpWidth()): string {
  return lines.map((line) => commandLine(line, width)).join("\n");
}

function commandLine(line: string, width: number): string {
  const rows: string[] = [];
  let row = " ".repeat(indent);
  const parts = partsOf(line, width - 2 * indent - 2);
  for (const [place, part] of parts.entries()) {
    const isFirst = row.trim() === "";
    const room = width - (place < parts.length - 1 ? 2 : 0);
    if (!isFirst && row.length + 1 + part.length > room) {
      rows.push(`${row} \\`);
      row = `${" ".repeat(Math.max(0, Math.min(2 * indent, room - part.length)))}${part}`;
    } else row += isFirst ? part : ` ${part}`;
  }
  return [...rows, row].join("\n");
}

/** Words of a command line, an option together with its value where there is room for both. */
function partsOf(line: string, room: number): string[] {
  const words = line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  const parts: string[] = [];
  for (const word of words) {
    const both = `${parts.at(-1)} ${word}`;
    const isValue = /^--[\w-]+$/.test(parts.at(-1) ?? "") && !/^[-|]/.test(word);
    if (isValue && both.length <= room) parts.splice(-1, 1, both);
    else parts.push(word);
  }
  return parts;
}
