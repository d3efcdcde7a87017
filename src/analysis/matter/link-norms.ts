/**
 * What a link brings to the stream: ‖w · v · W^O‖, the weight times the length of the key's value behind the output matrix (Kobayashi et al.
 * 2020, arXiv 2004.10102). A large weight on a short value brings little.
 */

import { headMatrix } from "../../models/head-matrix.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import type { Kept } from "../../probe/kept.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Link } from "../interventions/links.ts";
import { type Subject, siteIn } from "../interventions/subject.ts";
import type { Stack } from "../layers/attention-maps.ts";
import { numbersOf } from "../words/word-weights.ts";

/** What gives the norms of links of one stack: a word's pieces bring their sum, averaged over the pieces that look. Output matrices are read once. */
export function linkNorms(
  model: LoadedModel,
  stack: Stack = "encoder",
): (subject: Subject, links: readonly Link[]) => Promise<number[]> {
  const matrices = new Map<string, Promise<Tensor>>();
  const named = /^(encoder|decoder)\./.exec(siteIn(model, stack, 0, ""))?.[0] ?? "";
  const matrixOf = ({ layer, head }: Link) => {
    const name = `${layer} ${head}`;
    const prefix = stack === "cross" ? "decoder.cross." : named;
    const matrix =
      matrices.get(name) ??
      headMatrix(model, { layer, head }, "o", prefix).then((own) => own.matrix);
    matrices.set(name, matrix);
    return matrix;
  };
  return async (subject, links) => {
    const norms: number[] = [];
    for (const link of links) {
      const matrix = await matrixOf(link);
      const sites = ["weights", "v"].map((kind) => siteIn(model, stack, link.layer, kind));
      const { trace } = await subject.clean(sites);
      const [weights, values] = [trace.kept(sites[0]!), trace.get(sites[1]!)];
      norms.push(linkNorm(weights, values, matrix, link));
    }
    return norms;
  };
}

function linkNorm(
  weights: Kept,
  values: Tensor,
  matrix: Tensor,
  { head, query, key }: Pick<Link, "head" | "query" | "key">,
): number {
  const weightAt = numbersOf(weights, 0);
  const [heads, keyHeads] = [weights.shape[1]!, values.shape[1]!];
  const own = Math.floor((head * keyHeads) / heads);
  const [D, C] = matrix.shape as readonly [number, number];
  let total = 0;
  for (const t of query) {
    const mixed = new Float64Array(D);
    for (const s of key) {
      const weight = weightAt(head, t, s);
      for (let d = 0; d < D; d++) mixed[d]! += weight * values.at(0, own, s, d);
    }
    const brought = new Float64Array(C);
    for (let d = 0; d < D; d++)
      for (let c = 0; c < C; c++) brought[c]! += mixed[d]! * matrix.data[d * C + c]!;
    total += Math.sqrt(brought.reduce((sum, value) => sum + value * value, 0)) / query.length;
  }
  return total;
}
