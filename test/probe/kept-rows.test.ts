import { afterAll, describe, expect, test } from "vitest";
import { wordWeights } from "../../src/analysis/words/word-weights.ts";
import { attend } from "../../src/attention/attend.ts";
import { cpuForNode } from "../../src/backends/cpu/cpu.node.ts";
import { reference } from "../../src/backends/reference/reference.ts";
import { load } from "../../src/index.ts";
import type { Model } from "../../src/model.ts";
import { allHeads } from "../../src/probe/head-address.ts";
import { KeptRows } from "../../src/probe/kept-rows.ts";
import { type Read, RunPlan } from "../../src/probe/plan.ts";
import { Probe } from "../../src/probe/probe.ts";
import { Banded } from "../../src/probe/sparse/banded.ts";
import type { Trace } from "../../src/probe/trace.ts";
import type { Backend } from "../../src/tensor/backend.ts";
import { execute } from "../../src/tensor/execute.ts";
import { Program } from "../../src/tensor/program.ts";
import { Tensor } from "../../src/tensor/tensor.ts";
import { numbers, type Random, seeded } from "../support/engine-programs.ts";
import { nativeKernels, noRelaxedKernels } from "../support/machines.ts";
import { randomModel } from "../support/random-model.ts";

const open: { dispose(): Promise<void> }[] = [];
afterAll(() => Promise.all(open.map((one) => one.dispose())));

const whole = (random: Random, least: number, most: number) =>
  least + Math.floor(random() * (most - least + 1));
const kinds = ["scores", "weights"] as const;

/** Numbers of attention of random sizes under some mask and bias. */
function example(random: Random, isLong: boolean) {
  const group = whole(random, 1, 3);
  const Hkv = whole(random, 1, 2);
  const sizes = {
    B: whole(random, 1, 2),
    H: group * Hkv,
    Hkv,
    T: isLong ? whole(random, 20, 60) : whole(random, 30, 90),
    S: isLong ? whole(random, 1100, 1300) : whole(random, 60, 130),
    D: whole(random, 1, 12),
  };
  const { B, H, T, S, D } = sizes;
  const isOn = () => random() < 0.5;
  const hidden = (count: number) =>
    Int32Array.from({ length: count }, () => (random() < 0.8 ? 1 : 0));
  const [biasB, biasH] = [isOn() ? B : 1, isOn() ? H : 1];
  const distances = numbers(random, [T + S - 1], 3);
  const pairs = isOn()
    ? numbers(random, [biasB, biasH, T, S], 3)
    : Float32Array.from(
        { length: biasB * biasH * T * S },
        (_, place) => distances[(place % S) - (Math.floor(place / S) % T) + T - 1]!,
      );
  return {
    ...sizes,
    q: numbers(random, [B, H, T, D], 2),
    k: numbers(random, [B, Hkv, S, D], 2),
    scale: 0.2 + random(),
    bias: isOn() ? { data: pairs, shape: [biasB, biasH, T, S] } : undefined,
    rule: {
      causalOffset: isOn() ? whole(random, -3, S) : undefined,
      window: isOn()
        ? { offset: whole(random, 0, S - T), before: whole(random, 0, 40), after: 3 }
        : undefined,
    },
    keys: isOn() ? hidden(B * S) : undefined,
    allowed: isOn() ? hidden(H * T * S) : undefined,
  };
}

/** Attends on a backend and gives what was read. */
async function traceOf(
  backend: Backend,
  { B, H, Hkv, T, S, D, q, k, scale, bias, rule, keys, allowed }: ReturnType<typeof example>,
  reads: readonly Read[],
): Promise<Trace> {
  const plan = new RunPlan(reads, [], { main: [] });
  const program = new Program(backend);
  const given = [
    program.input(q, [B, H, T, D], "q"),
    program.input(k, [B, Hkv, S, D], "k"),
    program.input(k, [B, Hkv, S, D], "v"),
  ] as const;
  const options = {
    scale,
    bias: bias && program.input(bias.data, bias.shape, "bias"),
    mask: {
      ...rule,
      keys: keys && program.input(keys, [B, S], "keys"),
      allowed: allowed && program.input(allowed, [1, H, T, S], "allowed"),
    },
  };
  program.stage("layers.0", () => [
    attend(...given, options, new Probe(program, plan, "layers.0.")),
  ]);
  program.finish();
  await execute(program);
  return plan.trace;
}

