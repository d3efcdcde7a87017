// Writes the tables of speed from bench/results: the whole of it beside the results, what a newcomer asks for into README.md.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Row } from "../bench/claim.ts";

interface Results {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly results: Readonly<Record<string, readonly Row[]>>;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "bench/results");
const readme = join(root, "README.md");
const [start, end] = ["<!-- speed -->", "<!-- /speed -->"];

const titles: Readonly<Record<string, string>> = {
  product: "Matrix product, rows × 768 × 3072",
  bert: "BERT-base ÷ onnxruntime-node",
  pytorch: "÷ PyTorch",
  transformers: "÷ transformers.js",
  memory: "Bound by memory",
  attention: "Attention alone, streaming",
  ladder: "Attention, what each rung gains on the one before",
  wasm: "WebAssembly ÷ onnxruntime-web",
  footprint: "Peak memory",
  start: "Whole process",
};

/** Rows of the README's table; all others stand beside the results. */
const chosen: Readonly<Record<string, RegExp>> = {
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

function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function sentence({ machine }: Results): string {
  return `${machine.processor}, ${machine.cores} cores, ${machine.kernels}, Node ${machine.node}, load ${machine.load}:`;
}

function tableOf(
  { results }: Results,
  isWanted: (claim: string, label: string) => boolean,
): string[] {
  const rows = Object.keys(titles).flatMap((claim) =>
    (results[claim] ?? [])
      .filter(({ label }) => isWanted(claim, label))
      .map(({ label, ours, rival, unit, value, goal, isMet, least }) => {
        const measured = (amount: number | undefined) =>
          amount === undefined ? "" : `${number(amount)} ${unit}`;
        const met = Number.isNaN(value) ? "not compared" : isMet ? "yes" : "no";
        return `| ${titles[claim]} | ${label} | ${measured(ours)} | ${measured(rival)} | ${value.toFixed(2)} | ${goal} | ${met} | ${measured(least)} |`;
      }),
  );
  return [
    "| claim | measured | heed | rival | number | goal | met | at best |",
    "|---|---|---|---|---|---|---|---|",
    ...rows,
  ];
}

const all = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as Results);

writeFileSync(
  join(folder, "README.md"),
  [
    "# Measured",
    "",
    "Written by `npx tsx scripts/speed-table.ts` from the files beside it. A number is the least of several rounds, both sides in",
    "turn; `at best` is what the machine's arithmetic units, or its memory, need alone: no program can be faster there.",
    "",
    ...all.flatMap((results) => [sentence(results), "", ...tableOf(results, () => true), ""]),
  ].join("\n"),
);

const text = readFileSync(readme, "utf8");
if (!text.includes(start)) throw new Error(`README.md has no ${start}`);
const tables = all.flatMap((results) => [
  sentence(results),
  "",
  ...tableOf(results, (claim, label) => chosen[claim]?.test(label) ?? false),
  "",
]);
writeFileSync(
  readme,
  text.slice(0, text.indexOf(start)) +
    [start, ...tables, end].join("\n") +
    text.slice(text.indexOf(end) + end.length),
);
