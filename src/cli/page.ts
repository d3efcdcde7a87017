import type { Model } from "../models/model.ts";
import type { Run } from "../models/run.ts";
import type { FocusReport } from "../views/focus-text.ts";
import { pageHtml } from "../views/page.ts";
import { layerWeights, stackOf } from "./picture.ts";

/** Above this many tokens a page leaves the vectors out, to stay a few MB. */
const mostTokensWithVectors = 256;

/** One page with the sentence, every head and, for shorter texts, every number on the way. Needs weights, q, k and v read. */
export function attentionPage(model: Model, run: Run, report: FocusReport): string {
  const { layers, headWidth, keyHeads } = model.dimensions;
  const each = <T>(make: (layer: number) => T) =>
    Array.from({ length: layers }, (_, layer) => make(layer));
  const vectors = (name: "q" | "k" | "v") =>
    each((layer) => run.trace.get(`${stackOf(model)}layers.${layer}.${name}`).select(0).data);
  const scales = new Set(each((layer) => model.scoreScale(layer)));
  const [scale] = scales;
  const hasVectors = run.tokens[0]!.length <= mostTokensWithVectors && scales.size === 1;
  return pageHtml({
    texts: report.texts,
    model: report.model,
    queries: report.tokens,
    weights: each((layer) => layerWeights(run, model, layer)),
    start: { query: report.focus.tokens[0], ...report.head },
    vectors:
      hasVectors && scale !== undefined
        ? { headWidth, keyHeads, scale, q: vectors("q"), k: vectors("k"), v: vectors("v") }
        : undefined,
  });
}
