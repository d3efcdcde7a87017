import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { joinedFactors } from "../../src/analysis/linear/joined-output.ts";
import { readTrace } from "../../src/checkpoint/trace-file.ts";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import { networkOutputs, type Run } from "../../src/models/run.ts";
import type { Patch } from "../../src/probe/patch.ts";
import { recordedInput } from "../../src/tasks/verify.ts";
import { Tensor } from "../../src/tensor/tensor.ts";
import { type Grid, get, randomNumbers, tabulate, total } from "../conformance/grid.ts";
import { expectClose } from "../support/expect-close.ts";
import { goldenFolder } from "../support/small-models.ts";

/** Decoders whose layers do nothing that those of another case here do not: their recordings hold them. */
const alike =
  /^(mistral-(whole|packed)|qwen2|qwen2-windows|qwen3-windows|smollm3-windows|granite|phi3|phi3-long|gemma|gemma-biases|gemma2-uncapped|gemma3-text|gemma3-text-capped-logits|gpt-neox-in-turn|gptj-tied|phi|opt|opt-plain|bloom|falcon|falcon-one-norm)$/;

/** One recorded case a setting, small enough to be run for every site. */
const cases = readdirSync(goldenFolder("")).filter((name) => {
  if (alike.test(name)) return false;
  const trace = `${goldenFolder(name)}/trace.safetensors`;
  return existsSync(trace) && statSync(trace).size < 100_000;
});

/** Eleven bits a weight, over a few layers: of the largest value there is. */
const HALF_TOLERANCE = 0.01;

const gridOf = ({ shape, data }: Tensor): Grid => ({ shape, data: [...data] });

/** Adds numbers that differ from element to element, so that no softmax and no norm takes them out again. */
function movedNumbers({ shape, data }: Tensor): Tensor {
  const next = randomNumbers(data.length);
  return new Tensor(
    shape,
    data.map((value) => value + 0.5 * next()),
  );
}

const moved = (site: string): Patch => ({ site, change: movedNumbers });

const outputs = [...networkOutputs, "sentence"] as const;
const lastSites = (model: Model) =>
  [...model.sites.keys()].filter((site) => /(^|\.)final$/.test(site));

/** What comes out at the end, as far as there is something. */
function endsOf(model: Model, run: Run): [string, Tensor][] {
  return [
    ...outputs.flatMap((name) =>
      run.output[name] ? [[name, run.output[name]] as [string, Tensor]] : [],
    ),
    ...lastSites(model).map((site) => [site, run.trace.get(site)] as [string, Tensor]),
  ];
}

