import { inkOn, type Rgb, type Theme } from "../../views/scale.ts";
import { type FormatOptions, outFile } from "../options/format.ts";
import { type TerminalInput, terminalInput } from "./input.ts";

/** Asks for the ground's colour, then for what every terminal answers: so that one that knows no colours is not waited for. */
const question = "\u001b]11;?\u001b\\\u001b[c";
const control = "\u001b";
const colorAnswer = new RegExp(
  `${control}\\]11;(?:rgba?:|#)([0-9a-f/]+)(?:\u0007|${control}\\\\)`,
  "i",
);
const lastAnswer = new RegExp(`${control}\\[\\?[0-9;]*c`);

const pollMs = 2;
/** A picture waits no longer for its colours. */
const decideMs = 150;
/** What comes later would be taken for typed; over a network answers take longer. */
const drainMs = { near: 300, far: 1000 };

/** Terminals that pass over questions they do not know. Those that run in others (screen, tmux) answer late or for somebody else. */
const asked =
  /^(xterm|rxvt|alacritty|kitty|foot|wezterm|ghostty|konsole|st|vte|contour|mintty|iterm)/;

let chosen: Theme | undefined;
let answer: Promise<Theme | undefined> | undefined;

/** The theme that --theme named, or the terminal answered so far. */
export function knownTheme(): Theme | undefined {
  return chosen;
}

/** Waits, for a moment, until the terminal has answered. */
export async function themeAnswered(): Promise<void> {
  chosen ??= await answer;
}

/** Takes --theme; without it asks the terminal, while other things are done, where a command with these `words` is to colour what it prints there. */
export function startAsking(options: FormatOptions, words: readonly string[]): void {
  const { theme = "auto" } = options;
  chosen = theme === "auto" ? undefined : theme;
  answer = undefined;
  if (chosen || !isForTerminal(options)) return;
  // Without words there is no picture, and "-" means that the terminal's input is the text.
  if (words.length === 0 || words.includes("-")) return;
  if (!isAskable(process.env)) return;
  const input = terminalInput();
  if (input) answer = ask(input);
}

function isForTerminal({ format = "text", json, open, ...file }: FormatOptions): boolean {
  return format.toLowerCase() === "text" && !json && outFile(file) === undefined && !open;
}

/** Whether stdin and stdout are a terminal that takes the question, and has colours that depend on the answer. */
function isAskable({
  TERM = "",
  TMUX,
  CI,
  NO_COLOR,
  COLORFGBG,
  INSIDE_EMACS,
  STY,
}: NodeJS.ProcessEnv) {
  const { stdin, stdout } = process;
  if (TMUX || STY || CI || NO_COLOR || COLORFGBG || INSIDE_EMACS) return false;
  return stdin.isTTY && stdout.isTTY && stdout.getColorDepth() >= 4 && asked.test(TERM);
}

/** The theme, decided soon; answers are taken from the input for a while longer, and all else that comes is given back. */
function ask(input: TerminalInput): Promise<Theme | undefined> {
  const { stdin, stdout } = process;
  stdin.setRawMode(true);
  // What was typed before is somebody else's: nothing is read.
  if (input.pending() > 0) {
    stdin.setRawMode(false);
    return Promise.resolve(undefined);
  }
  stdout.write(question);
  const start = performance.now();
  const { SSH_CONNECTION, SSH_TTY } = process.env;
  const limit = SSH_CONNECTION || SSH_TTY ? drainMs.far : drainMs.near;
  let received = Buffer.alloc(0);
  return new Promise((resolve) => {
    const poll = () => {
      received = Buffer.concat([received, input.read()]);
      const text = received.toString("latin1");
      const theme = themeIn(text);
      const passed = performance.now() - start;
      if (theme || passed > decideMs) resolve(theme);
      if (!lastAnswer.test(text) && passed <= limit) return void setTimeout(poll, pollMs);
      resolve(theme);
      stdin.setRawMode(false);
      input.giveBack(Buffer.from(typedIn(text), "latin1"));
    };
    poll();
  });
}

/** The theme that a terminal's answer means; undefined where there is none. */
export function themeIn(received: string): Theme | undefined {
  const color = colorAnswer.exec(received)?.[1];
  const parts = color?.includes("/") ? color.split("/") : color?.match(/.{1,2}/g);
  if (!parts || parts.length < 3) return undefined;
  // One to four hexadecimal digits are shares of as many Fs.
  const ground = parts
    .slice(0, 3)
    .map((part) => (255 * Number.parseInt(part, 16)) / (16 ** part.length - 1));
  return inkOn(ground as unknown as Rgb)[0] === 0 ? "light" : "dark";
}

/** What of the input is no answer: what was typed meanwhile. */
export function typedIn(received: string): string {
  return received.replace(colorAnswer, "").replace(lastAnswer, "");
}
