import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { openKoffi } from "../../src/backends/cpu/koffi.node.ts";
import { builtCommand, builtPackage } from "../support/built-package.ts";
import { folderWithWords } from "../support/command-line.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const model = folderWithWords("bert-mlm", 121);
const question = "\u001b]11;?\u001b\\\u001b[c";
const light = "\u001b]11;rgb:ffff/fefe/e0e0\u001b\\";
const dark = "\u001b]11;rgb:0000/1010/2020\u0007";
const identity = "\u001b[?62;c";

/** Why no terminal can be made here, or none that takes back what was typed. */
function reason(): string | undefined {
  const { stdout } = spawnSync("script", ["--version"], { encoding: "utf8" });
  if (!/util-linux/.test(stdout ?? ""))
    return "there is no script of util-linux to make a terminal";
  const setting = "/proc/sys/dev/tty/legacy_tiocsti";
  if (existsSync(setting) && readFileSync(setting, "utf8").trim() === "0")
    return "this system gives nothing back to a terminal, so it is not asked";
  const opened = openKoffi();
  return "reason" in opened ? `${opened.reason}, so no terminal is asked` : undefined;
}

const missing = reason();
const quoted = (word: string) => `'${word}'`;
const heed = (...args: readonly string[]) =>
  [process.execPath, builtCommand, ...args].map(quoted).join(" ");
const show = heed("show", "L0H1", "the cat sat on the mat .", "--model", model);

beforeAll(builtPackage);

interface Asked {
  /** What the terminal sends when it is asked; nothing if not given. */
  readonly answer?: string;
  /** What is typed before the command starts. */
  readonly before?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What a terminal shows of a shell's command line. */
function shown(command: string, { answer, before, env = {} }: Asked = {}): Promise<string> {
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    TERM: "xterm-256color",
    COLUMNS: "80",
    HEED_BACKEND: "reference",
  };
  const others =
    "NO_COLOR FORCE_COLOR CI TMUX STY COLORFGBG COLORTERM INSIDE_EMACS SSH_TTY SSH_CONNECTION";
  for (const name of others.split(" ")) delete environment[name];
  const child = spawn("script", ["-qec", `stty cols 80; ${command}`, "/dev/null"], {
    cwd: root,
    env: { ...environment, ...env },
  });
  let text = "";
  let isAnswered = false;
  child.stdout.on("data", (chunk) => {
    text += chunk;
    if (isAnswered || answer === undefined || !text.includes(question)) return;
    isAnswered = true;
    child.stdin.write(answer);
  });
  if (before !== undefined) child.stdin.write(before);
  return new Promise((resolve) => child.on("close", () => resolve(text)));
}

const unasked = (text: string) => text.replace(question, "");

if (missing !== undefined) test("terminals are asked", ({ skip }) => skip(missing));
else describeTerminals();

function describeTerminals(): void {
  describe("a terminal that is asked for its ground", () => {
    test.each([
      ["light", light],
      ["dark", dark],
    ])("and is %s gets that scale", async (theme, answer) => {
      const asked = await shown(show, { answer: answer + identity });
      expect(asked).toContain(question);
      const named = await shown(`${show} --theme ${theme}`);
      expect(named).not.toContain(question);
      expect(unasked(asked)).toBe(named);
    });

    test("and knows no colours, or answers nothing, gets the dark one and no other sign", async () => {
      const named = await shown(`${show} --theme dark`);
      expect(unasked(await shown(show, { answer: identity }))).toBe(named);
      expect(unasked(await shown(show))).toBe(named);
    });

    test("keeps what was typed while it was asked", async () => {
      const command = `${show}; IFS= read -r line; echo "typed <$line>"`;
      const answer = `first ${light}then ${identity}last\r`;
      expect(await shown(command, { answer })).toContain("typed <first then last>");
    });

    test("keeps what was typed before, and is not asked then", async () => {
      // The shell's own read shows that it is there.
      const command = `sleep 1; ${show}; IFS= read -r line; echo "typed <$line>"`;
      const text = await shown(command, { before: "ahead\r", answer: light + identity });
      expect(text).toContain("typed <ahead>");
      expect(text).not.toContain(question);
    });

    test("has its settings as before", async () => {
      const text = await shown(`stty -g; ${show} >/dev/null 2>&1; ${show}; stty -g`, {
        answer: light + identity,
      });
      const settings = text.match(/^[0-9a-f]+(:[0-9a-f]+){10,}/gm);
      expect(settings).toHaveLength(2);
      expect(settings![0]).toBe(settings![1]);
    });
  });

  describe("a terminal is not asked", () => {
    test.each<readonly [string, string, Readonly<Record<string, string>>]>([
      ["in tmux", show, { TMUX: "/tmp/tmux" }],
      ["in screen", show, { TERM: "screen-256color" }],
      ["where nobody looks", show, { CI: "true" }],
      ["that is dumb", show, { TERM: "dumb" }],
      ["without colours", show, { NO_COLOR: "1" }],
      ["that has said it", show, { COLORFGBG: "0;15" }],
      ["for JSON", `${show} --json`, {}],
      ["for a pipe", `${show} | cat`, {}],
      ["for a file", `${show} --out /dev/null --format text`, {}],
      ["with another stdin", `echo | ${show}`, {}],
      ["by the others", heed("tokens", "the cat", "--model", model), {}],
      ["by heed alone", heed(), {}],
    ])("%s", async (_, command, env) => {
      const text = await shown(command, { env, answer: light + identity });
      expect(text.length).toBeGreaterThan(10);
      expect(text).not.toContain("\u001b]11");
    });
  });
}
