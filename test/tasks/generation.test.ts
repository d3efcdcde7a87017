import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cpuForNode } from "../../src/backends/cpu/cpu.node.ts";
import { reference } from "../../src/backends/reference/reference.ts";
import { folderSource } from "../../src/checkpoint/folder.node.ts";
import type { Model } from "../../src/model.ts";
import { loadFrom } from "../../src/model.ts";
import type { RunInput } from "../../src/models/inputs.ts";
import type { GenerationPatch } from "../../src/probe/generation-plan.ts";
import type { Patch } from "../../src/probe/patch.ts";
import type { Generation } from "../../src/tasks/generation.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { expectClose } from "../support/expect-close.ts";
import { goldenFolder } from "../support/small-models.ts";

const decoders = ["gpt2", "llama-linear", "llama3", "gpt-neo-pattern"];
const backends = ["reference", "engine"] as const;

/** A checkpoint of test/golden on the reference, or on the engine with two threads. */
async function open(name: string, backend: (typeof backends)[number]): Promise<Model> {
  const computes = backend === "reference" ? reference() : await cpuForNode({ threads: 2 });
  return loadFrom(folderSource(goldenFolder(name)), computes);
}

const prompts: readonly { readonly name: string; readonly input: RunInput }[] = [
  { name: "one row", input: [5, 9, 14, 7, 20] },
  {
    name: "two rows of one length",
    input: [
      [5, 9, 14, 7],
      [22, 6, 11, 3],
    ],
  },
  {
    name: "rows of several lengths",
    input: [
      [5, 9, 14, 7, 20],
      [22, 6],
      [8, 3, 17],
    ],
  },
];

const wide = Array.from({ length: 8 }, (_, d) => d / 4 - 1);

/** Patches whose places say what they mean of a text of any length. */
function patchesFor(model: Model): readonly Patch[] {
  const D = model.dimensions.headWidth;
  const C = model.dimensions.width;
  return [
    { site: "layers.0.k", head: 0, scale: 0.5 },
    { site: "layers.0.v", key: [1, 6, 8], set: [...wide, ...wide].slice(0, D) },
    { site: "layers.0.scores", head: 0, key: 2, cut: true },
    { site: "layers.1.weights", query: [3, 7], key: 2, set: 0, renormalize: true },
    { site: "layers.1.heads", head: 1, query: "4..7", zero: true },
    { site: "layers.0.residual", query: 6, add: Array.from({ length: C }, (_, c) => c / C) },
    { site: "logits", key: undefined, scale: 1.5 },
  ];
}

async function wholePass(model: Model, generation: Generation, patch: readonly Patch[] = []) {
  const { batch, length, ids, mask, positions, decoder } = generation.inputs;
  const rows = (flat: Int32Array | undefined, width: number) =>
    flat &&
    Array.from({ length: batch }, (_, row) => [...flat.slice(row * width, (row + 1) * width)]);
  return model.run(
    {
      ids: rows(ids, length),
      mask: rows(mask, length),
      positions: rows(positions, length),
      decoderIds: rows(decoder?.ids, decoder?.length ?? 0),
    },
    { read: [...model.sites.keys()], patch, output: false },
  );
}

/** Every site of a generation against one pass over what was written. */
async function expectOnePass(model: Model, generation: Generation, patch: readonly Patch[] = []) {
  const whole = await wholePass(model, generation, patch);
  for (const site of model.sites.keys()) {
    const grown = generation.trace.get(site);
    const expected = whole.trace.get(site);
    const isPart = /scores\./.test(site) && !site.startsWith("encoder.");
    const data = [...expected.data].map((value, at) =>
      // What a later key would have given was never computed.
      isPart && Number.isNaN(grown.data[at]) && isLater(expected, at) ? Number.NaN : value,
    );
    expectClose(grown, { shape: expected.shape, data }, { tolerance: 1e-4, place: `${site}: ` });
  }
}

function isLater({ shape }: Tensor, at: number): boolean {
  const [T, S] = shape.slice(-2) as [number, number];
  return at % S > Math.floor(at / S) % T;
}