/** Within 1e-6, of the largest where that is above 1. */
function expectSame(got: Tensor, expected: Tensor, place: string, tolerance = 1e-6): void {
  expect(got.shape, place).toEqual(expected.shape);
  let largest = 1;
  for (const value of expected.data)
    if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  // Masked scores must be −Infinity on both sides: their difference is NaN.
  const isAlike = (value: number, at: number) =>
    Object.is(value, got.data[at]) || Math.abs(value - got.data[at]!) <= tolerance * largest;
  const wrong = expected.data.findIndex((value, at) => !isAlike(value, at));
  expect([wrong, got.data[wrong]], place).toEqual([-1, undefined]);
}

const { names, missing } = await nativeKernels();
const noRelaxed = await noRelaxedKernels();
if (noRelaxed !== undefined) missing.relaxed = noRelaxed;
const relaxed = noRelaxed === undefined ? (["relaxed"] as const) : [];

describe.each([...names, ...relaxed, "plain"] as const)("rows on %s kernels", (kernels) => {
  test("are the dense ones, whatever the shapes, masks and bias", async () => {
    const backend = await cpuForNode({ kernels, threads: 2 });
    open.push(backend);
    for (let seed = 1; seed <= 40; seed++) {
      const random = seeded(seed);
      // The first number is much the same for all small seeds.
      random();
      const given = example(random, seed % 5 === 0);
      const rows = await traceOf(backend, given, [
        { site: "layers.0.{scores,weights}", keep: "rows" },
      ]);
      const dense = await traceOf(backend, given, ["layers.0.{scores,weights}"]);
      for (const kind of kinds) {
        const site = `layers.0.${kind}`;
        expect(rows.kept(site)).toBeInstanceOf(KeptRows);
        expect(dense.kept(site)).toBeInstanceOf(Tensor);
        expectSame(rows.get(site), dense.get(site), `seed ${seed}, ${site}`);
        const of = { text: given.B - 1, head: given.H - 1, query: whole(random, 0, given.T - 1) };
        const { shape, data } = rows.row(site, of);
        expect(shape).toEqual([given.S]);
        expect(data).toEqual(rows.get(site).select(of.text, of.head, of.query).data);
        expectSame(rows.row(site, of), dense.row(site, of), `seed ${seed}, row of ${site}`);
      }
    }
  });
});

for (const [kernels, reason] of Object.entries(missing))
  test(`rows on ${kernels} kernels`, ({ skip }) => skip(reason));

const common = { hidden_size: 24, vocab_size: 110, num_hidden_layers: 2, intermediate_size: 40 };
const configs = {
  bert: {
    ...common,
    model_type: "bert",
    architectures: ["BertForMaskedLM"],
    num_attention_heads: 3,
    max_position_embeddings: 1300,
  },
  gpt2: {
    model_type: "gpt2",
    architectures: ["GPT2LMHeadModel"],
    vocab_size: 110,
    n_embd: 24,
    n_layer: 2,
    n_head: 3,
    n_positions: 1300,
  },
  llama: {
    ...common,
    model_type: "llama",
    architectures: ["LlamaForCausalLM"],
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: 1300,
  },
  t5: {
    model_type: "t5",
    architectures: ["T5ForConditionalGeneration"],
    vocab_size: 110,
    d_model: 24,
    d_kv: 8,
    d_ff: 40,
    num_layers: 2,
    num_heads: 3,
    relative_attention_num_buckets: 8,
    decoder_start_token_id: 0,
  },
};

const idsOf = (length: number, first = 4) =>
  Array.from({ length }, (_, place) => first + ((place * 17) % 90));

/** Two texts, the second shorter. */
function inputOf(name: keyof typeof configs, length: number) {
  const ids = [idsOf(length), idsOf(length, 9)];
  const mask = ids.map((row, text) => row.map((_, at) => Number(text === 0 || at < length - 7)));
  return name === "t5" ? { ids, mask, decoderIds: [idsOf(40), idsOf(40, 5)] } : { ids, mask };
}

