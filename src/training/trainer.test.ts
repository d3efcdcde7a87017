import { afterEach, expect, test } from "vitest";
import { singular } from "../analysis/linear/singular.ts";
import { reference } from "../backends/reference/reference.ts";
import { memorySource } from "../checkpoint/memory.ts";
import { loadFrom, type Model } from "../model.ts";
import { batchOf } from "./batch.ts";
import { configOf, type ModelShape } from "./model-shape.ts";
import { newModel } from "./new-model.ts";

const open: Model[] = [];
afterEach(async () => {
  for (const model of open.splice(0)) await model.dispose();
});

async function tiny(shape: Partial<ModelShape> = {}, seed = 1): Promise<Model> {
  const whole = { layers: 2, heads: 2, width: 8, positions: 8, ...shape };
  const files = await newModel(configOf(whole, 11, { end: 3, padding: 0 }), { seed });
  const model = await loadFrom(memorySource(files, "tiny"), reference());
  open.push(model);
  return model;
}

const rows = [
  [5, 6, 7, 8, 9],
  [6, 5, 9, 8],
];
const causal = batchOf(
  rows.map((ids) => ({ ids, targets: [...ids.slice(1), 3] })),
  0,
);

async function numbersOf(model: Model): Promise<Map<string, Float32Array>> {
  const all = new Map<string, Float32Array>();
  for (const parameter of model.parameters)
    all.set(parameter.name, await model.parameterRows(parameter));
  return all;
}

test("a batch is learned by heart, and its loss is the model's own", async () => {
  const model = await tiny();
  const trainer = await model.trainer({ steps: 60, rate: 0.02, warmup: 5 });
  const before = await trainer.evaluate(causal);
  const first = await trainer.train(causal);
  expect(first.loss).toBeCloseTo(before.loss, 5);
  expect(first.loss).toBeGreaterThan(2);
  for (let step = 1; step < 60; step++) await trainer.train(causal);
  const after = await trainer.evaluate(causal);
  expect(after.loss).toBeLessThan(0.3);
  expect(after.right / after.answers).toBeGreaterThan(0.85);
  const { output } = await model.run([rows[0]!]);
  const last = output.logits!.data.subarray(4 * 11, 5 * 11);
  expect(last.indexOf(Math.max(...last))).toBe(3);
});

test("the same seed and batches give the same numbers, and a state goes on bit for bit", async () => {
  const options = { steps: 8, rate: 0.01 };
  const [one, other] = [await tiny(), await tiny()];
  const [straight, broken] = [await one.trainer(options), await other.trainer(options)];
  for (let step = 0; step < 6; step++) await straight.train(causal);
  for (let step = 0; step < 3; step++) await broken.train(causal);
  const state = await broken.state();
  const files = await other.files();
  const again = await loadFrom(memorySource(files, "saved"), reference());
  open.push(again);
  const resumed = await again.trainer(options);
  // As files are read: a Buffer's slice is no copy.
  await resumed.restore(Buffer.concat([Buffer.alloc(8), state]).subarray(8));
  expect(resumed.step).toBe(3);
  for (let step = 3; step < 6; step++) await resumed.train(causal);
  expect(await numbersOf(again)).toEqual(await numbersOf(one));
  const others = await again.trainer({ ...options, train: ["L0H0.q"] });
  await expect(others.restore(state)).rejects.toThrow("no layers.0.q.weight.frozen");
  await expect(resumed.restore(files["config.json"]!)).rejects.toThrow();
});

test("what is not named stays what it is, bit for bit", async () => {
  const model = await tiny();
  const before = await numbersOf(model);
  const trainer = await model.trainer({ steps: 4, rate: 0.01, train: ["L1H1.q", "L0H0.o"] });
  for (let step = 0; step < 4; step++) await trainer.train(causal);
  const after = await numbersOf(model);
  for (const [name, numbers] of before) {
    const moved = [...numbers.keys()].filter((place) => after.get(name)![place] !== numbers[place]);
    const [row, column] = [(place: number) => Math.floor(place / 8), (place: number) => place % 8];
    if (name === "layers.1.q.weight") expect([...new Set(moved.map(row))]).toEqual([4, 5, 6, 7]);
    else if (name === "layers.0.o.weight")
      expect([...new Set(moved.map(column))].sort()).toEqual([0, 1, 2, 3]);
    else expect(moved, name).toEqual([]);
  }
  trainer.release();
  await expect(trainer.train(causal)).rejects.toThrow("was released");
});

