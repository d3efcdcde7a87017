import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readTrace } from "../../src/checkpoint/trace-file.ts";
import { load } from "../../src/load.node.ts";
import type { DifferentiableMetric } from "../../src/models/differentiable-metric.ts";
import type { TensorInput } from "../../src/models/inputs.ts";
import { recordedInput } from "../../src/tasks/verify.ts";

const home = fileURLToPath(new URL("../golden", import.meta.url));
const recorded = readdirSync(home).filter((name) =>
  existsSync(`${home}/${name}/gradients.safetensors`),
);

interface Loss {
  readonly site: string;
  readonly place: number | null;
  readonly form: "logits" | "logProbabilities";
  readonly terms: readonly { readonly index: number; readonly weight: number }[];
}

/** Largest differences that pass, of the largest gradient of the site. */
const tolerance = 1e-4;
/** What float32 leaves of a gradient that is the difference of larger ones, of the largest of all sites. */
const rounding = 1e-6;

/** What a weight would give that stands on a padded key tells of that key, which is nobody's: PyTorch spreads its rows otherwise. */
function seenIn(site: string, shape: readonly number[], { mask }: TensorInput) {
  const S = shape.at(-1)!;
  const rows = mask as readonly (readonly number[])[] | undefined;
  if (!/^layers\.\d+\.weights$/.test(site) || rows?.[0]?.length !== S) return () => true;
  const perText = shape.slice(1).reduce((size, length) => size * length, 1);
  return (place: number) => rows[Math.floor(place / perText)]![place % S] !== 0;
}

/** What a weight outside the windows would give heed tells too; PyTorch has no such weight, and the recording 0. */
function withinWindows(site: string, recorded: ArrayLike<number>) {
  return (place: number) => !site.endsWith(".weights") || recorded[place] !== 0;
}

describe.each([
  { backend: "reference", recompute: true },
  { backend: "auto", recompute: true },
  { backend: "auto", recompute: false },
] as const)("gradients as PyTorch has them ($backend, recompute: $recompute)", (options) => {
  test.each(recorded)("%s", async (name) => {
    const folder = `${home}/${name}`;
    const gradients = readTrace(readFileSync(`${folder}/gradients.safetensors`), name);
    const { site, place, form, terms } = JSON.parse(gradients.metadata.of!) as Loss;
    const of: DifferentiableMetric = {
      site,
      places: place === null ? undefined : [place],
      form: { form: "sum", of: form, terms },
    };
    const model = await load(folder, { backend: options.backend });
    try {
      const input = recordedInput(gradients, name);
      const reached = model.sitesOf(input);
      const at = [...gradients.tensors.keys()].filter((site) => !site.startsWith("input."));
      expect(at.filter((site) => !reached.has(site))).toEqual([]);
      const run = await model.run(input, {
        gradient: { of, at, recompute: options.recompute },
        output: false,
      });
      expect(run.metric).toBeCloseTo(Number(gradients.metadata.loss), 3);
      const largest = (numbers: ArrayLike<number>) =>
        Array.from(numbers).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const all = at.map((site) => largest(gradients.tensors.get(site)!.data));
      const wrong = at.flatMap((site, n) => {
        const { data, shape } = gradients.tensors.get(site)!;
        const own = run.trace.get(`${site}.gradient`);
        expect(own.shape, site).toEqual(shape);
        const isSeen = model.images?.window
          ? withinWindows(site, data)
          : seenIn(site, shape, input);
        const difference = largest(
          Array.from(data, (value, place) => (isSeen(place) ? value - own.data[place]! : 0)),
        );
        const allowed = tolerance * all[n]! + rounding * Math.max(...all);
        return difference <= allowed ? [] : [`${site}: ${difference} of ${all[n]}`];
      });
      expect(wrong).toEqual([]);
    } finally {
      await model.dispose();
    }
  });
});
