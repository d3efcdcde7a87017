import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readTrace } from "../../src/checkpoint/trace-file.ts";
import type { Patch } from "../../src/probe/patch.ts";
import { recordedInput } from "../../src/tasks/verify.ts";
import { Tensor } from "../../src/tensor/tensor.ts";
import { type Grid, get, random, tabulate } from "../conformance/grid.ts";
import type { HandInput, HandSites } from "../support/by-hand.ts";
import { expectClose } from "../support/expect-close.ts";
import {
  allTwins,
  changeAt,
  expectSame,
  goldenFolder,
  shortInput,
  twinNames,
} from "../support/small-models.ts";

const twins = await allTwins();
const cases = [...twins];

/** The largest difference of what comes out at the end. */
function farApart(a: HandSites, b: HandSites): number {
  const name = a.has("logits") ? "logits" : "pooled";
  const other = b.get(name)!.data;
  return Math.max(...a.get(name)!.data.map((value, place) => Math.abs(value - other[place]!)));
}

const tensorOf = ({ shape, data }: Grid) => new Tensor(shape, Float32Array.from(data));

describe.each(twinNames)("the pass by hand of %s", (name) => {
  const { hand } = twins.get(`${name} (reference)`)!;

  test("is PyTorch's", () => {
    const folder = goldenFolder(name);
    const recorded = readTrace(readFileSync(`${folder}/trace.safetensors`), folder);
    const input = recordedInput(recorded, name) as HandInput;
    const sites = hand.run(input);
    for (const [site, { shape, data }] of recorded.tensors) {
      if (/^(input|generated)\./.test(site)) continue;
      const isKey = /\.[kv]$/.test(site);
      const axis = shape.length === 4 ? 2 : 1;
      const isReal = (index: number[]) =>
        shape.length === 2 || input.mask?.[index[0]!]?.[index[isKey ? 2 : axis]!] !== 0;
      const grid = { shape, data: [...data] };
      const real = ({ shape }: Grid, of: Grid) =>
        tabulate(shape, (...index) => (isReal(index) ? get(of, ...index) : 0));
      const got = sites.get(site)!;
      expectClose(real(got, got), real(grid, grid), { tolerance: 1e-5, place: `${site}: ` });
    }
  });
});

describe.each(cases)("%s: every site", (_, both) => {
  const { model, hand } = both;
  const plain = hand.run(shortInput);

  test("computed by hand and by heed are the same sites", () => {
    expect([...model.sites.keys()].sort()).toEqual([...plain.keys()].sort());
  });

  test("unpatched", () => expectSame(both, [], (_, value) => value));

  test.each([...model.sites.keys()])("%s set to other numbers", async (site) => {
    const value = random(plain.get(site)!.shape, { seed: 21 });
    const after = await expectSame(both, [{ site, set: tensorOf(value) }], (name, before) =>
      name === site ? value : before,
    );
    expect(farApart(after, plain)).toBeGreaterThan(1e-3);
  });

  test.each([...model.sites.keys()])("one number of %s moved", async (site) => {
    const isChosen = (...index: number[]) => index.every((i) => i === 0);
    const patch: Patch = {
      site,
      change(part) {
        const data = part.data.slice();
        data[0]! += 0.75;
        return new Tensor(part.shape, data);
      },
    };
    await expectSame(
      both,
      [patch],
      changeAt(site, isChosen, (before) => before + 0.75),
    );
  });

  test("a pattern changes every site it names, in all layers", () =>
    expectSame(both, [{ site: "layers.*.{mlp,v}", scale: 0.5 }], (site, value) =>
      /\.(mlp|v)$/.test(site) ? { ...value, data: value.data.map((x) => x * 0.5) } : value,
    ));

  test("a TransformerLens name changes the site it stands for", () =>
    expectSame(
      both,
      [{ site: "blocks.1.attn.hook_pattern", head: 1, scale: 0.25 }],
      changeAt(
        "layers.1.weights",
        (_, h) => h === 1,
        (x) => x * 0.25,
      ),
    ));
});