test("low rank: the model moves by a product of that rank, and nothing else does", async () => {
  const model = await tiny();
  const before = await numbersOf(model);
  const trainer = await model.trainer({ steps: 9, rate: 0.02, lowRank: { rank: 1, alpha: 2 } });
  expect(trainer.trained).toBe(4 * 16);
  const first = await trainer.train(causal);
  for (let step = 1; step < 9; step++) await trainer.train(causal);
  expect((await trainer.evaluate(causal)).loss).toBeLessThan(first.loss);
  const after = await numbersOf(model);
  for (const [name, numbers] of before)
    if (!/\.[qv]\.weight$/.test(name)) expect(after.get(name), name).toEqual(numbers);
    else {
      const moved = Float64Array.from(numbers, (x, place) => after.get(name)![place]! - x);
      const { values } = singular(moved, 8, 8);
      expect(values[0]).toBeGreaterThan(1e-3);
      expect(values[1]! / values[0]!).toBeLessThan(1e-4);
    }
});

test("tied words are one tensor; encoders learn what is hidden, encoder-decoders what comes next", async () => {
  const bert = await tiny({ family: "bert" });
  expect(bert.parameters.filter(({ shape }) => shape[0] === 11 && shape.length === 2).length).toBe(
    1,
  );
  const masked = batchOf(
    [
      { ids: [5, 4, 7], targets: [-1, 6, -1] },
      { ids: [8, 4], targets: [-1, 9] },
    ],
    0,
  );
  const t5 = await tiny({ family: "t5" });
  const paired = batchOf(
    [
      { ids: [5, 6, 7], decoderIds: [0, 7, 6], targets: [7, 6, 5] },
      { ids: [8], decoderIds: [0], targets: [8] },
    ],
    0,
  );
  for (const [model, batch] of [
    [bert, masked],
    [t5, paired],
  ] as const) {
    const trainer = await model.trainer({ steps: 40, rate: 0.02 });
    for (let step = 0; step < 40; step++) await trainer.train(batch);
    const { loss, right, answers } = await trainer.evaluate(batch);
    expect(loss).toBeLessThan(0.2);
    expect(right).toBe(answers);
  }
});

test("a patch that is data is learned around; a function is refused", async () => {
  const model = await tiny();
  const patch = [{ site: "layers.0.weights", set: 0 }] as const;
  const cut = await model.trainer({ steps: 3, patch: [...patch], recompute: true });
  const before = await numbersOf(model);
  await cut.train(causal);
  const after = await numbersOf(model);
  expect(
    after
      .get("layers.0.q.weight")!
      .every((x, n) => Math.abs(x - before.get("layers.0.q.weight")![n]!) < 1e-6),
  ).toBe(true);
  expect(after.get("layers.1.q.weight")).not.toEqual(before.get("layers.1.q.weight"));
  const changed = await model.trainer({
    steps: 3,
    patch: [{ site: "layers.0.weights", change: (tensor) => tensor }],
  });
  await expect(changed.train(causal)).rejects.toThrow("changed by a function");
});