describe.each(decoders)("%s writes", (name) => {
  for (const backend of backends)
    describe(`on ${backend}`, () => {
      let model: Model;
      beforeAll(async () => {
        model = await open(name, backend);
      });
      afterAll(() => model?.dispose());

      test.each(prompts)("$name: every site grows to what one pass gives", async ({ input }) => {
        const read = [...model.sites.keys()];
        const generation = await model.generate(input, { maxNewTokens: 6, endIds: [], read });
        await expectOnePass(model, generation);
      });

      test.each(prompts)("$name, patched: the cache keeps what patches made", async ({ input }) => {
        const patch = patchesFor(model);
        const read = [...model.sites.keys()];
        const generation = await model.generate(input, {
          maxNewTokens: 6,
          endIds: [],
          read,
          patch,
        });
        await expectOnePass(model, generation, patch);
      });

      test.each(prompts)(
        "$name: each token is the likeliest of a pass over those before",
        async ({ input }) => {
          const generation = await model.generate(input, { maxNewTokens: 5, endIds: [] });
          for (const { ids, promptLength } of generation.rows) {
            expect(ids.length).toBe(promptLength + 5);
            const { output } = await model.run([[...ids]]);
            for (let place = promptLength - 1; place < ids.length - 1; place++) {
              const logits = [...output.logits!.select(0, place).data];
              expect(ids[place + 1]).toBe(logits.indexOf(Math.max(...logits)));
            }
          }
        },
      );
    });

  test("a row that ends early leaves the others alone", async () => {
    const model = await open(name, "reference");
    const input = [
      [5, 9, 14, 7, 20],
      [22, 6],
      [8, 3, 17],
    ];
    const free = await model.generate(input, { maxNewTokens: 6, endIds: [] });
    const endIds = [free.rows[0]!.ids[6]!];
    const read = [...model.sites.keys()];
    const ended = await model.generate(input, { maxNewTokens: 6, endIds, read });
    expect(ended.rows[0]!.ended).toBe("end");
    for (const [row, { ids, ended: why }] of ended.rows.entries()) {
      expect(ids).toEqual(free.rows[row]!.ids.slice(0, ids.length));
      expect(why).toBe(endIds.includes(ids.at(-1)!) ? "end" : "length");
    }
    expect(ended.tokens[0]!.length).toBe(ended.tokens[1]!.length);
    const { mask, length } = ended.inputs;
    const written = ended.rows[0]!.ids.length;
    expect([...mask!.slice(0, length)]).toEqual(
      Array.from({ length }, (_, column) => Number(column < written)),
    );
    expect(ended.tokens[0]!.slice(written).every(({ special }) => special)).toBe(true);
    await expectOnePass(model, ended);
    await model.dispose();
  });
});

describe.each([
  ["t5-uneven", "reference"],
  ["t5-uneven", "engine"],
  ["mt5", "reference"],
] as const)("%s on %s writes", (name, backend) => {
  let model: Model;
  beforeAll(async () => {
    model = await open(name, backend);
  });
  afterAll(() => model?.dispose());
  const input = {
    ids: [
      [5, 9, 14, 7, 20],
      [22, 6, 11, 0, 0],
    ],
    mask: [
      [1, 1, 1, 1, 1],
      [1, 1, 1, 0, 0],
    ],
  };

  test("every site of encoder, decoder and cross attention is that of one pass", async () => {
    const read = [...model.sites.keys()];
    const generation = await model.generate(input, { maxNewTokens: 5, endIds: [], read });
    expect(generation.rows.map(({ ids }) => ids.length)).toEqual([6, 6]);
    expect(generation.decoderTokens![0]!.map(({ id }) => id)).toEqual(generation.rows[0]!.ids);
    const whole = await model.run(
      { ...input, decoderIds: generation.rows.map(({ ids }) => [...ids]) },
      { read, output: false },
    );
    for (const site of read)
      if (!/decoder.*scores\./.test(site))
        expectClose(
          generation.trace.get(site),
          { shape: whole.trace.get(site).shape, data: [...whole.trace.get(site).data] },
          { tolerance: 1e-4, place: `${site}: ` },
        );
  });

  test("the encoder is patched once, the decoder's cross attention in its step", async () => {
    const patch: GenerationPatch[] = [
      { site: "encoder.layers.0.weights", head: 0, key: 1, zero: true },
      { site: "decoder.layers.0.cross.k", head: 0, scale: 2 },
      { site: "decoder.layers.0.cross.weights", step: 2, key: 0, zero: true },
    ];
    const read = ["decoder.final", "decoder.layers.0.cross.weights"];
    const generation = await model.generate(input, { maxNewTokens: 4, endIds: [], read, patch });
    const one = [patch[0]!, patch[1]!, { ...patch[2]!, step: undefined, query: 2 }].map(
      ({ step: _, ...rest }) => rest as Patch,
    );
    const whole = await model.run(
      { ...input, decoderIds: generation.rows.map(({ ids }) => [...ids]) },
      { read, patch: one, output: false },
    );
    for (const site of read) {
      const { shape, data } = whole.trace.get(site);
      expectClose(generation.trace.get(site), { shape, data: [...data] }, { tolerance: 1e-4 });
    }
  });
});

test("patches that overflow stop the generation at the first pass they spoil", async () => {
  const model = await open("gpt2", "reference");
  const patch: GenerationPatch[] = [
    { site: "layers.0.q", step: 1, set: 1e38 },
    { site: "layers.0.k", step: 1, set: 1e38 },
  ];
  let written = 0;
  const onToken = () => {
    written++;
  };
  await expect(
    model.generate([5, 9, 14], { maxNewTokens: 4, endIds: [], patch, onToken }),
  ).rejects.toThrow("patch: logits became NaN at element 0");
  expect(written).toBe(1);
});
