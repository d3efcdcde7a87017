import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderSource } from "../../src/checkpoint/folder.node.ts";
import { readSmall, readText } from "../../src/checkpoint/stored-checkpoint.ts";
import { readTokenizer } from "../../src/models/load.ts";

const root = "test/field/tokenizers";

async function tokenizerIn(folder: string) {
  const source = folderSource(folder);
  const text = (file: string) => readText(source, file);
  const config = JSON.parse((await text("config.json")) ?? "{}");
  const data = (file: string) => readSmall(source, file);
  const tokenizer = await readTokenizer({ label: folder, config, text, data });
  await source.close();
  if (!tokenizer) throw new Error(`${folder} has no tokenizer`);
  return tokenizer;
}

interface Case {
  readonly text: string;
  readonly pair?: string;
  readonly ids: readonly number[];
  readonly types: readonly number[];
  /** Absent where Python itself tells none. */
  readonly offsets?: readonly ([number, number] | null)[];
  readonly decoded: string;
  readonly cut?: readonly number[];
  /** The text as a decoder reads it, of tokenizers that split it otherwise. */
  readonly target?: readonly number[];
  /** Decoded without special tokens. */
  readonly skipped?: string;
  readonly batch?: readonly string[];
  readonly side?: string;
}

const casesIn = (folder: string) =>
  readFileSync(join(folder, "cases.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Case);

const folders = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

describe("files as people have them split texts as Python's AutoTokenizer", () => {
  test.each(folders)("%s", async (name) => {
    const tokenizer = await tokenizerIn(join(root, name));
    for (const one of casesIn(join(root, name))) {
      if (one.batch) {
        expect(tokenizer.paddingSide).toBe(one.side);
        if (one.ids) expect(tokenizer.encodeBatch(one.batch).ids).toEqual(one.ids);
        continue;
      }
      const { text, pair } = one;
      const encoding = tokenizer.encode(text, { pair });
      const got = {
        text,
        ids: encoding.ids,
        offsets:
          one.offsets &&
          encoding.tokens.map(({ start, end, sequence }) =>
            sequence === null ? null : [start, end],
          ),
        decoded: tokenizer.decode(one.ids),
        cut: one.cut && tokenizer.encode(text, { pair, maxLength: 6 }).ids,
        target:
          one.target &&
          (tokenizer.target?.encode(text) ?? tokenizer.encode(text, { addSpecialTokens: false }))
            .ids,
        skipped:
          one.skipped === undefined
            ? undefined
            : tokenizer.decode(one.ids, { skipSpecialTokens: true }),
      };
      const { ids, offsets, decoded, cut, target, skipped } = one;
      expect(got).toEqual({ text, ids, offsets, decoded, cut, target, skipped });
    }
  });
});

describe("recorded folders beside the repository", () => {
  const shared = "../shared/field";
  const readme = (name: string) => readFileSync(join(shared, name, "README.md"), "utf8");
  const named = (existsSync(shared) ? readdirSync(shared) : []).filter((name) =>
    /^Right ids: /m.test(readme(name)),
  );
  if (named.length === 0)
    test("split as recorded", ({ skip }) =>
      skip("there is no ../shared/field; test/field/tokenizers has such folders"));
  test.each(named)("%s", async (name) => {
    const text = /^Text: `(.*)`$/m.exec(readme(name))![1]!;
    const ids = JSON.parse(/^Right ids: (.*)$/m.exec(readme(name))![1]!);
    const tokenizer = await tokenizerIn(join(shared, name));
    expect(tokenizer.encode(text).ids).toEqual(ids);
  });
});
