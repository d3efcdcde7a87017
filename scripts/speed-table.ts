// Writes README's tables of speed from bench/results, one a machine: every number comes out of `npm run bench`.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Row } from "../bench/claim.ts";

interface Results {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly results: Readonly<Record<string, readonly Row[]>>;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = join(root, "README.md");
const [start, end] = ["<!-- speed -->", "<!-- /speed -->"];

const titles: Readonly<Record<string, string>> = {
  product: "matrix product, rows × 768 × 3072",
  bert: "BERT-base, time ÷ onnxruntime-node's",
  pytorch: "against PyTorch",
  start: "whole process, milliseconds",
  memory: "bound by memory",
  attention: "attention alone, streaming",
  ladder: "attention, what each rung gains on the one before",
  wasm: "WebAssembly, 2 threads, time ÷ onnxruntime-web's",
  footprint: "peak memory",
};

function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function tableOf({ machine, results }: Results): string[] {
  const about = `${machine.processor}, ${machine.cores} cores, ${machine.kernels}, Node ${machine.node}, load ${machine.load}`;
  const rows = Object.entries(results).flatMap(([claim, all]) =>
    all.map((row) => {
      const { label, ours, rival, unit, value, goal, isMet } = row;
      const measured = `${number(ours)} ${unit}`;
      const other = rival === undefined ? "" : `${number(rival)} ${unit}`;
      return `| ${titles[claim] ?? claim} | ${label} | ${measured} | ${other} | ${value.toFixed(2)} | ${goal} | ${isMet ? "yes" : "no"} |`;
    }),
  );
  return [
    `${about}:`,
    "",
    "| claim | measured | heed | rival | number | goal | met |",
    "|---|---|---|---|---|---|---|",
    ...rows,
    "",
  ];
}

const folder = join(root, "bench/results");
const tables = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .flatMap((file) => tableOf(JSON.parse(readFileSync(join(folder, file), "utf8"))));
const text = readFileSync(readme, "utf8");
if (!text.includes(start)) throw new Error(`README.md has no ${start}`);
writeFileSync(
  readme,
  text.slice(0, text.indexOf(start)) +
    [start, ...tables, end].join("\n") +
    text.slice(text.indexOf(end) + end.length),
);