async function modelOf(config: Parameters<typeof randomModel>[0], backend?: Backend) {
  const model = await randomModel(config, backend ?? (await cpuForNode({ threads: 2 })));
  open.push(model);
  return model;
}

describe.each(Object.keys(configs) as (keyof typeof configs)[])("%s", (name) => {
  let model: Model;
  const every = kinds.map((kind) => `${name === "t5" ? "*." : ""}layers.*.${kind}`);
  const sites = name === "t5" ? [...every, "decoder.layers.*.cross.weights"] : every;

  test.each([70, 1100])("rows of %i tokens are the weights the model gives", async (length) => {
    model ??= await modelOf(configs[name]);
    const input = inputOf(name, length);
    const rows = await model.run(input, {
      read: sites.map((site) => ({ site, keep: "rows" as const })),
    });
    const dense = await model.run(input, { read: sites });
    expect(rows.trace.sites).toEqual(dense.trace.sites);
    for (const site of dense.trace.sites) {
      const expected = dense.trace.kept(site) as Tensor;
      const kept = rows.trace.kept(site);
      expect(kept, site).toBeInstanceOf(KeptRows);
      const [B, H, T] = expected.shape as readonly [number, number, number];
      // Attention that streams rounds otherwise than attention that writes its weights, so later layers differ by that.
      const tolerance = length > 1024 && !site.includes("layers.0") ? 1e-5 : 1e-6;
      for (const query of [0, 1, Math.floor(T / 2), T - 1])
        for (const [text, head] of [
          [0, 0],
          [B - 1, H - 1],
        ] as const) {
          const of = { text, head, query };
          const row = expected.select(text, head, query);
          expectSame(rows.trace.row(site, of), row, site, tolerance);
          expectSame(dense.trace.row(site, of), row, site);
        }
    }
    // The same bits as without a read: nothing is computed in another way.
    const bare = await model.run(input);
    const [own, unread] = [rows.output.logits!.data, bare.output.logits!.data];
    expect(own.length).toBe(unread.length);
    expect(own.findIndex((value, at) => value !== unread[at])).toBe(-1);
  });
});

