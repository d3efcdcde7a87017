import { describe, expect, test } from "vitest";
import { reference } from "../../src/backends/reference/reference.ts";
import { folderSource } from "../../src/checkpoint/folder.node.ts";
import { InputError } from "../../src/errors/errors.ts";
import type { Model } from "../../src/model.ts";
import { loadFrom } from "../../src/model.ts";
import type { Progress } from "../../src/tensor/execute.ts";
import { Tensor } from "../../src/tensor/tensor.ts";
import { tabulate } from "../conformance/grid.ts";
import type { HandInput } from "../support/by-hand.ts";
import { expectClose } from "../support/expect-close.ts";
import { randomModel } from "../support/random-model.ts";
import { goldenFolder, shortInput } from "../support/small-models.ts";
import { bertWithWords, gpt2WithLetters } from "../support/text-models.ts";
import { watchedBackend } from "../support/watched-backend.ts";

const families = ["bert-mlm", "gpt2"] as const;

async function watchedModel(name: string) {
  const watched = watchedBackend();
  const model = await loadFrom(folderSource(goldenFolder(name)), watched.backend);
  return { watched, model, learned: watched.alive.size };
}

describe.each(families)("%s: memory", async (name) => {
  const { watched, model, learned } = await watchedModel(name);
  const everything = [...model.sites.keys()];

  test("learned tensors stay, everything else is freed", async () => {
    expect(learned).toBe(model.parameters.length);
    await model.run(shortInput, { read: everything });
    expect(watched.alive.size).toBe(learned);
    await model.run(shortInput, {
      patch: [{ site: "layers.*.weights", scale: 0.5 }],
      reusable: true,
    });
    expect(watched.alive.size).toBe(learned);
  });

  test.each([
    ["a function that throws", () => Promise.reject(new Error("stop here"))],
    [
      "a function that gives back another shape",
      () => Promise.resolve(new Tensor([1], new Float32Array(1))),
    ],
  ])("%s leaves nothing behind", async (_, answer) => {
    const patch = [{ site: "layers.1.q", change: answer as unknown as (part: Tensor) => Tensor }];
    await expect(model.run(shortInput, { read: everything, patch })).rejects.toThrow();
    expect(watched.alive.size).toBe(learned);
  });

  test("an observer of progress that throws leaves nothing behind", async () => {
    const onProgress = ({ stage }: Progress) => {
      if (stage === "layers.0") throw new Error("enough");
    };
    await expect(model.run(shortInput, { onProgress })).rejects.toThrow("enough");
    expect(watched.alive.size).toBe(learned);
  });

  test("progress names the layers in order and counts to the end", async () => {
    const seen: Progress[] = [];
    await model.run(shortInput, { onProgress: (progress) => seen.push(progress) });
    expect(seen.map(({ stage }) => stage)).toEqual(["layers.0", "layers.1", "end"]);
    expect(seen.map(({ done }) => done)).toEqual([1, 2, 3]);
    expect(seen.map(({ total }) => total)).toEqual([3, 3, 3]);
  });

  test("an abort stops between layers", async () => {
    watched.operations = [];
    await model.run(shortInput);
    const all = watched.operations.length;
    const counts: number[] = [];
    for (const stop of ["layers.0", "layers.1"]) {
      watched.operations = [];
      const controller = new AbortController();
      const run = model.run(shortInput, {
        signal: controller.signal,
        read: ["final"],
        onProgress: ({ stage }) => stage === stop && controller.abort(),
      });
      await expect(run).rejects.toMatchObject({ name: "AbortError" });
      counts.push(watched.operations.length);
      expect(watched.alive.size).toBe(learned);
    }
    expect(counts[0]).toBeGreaterThan(0);
    expect(counts[1]).toBeGreaterThan(counts[0]!);
    expect(counts[1]).toBeLessThan(all);
  });

  test("an abort before the run computes nothing, and its reason is the error", async () => {
    watched.operations = [];
    const signal = AbortSignal.abort(new Error("never mind"));
    await expect(model.run(shortInput, { signal })).rejects.toThrow("never mind");
    expect(watched.operations).toEqual([]);
    expect(watched.alive.size).toBe(learned);
  });
});

