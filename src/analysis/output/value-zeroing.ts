/** Value zeroing (Mohebbi et al. 2023, arXiv 2301.12971, eq. 5 and 6): C_ij = 1 − cos(x̃_i, x̃_i without the values of j), rows divided by their sums. */

import { InputError } from "../../errors/errors.ts";
import { choiceOf, expectKeys } from "../../errors/options.ts";
import type { RunInput } from "../../models/inputs.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import { mainStack } from "../../models/main-stack.ts";
import type { Patch } from "../../probe/patch.ts";
import { type Stage, stagesOf } from "../../probe/text-tokens.ts";
import type { TextToken } from "../../probe/words.ts";
import { repeatedInput } from "../interventions/subject.ts";
import { cosineDistance } from "../words/compare.ts";

/** A model that runs, here or in a worker. */
export type ZeroedModel = Pick<LoadedModel, "run" | "sites">;

/** Which layers, and how much at once. */
export interface ValueZeroingOptions {
  /** All layers if not given. */
  readonly layers?: readonly number[];
  /** "encoder." or "decoder." in encoder-decoders; the encoder's if not given. */
  readonly stack?: "" | "encoder." | "decoder.";
  /** Copies of the text in one run; 16 if not given. */
  readonly batch?: number;
  readonly signal?: AbortSignal;
  /** Called after every layer: how many of how many are done. */
  readonly onProgress?: (done: number, of: number) => void;
}

/** How much each token's output changes when another token's values are taken away. */
export interface ZeroedLayer {
  readonly layer: number;
  /** (N, N) row-major: cosine distance of token i's output without token j's values to its output with them; rows divided by their sums. */
  readonly scores: Float64Array;
  /** The same before rows are divided. */
  readonly distances: Float64Array;
}

/** What value zeroing gives. */
export interface ValueZeroing {
  readonly tokens: readonly TextToken[];
  readonly layers: readonly ZeroedLayer[];
}

const usualBatch = 16;

/**
 * Value zeroing (Mohebbi et al. 2023, "Quantifying context mixing in transformers", eq. 5 and 6): in one layer at a time, a token's value vectors are set
 * to 0 in all heads, and the outputs of the layer (behind feed-forward, residual and norms) are compared. Unlike weights it knows values, the
 * residual, the norms and the feed-forward layer. N copies of the text a layer. Throws InputError for layers that are not there, and for
 * layers of several stages, between which tokens are merged (swin).
 */
export async function valueZeroing(
  model: ZeroedModel,
  input: RunInput,
  options: ValueZeroingOptions = {},
): Promise<ValueZeroing> {
  expectKeys(
    options,
    { layers: true, stack: true, batch: true, signal: true, onProgress: true },
    "valueZeroing",
  );
  const { stack = mainStack(model), batch = usualBatch, signal, onProgress } = options;
  choiceOf(["", "encoder.", "decoder."], stack, "valueZeroing: stack");
  const count = [...model.sites.keys()].filter(
    (site) =>
      site.startsWith(`${stack}layers.`) &&
      site.endsWith(".residual") &&
      !site.includes("targets."),
  ).length;
  const chosen = options.layers ?? Array.from({ length: count }, (_, layer) => layer);
  const wrong = chosen.find((layer) => !Number.isInteger(layer) || layer < 0 || layer >= count);
  if (wrong !== undefined)
    throw new InputError(`valueZeroing: layer ${wrong}, but there are 0 to ${count - 1}`);
  const plain = await model.run(input, {
    read: chosen.map((layer) => `${stack}layers.${layer}.residual`),
    output: false,
    signal,
  });
  const stage = stageAround(chosen, stagesOf(plain.layerTokens ?? []));
  const { batch: texts } = plain.inputs;
  if (texts !== 1 || plain.inputs.mask?.includes(0))
    throw new InputError(
      "valueZeroing: takes one text at a time, without padding. Call it for each",
    );
  const tokens =
    stage?.tokens.queries ?? (stack === "decoder." ? plain.decoderTokens : plain.tokens)![0]!;
  const N = tokens.length;
  // Layers before the zeroed one are as in the plain run: every run comes after one of as many copies.
  const rows = Math.min(batch, N);
  const base = await model.run(repeatedInput(plain, rows), {
    reusable: true,
    output: false,
    signal,
  });
  const layers: ZeroedLayer[] = [];
  for (const layer of chosen) {
    const site = `${stack}layers.${layer}.residual`;
    const before = plain.trace.get(site).select(0); // (N, C)
    const C = before.shape[1]!;
    const distances = new Float64Array(N * N);
    for (let start = 0; start < N; start += rows) {
      const keys = Array.from({ length: Math.min(rows, N - start) }, (_, n) => start + n);
      const zeros = keys.map((key): Patch[] =>
        ["v", "global.v"]
          .map((kind) => `${stack}layers.${layer}.${kind}`)
          .filter((name) => model.sites.has(name))
          .map((name) => ({ site: name, key, zero: true })),
      );
      const patch = Array.from({ length: rows }, (_, row) => zeros[row] ?? []);
      const run = await model.run(repeatedInput(plain, rows), {
        read: [site],
        patch,
        after: base,
        output: false,
        signal,
      });
      const after = run.trace.get(site); // (rows, N, C)
      for (const [n, key] of keys.entries())
        for (let query = 0; query < N; query++) {
          const at = (n * N + query) * C;
          const far = cosineDistance(
            before.data.subarray(query * C, (query + 1) * C),
            after.data.subarray(at, at + C),
          );
          distances[query * N + key] = Math.max(0, far);
        }
    }
    layers.push({ layer, distances, scores: dividedRows(distances, N) });
    onProgress?.(layers.length, chosen.length);
  }
  return { tokens, layers };
}

/** The stage that layers are of, where there are any. */
function stageAround(layers: readonly number[], stages: readonly Stage[]): Stage | undefined {
  const of = (layer: number) =>
    stages.find(({ first, count }) => layer >= first && layer < first + count);
  const [stage, ...others] = new Set(layers.map(of));
  if (others.length === 0) return stage;
  const said = stages.map(({ first, count }) => `${first} to ${first + count - 1}`).join(", or ");
  throw new InputError(
    `valueZeroing: neighbours are merged on the way, so that layers have tokens of their own. Name layers of one stage: ${said}`,
  );
}

/** Rows divided by their sums; a row of zeros stays. */
function dividedRows(numbers: Float64Array, N: number): Float64Array {
  const sums = Float64Array.from({ length: N }, (_, row) =>
    numbers.subarray(row * N, (row + 1) * N).reduce((a, b) => a + b, 0),
  );
  return numbers.map((value, place) => {
    const sum = sums[Math.floor(place / N)]!;
    return sum > 0 ? value / sum : 0;
  });
}
