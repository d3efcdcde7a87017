// Writes the tables of speed from bench/results: the whole of it beside the results, what people ask for into docs/speed.md, a
// few rows of it into README.md. Run: npx tsx scripts/speed-table.ts
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Row } from "../bench/claim.ts";
import { isStarted, markdownTable, type WrittenPart, writeParts } from "./pages.ts";

interface Results {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly results: Readonly<Record<string, readonly Row[]>>;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "bench/results");

const titles: Readonly<Record<string, string>> = {
  product: "Matrix product, rows × 768 × 3072",
  bert: "BERT-base ÷ onnxruntime-node",
  pytorch: "÷ PyTorch",
  transformers: "÷ transformers.js",
  memory: "Bound by memory",
  attention: "Attention alone, streaming",
  ladder: "Attention, what each rung gains on the one before",
  patch: "A pass with a patch ÷ the plain pass, BERT-base",
  wasm: "WebAssembly ÷ onnxruntime-web",
  footprint: "Peak memory",
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
  wasm: /BERT.*\b(12|128) tokens|\b(12|128) rows/,
  footprint: /./,
  start: /./,
};

/** Rows of the README's table. */
const telling: Choice = {
  bert: /^(12|128) tokens$/,
  pytorch: /^BERT-base, 128 tokens, all|^GPT-2 small, weights/,
  transformers: /^process start/,
  wasm: /^Node.*BERT.*\b128 tokens/,
};

/** Every page's part that this script writes. */
export function speedParts(): WrittenPart[] {
  const all = readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as Results);
  const part = (file: string, choice?: Choice): WrittenPart => ({
    file,
    name: "speed",
    lines: all.flatMap((results) => [sentence(results), "", ...tableOf(results, choice), ""]),
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
  return `${machine.processor}, ${machine.cores} cores, ${machine.kernels}, Node ${machine.node}, load ${machine.load} at the last claim measured (claims are measured one at a time, and milliseconds of two days do not compare):`;
}

function tableOf({ results }: Results, choice?: Choice): string[] {
  const rows = Object.keys(titles).flatMap((claim) =>
    (results[claim] ?? [])
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
        ];
      }),
  );
  return markdownTable(
    ["claim", "measured", "heed", "rival", "number", "goal", "met", "at best"],
    rows,
  );
}

if (isStarted(import.meta.url)) writeParts(speedParts());