describe("dispose", () => {
  test("waits for runs in flight, frees the weights, and runs no more", async () => {
    const { watched, model } = await watchedModel("bert-mlm");
    let isDone = false;
    const run = model.run(shortInput).then((result) => {
      isDone = true;
      return result;
    });
    await model.dispose();
    expect(isDone).toBe(true);
    expect((await run).output.logits!.shape).toEqual([2, 6, 121]);
    expect(watched.alive.size).toBe(0);
    expect(watched.isDisposed).toBe(true);
    await expect(model.run(shortInput)).rejects.toThrow("dispose() was called; load it again");
    await expect(model.parameterRows(model.parameters[0]!)).rejects.toThrow("dispose() was called");
  });

  test("an abort while loading leaves nothing behind", async () => {
    const watched = watchedBackend();
    const controller = new AbortController();
    const loading = loadFrom(folderSource(goldenFolder("gpt2")), watched.backend, {
      signal: controller.signal,
      onProgress: ({ stage, done }) => stage === "weights" && done === 3 && controller.abort(),
    });
    await expect(loading).rejects.toMatchObject({ name: "AbortError" });
    expect(watched.alive.size).toBe(0);
    expect(watched.isDisposed).toBe(true);
  });
});

test.each([
  {
    model_type: "bert",
    hidden_size: 4,
    num_hidden_layers: 5,
    num_attention_heads: 2,
    intermediate_size: 4,
    max_position_embeddings: 96,
    vocab_size: 121,
  },
  { model_type: "gpt2", n_embd: 4, n_layer: 5, n_head: 2, n_positions: 96, vocab_size: 125 },
])(
  "$model_type: reads are handed out a layer later, so they take the memory of two layers",
  async (config) => {
    const watched = watchedBackend();
    const model = await randomModel(config, watched.backend);
    const peakOf = async (...read: string[]) => {
      watched.peak = 0;
      await model.run(shortInput, { read });
      return watched.peak;
    };
    const two = await peakOf("layers.1.*", "layers.2.*");
    expect(two).toBeGreaterThan(await peakOf());
    expect(await peakOf("layers.*.*")).toBe(two);
  },
);

/** Real rows of one text of a batch against the same text alone: `places[i]` is where its token i stands in the batch. */
async function expectAsAlone(
  model: Model,
  batch: HandInput,
  text: number,
  alone: HandInput,
  places: readonly number[],
) {
  const read = [...model.sites.keys()];
  const [together, single] = await Promise.all([
    model.run(batch, { read }),
    model.run(alone, { read }),
  ]);
  for (const [site, { kind }] of model.sites) {
    const own = single.trace.get(site);
    const other = together.trace.get(site);
    const isToken = (axis: number) => /[TS]/.test(kind.axes[axis] ?? "");
    const picked = tabulate(own.shape, (...index) =>
      other.at(...index.map((i, axis) => (axis === 0 ? text : isToken(axis) ? places[i]! : i))),
    );
    expectClose(own, picked, { tolerance: 1e-5, place: `${site}: ` });
  }
}

