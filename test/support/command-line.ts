import { cpSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { program } from "../../src/cli/program/program.ts";
import { goldenFolder } from "./small-models.ts";

/** What a command wrote, and what it threw. */
export interface Written {
  readonly stdout: string;
  readonly stderr: string;
  readonly error: Error | undefined;
}

/** Runs a command in this process, 80 columns wide and without colours. One at a time. */
export async function commandLine(...args: readonly string[]): Promise<Written> {
  const { stdout, stderr } = process;
  const written = { stdout: "", stderr: "" };
  const capture =
    (name: "stdout" | "stderr") =>
    (part: string | Uint8Array, done?: unknown): boolean => {
      written[name] += typeof part === "string" ? part : Buffer.from(part).toString("latin1");
      if (typeof done === "function") done();
      return true;
    };
  const before = [stdout.write, stderr.write] as const;
  stdout.write = capture("stdout");
  stderr.write = capture("stderr");
  try {
    const heed = program();
    for (const command of [heed, ...heed.commands]) command.exitOverride();
    await heed.parseAsync(["node", "heed", ...args]);
    return { ...written, error: undefined };
  } catch (error) {
    return { ...written, error: error as Error };
  } finally {
    [stdout.write, stderr.write] = before;
  }
}

const words =
  "[PAD] [UNK] [CLS] [SEP] [MASK] the cat sat on mat because it was tired . ##s dog ##ting".split(
    " ",
  );

/** A folder with a golden checkpoint and a vocabulary of a few words. */
export function folderWithWords(golden: string, vocabulary: number): string {
  const lines = Array.from({ length: vocabulary }, (_, id) => words[id] ?? `[unused${id}]`);
  return folderWith(golden, { "vocab.txt": lines.join("\n") });
}

/** A folder with a golden checkpoint and a token for every small letter, and for some pairs. */
export function folderWithLetters(golden: string, vocabulary: number): string {
  const letters = [..."<Ġabcdefghijklmnopqrstuvwxyz.,"];
  const pairs = letters.flatMap((first) => letters.map((second) => first + second));
  const vocab = Object.fromEntries(
    [...letters, ...pairs].slice(0, vocabulary).map((text, id) => [text, id]),
  );
  const tokenizer = {
    model: { type: "BPE", vocab, merges: [] },
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true },
    decoder: { type: "ByteLevel" },
  };
  return folderWith(golden, { "tokenizer.json": JSON.stringify(tokenizer) });
}

export function folderWith(golden: string, files: Readonly<Record<string, string>>): string {
  const folder = join(mkdtempSync(join(tmpdir(), "heed-cli-")), golden);
  cpSync(goldenFolder(golden), folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** What a command that is carried out writes to stdout. */
export async function written(...args: string[]): Promise<string> {
  const { stdout, error } = await commandLine(...args);
  expect(error).toBeUndefined();
  return stdout;
}

/** Why a command is refused. */
export async function refused(...args: string[]): Promise<string> {
  const { error } = await commandLine(...args);
  return error?.message ?? "nothing was refused";
}
