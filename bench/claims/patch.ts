import type { Patch } from "../../src/probe/patch.ts";
import { randomModel } from "../../test/support/random-model.ts";
import { atMost, type Claim, type Row } from "../claim.ts";
import { engine } from "../engine.ts";
import { interleave, timed, type Variant } from "../timing.ts";

const bertBase = { model_type: "bert", architectures: ["BertModel"] };

/** Changes of one head or some rows: what else the pass computes stays in the fused kernels. */
const patches: Readonly<Record<string, readonly Patch[]>> = {
  "a cut in one head": [{ site: "layers.5.scores", head: 3, query: 9, key: 3, cut: true }],
  "a cut in one head of every layer": [{ site: "layers.*.scores", head: 3, key: 3, cut: true }],
  "one head's weights set, renormalized": [
    { site: "layers.5.weights", head: 3, query: 9, key: 3, set: 0, renormalize: true },
  ],
  "one head's mixed values zeroed": [{ site: "layers.5.mixed", head: 3, zero: true }],
  "the stream of one token moved": [{ site: "layers.5.residual", query: 9, add: 0.1 }],
};

/** What changing costs: a pass with a patch against the plain one. */
export const patch: Claim = {
  name: "patch",
  title: "a pass with a patch ÷ the plain pass, BERT-base",
  async measure() {
    const backend = await engine();
    const model = await randomModel(bertBase, backend);
    const rows: Row[] = [];
    for (const T of [32, 128]) {
      const ids = Array.from({ length: T }, (_, place) => 1000 + 7 * place);
      const run = (patch: readonly Patch[]) => () => timed(() => model.run([ids], { patch }));
      const names = Object.keys(patches);
      const times = await interleave(
        {
          plain: run([]),
          ...Object.fromEntries(names.map((name) => [name, run(patches[name]!)])),
        } as Record<string, Variant>,
        T > 100 ? 12 : 25,
      );
      for (const name of names)
        rows.push({
          label: `${T} tokens, ${name}`,
          ours: times[name]!.min,
          rival: times.plain!.min,
          unit: "ms",
          ...atMost(times[name]!.min / times.plain!.min, 1.15),
        });
    }
    await model.dispose();
    return rows;
  },
};