describe.each(cases)("%s: any family fills the sites", async (name) => {
  const folder = goldenFolder(name);
  const recorded = readTrace(readFileSync(`${folder}/trace.safetensors`), folder);
  const input = recordedInput(recorded, name);
  const model = await load(folder, { backend: "reference" });
  const all = [...model.sites.keys()];
  const plain = await model.run(input, { read: all });
  const sites = plain.trace;

  test("every site that is listed is there, in its order and shape", () => {
    expect(sites.sites).toEqual(all);
    for (const [site, { shape, kind }] of model.sites) {
      const own = sites.get(site).shape;
      const axes = kind.axes.filter((axis) => axis !== "T" || shape.length === kind.axes.length);
      expect(axes.length, site).toBe(own.length);
      for (const [axis, length] of shape.entries())
        if (typeof length === "number" && axis > 0) expect(own[axis], site).toBe(length);
    }
  });

  test("with its weights in 16 bits it comes to the same, as far as they reach", async () => {
    const halved = await load(folder, { dtype: "half" });
    const run = await halved.run(input, { read: lastSites(halved) });
    for (const [name, { data }] of endsOf(halved, run)) {
      const expected = endsOf(model, plain).find(([other]) => other === name)![1].data;
      // Which places stand highest may turn on the last bits.
      if (/^(start|end)Top/.test(name)) continue;
      const size = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const difference = data.reduce(
        (most, value, n) => Math.max(most, Math.abs(value - expected[n]!)),
        0,
      );
      expect(difference / size, name).toBeLessThan(HALF_TOLERANCE);
    }
    await halved.dispose();
  });

  test("each row of weights sums to 1, or where nothing can be seen perhaps to 0", () => {
    for (const site of all.filter((site) => site.endsWith(".weights"))) {
      const weights = gridOf(sites.get(site));
      const scores = gridOf(sites.get(site.replace(/weights$/, "scores")));
      const S = weights.shape[3]!;
      const sums = tabulate(weights.shape.slice(0, 3), (...row) =>
        total(S, (s) => get(weights, ...row, s)),
      );
      const expected = tabulate(sums.shape, (...row) => {
        const seen = Array.from({ length: S }, (_, s) => get(scores, ...row, s) > -Infinity);
        if (seen.includes(true)) return 1;
        // What the model itself lets see nothing is spread over keys, where somebody reads it.
        const given = Array.from({ length: S }, (_, s) => get(weights, ...row, s)).filter(Boolean);
        return given.length > 0 && given.every((weight) => weight === given[0]) ? 1 : 0;
      });
      expectClose(sums, expected, { tolerance: 1e-5, place: `${site}: ` });
    }
  });

  test("mixed is weights times v", () => {
    // Where some tokens mix values of another kind, that kind has its own tests.
    const isOfOneKind = !all.some((site) => site.includes(".global."));
    for (const site of all.filter((site) => isOfOneKind && site.endsWith(".mixed"))) {
      const of = (kind: string) => gridOf(sites.get(site.replace(/mixed$/, kind)));
      const [mixed, weights, v] = [of("mixed"), of("weights"), of("v")];
      const group = mixed.shape[1]! / v.shape[1]!;
      const expected = tabulate(mixed.shape, (b, h, t, d) =>
        total(
          weights.shape[3]!,
          (k) => get(weights, b!, h!, t!, k) * get(v, b!, Math.floor(h! / group), k, d!),
        ),
      );
      expectClose(mixed, expected, { tolerance: 1e-5, place: `${site}: ` });
    }
  });

  test("attended is the heads' shares and the bias", async () => {
    for (const site of all.filter((site) => site.endsWith(".heads"))) {
      const heads = gridOf(sites.get(site));
      const attended = sites.get(site.replace(/heads$/, "attended"));
      const parameter = model.parameter(site.replace(/heads$/, "o.bias"));
      const bias = parameter && (await model.parameterRows(parameter));
      const joined = bias && (await joinedFactors(model, site.replace(/heads$/, "")));
      const sums = tabulate(attended.shape, (b, t, c) =>
        total(heads.shape[1]!, (h) => get(heads, b!, h, t!, c!)),
      );
      // Where what attention gives is normed or multiplied, so is its bias.
      const C = attended.shape[2]!;
      const summed = tabulate(attended.shape, (b, t, c) => {
        const start = (b! * attended.shape[1]! + t!) * C;
        const rest = Float64Array.from({ length: C }, (_, n) => {
          return attended.data[start + n]! - sums.data[start + n]!;
        });
        const factor = joined?.(bias!, rest)?.[c!] ?? 1;
        return sums.data[start + c!]! + (bias?.[c!] ?? 0) * factor;
      });
      expectClose(attended, summed, { tolerance: 1e-5, place: `${site}: ` });
    }
  });

  test("a patch of every site that changes nothing changes nothing", async () => {
    const patch = all.map((site): Patch => ({ site, scale: 1 }));
    const run = await model.run(input, { read: all, patch });
    for (const site of all)
      expectClose(run.trace.get(site), gridOf(sites.get(site)), {
        tolerance: 1e-5,
        place: `${site}: `,
      });
  });

  test("taking every site from the same run changes nothing", async () => {
    const patch = all.map((site): Patch => ({ site, from: plain }));
    const run = await model.run(input, { patch, read: lastSites(model) });
    const unpatched = new Map(endsOf(model, plain));
    for (const [end, value] of endsOf(model, run))
      expectClose(value, gridOf(unpatched.get(end)!), { tolerance: 1e-5, place: `${end}: ` });
  });

  test("every site, moved, is read as it was left, and moves what follows", async () => {
    const unpatched = new Map(endsOf(model, plain));
    for (const site of all) {
      const read = [...new Set([site, ...lastSites(model)])];
      const run = await model.run(input, { patch: [moved(site)], read });
      const expected = gridOf(movedNumbers(sites.get(site)));
      expectClose(run.trace.get(site), expected, { tolerance: 1e-5, place: `${site}: ` });
      const isMoved = endsOf(model, run)
        .filter(([end]) => end !== site)
        .some(([end, { data }]) =>
          data.some((value, i) => Math.abs(value - unpatched.get(end)!.data[i]!) > 1e-4),
        );
      if (!isAnEnd(site) && matters(site)) expect(isMoved, site).toBe(true);
    }
  });

  test.each(outputs)(
    "what the run gives as %s is the site of that name, patched",
    async (output) => {
      const site =
        { textEmbeds: "text.embeds", imageEmbeds: "vision.embeds" }[output as string] ?? output;
      if (!plain.output[output])
        return expect(model.sites.has(site) && site !== "pooled").toBe(false);
      const run = await model.run(input, { patch: [moved(site)], read: [site] });
      expect(run.output[output]!.data).toEqual(run.trace.get(site).data);
      expect(run.output[output]!.data).not.toEqual(plain.output[output].data);
    },
  );

  /** Scores do not matter where every query sees one key, nor global tokens where there are none. */
  function matters(site: string): boolean {
    const [layer] = /^.*layers\.\d+\./.exec(site) ?? [];
    const kind = site.slice(layer?.length ?? 0);
    // With targets of their own, the last layer serves them with its keys and values only.
    const isLast = layer === `layers.${model.dimensions.layers - 1}.`;
    if (input.targetMapping && isLast && !/^(input|k|v)$/.test(kind)) return false;
    // Keys that no token may see are asked by none.
    if (input.targetMapping && isLast && kind === "k")
      return (
        input.permMask?.data.some((isHidden, pair) => isTarget(pair) && isHidden === 0) ?? true
      );
    if (kind.startsWith("global."))
      return sites.get(`${layer}global.q`).data.some((value) => value !== 0);
    if (!/^(q|k|scores.*)$/.test(kind)) return true;
    const { data, shape } = sites.get(`${layer}weights`);
    return data.filter((weight) => weight > 0).length > shape[0]! * shape[1]! * shape[2]!;
  }

  /** Whether a pair (B, T, T) of permMask is a row of one of the targets. */
  function isTarget(pair: number): boolean {
    const { shape, data } = input.targetMapping!;
    const [, M, T] = shape as readonly [number, number, number];
    const [b, i] = [Math.floor(pair / (T * T)), Math.floor(pair / T) % T];
    return Array.from({ length: M }, (_, m) => data[(b * M + m) * T + i]).includes(1);
  }

  function isAnEnd(site: string): boolean {
    return (
      (outputs as readonly string[]).includes(site) ||
      (site.endsWith("final") && !plain.output.logits)
    );
  }
});
