import { readFileSync } from "node:fs";
import { reference } from "../../src/backends/reference/reference.ts";
import { memorySource } from "../../src/checkpoint/memory.ts";
import type { Model } from "../../src/model.ts";
import { loadFrom } from "../../src/model.ts";
import type { LoadFromOptions } from "../../src/models/load.ts";
import type { Backend } from "../../src/tensor/backend.ts";
import { goldenFolder } from "./small-models.ts";

const words =
  "[PAD] [UNK] [CLS] [SEP] [MASK] the cat sat on mat because it was tired . ##s dog ##ting";

const encode = (value: unknown) =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

const weightsOf = (name: string) => ({
  "config.json": readFileSync(`${goldenFolder(name)}/config.json`),
  "model.safetensors": readFileSync(`${goldenFolder(name)}/model.safetensors`),
});

/** The bert-mlm checkpoint with a vocabulary of a few words, so that it can be given texts. */
export function bertWithWords(
  backend: Backend = reference(),
  options: LoadFromOptions = {},
): Promise<Model> {
  const filler = Array.from({ length: 121 }, (_, id) => words.split(" ")[id] ?? `[unused${id}]`);
  return loadFrom(
    memorySource({ ...weightsOf("bert-mlm"), "vocab.txt": encode(filler.join("\n")) }, "words"),
    backend,
    options,
  );
}

/** The gpt2 checkpoint with a token a letter, padded on the side asked for. */
export function gpt2WithLetters(
  paddingSide: "left" | "right",
  backend = reference(),
): Promise<Model> {
  const letters = [..."<Ġabcdefghijklmnopqrstuvwxyz.,"];
  const vocab = Object.fromEntries(letters.map((letter, id) => [letter, id]));
  const tokenizer = {
    model: { type: "BPE", vocab, merges: [] },
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true },
    decoder: { type: "ByteLevel" },
    added_tokens: [
      {
        id: 100,
        content: "<pad>",
        special: true,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
      },
    ],
  };
  return loadFrom(
    memorySource(
      {
        ...weightsOf("gpt2"),
        "tokenizer.json": encode(tokenizer),
        "tokenizer_config.json": encode({ pad_token: "<pad>", padding_side: paddingSide }),
      },
      "letters",
    ),
    backend,
  );
}
