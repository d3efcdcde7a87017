import { join } from "node:path";
import type { RawConfig } from "../../src/families/config.ts";
import { readTokenizer } from "../../src/models/load.ts";
import type { Tokenizer } from "../../src/tokens/tokenizer.ts";
import { mutateBytes } from "./mutate.ts";
import { type Files, filesOf, folders, jsonOf, mutateFile, test, textOf } from "./seeds.ts";
import { AttackError, type Target } from "./target.ts";

export function tokenizers(): Target {
  const seeds = filesOf(test, /tokenizer\.json$/);
  return {
    name: "tokenizer",
    async attempt(random) {
      const json = textOf(mutateFile(random.pick(seeds).bytes, random));
      const tokenizer = await readTokenizer({
        label: "mutant",
        config: {},
        data: async () => undefined,
        text: async (file) => (file === "tokenizer.json" ? json : undefined),
      });
      expectSound(tokenizer!);
    },
  };
}

/** Folders whose tokenizer stands in a SentencePiece model, a tiktoken file, or a vocabulary and merges: one of their files is a mutant. */
export function pieces(): Target {
  const home = join(test, "field/tokenizers");
  const others =
    /\.(model|spm|txt)$|^(vocab|added_tokens|tokenizer_config|special_tokens_map)\.json$/;
  const seeds = folders(home).filter((files) =>
    Object.keys(files).some((name) => /\.(model|spm|txt)$/.test(name)),
  );
  return {
    name: "pieces",
    async attempt(random) {
      const files = random.pick(seeds);
      const file = random.pick(
        Object.keys(files)
          .filter((name) => others.test(name))
          .sort(),
      );
      const change = file.endsWith(".json") ? mutateFile : mutateBytes;
      const mutant: Files = { ...files, [file]: change(files[file]!, random) };
      const tokenizer = await readTokenizer({
        label: "mutant",
        config: readConfig(mutant),
        data: async (name) => mutant[name],
        text: async (name) => mutant[name] && textOf(mutant[name]),
      });
      if (tokenizer) expectSound(tokenizer);
    },
  };
}

function readConfig({ "config.json": file }: Files): RawConfig {
  return file ? (jsonOf(file) as RawConfig) : {};
}

const texts = [
  "",
  "The cat's mat, 2024!",
  "e\u0301 İ ß ﬁ 中文字 \u200d🙂",
  "[CLS] <s> a</s>  b\n\tc ",
  "a".repeat(300),
];

/** Ids that are ids, offsets inside the text, and a text for them. */
function expectSound(tokenizer: Tokenizer): void {
  for (const text of texts) {
    const { ids, tokens } = tokenizer.encode(text);
    for (const id of ids)
      if (!Number.isInteger(id) || id < 0) throw new AttackError(`an id is ${id}`);
    for (const { start, end } of tokens)
      if (!(0 <= start && start <= end && end <= text.length))
        throw new AttackError(`offsets ${start} to ${end} of ${text.length}`);
    if (typeof tokenizer.decode(ids) !== "string") throw new AttackError("decoded to no text");
  }
}
