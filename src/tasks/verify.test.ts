import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { reference } from "../backends/reference/reference.ts";
import { folderSource } from "../checkpoint/folder.node.ts";
import { type RecordedTrace, readTrace, type TraceTensor } from "../checkpoint/trace-file.ts";
import type { Model } from "../model.ts";
import { loadFrom } from "../model.ts";
import { recordedInput, type SiteDifference, verifyTrace } from "./verify.ts";

const folder = new URL("../../test/golden/bert-mlm", import.meta.url).pathname;
const ids = [5, 71, 4, 33, 17, 4, 0, 0];
const mask = [1, 1, 1, 1, 1, 1, 0, 0];
const sites = ["layers.0.k", "layers.0.scores", "layers.1.mlp", "logits"];
const integers = (data: readonly number[]): TraceTensor => ({
  type: "I64",
  shape: [2, 4],
  data: Int32Array.from(data),
});

let model: Model;
let own: ReadonlyMap<string, TraceTensor>;

beforeAll(async () => {
  model = await loadFrom(folderSource(folder), reference());
  const rows = (flat: readonly number[]) => [flat.slice(0, 4), flat.slice(4)];
  const run = await model.run({ ids: rows(ids), mask: rows(mask) }, { read: sites });
  own = new Map<string, TraceTensor>([
    ["input.ids", integers(ids)],
    ["input.mask", integers(mask)],
    ...sites.map((site) => {
      const { shape, data } = run.trace.get(site);
      return [site, { type: "F32", shape, data }] as const;
    }),
  ]);
});

/** The model's own trace with some elements of a site changed. */
function withChanges(site: string, change: (data: Float32Array) => void): RecordedTrace {
  const { type, shape, data } = own.get(site)!;
  const copy = Float32Array.from(data);
  change(copy);
  return { metadata: {}, tensors: new Map([...own, [site, { type, shape, data: copy }]]) };
}

async function failures(recorded: RecordedTrace, tolerance?: number): Promise<SiteDifference[]> {
  return (await verifyTrace(model, recorded, { tolerance })).filter(({ passed }) => !passed);
}

describe("a trace of the model's own", () => {
  test("agrees to the last bit at every site", async () => {
    const differences = await verifyTrace(model, { metadata: {}, tensors: own });
    expect(differences.map(({ site, difference }) => [site, difference])).toEqual(
      sites.map((site) => [site, 0]),
    );
  });

  test("fails where one number differs, and says where", async () => {
    const [failed, ...others] = await failures(
      withChanges("layers.1.mlp", (data) => {
        data[1 * 4 * 36 + 1 * 36 + 7]! += 0.5;
        data[3] = data[3]! + 0.25;
      }),
    );
    expect(others).toEqual([]);
    expect(failed!.site).toBe("layers.1.mlp");
    expect(failed!.at).toEqual([1, 1, 7]);
    expect(failed!.difference).toBeCloseTo(0.5, 6);
    expect(failed!.expected - failed!.got).toBeCloseTo(0.5, 6);
  });

  test("what is allowed grows with the largest number expected, but not below the tolerance", async () => {
    const large = withChanges("logits", (data) => {
      data.fill(0);
      data[0] = 1000;
    });
    const [logits] = await failures(large);
    expect(logits!.allowed).toBeCloseTo(0.1, 6);
    const small = (
      await verifyTrace(model, { metadata: {}, tensors: own }, { tolerance: 1e-3 })
    ).find(({ site }) => site === "layers.0.k");
    const largest = Math.max(...own.get("layers.0.k")!.data.map(Math.abs));
    expect(small!.allowed).toBeCloseTo(1e-3 * Math.max(1, largest), 8);
  });

  test.each([
    ["logits", (1 * 4 + 3) * 121 + 5],
    ["layers.0.scores", ((1 * 3 + 1) * 4 + 2) * 4],
    ["layers.0.k", ((1 * 3 + 0) * 4 + 3) * 12 + 1],
  ])("rows of padding in %s do not count", async (site, element) => {
    const recorded = withChanges(site, (data) => {
      data[element] = Number.NaN;
    });
    expect(await failures(recorded)).toEqual([]);
  });

  test("a masked score must be masked, and no other", async () => {
    const masked = ((1 * 3 + 1) * 4 + 0) * 4 + 3;
    expect(own.get("layers.0.scores")!.data[masked]).toBe(-Infinity);
    for (const [element, value] of [
      [masked, -1e30],
      [masked - 1, 0],
      [masked - 2, -Infinity],
    ] as const) {
      const [failed] = await failures(
        withChanges("layers.0.scores", (data) => {
          data[element] = value;
        }),
      );
      if (element === masked - 1) expect(failed!.difference).toBe(Infinity);
      expect(failed!.site).toBe("layers.0.scores");
      expect(failed!.difference).toBe(Infinity);
      expect(failed!.at).toEqual([1, 1, 0, element - masked + 3]);
    }
  });

  test("NaN never agrees", async () => {
    const [failed] = await failures(
      withChanges("logits", (data) => {
        data[7] = Number.NaN;
      }),
    );
    expect(failed).toMatchObject({ site: "logits", difference: Infinity, at: [0, 0, 7] });
  });
});