test("heads are dropped in steps alone, by draws that a step and the seed make", async () => {
  const learned = async (options: object) => {
    const model = await tiny();
    const trainer = await model.trainer({ steps: 4, rate: 0.01, ...options });
    const first = await trainer.evaluate(causal);
    const losses = [];
    for (let step = 0; step < 4; step++) losses.push((await trainer.train(causal)).loss);
    return { first, losses, numbers: await numbersOf(model) };
  };
  const [whole, none, half, again] = [
    await learned({}),
    await learned({ dropHeads: { share: 0 } }),
    await learned({ dropHeads: { share: 0.5, seed: 3 } }),
    await learned({ dropHeads: { share: 0.5, seed: 3 } }),
  ];
  expect(none).toEqual(whole);
  expect(half).toEqual(again);
  expect(half.first).toEqual(whole.first);
  expect(half.losses[0]).not.toBe(whole.losses[0]);
  const other = await learned({ dropHeads: { share: 0.5, seed: 4 } });
  expect(other.losses).not.toEqual(half.losses);
  // A head that is missing in every text of a step learns nothing in it, and the others do.
  const one = await learned({ dropHeads: { share: 1 - 1e-9, heads: ["L0H1"] } });
  const begun = await numbersOf(await tiny());
  const rowsOf = (numbers: Map<string, Float32Array>) => [
    ...numbers.get("layers.0.v.weight")!.subarray(4 * 8),
  ];
  for (const [n, x] of rowsOf(one.numbers).entries()) expect(x).toBeCloseTo(rowsOf(begun)[n]!, 4);
  expect(rowsOf(whole.numbers)).not.toEqual(rowsOf(one.numbers));
});

test("what is wrong is said before anything is trained", async () => {
  const model = await tiny();
  const asked = (options: object) => model.trainer({ steps: 2, ...options });
  await expect(asked({ train: ["layers.0.qq.weight"] })).rejects.toThrow(
    "nearest: layers.0.q.weight",
  );
  await expect(asked({ train: ["L0H2.q"] })).rejects.toThrow("has 2 heads");
  await expect(asked({ train: ["L0H0.q", "L0H1.q"] })).rejects.toThrow("parts of one tensor");
  await expect(asked({ steps: 0 })).rejects.toThrow("steps is 0");
  await expect(asked({ dropHeads: 0.1 })).rejects.toThrow(
    "train: dropHeads: options are an object",
  );
  await expect(asked({ dropHeads: { share: 1 } })).rejects.toThrow("dropHeads.share is 1, needs");
  await expect(asked({ dropHeads: { shares: 0.1 } })).rejects.toThrow("nearest: share");
  await expect(asked({ dropHeads: { share: 0.1, heads: ["L0H2"] } })).rejects.toThrow(
    "there is no L0H2: the model has 2 layers, L0 to L1, of 2 heads, H0 to H1",
  );
  await expect(asked({ warmup: 3 })).rejects.toThrow("warmup is 3");
  await expect(asked({ rate: -1 })).rejects.toThrow("rate is -1");
  await expect(asked({ rates: 1 })).rejects.toThrow("rates");
  await expect(asked({ lowRank: { rank: 0 } })).rejects.toThrow("rank is 0");
  await expect(asked({ lowRank: { rank: 2, of: ["norm.gain"] } })).rejects.toThrow("no matrix");
  const wild = await asked({ steps: 9, rate: 1e30, warmup: 0, clip: Number.POSITIVE_INFINITY });
  await wild.train(causal);
  await expect(wild.train(causal)).rejects.toThrow("Take a lower rate");
});

test("a state goes on bit for bit where matrices step by Muon", async () => {
  const options = { steps: 4, rate: 0.01, warmup: 0, weightDecay: 0, matrixRate: 0.1 };
  const [one, other] = [await tiny(), await tiny()];
  const [straight, broken] = [await one.trainer(options), await other.trainer(options)];
  for (let step = 0; step < 4; step++) await straight.train(causal);
  for (let step = 0; step < 2; step++) await broken.train(causal);
  const state = await broken.state();
  const third = await tiny();
  const goesOn = await third.trainer(options);
  await goesOn.restore(state);
  for (let step = 2; step < 4; step++) await goesOn.train(causal);
  const [after, also] = [await numbersOf(one), await numbersOf(third)];
  expect(also).toEqual(after);
});

test("a rate of matrices is refused where no whole matrix is trained, and where it is none", async () => {
  const model = await tiny();
  await expect(model.trainer({ steps: 2, matrixRate: 0.01, train: ["L0H0.q"] })).rejects.toThrow(
    "no whole matrix of a layer is trained",
  );
  await expect(model.trainer({ steps: 2, matrixRate: 0 })).rejects.toThrow("matrixRate is 0");
});
