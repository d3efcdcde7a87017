import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reference } from "../../src/backends/reference/reference.ts";
import { memorySource } from "../../src/checkpoint/memory.ts";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import { loadFrom } from "../../src/model.ts";
import { wordsOf } from "../../src/probe/words.ts";
import type { TokenEvent } from "../../src/tasks/generation.ts";
import { goldenFolder } from "../support/small-models.ts";
import { watchedBackend } from "../support/watched-backend.ts";

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** The gpt2 checkpoint with a token for every printable ASCII character, a blank, and some bytes of longer ones. */
async function gpt2WithCharacters(
  files: Readonly<Record<string, unknown>> = {},
  backend = reference(),
): Promise<Model> {
  const printable = Array.from({ length: 94 }, (_, n) => String.fromCharCode(33 + n));
  // Ã and © stand for the bytes C3 and A9, which are é together.
  const vocab = [...printable, "Ġ", "Ċ", "Ã", "©"];
  const read = (file: string) => readFileSync(`${goldenFolder("gpt2")}/${file}`);
  return loadFrom(
    memorySource(
      {
        "config.json": read("config.json"),
        "model.safetensors": read("model.safetensors"),
        "tokenizer.json": encode({
          model: {
            type: "BPE",
            vocab: Object.fromEntries(vocab.map((text, id) => [text, id])),
            merges: [],
          },
          pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true },
          decoder: { type: "ByteLevel" },
          added_tokens: [
            {
              id: 124,
              content: "<end>",
              special: true,
              single_word: false,
              lstrip: false,
              rstrip: false,
              normalized: false,
            },
          ],
        }),
        ...Object.fromEntries(Object.entries(files).map(([name, value]) => [name, encode(value)])),
      },
      "characters",
    ),
    backend,
  );
}

/** Makes each pass choose the next of these ids. */
function writing(model: Model, text: string) {
  const ids = [...new TextEncoder().encode(text)].map((byte) => {
    const named = { 32: 94, 10: 95, 195: 96, 169: 97, 1: 124 }[byte];
    return named ?? byte - 33;
  });
  const V = model.dimensions.vocabulary;
  return ids.map((id, step) => ({
    site: "logits",
    step,
    set: Array.from({ length: V }, (_, v) => (v === id ? 9 : 0)),
  }));
}

