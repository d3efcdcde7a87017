import { describe, expect, test } from "vitest";
import type { Model } from "../../src/model.ts";
import type { RunOptions } from "../../src/models/loaded-model.ts";
import type { Run } from "../../src/models/run.ts";
import type { Patch } from "../../src/probe/patch.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { randomModel } from "../support/random-model.ts";
import { shortInput } from "../support/small-models.ts";
import { type Watched, watchedBackend } from "../support/watched-backend.ts";

const layers = 4;
const configs = {
  bert: {
    model_type: "bert",
    architectures: ["BertForMaskedLM"],
    vocab_size: 110,
    hidden_size: 24,
    num_hidden_layers: layers,
    num_attention_heads: 3,
    intermediate_size: 40,
    max_position_embeddings: 16,
  },
  llama: {
    model_type: "llama",
    architectures: ["LlamaForCausalLM"],
    vocab_size: 110,
    hidden_size: 24,
    num_hidden_layers: layers,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    intermediate_size: 40,
    max_position_embeddings: 16,
  },
};

interface Example {
  readonly name: string;
  /** The layer at which the second run may begin. */
  readonly from: number;
  readonly options: RunOptions;
}

const weightsOf = (layer: number): Patch => ({
  site: `layers.${layer}.weights`,
  head: 1,
  scale: 0.5,
});

const examples: readonly Example[] = [
  { name: "nothing patched", from: 3, options: {} },
  { name: "a late layer patched", from: 3, options: { patch: [weightsOf(3)] } },
  { name: "an early layer patched", from: 1, options: { patch: [weightsOf(1)] } },
  { name: "two layers patched", from: 2, options: { patch: [weightsOf(3), weightsOf(2)] } },
  { name: "layer 0 patched", from: 0, options: { patch: [weightsOf(0)] } },
  {
    name: "every layer patched",
    from: 0,
    options: { patch: [{ site: "layers.*.mlp", scale: 2 }] },
  },
  { name: "embeddings patched", from: 0, options: { patch: [{ site: "embeddings", scale: 2 }] } },
  { name: "final patched", from: 3, options: { patch: [{ site: "final", query: 1, zero: true }] } },
  { name: "logits patched", from: 3, options: { patch: [{ site: "logits", set: 0.5 }] } },
  {
    name: "the stream entering a layer patched",
    from: 2,
    options: { patch: [{ site: "layers.2.input", add: 1 }] },
  },
  {
    name: "the stream leaving a layer patched",
    from: 1,
    options: { patch: [{ site: "layers.1.residual", add: 1 }] },
  },
  {
    name: "sites read that the earlier run has read",
    from: 3,
    options: { read: ["layers.*.weights", "final"], patch: [weightsOf(3)] },
  },
  {
    name: "parts read of what the earlier run has read whole",
    from: 3,
    options: {
      read: [{ site: "layers.*.weights", head: 2, query: [1, 3] }, "logits"],
      patch: [weightsOf(3)],
    },
  },
  {
    name: "a site read that the earlier run has not read",
    from: 1,
    options: { read: ["layers.1.q", "layers.*.weights"], patch: [weightsOf(3)] },
  },
  {
    name: "patches for each text",
    from: 2,
    options: { patch: [[weightsOf(2)], [{ site: "layers.3.v", key: 0, zero: true }]] },
  },
];

const earlier: RunOptions = { reusable: true, read: ["layers.*.weights"] };

/** Everything a run left, as plain numbers. */
function numbersOf({ trace, output }: Run) {
  const plain = (tensor: Tensor | undefined) => tensor && [...tensor.shape, ...tensor.data];
  const sites = [...trace.sites].sort();
  return {
    sites: sites.map((site) => [site, trace.getParts(site).map(plain)]),
    logits: plain(output.logits),
  };
}

async function counted(watched: Watched, run: () => Promise<Run>): Promise<[Run, number]> {
  watched.operations = [];
  const result = await run();
  return [result, watched.operations.length];
}

