import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import * as analysis from "../../src/analysis/index.ts";
import { InputError } from "../../src/errors/errors.ts";
import { explorerOf } from "../../src/explore/index.ts";
import { load } from "../../src/load.node.ts";
import { Filming } from "../../src/training/index.ts";
import * as views from "../../src/views/index.ts";

// An option that takes one of a few names refuses any other by name; what has its own test elsewhere is left out.
const folder = fileURLToPath(new URL("../tasks/fill-distilbert-clean-up", import.meta.url));
const model = await load(folder, { backend: "reference" });
afterAll(() => model.dispose());
const input = [[5, 6, 7]];
const run = await model.run(input, { read: ["layers.*.weights", "layers.*.residual"] });
const maps = analysis.attentionMaps(run);
const subject = new analysis.Subject(model, input);
const metric = { kind: "wordCosine", word: 1 } as const;
const head = { layer: 0, head: 0 };
const picture = {} as never;
const tokenizer = model.tokenizer!;
const terminal = { width: 80, color: 0, unicode: true } as const;
const matter = { word: [1], by: "cut", metrics: [metric], controls: 0, seed: 0 } as const;
const film = { title: "", seed: 0, steps: 1, probes: [{ text: "a", links: [] }] as never };
const grid = { over: "heads", change: { kind: "ablate", by: "zero" } } as const;
const no = "none such" as never;

test.each<readonly [string, () => unknown]>([
  ["attentionMaps: stack", () => analysis.attentionMaps(run, { stack: no })],
  ["stack", () => analysis.weightSites(model.sites, no)],
  ["attentionConfidence: special", () => analysis.attentionConfidence(maps, { special: no })],
  ["attentionDistance: special", () => analysis.attentionDistance(maps, { special: no })],
  ["attentionEntropy: smoothing", () => analysis.attentionEntropy(maps, { smoothing: no })],
  ["rollout: variant", () => analysis.rollout(maps, { variant: no })],
  ["rollout: fusion", () => analysis.rollout(maps, { variant: "vit-explain", fusion: no })],
  ["rollout: scaling", () => analysis.rollout(maps, { variant: "vit-explain", scaling: no })],
  ["patternSimilarity: measure", () => analysis.patternSimilarity(maps, [], { measure: no })],
  ["saliency: norm", () => analysis.saliency(subject, metric, { norm: no })],
  ["integrated gradients: rule", () => analysis.integratedGradients(subject, metric, { rule: no })],
  ["head importance: scale", () => analysis.headImportance([picture], { scale: no })],
  ["headGradients: stack", () => analysis.headGradients(subject, metric, { stack: no })],
  [
    "attentionTimesGradient: stack",
    () => analysis.attentionTimesGradient(subject, metric, { stack: no }),
  ],
  ["defaultMetrics: stack", () => analysis.defaultMetrics(subject, { stack: no })],
  ["matter: stack", () => analysis.matterOf(subject, { ...matter, stack: no })],
  ["grid: over", () => analysis.openGrid(subject, { ...grid, over: no }, [])],
  [
    "grid: change",
    () => analysis.openGrid(subject, { ...grid, change: { kind: no, by: "zero" } }, []),
  ],
  ["grid: stack", () => analysis.openGrid(subject, { ...grid, stack: no }, [])],
  ["logitLens: stack", () => analysis.logitLens(model, run, { stack: no })],
  ["valueZeroing: stack", () => analysis.valueZeroing(model, input, { stack: no })],
  ["headCircuit: stack", () => analysis.headCircuit(model, head, { stack: no })],
  ["weight: stack", () => run.weight("L0H0", 0, 1, { stack: no })],
  ["gridPicture: stack", () => views.gridPicture(run, { stack: no })],
  ["load: reads", () => load(folder, { backend: "reference", reads: no })],
  ["headSvg: theme", () => views.headSvg(picture, { theme: no })],
  ["pageHtml: theme", () => views.pageHtml(picture, { theme: no })],
  ["headText: theme", () => views.headText(picture, { ...terminal, theme: no })],
  ["headText: color", () => views.headText(picture, { ...terminal, color: no })],
  ["tokens: truncation", () => tokenizer.encode("a", { truncation: no })],
  ["pad: paddingSide", () => tokenizer.pad([], { paddingSide: no })],
  ["pad: paddingSide", () => tokenizer.encodeBatch(["a"], { paddingSide: no })],
  [
    "measure",
    async () => {
      const explorer = explorerOf(model);
      const seen = await explorer.see({ input: { ids: input[0]! } });
      return explorer.measure(seen.run, no, { query: 1 });
    },
  ],
  [
    "Filming: patterns",
    () => new Filming(model, { ...film, patterns: [no] }).frame({ step: 0, loss: 0, accuracy: 0 }),
  ],
])("%s", async (place, call) => {
  const refused = expect(async () => call()).rejects;
  await refused.toThrow(InputError);
  await refused.toThrow(`${place}: there is no "none such"; nearest: `);
});