describe("texts", () => {
  let model: Model;
  beforeAll(async () => {
    model = await gpt2WithCharacters();
  });
  afterAll(() => model.dispose());

  const write = async (text: string, options: object = {}, prompt = "The cat") => {
    const events: TokenEvent[] = [];
    const generation = await model.generate(prompt, {
      maxNewTokens: new TextEncoder().encode(text).length,
      patch: writing(model, text),
      onToken: (event) => void events.push(event),
      ...options,
    });
    return { generation, events, row: generation.rows[0]! };
  };

  test("come out as text, with tokens that know their characters and words", async () => {
    const { generation, events, row } = await write(" sat, é!");
    expect(row).toMatchObject({ prompt: "The cat", text: " sat, é!", ended: "length" });
    expect(row.ids.length).toBe(7 + 9);
    expect(row.promptLength).toBe(7);
    expect(events.map(({ text }) => text).join("")).toBe(" sat, é!");
    expect(events.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(events.at(-1)!.ended).toBe("length");
    const whole = row.prompt + row.text;
    for (const token of generation.tokens[0]!.slice(8, 12))
      expect(whole.slice(token.start, token.end).trim()).toBe(token.surface);
    const words = wordsOf(generation.tokens[0]!).map(({ text }) => text);
    expect(words.join("|").replaceAll("Ġ", "").replaceAll("Ã", "")).toBe("The|cat|sat|,|é|!");
    expect(events.map(({ token }) => token.surface).join("")).toContain("sat,");
  });

  test("a stop text ends a row wherever tokens begin and end; its ids stay", async () => {
    const { row, events } = await write(" and. The end", { stop: [". T", "zzz"] });
    expect(row).toMatchObject({ text: " and", ended: "stop", stoppedBy: ". T" });
    expect(row.ids.length).toBe(7 + 7);
    expect(events.map(({ text }) => text).join("")).toBe(" and");
    expect(events.at(-1)!.ended).toBe("stop");
  });

  test("what was held back comes with the last token", async () => {
    const { events, row } = await write("ab.", { stop: [".."] });
    expect(events.map(({ text }) => text)).toEqual(["a", "b", "."]);
    expect(row).toMatchObject({ text: "ab.", ended: "length" });
  });

  test("an id that ends texts ends the row and is no text", async () => {
    const { row, events } = await write("ab\u0001cd", { endIds: [124] });
    expect(row).toMatchObject({ text: "ab", ended: "end" });
    expect(row.ids.at(-1)).toBe(124);
    expect(events.at(-1)).toMatchObject({ text: "", ended: "end" });
    expect(events.at(-1)!.token.special).toBe(true);
  });

  test("several texts are padded on the left, and each is what it is alone", async () => {
    const prompts = ["The cat", "A", "Dogs and"];
    const together = await model.generate(prompts, { maxNewTokens: 5, endIds: [] });
    expect(together.tokens.map((row) => row.length)).toEqual([13, 13, 13]);
    expect(together.tokens[1]!.slice(0, 7).every(({ special }) => special)).toBe(true);
    for (const [row, prompt] of prompts.entries()) {
      const alone = await model.generate(prompt, { maxNewTokens: 5, endIds: [] });
      expect(together.rows[row]).toEqual(alone.rows[0]);
    }
  });

  test("chance repeats with its seed, and a row does not depend on the others", async () => {
    const options = { maxNewTokens: 12, endIds: [], temperature: 1.5, topK: 50, topP: 0.95 };
    const first = await model.generate("The cat", options);
    const again = await model.generate(["The cat", "A dog"], { ...options, seed: first.seed });
    expect(again.rows[0]!.ids).toEqual(first.rows[0]!.ids);
    const other = await model.generate("The cat", {
      ...options,
      seed: (first.seed! + 1) % 2 ** 32,
    });
    expect(other.rows[0]!.ids).not.toEqual(first.rows[0]!.ids);
  });

  test("words of the prompt can be read and patched in every pass", async () => {
    const options = { maxNewTokens: 4, endIds: [] };
    const cut = { site: "layers.*.scores", key: "The", cut: true } as const;
    const read = [{ site: "layers.0.weights", head: 1, key: "The" }];
    const { trace } = await model.generate("The cat", { ...options, read, patch: [cut] });
    const weights = trace.get("layers.0.weights"); // The is three tokens
    expect(weights.shape).toEqual([1, 1, 11, 3]);
    expect(Math.max(...weights.data)).toBe(0);
  });

  test("a run's questions can be asked of a generation", async () => {
    const generation = await model.generate("The cat", {
      maxNewTokens: 4,
      endIds: [],
      read: ["layers.1.weights"],
    });
    const weights = generation.trace.get("layers.1.weights");
    expect(weights.shape).toEqual([1, 3, 11, 11]);
    expect(generation.weight("L1H0", 9, 0)).toBeCloseTo(weights.at(0, 0, 9, 0), 6);
  });
});

describe("ids that end a text", () => {
  test.each([
    ["generation_config.json before config.json", { eos_token_id: [3, 40] }, [3, 40]],
    ["a single one", { eos_token_id: 40 }, [40]],
    ["config.json's where there is none", {}, [2]],
  ])("%s", async (_, generationConfig, expected) => {
    const model = await gpt2WithCharacters({ "generation_config.json": generationConfig });
    expect(model.generationConfig).toEqual(generationConfig);
    for (const id of expected) {
      const set = Array.from({ length: 125 }, (_, v) => (v === id ? 9 : 0));
      const patch = [{ site: "logits", step: 2, set }];
      const { rows } = await model.generate("The cat", { maxNewTokens: 8, patch });
      expect(rows[0]!.ids.slice(7)).toContain(id);
      expect(rows[0]!.ended).toBe("end");
    }
    await model.dispose();
  });

  test("a damaged generation_config.json is refused", async () => {
    await expect(gpt2WithCharacters({ "generation_config.json": [1] })).rejects.toThrow(
      "generation_config.json holds no object",
    );
  });
});

describe("memory", () => {
  test("the cache is allocated once and freed, also when a generation is stopped", async () => {
    const watched = watchedBackend();
    const model = await gpt2WithCharacters({}, watched.backend);
    const weights = watched.alive.size;
    const kept: number[] = [];
    const options = { maxNewTokens: 6, endIds: [] };
    await model.generate("The cat", {
      ...options,
      onToken: () => void kept.push(watched.alive.size - weights),
    });
    expect(kept).toEqual(new Array(6).fill(2 * model.dimensions.layers));
    expect(watched.alive.size).toBe(weights);

    const controller = new AbortController();
    const onToken = ({ step }: TokenEvent) => {
      if (step === 2) controller.abort(new Error("enough"));
    };
    await expect(
      model.generate("The cat", { ...options, signal: controller.signal, onToken }),
    ).rejects.toThrow("enough");
    expect(watched.alive.size).toBe(weights);
    await expect(
      model.generate("The cat", {
        ...options,
        onToken: () => {
          throw new Error("full");
        },
      }),
    ).rejects.toThrow("full");
    expect(watched.alive.size).toBe(weights);
    await model.dispose();
  });

  test("only the last token's logits are made, unless they are asked for", async () => {
    const sizes: number[] = [];
    const inner = reference();
    const backend = {
      ...inner,
      allocate: (type: "f32" | "i32", shape: readonly number[], label: string) => {
        if (shape.at(-1) === 125) sizes.push(shape[1]!);
        return inner.allocate(type, shape, label);
      },
    };
    const model = await gpt2WithCharacters({}, backend);
    await model.generate("The cat", { maxNewTokens: 2, endIds: [] });
    expect(Math.max(...sizes)).toBe(1);
    const { trace } = await model.generate("The cat", {
      maxNewTokens: 2,
      endIds: [],
      read: ["logits"],
    });
    expect(trace.get("logits").shape).toEqual([1, 9, 125]);
    await model.dispose();
  });

  test("dispose waits for what is written", async () => {
    const model = await gpt2WithCharacters();
    const writing = model.generate("The cat", { maxNewTokens: 5, endIds: [] });
    await model.dispose();
    expect((await writing).rows[0]!.ids.length).toBe(12);
    await expect(model.generate("The cat")).rejects.toThrow("dispose() was called");
  });
});

describe("what cannot be", () => {
  let model: Model;
  beforeAll(async () => {
    model = await gpt2WithCharacters();
  });
  afterAll(() => model.dispose());

  test.each([
    [{ maxNewTokens: 0 }, "maxNewTokens is 0; it must be a whole number from 1"],
    [{ stop: [""] }, "it must be a list of texts, none of them empty"],
    [{ stop: "x" }, "it must be a list of texts"],
    [{ topK: -1 }, "topK is -1"],
    [
      { read: ["layers.9.weights"] },
      'read 1: no site "layers.9.weights" here; it is there in layers 0 to 1',
    ],
    [{ read: ["pooled"] }, 'read 1: no site "pooled" here: gpt2 has no pooler'],
    [{ read: [{ site: "layers.0.q", step: 50 }] }, "read 1, step: index 50, but there are 6"],
    [{ read: [{ site: "layers.0.q", query: -1 }] }, "counts from the end, which is not known"],
    [{ read: [{ site: "layers.0.q", query: 12 }] }, "read 1, query: index 12, but there are 12"],
    [{ read: [{ site: "layers.0.q", time: 1 }] }, 'read 1: unknown key "time"'],
    [{ read: [{ site: "layers.0.q", query: "dog" }] }, 'no word "dog" in the text'],
    [{ patch: [{ site: "layers.0.q", zero: true, head: 3 }] }, "patch 1 (layers.0.q), head"],
    [{ patch: [{ site: "layers.0.q", cut: true }] }, "cut hides a key before the softmax"],
    [{ patch: [{ site: "layers.0.z", zero: true }] }, 'patch 1 (layers.0.z): no site "layers.0.z"'],
  ])("%o", async (options, message) => {
    const watched: string[] = [];
    await expect(
      model.generate("The cat", {
        maxNewTokens: 5,
        onToken: () => void watched.push("token"),
        ...(options as object),
      }),
    ).rejects.toThrow(message);
    expect(watched).toEqual([]);
  });

  test.each([
    [[[]], "ids: empty"],
    [
      {
        ids: [
          [1, 2],
          [3, 4],
        ],
        mask: [
          [1, 1],
          [0, 0],
        ],
      },
      "row 1 has no tokens",
    ],
    [{ ids: [[1, 2]], mask: [[1]] }, "the mask is (1, 1)"],
    [{ ids: [[1, 2]], types: [[0, 0]] }, "it has types too"],
    [{ pixels: undefined }, "has pixels too"],
    [[[1, 200]], "ids holds 200"],
    [["The cat", ""], "row 1 has no tokens"],
  ])("%o", async (input, message) => {
    await expect(model.generate(input as number[][])).rejects.toThrow(message);
  });

  test("positions end: fewer tokens are written, and a full prompt is refused", async () => {
    const warnings: string[] = [];
    const onWarning = (warning: string) => void warnings.push(warning);
    const { rows } = await model.generate([new Array(90).fill(5)], { endIds: [], onWarning });
    expect(rows[0]!.ids.length).toBe(96);
    expect(warnings).toEqual([
      "characters: 6 tokens are written, not 40: the model has positions for 96, the prompt takes 90",
    ]);
    await expect(model.generate([new Array(96).fill(5)])).rejects.toThrow("no room behind it");
  });

  test("warnings stand on the generation too", async () => {
    const told: string[] = [];
    const { warnings } = await model.generate([new Array(94).fill(5)], {
      endIds: [],
      maxNewTokens: 3,
      onWarning: (warning) => void told.push(warning),
    });
    expect(warnings).toEqual(told);
    expect(warnings).toEqual([expect.stringContaining("2 tokens are written, not 3")]);
    const ids = (await model.generate("The cat", { maxNewTokens: 2, endIds: [] })).rows[0]!.ids;
    const { warnings: late } = await model.generate("The cat", {
      endIds: [ids.at(-2)!],
      read: [{ site: "layers.0.q", step: 4 }],
    });
    expect(late).toEqual(["read 1: the text ended before it came to that"]);
  });

  test("a patch for what never came is told", async () => {
    const warnings: string[] = [];
    const id = (await model.generate("The cat", { maxNewTokens: 1 })).rows[0]!.ids.at(-1)!;
    await model.generate("The cat", {
      maxNewTokens: 5,
      endIds: [id],
      patch: [{ site: "layers.0.v", key: 10, zero: true }],
      read: [{ site: "layers.0.q", step: 4 }],
      onWarning: (warning) => void warnings.push(warning),
    });
    expect(warnings).toEqual([
      "read 1: the text ended before it came to that",
      "patch 1 (layers.0.v): the text ended before it came to that",
    ]);
  });

  test("models without a tokenizer write ids, and take no stop texts", async () => {
    const bare = await load(goldenFolder("gpt2"), { backend: "reference" });
    const { rows, tokens } = await bare.generate([4, 8], { maxNewTokens: 3, endIds: [] });
    expect(rows[0]).toMatchObject({ prompt: "", text: "", ended: "length" });
    expect(tokens[0]!.map(({ surface }) => surface)).toEqual(rows[0]!.ids.map((id) => `#${id}`));
    await expect(bare.generate([4, 8], { stop: ["x"] })).rejects.toThrow("no tokenizer files");
    await bare.dispose();
  });

  test.each([
    ["bert-mlm", "its head is for masked language modeling"],
    ["gpt-neo-tokens", "its head is for token classification"],
    ["t5-encoder", "its head is for features"],
  ])("%s does not write", async (name, reason) => {
    const other = await load(goldenFolder(name), { backend: "reference" });
    expect(other.generates).toBe(false);
    await expect(other.generate([4, 8])).rejects.toThrow(reason);
    await other.dispose();
  });
});

describe("steps", () => {
  let model: Model;
  beforeAll(async () => {
    model = await load(goldenFolder("llama3"), { backend: "reference" });
  });
  afterAll(() => model.dispose());
  const options = { maxNewTokens: 5, endIds: [] };

  test("a read of one step has the rows of its tokens", async () => {
    const { trace } = await model.generate([4, 8, 15], {
      ...options,
      read: [
        "layers.0.weights",
        { site: "layers.1.weights", step: 0 },
        { site: "layers.1.q", step: [1, 3] },
        { site: "layers.1.k", step: "4..6" },
      ],
    });
    expect(trace.get("layers.0.weights").shape).toEqual([1, 3, 8, 8]);
    expect(trace.get("layers.1.weights").shape).toEqual([1, 3, 3, 3]);
    expect(trace.get("layers.1.q").shape).toEqual([1, 3, 2, 8]);
    expect(trace.get("layers.1.k").shape).toEqual([1, 3, 2, 8]);
    expect(trace.has("layers.0.weights")).toBe(true);
    expect(trace.has("layers.1.q")).toBe(false);
    const all = await model.generate([4, 8, 15], { ...options, read: ["layers.1.q"] });
    const rows = all.trace.get("layers.1.q");
    const two = trace.get("layers.1.q");
    for (let d = 0; d < 8; d++) {
      expect(two.at(0, 1, 0, d)).toBe(rows.at(0, 1, 3, d));
      expect(two.at(0, 1, 1, d)).toBe(rows.at(0, 1, 5, d));
    }
  });

  test("a part is the same cut out of the whole", async () => {
    const { trace } = await model.generate(
      [
        [4, 8, 15],
        [5, 9],
      ],
      {
        ...options,
        read: [{ site: "layers.0.weights", head: 2, query: [2, 5], key: "1..4", text: 1 }],
      },
    );
    const whole = await model.generate(
      [
        [4, 8, 15],
        [5, 9],
      ],
      {
        ...options,
        read: ["layers.0.weights"],
      },
    );
    const part = trace.get("layers.0.weights");
    expect(part.shape).toEqual([1, 1, 2, 3]);
    const all = whole.trace.get("layers.0.weights");
    for (const [row, query] of [2, 5].entries())
      for (let key = 1; key < 4; key++)
        expect(part.at(0, 0, row, key - 1)).toBe(all.at(1, 2, query, key));
  });

  test("a patch of one step changes that pass, and what the cache keeps of it", async () => {
    const plain = await model.generate([4, 8, 15], { ...options, read: ["layers.*.v"] });
    const patched = await model.generate([4, 8, 15], {
      ...options,
      read: ["layers.*.v"],
      patch: [{ site: "layers.0.v", step: 2, zero: true }],
    });
    const rows = ({ trace }: typeof plain, place: number) =>
      [...trace.get("layers.0.v").data].slice(place * 8, place * 8 + 8);
    for (const place of [0, 1, 2, 3]) expect(rows(patched, place)).toEqual(rows(plain, place));
    expect(rows(patched, 4)).toEqual(new Array(8).fill(0));
    expect(rows(patched, 5)).not.toContain(0);
  });

  test("each event holds what its pass read", async () => {
    const shapes: string[] = [];
    await model.generate([4, 8, 15], {
      ...options,
      read: ["layers.0.weights"],
      onToken: ({ trace }) => void shapes.push(String(trace.get("layers.0.weights"))),
    });
    expect(shapes).toEqual([
      "(1, 3, 3, 3)",
      "(1, 3, 1, 4)",
      "(1, 3, 1, 5)",
      "(1, 3, 1, 6)",
      "(1, 3, 1, 7)",
    ]);
  });

  test("another run's numbers go in at their own places", async () => {
    const other = await model.run([[4, 8, 15, 16, 23, 5, 7, 9]], { read: ["layers.0.k"] });
    const { trace } = await model.generate([4, 8, 15], {
      ...options,
      read: ["layers.0.k"],
      patch: [{ site: "layers.0.k", from: other }],
    });
    expect(trace.get("layers.0.k").data).toEqual(other.trace.get("layers.0.k").data);
  });

  test("one list of patches a row", async () => {
    const read = ["layers.0.weights"];
    const { trace } = await model.generate(
      [
        [4, 8, 15],
        [4, 8, 15],
      ],
      {
        ...options,
        read,
        patch: [[{ site: "layers.0.weights", head: 0, zero: true }], []],
      },
    );
    const weights = trace.get("layers.0.weights");
    expect(Math.max(...weights.select(0, 0).data)).toBe(0);
    expect(Math.max(...weights.select(1, 0).data)).toBeGreaterThan(0);
  });
});