describe.each(Object.keys(configs) as (keyof typeof configs)[])(
  "%s: a run after another",
  async (family) => {
    const watched = watchedBackend();
    const model: Model = await randomModel(configs[family], watched.backend);
    const [first, all] = await counted(watched, () => model.run(shortInput, earlier));
    const [, one] = await counted(watched, () => model.run(shortInput, { after: first }));
    const perLayer = (all - one) / (layers - 1);

    test("a layer less is as many operations less", () => {
      expect(perLayer).toBeGreaterThan(5);
      expect(Number.isInteger(perLayer)).toBe(true);
    });

    test.each(examples)(
      "$name: as the whole run, from layer $from on",
      async ({ options, from }) => {
        const [whole, wholeCount] = await counted(watched, () => model.run(shortInput, options));
        const [resumed, count] = await counted(watched, () =>
          model.run(shortInput, { ...options, after: first }),
        );
        expect(numbersOf(resumed)).toEqual(numbersOf(whole));
        // A patch opens fused or shared steps, never in layers before it.
        expect(wholeCount - count).toBe(from * perLayer);
      },
    );

    test.each(examples)(
      "$name: as the whole run, after a run with patches of its own",
      async ({ options }) => {
        for (const site of [
          "layers.2.weights",
          "layers.2.input",
          "layers.1.residual",
          "embeddings",
          "final",
        ]) {
          const patched = await model.run(shortInput, { ...earlier, patch: [{ site, scale: 3 }] });
          const whole = await model.run(shortInput, options);
          const resumed = await model.run(shortInput, { ...options, after: patched });
          expect(numbersOf(resumed), `after a patch of ${site}`).toEqual(numbersOf(whole));
        }
      },
    );

    test("a run after a run after a run", async () => {
      const options: RunOptions = { ...earlier, patch: [weightsOf(3)] };
      const second = await model.run(shortInput, { ...options, after: first });
      for (const layer of [1, 2, 3]) {
        const patch = [weightsOf(layer)];
        const third = await model.run(shortInput, { patch, after: second });
        expect(numbersOf(third)).toEqual(numbersOf(await model.run(shortInput, { patch })));
      }
    });

    test("other inputs are refused", async () => {
      const ids = [[1, 2, 3]];
      await expect(model.run({ ids }, { after: first })).rejects.toThrow(
        "after: the earlier run had other inputs. Both runs need the same",
      );
      const { mask } = shortInput;
      await expect(
        model.run({ ...shortInput, mask: [mask![0]!, mask![0]!] }, { after: first }),
      ).rejects.toThrow("other inputs");
    });

    test("a run of another model is refused, whatever its weights", async () => {
      const other = await randomModel(configs[family], watched.backend);
      const foreign = await other.run(shortInput, earlier);
      await expect(model.run(shortInput, { after: foreign })).rejects.toThrow(
        "after: that run was made by another model (random weights)",
      );
    });

    test("a run that kept no streams is refused", async () => {
      const bare = await model.run(shortInput);
      await expect(model.run(shortInput, { after: bare })).rejects.toThrow(
        "after: the earlier run kept no streams. Make it with { reusable: true }",
      );
    });
  },
);

test("a decoder beside an encoder is computed whole, of the same inputs only", async () => {
  const config = {
    model_type: "t5",
    vocab_size: 110,
    d_model: 12,
    d_kv: 4,
    d_ff: 16,
    num_layers: 2,
  };
  const model = await randomModel({ ...config, num_heads: 3 }, watchedBackend().backend);
  const input = { ids: [[5, 6, 7, 1]], decoderIds: [[0, 9, 8]] };
  const read = ["decoder.layers.1.residual"];
  const patch = [{ site: "decoder.layers.1.heads", head: 1, scale: 0.5 } as const];
  const first = await model.run(input, { reusable: true });
  const second = await model.run(input, { read, patch, after: first });
  const whole = await model.run(input, { read, patch });
  const stream = (run: Run) => run.trace.get("decoder.layers.1.residual").data;
  expect(stream(second)).toEqual(stream(whole));
  await expect(model.run({ ...input, decoderIds: [[0, 9, 7]] }, { after: first })).rejects.toThrow(
    "after: the earlier run had other inputs",
  );
  await model.dispose();
});
