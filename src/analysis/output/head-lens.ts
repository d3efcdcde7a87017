/**
 * The logit lens of one head, in the manner of nostalgebraist 2020 and of the direct paths of Elhage et al. 2021: logits = norm(a_h · W^O_h) · W_U, the norm's
 * size held at the run's.
 */

import { expectKeys } from "../../errors/options.ts";
import { joinedSite } from "../../models/joined-site.ts";
import type { Run } from "../../models/run.ts";
import type { HeadAddress } from "../../probe/head-address.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { meanOf } from "../linear/vectors.ts";
import { type AttributedModel, expectLinear, gainOf, sizeOf } from "./linear-readout.ts";
import type { LogitReader } from "./logit-lens.ts";

/** Where the lens looks. */
export interface HeadLensOptions {
  readonly position: number;
  readonly text?: number;
  /** These heads; all if not given. */
  readonly heads?: readonly HeadAddress[];
  /** How many words on either side; 5 if not given. */
  readonly count?: number;
}

/** A word, and how much of its logit a head wrote. */
export interface WordShare {
  /** A token id, or a label's number. */
  readonly index: number;
  readonly value: number;
}

/** What one head alone says of the next word. */
export interface HeadLens extends HeadAddress {
  /** What it adds most to, the most first. */
  readonly raised: readonly WordShare[];
  /** What it takes most from, the most first. */
  readonly lowered: readonly WordShare[];
}

/**
 * The logit lens of single heads: what each head wrote into one token's stream, through the last norm, its size held at the run's, and the head over
 * words. For one word these are the heads' parts of `logitAttribution`. Needs a run that read `attributionReads`, of a model whose norms come first
 * and whose head is one map; others throw InputError.
 */
export async function headLens(
  model: AttributedModel & LogitReader,
  run: Run,
  options: HeadLensOptions,
): Promise<HeadLens[]> {
  expectKeys(options, { position: true, text: true, heads: true, count: true }, "headLens");
  const { position, text = 0, heads, count = 5 } = options;
  const { stack, norm, map } = await expectLinear(model);
  const C = map.weight.shape[1]!;
  const gain = await gainOf(model, norm, C);
  let layers = 0;
  while (model.sites.has(`${stack}layers.${layers}.heads`)) layers++;
  const last = `${stack}layers.${layers - 1}.residual`;
  const stream = run.trace.part(last, [[text], [position], undefined], "headLens").data;
  const size = sizeOf(stream, norm);
  const bias = map.bias && (await model.parameterRows(map.bias));
  const found: HeadLens[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const written = run.trace.part(
      joinedSite(model, `${stack}layers.${layer}.heads`),
      [[text], undefined, [position], undefined],
      "headLens",
    );
    const own = Array.from({ length: written.shape[1]! }, (_, head) => head).filter(
      (head) =>
        heads === undefined || heads.some((one) => one.layer === layer && one.head === head),
    );
    if (own.length === 0) continue;
    const finals = new Float32Array(own.length * C);
    for (const [n, head] of own.entries()) {
      const part = written.data.subarray(head * C, (head + 1) * C);
      const mean = norm.kind === "layer" ? meanOf(part) : 0;
      for (let c = 0; c < C; c++) finals[n * C + c] = ((part[c]! - mean) / size) * gain[c]!;
    }
    const logits = await model.logits(new Tensor([1, own.length, C], finals), { normed: true });
    const V = logits.shape[2]!;
    for (const [n, head] of own.entries()) {
      const shares = Array.from(logits.data.subarray(n * V, (n + 1) * V), (logit, index) => ({
        index,
        value: logit - (bias?.[index] ?? 0),
      })).sort((a, b) => b.value - a.value);
      found.push({
        layer,
        head,
        raised: shares.slice(0, count),
        lowered: shares.slice(-count).reverse(),
      });
    }
  }
  return found;
}