describe("a read that keeps rows", () => {
  const site = "layers.1.weights";

  test("of a long text takes memory for T + S rows, not for T times S", async () => {
    const model = await modelOf({
      ...configs.bert,
      num_hidden_layers: 1,
      max_position_embeddings: 4096,
    });
    const run = await model.run(
      { ids: [idsOf(4096)] },
      {
        read: [{ site: "layers.0.weights", keep: "rows" }],
        output: false,
      },
    );
    const kept = run.trace.kept("layers.0.weights") as KeptRows;
    const [, H, T, S] = kept.shape;
    // q and k of width 8, a maximum and a sum.
    expect(kept.bytes).toBe(4 * H * T * (8 + 8 + 2));
    expect(kept.bytes).toBeLessThan((4 * H * T * S) / 200);
    const row = run.trace.row("layers.0.weights", { head: 2, query: 4095 });
    expect(row.data.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    expect(run.weight("L0H2", 4095, 17)).toBe(row.at(17));
  });

  test("knows each row's log-sum-exp", async () => {
    const model = await modelOf(configs.llama);
    const run = await model.run(
      { ids: [idsOf(60)] },
      { read: [{ site: "layers.*.{scores,weights}", keep: "rows" }] },
    );
    const scores = run.trace.get("layers.1.scores").select(0, 3, 59);
    const expected = Math.log(scores.data.reduce((total, score) => total + Math.exp(score), 0));
    const kept = run.trace.kept(site) as KeptRows;
    expect(kept.logSumExp({ head: 3, query: 59 })).toBeCloseTo(expected, 5);
    expect(() => kept.logSumExp({ head: 4, query: 59 })).toThrow("index 4 on axis 1");
  });

  test("takes heads, texts, queries and keys as any read does", async () => {
    const model = await modelOf(configs.llama);
    const input = inputOf("llama", 60);
    for (const part of [
      { head: 3 },
      { head: [2, 0], text: 1 },
      { query: 5 },
      { key: "10..20" },
      { head: 1, text: 1, query: [3, 50], key: 2 },
    ]) {
      const rows = await model.run(input, { read: [{ site, ...part, keep: "rows" }] });
      const dense = await model.run(input, { read: [{ site, ...part }] });
      expectSame(rows.trace.get(site), dense.trace.get(site), JSON.stringify(part));
      const isCompact = !("query" in part || "key" in part);
      expect(rows.trace.kept(site) instanceof KeptRows).toBe(isCompact);
    }
    const two = await model.run(input, { read: [{ site, head: [3, 1], keep: "rows" }] });
    const all = await model.run(input, { read: [{ site, keep: "rows" }] });
    const of = { text: 1, query: 40 };
    expect(two.trace.row(site, { ...of, head: 1 })).toEqual(
      all.trace.row(site, { ...of, head: 1 }),
    );
    expect((two.trace.kept(site) as KeptRows).bytes).toBeLessThan(
      (all.trace.kept(site) as KeptRows).bytes,
    );
    expect(() => two.trace.row(site, { ...of, head: 2 })).toThrow("was not read in that run");
    expect(() => all.trace.row(site, { ...of, head: 4 })).toThrow("index 4 on axis 1");
  });

  test("keeps what the run makes anyway: of a patched layer, of a short text, where nothing is fused", async () => {
    const model = await modelOf(configs.bert);
    const plain = await modelOf(configs.bert, reference());
    const read = [{ site: "layers.*.weights", keep: "rows" as const }];
    const input = { ids: [idsOf(60)] };
    const patch = [{ site: "layers.0.scores", head: 1, key: 3, cut: true as const }];
    const forms = async (run: ReturnType<Model["run"]>) => {
      const { trace } = await run;
      return trace.sites.map((site) => trace.kept(site).constructor.name);
    };
    expect(await forms(model.run(input, { read }))).toEqual(["KeptRows", "KeptRows"]);
    expect(await forms(model.run(input, { read, patch }))).toEqual(["Tensor", "KeptRows"]);
    expect(await forms(model.run({ ids: [idsOf(9)] }, { read }))).toEqual(["Tensor", "Tensor"]);
    expect(await forms(plain.run(input, { read }))).toEqual(["Tensor", "Tensor"]);
    const content = [...read, "layers.0.scores.content"];
    expect(await forms(model.run(input, { read: content }))).toEqual([
      "Tensor",
      "Tensor",
      "KeptRows",
    ]);
    const twice = await model.run(input, { read: [...read, site] });
    expect(twice.trace.getParts(site).length).toBe(2);
    expect(twice.trace.keptParts(site).every((part) => part instanceof Tensor)).toBe(true);
    const patched = await model.run(input, { read, patch });
    const asTensors = await model.run(input, { read: ["layers.*.weights"], patch });
    expectSame(patched.trace.get(site), asTensors.trace.get(site), site);
  });

  test("of windowed attention keeps bands, of xlnet, whose scores know distances, numbers", async () => {
    const longformer = await modelOf({
      ...common,
      model_type: "longformer",
      architectures: ["LongformerModel"],
      num_attention_heads: 3,
      max_position_embeddings: 300,
      attention_window: [8, 20],
    });
    const read = [{ site, keep: "rows" as const }];
    const banded = (await longformer.run({ ids: [idsOf(200)] }, { read })).trace;
    expect(banded.kept(site)).toBeInstanceOf(Banded);
    const of = { head: 2, query: 100 };
    expect(banded.row(site, of)).toEqual(banded.get(site).select(0, 2, 100));
    const xlnet = await modelOf({
      model_type: "xlnet",
      architectures: ["XLNetLMHeadModel"],
      vocab_size: 110,
      d_model: 24,
      n_layer: 2,
      n_head: 3,
      d_head: 8,
      d_inner: 40,
    });
    const own = (await xlnet.run({ ids: [idsOf(60)] }, { read })).trace;
    expect(own.kept(site)).toBeInstanceOf(Tensor);
  });

  test("comes after an earlier run, and an earlier run's rows serve a later one", async () => {
    const model = await modelOf(configs.bert);
    const input = { ids: [idsOf(60)] };
    const read = [{ site: "layers.*.weights", keep: "rows" as const }];
    const first = await model.run(input, { read, reusable: true });
    const patch = [{ site: "layers.1.mlp", scale: 2 }];
    for (const reads of [read, ["layers.*.weights"]]) {
      const later = await model.run(input, { read: reads, after: first, patch });
      const alone = await model.run(input, { read: ["layers.*.weights"], patch });
      for (const name of alone.trace.sites)
        expectSame(later.trace.get(name), alone.trace.get(name), name);
      expect(later.trace.kept("layers.0.weights")).toBe(first.trace.kept("layers.0.weights"));
    }
  });

  test("gives words the weights that whole tensors give them", async () => {
    for (const config of [configs.bert, configs.llama]) {
      const model = await modelOf(config);
      const input = { ids: [idsOf(60)] };
      const weightsOf = async (read: readonly Read[]) => {
        const { trace, tokens } = await model.run(input, { read });
        const layers = [0, 1].map((layer) => trace.kept(`layers.${layer}.weights`));
        return wordWeights(layers, tokens[0]!, { isCausal: model.isCausal });
      };
      const rows = await weightsOf([{ site: "layers.*.weights", keep: "rows" }]);
      const dense = await weightsOf(["layers.*.weights"]);
      for (const head of allHeads(dense))
        for (const [query, key] of [
          [0, 0],
          [59, 3],
          [59, 4],
          [20, 59],
          [21, 3],
        ] as const)
          expect(
            Math.abs(rows.weight(head, query, key) - dense.weight(head, query, key)),
          ).toBeLessThan(1e-6);
    }
  });

  test("keeps a bias and masks that layers share once", async () => {
    const model = await modelOf({ ...configs.t5, num_layers: 3 });
    const { trace } = await model.run(inputOf("t5", 70), {
      read: [{ site: "encoder.layers.*.weights", keep: "rows" }],
    });
    const sizes = trace.sites.map((name) => (trace.kept(name) as KeptRows).bytes);
    // q, k, sums; a number a head and distance; a byte a key.
    const [B, H, T, D] = [2, 3, 70, 8];
    expect(sizes).toEqual(
      new Array(3).fill(4 * B * H * T * (2 * D + 2) + 4 * H * (2 * T - 1) + B * T),
    );
  });

  test("is refused where it means nothing", async () => {
    const model = await modelOf(configs.gpt2);
    const run = (read: readonly Read[]) => model.run({ ids: [idsOf(60)] }, { read });
    await expect(run([{ site, keep: "row" as "rows" }])).rejects.toThrow(
      'read 1: there is no keep: "row"; nearest: rows',
    );
    await expect(run(["final", { site: "layers.*.{q,weights}", keep: "rows" }])).rejects.toThrow(
      'read 2: keep: "rows" is for scores and weights, and layers.0.q is read whole. Read it without keep',
    );
    await expect(
      model.generate(
        { ids: [idsOf(60)] },
        { read: [{ site, keep: "rows" } as Read], maxNewTokens: 2 },
      ),
    ).rejects.toThrow('read 1: keep: "rows" is for one pass over a long text');
  });
});

describe("a read that keeps rounded weights", () => {
  test("has each within 8e-6, whole and in parts, beside reads that keep them exactly", async () => {
    const model = await load();
    const input = "The cat sat on the mat because it was tired.";
    const site = "layers.5.weights";
    const { trace } = await model.run(input, { read: [{ site, keep: "rounded" }] });
    const exact = await model.run(input, { read: [site] });
    const largest = trace.get(site).subtract(exact.trace.get(site)).map(Math.abs).max();
    expect(largest).toBeLessThan(8e-6);
    expect(largest).toBeGreaterThan(0);
    const part = await model.run(input, {
      read: [{ site, head: 11, query: "it", keep: "rounded" }],
    });
    expect(part.trace.row(site, { head: 11, query: 8 })).toEqual(
      trace.row(site, { head: 11, query: 8 }),
    );
    await expect(
      model.run(input, { read: [{ site: "layers.5.scores", keep: "rounded" }] }),
    ).rejects.toThrow('keep: "rounded" is for weights');
    await model.dispose();
  });
});