describe("padding", () => {
  const real = [5, 71, 4, 33];

  test.each(families)("%s: on the right, a text is as it is alone", async (name) => {
    const { model } = await watchedModel(name);
    await expectAsAlone(model, shortInput, 1, { ids: [real] }, [0, 1, 2, 3]);
  });

  test.each(families)("%s: on the left, with positions given", async (name) => {
    const { model } = await watchedModel(name);
    const batch = {
      ids: [shortInput.ids[0]!, [0, 0, ...real]],
      mask: [shortInput.mask![0]!, [0, 0, 1, 1, 1, 1]],
      positions: [
        [0, 1, 2, 3, 4, 5],
        [0, 0, 0, 1, 2, 3],
      ],
    };
    await expectAsAlone(model, batch, 1, { ids: [real] }, [2, 3, 4, 5]);
    await expectAsAlone(model, batch, 0, { ids: [shortInput.ids[0]!] }, [0, 1, 2, 3, 4, 5]);
  });

  test("bert: texts of several lengths are as each alone", async () => {
    const model = await bertWithWords();
    const texts = ["the cat sat on the mat because it was tired.", "it sat.", "the dogs"];
    const read = ["layers.*.weights", "final", "logits"];
    const together = await model.run(texts, { read });
    expect(together.tokens.map((row) => row.filter(({ text }) => text !== "[PAD]").length)).toEqual(
      [13, 5, 5],
    );
    for (const [text, own] of texts.entries()) {
      const alone = await model.run(own, { read });
      const final = alone.trace.get("final");
      expectClose(
        final,
        tabulate(final.shape, (_, t, c) => together.trace.get("final").at(text, t!, c!)),
        { tolerance: 1e-5 },
      );
    }
  });

  test.each(["left", "right"] as const)(
    "gpt2: texts padded on the %s are as each alone",
    async (side) => {
      const model = await gpt2WithLetters(side);
      const texts = ["the cat sat", "on a mat, it was", "so"];
      const together = await model.run(texts, { read: ["final"] });
      for (const [text, own] of texts.entries()) {
        const alone = await model.run(own, { read: ["final"] });
        const length = alone.tokens[0]!.length;
        expect(length).toBe(own.length);
        const first = side === "left" ? together.tokens[text]!.length - length : 0;
        const rows = together.tokens[text]!.slice(first, first + length);
        expect(rows.map(({ id }) => id)).toEqual(alone.tokens[0]!.map(({ id }) => id));
        const final = alone.trace.get("final");
        expectClose(
          final,
          tabulate(final.shape, (_, t, c) => together.trace.get("final").at(text, first + t!, c!)),
          { tolerance: 1e-5 },
        );
      }
    },
  );

  test("gpt2: positions that start again, without a mask, are several texts in one row", async () => {
    const { model } = await watchedModel("gpt2");
    const packed = {
      ids: [[17, 4, 99, 5, 71, 4, 33]],
      positions: [[0, 1, 2, 0, 1, 2, 3]],
    };
    const run = await model.run(packed, { read: ["final"] });
    for (const [ids, start] of [
      [[17, 4, 99], 0],
      [real, 3],
    ] as const) {
      const alone = await model.run({ ids: [ids] }, { read: ["final"] });
      const final = alone.trace.get("final");
      expectClose(
        final,
        tabulate(final.shape, (_, t, c) => run.trace.get("final").at(0, start + t!, c!)),
        { tolerance: 1e-5 },
      );
    }
  });
});

describe("sites", () => {
  test.each(families)(
    "%s: a trace holds what was read, in the order of the forward pass",
    async (name) => {
      const { model } = await watchedModel(name);
      const names = [...model.sites.keys()];
      const run = await model.run(shortInput, { read: [...names].reverse() });
      expect(run.trace.sites).toEqual(names);
      const lengths = { T: 6, S: 6, N: 6, Y: 6, X: 6, B: 2 };
      for (const [site, { shape }] of model.sites) {
        const expected = shape.map((length, axis) =>
          axis === 0 ? 2 : typeof length === "number" ? length : lengths[length],
        );
        expect(run.trace.get(site).shape, site).toEqual(expected);
      }
    },
  );

  test("what a family lacks has its reason", async () => {
    const { model } = await watchedModel("gpt2");
    expect(model.absentSites.get("pooled")).toBe("gpt2 has no pooler");
    expect(model.absentSites.get("scores.position")).toBe(
      "gpt2 adds positions to the embeddings, not to the scores",
    );
    expect(model.absentSites.get("sentence")).toContain("no sentence encoder");
    expect(
      [...model.absentSites.keys()].filter((kind) =>
        [...model.sites.values()].some((site) => site.kind.name === kind),
      ),
    ).toEqual([]);
  });

  test("are known of a model with few positions, and the lengths that grow with the text are named", async () => {
    for (const positions of [2, 4, 5]) {
      const config = {
        model_type: "bert",
        vocab_size: 10,
        hidden_size: 4,
        num_hidden_layers: 1,
        num_attention_heads: 2,
        intermediate_size: 4,
        max_position_embeddings: positions,
      };
      const model = await randomModel(config, watchedBackend().backend);
      expect(model.sites.get("layers.0.weights")!.shape).toEqual([1, 2, "T", "S"]);
      expect(model.sites.get("final")!.shape).toEqual([1, "T", 4]);
    }
  });

  test("output: false computes only what is read", async () => {
    const { model, watched } = await watchedModel("bert-mlm");
    const run = await model.run(shortInput, { output: false, read: ["layers.0.q"] });
    expect(run.output).toEqual({});
    expect(run.trace.sites).toEqual(["layers.0.q"]);
    expect(watched.alive.size).toBe(model.parameters.length);
  });
});