describe("a trace of something else", () => {
  test("another shape is a reason", async () => {
    const tensors = new Map([
      ...own,
      ["logits", { type: "F32", shape: [2, 4, 3], data: new Float32Array(24) }] as const,
    ]);
    const [failed] = await failures({ metadata: {}, tensors });
    expect(failed).toMatchObject({
      site: "logits",
      passed: false,
      reason: "recorded as (2, 4, 3), heed has (2, 4, 121)",
    });
  });

  test("a site the model lacks is a reason", async () => {
    const tensors = new Map([...own, ["layers.2.q", own.get("layers.0.k")!]]);
    const [failed] = await failures({ metadata: {}, tensors });
    expect(failed!.reason).toContain("has no such site; nearest: layers.0.q, layers.1.q");
  });

  test("an input heed does not know is refused", () => {
    const tensors = new Map([...own, ["input.audio", own.get("input.ids")!]]);
    expect(() => recordedInput({ metadata: {}, tensors }, "the case")).toThrow(
      'the case: the trace has an input "audio"; heed knows ids, mask, types,',
    );
  });

  test("without sites there is nothing to compare", async () => {
    const tensors = new Map([["input.ids", own.get("input.ids")!]]);
    await expect(
      verifyTrace(model, { metadata: {}, tensors }, { place: "the case" }),
    ).rejects.toThrow("the case: the trace holds no sites, so there is nothing to compare");
  });
});

test("rows are those of the stack a site belongs to: a cross-attention's keys are the encoder's tokens", async () => {
  const home = new URL("../../test/golden/t5-uneven", import.meta.url).pathname;
  const both = await loadFrom(folderSource(home), reference());
  const recorded = readTrace(readFileSync(`${home}/trace.safetensors`), "t5-uneven");
  // Text 1: 6 of the encoder's 9 tokens are real, 4 of the decoder's 7.
  for (const [site, place, isReal] of [
    ["decoder.layers.0.cross.v", 5, true],
    ["decoder.layers.0.cross.k", 6, false],
    ["decoder.layers.0.cross.v", 6, false],
    ["decoder.layers.0.v", 3, true],
    ["decoder.layers.0.v", 4, false],
    ["encoder.layers.0.v", 5, true],
    ["decoder.layers.0.cross.q", 4, false],
    ["logits", 3, true],
    ["logits", 5, false],
  ] as const) {
    const { type, shape, data } = recorded.tensors.get(site)!;
    const changed = Float32Array.from(data);
    const [, H, rows, width] = shape.length === 4 ? shape : [2, 1, ...shape.slice(1)];
    changed[(H! * rows! + place) * width!]! += 1;
    const tensors = new Map([...recorded.tensors, [site, { type, shape, data: changed }]]);
    tensors.delete("generated.ids");
    const failed = (await verifyTrace(both, { metadata: {}, tensors })).filter(
      ({ passed }) => !passed,
    );
    expect(
      failed.map(({ site }) => site),
      `${site} ${place}`,
    ).toEqual(isReal ? [site] : []);
  }
});
