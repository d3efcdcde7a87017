// Writes the tables of speed from bench/results: the whole of it beside the results, what people ask for into docs/speed.md, a
// few rows of it into README.md. Run: npx tsx scripts/speed-table.ts
import { readdirSync, readFileSync } from "node:fs";
import { type Results, resultsFolder } from "../bench/results.ts";
import { isStarted, markdownTable, type WrittenPart, writeParts } from "./pages.ts";

const titles: Readonly<Record<string, string>> = {
  product: "Matrix product, rows × 768 × 3072",
  bert: "BERT-base ÷ onnxruntime-node",
  pytorch: "÷ PyTorch",
  transformers: "÷ transformers.js",
  memory: "Bound by memory",
  attention: "Attention alone, streaming",
  ladder: "Attention, what each rung gains on the one before",
  patch: "A pass with a patch ÷ the plain pass, BERT-base",
  kept: "A pass seen before ÷ the same planned anew",
  interventions: "Heads silenced and patched",
  heads: "Detectors over 1,000 sentences",
  training: "A training step of a small GPT-2",
  "training-web": "A training step in WebAssembly, 1 thread",
  world: "The tiny world, learned from seed 1",
  wasm: "WebAssembly ÷ onnxruntime-web",
  footprint: "Peak memory",
  page: "A page of 987 tokens, BERT-base shape",
  fetching: "Loading from an address ÷ one fetch of its weights, Chromium",
  start: "Whole process",
};

type Choice = Readonly<Record<string, RegExp>>;

/** Rows of docs/speed.md; all others stand beside the results. */
const asked: Choice = {
  product: /^(12|128|512) rows, time/,
  bert: /^\d+ tokens(, all weights read)?$/,
  pytorch: /^BERT-base, (12|128|512) tokens|^GPT-2|^attention alone, 2048/,
  transformers: /./,
  memory: /half ÷ f32/,
  attention: /^(512|4096) tokens/,
  kept: /./,
  interventions: /./,
  heads: /./,
  training: /./,
  "training-web": /./,
  world: /./,
  wasm: /BERT.*\b(12|128) tokens|\b(12|128) rows/,
  footprint: /./,
  page: /./,
  fetching: /./,
  start: /./,
};

/** Rows of the README's table. */
const telling: Choice = {
  bert: /^(12|128) tokens$/,
  pytorch: /^BERT-base, 128 tokens, all|^GPT-2 small, weights/,
  transformers: /^process start/,
  interventions: /TransformerLens/,
  wasm: /^Node.*BERT.*\b128 tokens/,
};

/** Every page's part that this script writes. */
export function speedParts(): WrittenPart[] {
  const all = readdirSync(resultsFolder)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => JSON.parse(readFileSync(new URL(file, resultsFolder), "utf8")) as Results);
  const part = (file: string, choice?: Choice): WrittenPart => ({
    file,
    name: "speed",
    lines: all.flatMap((results) => {
      const rows = rowsOf(results, choice);
      return rows.length === 0 ? [] : [sentence(results), "", ...markdownTable(head, rows), ""];
    }),
  });
  return [
    part("bench/results/README.md"),
    part("docs/speed.md", asked),
    part("README.md", telling),
  ];
}

function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function sentence({ machine }: Results): string {
  const { processor, family, model, cores, kernels } = machine;
  const kind =
    family === undefined
      ? "of a family that was not written down"
      : `of family ${family}, model ${model}`;
  return `${processor} ${kind}, ${cores} cores, ${kernels}:`;
}

const head = ["claim", "measured", "heed", "rival", "number", "goal", "met", "at best", "day"];

function rowsOf({ claims }: Results, choice?: Choice): string[][] {
  for (const claim of Object.keys(claims))
    if (!(claim in titles))
      throw new Error(
        `speed-table: bench/results holds the claim "${claim}", which has no title here. Add it to titles, and to asked if docs/speed.md should show it`,
      );
  return Object.keys(titles).flatMap((claim) =>
    (claims[claim]?.rows ?? [])
      .filter(({ label }) => !choice || choice[claim]?.test(label))
      .map(({ label, ours, rival, unit, value, goal, isMet, least }) => {
        const measured = (amount: number | undefined) =>
          amount === undefined ? "" : `${number(amount)} ${unit}`;
        const met = Number.isNaN(value) ? "not compared" : isMet ? "yes" : "no";
        return [
          titles[claim]!,
          label,
          measured(ours),
          measured(rival),
          value.toFixed(2),
          goal,
          met,
          measured(least),
          claims[claim]!.day,
        ];
      }),
  );
}

if (isStarted(import.meta.url)) writeParts(speedParts());