describe("texts", () => {
  test("two that belong together have types of their own, which change the result", async () => {
    const model = await bertWithWords();
    const pair = await model.run(
      { text: "the cat sat", pair: "it was tired" },
      { read: ["final"] },
    );
    expect(pair.tokens[0]!.map(({ text }) => text).join(" ")).toBe(
      "[CLS] the cat sat [SEP] it was tired [SEP]",
    );
    expect(pair.tokens[0]!.map(({ sequence }) => sequence)).toEqual([
      null,
      0,
      0,
      0,
      null,
      1,
      1,
      1,
      null,
    ]);
    expect([...pair.inputs.types!]).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1]);
    const ids = [pair.tokens[0]!.map(({ id }) => id)];
    const alike = await model.run(
      { ids, types: [[0, 0, 0, 0, 0, 1, 1, 1, 1]] },
      { read: ["final"] },
    );
    const flat = await model.run(ids, { read: ["final"] });
    expect(alike.trace.get("final").data).toEqual(pair.trace.get("final").data);
    expect(flat.trace.get("final").data).not.toEqual(pair.trace.get("final").data);
  });

  test("their tokens say where they stand, and padding is special", async () => {
    const model = await bertWithWords();
    const { tokens } = await model.run(["The dogs sat.", "it"]);
    expect(
      tokens[0]!.map(({ surface, startsWord, start, end }) => [surface, startsWord, start, end]),
    ).toEqual([
      ["[CLS]", true, 0, 0],
      ["The", true, 0, 3],
      ["dog", true, 4, 7],
      ["s", false, 7, 8],
      ["sat", true, 9, 12],
      [".", true, 12, 13],
      ["[SEP]", true, 0, 0],
    ]);
    expect(tokens[1]!.map(({ text, special }) => [text, special])).toEqual([
      ["[CLS]", true],
      ["it", false],
      ["[SEP]", true],
      ...new Array(4).fill(["[PAD]", true]),
    ]);
  });

  test("longer than the model are cut, and that is said", async () => {
    const model = await bertWithWords();
    const warnings: string[] = [];
    const { tokens } = await model.run("cat ".repeat(200), {
      onWarning: (text) => warnings.push(text),
    });
    expect(tokens[0]!.length).toBe(96);
    expect(warnings).toEqual([
      "words: the text has 202 tokens, and the model has positions for 96: 96 are kept, 106 at its end are cut off. Give a shorter text, or run its parts one by one",
    ]);
  });

  test("in a batch it is said which are cut, on the run too, each once", async () => {
    const model = await bertWithWords();
    const told: string[] = [];
    const texts = [
      "the cat",
      "cat ".repeat(95),
      "the mat",
      { text: "cat ".repeat(99), pair: "it" },
    ];
    const run = await model.run(texts, { onWarning: (text) => told.push(text) });
    expect(run.warnings).toEqual([
      expect.stringContaining(
        "text 1 (of 0 to 3) has 97 tokens, and the model has positions for 96: 96 are kept, 1 at its end",
      ),
      expect.stringContaining(
        "text 3 (of 0 to 3) has 103 tokens, and the model has positions for 96: 96 are kept, 7 are cut off, from the longer of its two texts first",
      ),
    ]);
    expect(told).toEqual(run.warnings);
    expect((await model.run(["the cat", "the mat"])).warnings).toEqual([]);
  });

  test("load's listener is told where a run has none, and not beside one", async () => {
    const loaded: string[] = [];
    const own: string[] = [];
    const model = await bertWithWords(reference(), { onWarning: (text) => loaded.push(text) });
    const { warnings } = await model.run("cat ".repeat(100));
    expect(loaded).toEqual(warnings);
    await model.run("cat ".repeat(100), { onWarning: (text) => own.push(text) });
    expect(own).toEqual(warnings);
    expect(loaded).toHaveLength(1);
  });

  test("runs at the same time do not disturb each other", async () => {
    const model = await bertWithWords();
    const texts = ["the cat", "it sat on the mat", "the dogs", "because it was tired ."];
    const together = await Promise.all(texts.map((text) => model.run(text)));
    for (const [n, text] of texts.entries())
      expect((await model.run(text)).output.logits!.data).toEqual(together[n]!.output.logits!.data);
  });
});

describe("inputs that cannot be run", () => {
  const refusals: readonly [name: string, input: unknown, message: RegExp][] = [
    [
      "an id beyond the vocabulary",
      [[1, 121]],
      /ids holds 121 at element 1; its vocabulary has ids 0 to 120/,
    ],
    ["a negative id", [[-1]], /ids holds -1 at element 0/],
    ["half an id", [[1.5]], /row 0, place 0 holds 1.5, needs a whole number/],
    ["rows of two lengths", [[1, 2], [3]], /row 0 has 2 numbers, row 1 has 1. Pad them/],
    ["texts and numbers", ["a", 5], /the list mixes texts and numbers; it must hold texts only/],
    ["ids and a text", [[1], "a"], /the list mixes rows of numbers and texts/],
    ["an empty list", [], /the input is an empty list/],
    ["an empty row", [[]], /ids: empty/],
    ["nothing", null, /must be a text, texts, ids or tensors by name, got null/],
    ["a number", 5, /got number/],
    ["no ids at all", { mask: [[1]] }, /neither ids nor pixels nor features, but mask/],
    [
      "a mask of another shape",
      { ids: [[1, 2]], mask: [[1]] },
      /mask is \(1, 1\), ids are \(1, 2\)/,
    ],
    [
      "a mask of other numbers",
      { ids: [[1, 2]], mask: [[1, 2]] },
      /mask must hold 1 \(real\) and 0 \(padding\) only/,
    ],
    [
      "a text without a tokenizer",
      "hello",
      /has no tokenizer that heed reads, so it cannot read a text. Give its tokenizer's files/,
    ],
    [
      "more tokens than positions",
      [Array.from({ length: 97 }, () => 1)],
      /97 tokens, but the model has positions for 96/,
    ],
    [
      "a position beyond the table",
      { ids: [[1, 2]], positions: [[0, 96]] },
      /positions .*hold 96 at element 1.*rows 0 to 95/,
    ],
    [
      "a type beyond the table",
      { ids: [[1, 2]], types: [[0, 2]] },
      /types .*hold 2 at element 1.*rows 0 to 1/,
    ],
  ];

  test.each(refusals)("%s", async (_, input, message) => {
    const { model, watched, learned } = await watchedModel("bert-mlm");
    const run = model.run(input as HandInput);
    await expect(run).rejects.toThrow(message);
    await expect(run).rejects.toThrow(InputError);
    expect(watched.operations).toEqual([]);
    expect(watched.alive.size).toBe(learned);
  });
});

describe("options that are not there", () => {
  test("are refused by name, with the nearest there is", async () => {
    const { model } = await watchedModel("gpt2");
    const run = (options: object) => model.run([1, 2], options);
    const generate = (options: object) => model.generate([1, 2], options);
    await expect(run({ reads: [] })).rejects.toThrow(
      'run: there is no option "reads"; nearest: read,',
    );
    await expect(generate({ maxTokens: 3 })).rejects.toThrow(
      'generate: there is no option "maxTokens"; nearest: maxNewTokens,',
    );
    const source = folderSource(goldenFolder("gpt2"));
    const options: object = { bakend: "native" };
    await expect(loadFrom(source, reference(), options)).rejects.toThrow(
      'load: there is no option "bakend"; nearest: backend,',
    );
  });

  test("one site where a list of sites belongs is refused", async () => {
    const { model } = await watchedModel("gpt2");
    const options: object = { read: "layers.0.weights" };
    const message = 'read: must be a list of sites, got "layers.0.weights". Write read: [';
    await expect(model.run([1, 2], options)).rejects.toThrow(message);
    await expect(model.generate([1, 2], options)).rejects.toThrow(message);
  });
});

test("padding takes no position where positions are counted past it", async () => {
  const model = await loadFrom(folderSource(goldenFolder("roberta-classify")), reference());
  const { paddingId, positions } = { paddingId: 3, positions: 20 - 3 - 1 };
  const real = Array.from({ length: positions }, (_, place) => 4 + place);
  const padded = (row: readonly number[], count: number) => ({
    ids: [[...row, ...Array.from({ length: count }, () => paddingId)]],
    mask: [[...row.map(() => 1), ...Array.from({ length: count }, () => 0)]],
  });
  const { output } = await model.run(padded(real, 5), { read: [] });
  const alone = await model.run([real], { read: [] });
  const { shape, data } = alone.output.logits!;
  expectClose(output.logits!, { shape, data: [...data] }, { tolerance: 1e-6 });
  await expect(model.run(padded([...real, 4], 5))).rejects.toThrow(
    "17 tokens, but the model has positions for 16",
  );
  await model.dispose();
});
