// Writes the tables of models: shapes counted by `heed models`, and how far each family is from PyTorch's recordings.
// Run: npx tsx scripts/model-table.ts
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { reference } from "../src/backends/reference/reference.ts";
import { folderSource } from "../src/checkpoint/folder.node.ts";
import { readTrace } from "../src/checkpoint/trace-file.ts";
import { modelRows } from "../src/cli/commands/models.ts";
import { loadFrom } from "../src/model.ts";
import type { Agreement } from "../src/models/presets/agreement.ts";
import { verifyTrace } from "../src/tasks/verify.ts";
import type { ModelRow } from "../src/views/text/models.ts";
import { isStarted, markdownTable, type WrittenPart, writeParts } from "./pages.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Rows of the README's table; all others stand in docs/models.md. */
const chosen = ["gpt2", "gpt3-175b", "bert-base", "t5-small", "vit-b16"];

/** Every page's part that this script writes. */
export async function modelParts(): Promise<WrittenPart[]> {
  const rows = await modelRows();
  const found = await agreements();
  return [
    { file: "docs/models.md", name: "models", lines: modelLines(rows) },
    { file: "docs/models.md", name: "agreement", lines: agreementLines(found) },
    { file: "src/models/presets/agreement.ts", name: "agreement", lines: agreementData(found) },
    {
      file: "README.md",
      name: "models",
      lines: [...modelLines(rows.filter(({ name }) => chosen.includes(name))), "", summary(found)],
    },
  ];
}

/** The recorded passes of the repository, run by the plain definition: its numbers are the same on every machine. */
async function agreements(): Promise<Map<string, Agreement>> {
  const found = new Map<string, Agreement>();
  for (const folder of recordedFolders()) {
    const place = join(folder, "trace.safetensors");
    const model = await loadFrom(folderSource(folder), reference());
    const differences = await verifyTrace(model, readTrace(readFileSync(place), place), {
      tolerance: 1,
    });
    const before = found.get(model.type) ?? { passes: 0, sites: 0, difference: 0 };
    found.set(model.type, {
      passes: before.passes + 1,
      sites: before.sites + differences.length,
      difference: Math.max(before.difference, ...differences.map(shareOf)),
    });
    await model.dispose();
  }
  return found;
}

/** Ids must be equal: nothing is allowed there. */
function shareOf({ difference, allowed }: { difference: number; allowed: number }): number {
  return difference === 0 ? 0 : difference / allowed;
}

function recordedFolders(): string[] {
  return ["test/golden", "models"].flatMap((parent) =>
    readdirSync(join(root, parent))
      .map((name) => join(root, parent, name))
      .filter((folder) => existsSync(join(folder, "trace.safetensors"))),
  );
}

function modelLines(rows: readonly ModelRow[]): string[] {
  const number = (value: number | undefined) => value?.toLocaleString("en") ?? "unknown";
  return markdownTable(
    [
      "model",
      "family",
      "width",
      "heads × width",
      "layers",
      "feed-forward",
      "context",
      "parameters",
      "here",
    ],
    rows.map((row) => [
      row.title,
      row.family === "unknown" ? row.family : `\`${row.family}\``,
      number(row.width),
      row.heads === undefined ? "unknown" : `${row.heads} × ${row.headWidth}`,
      row.layers ?? "unknown",
      number(row.feedForward),
      row.context ?? "unknown",
      number(row.parameters),
      row.hub ? "runs" : "planned",
    ]),
  );
}

function byType(found: ReadonlyMap<string, Agreement>): [type: string, Agreement][] {
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The same for `heed models`, in the code's own format. */
function agreementData(found: ReadonlyMap<string, Agreement>): string[] {
  return byType(found).map(([type, { passes, sites, difference }]) => {
    const key = /^\w+$/.test(type) ? type : JSON.stringify(type);
    return `  ${key}: { passes: ${passes}, sites: ${sites}, difference: ${roundedUp(difference)} },`;
  });
}

function agreementLines(found: ReadonlyMap<string, Agreement>): string[] {
  const recorded = recordings();
  const files = familyFiles();
  return markdownTable(
    [
      "`model_type`",
      "recorded passes",
      "sites",
      "largest difference",
      "gradients at sites",
      "as repositories have it",
      "family file",
      "lines",
    ],
    byType(found).map(([type, { passes, sites, difference }]) => {
      const { gradients, repositories } = recorded.get(type)!;
      const file = files.get(type)!;
      return [
        `\`${type}\``,
        passes,
        sites.toLocaleString("en"),
        `≤ ${roundedUp(difference)}`,
        gradients || "",
        repositories.map((name) => `\`${name}\``).join(", "),
        `\`${file}\``,
        readFileSync(join(root, "src/families", file), "utf8")
          .trimEnd()
          .split("\n").length,
      ];
    }),
  );
}

/** What else is recorded of each type: sites with PyTorch's gradients, and folders of test/golden laid out as repositories are. */
function recordings(): Map<string, { gradients: number; repositories: string[] }> {
  const found = new Map<string, { gradients: number; repositories: string[] }>();
  const golden = join(root, "test/golden");
  for (const name of readdirSync(golden).sort()) {
    const config = join(golden, name, "config.json");
    if (!existsSync(config)) continue;
    const { model_type: type } = JSON.parse(readFileSync(config, "utf8"));
    const one = found.get(type) ?? { gradients: 0, repositories: [] };
    found.set(type, one);
    if (name.startsWith("hub-")) one.repositories.push(name);
    const place = join(golden, name, "gradients.safetensors");
    if (existsSync(place))
      one.gradients += [...readTrace(readFileSync(place), place).tensors.keys()].filter(
        (site) => !site.startsWith("input."),
      ).length;
  }
  return found;
}

/** The file that each type is read by, within src/families; families.ts says so. */
function familyFiles(): Map<string, string> {
  const source = readFileSync(join(root, "src/families/families.ts"), "utf8");
  const entries = source.matchAll(/^ {2}"?([\w-]+)"?: async .*?import\("\.\/(.+?)"\)/gms);
  return new Map([...entries].map(([, type, file]) => [type!, file!]));
}

function summary(found: ReadonlyMap<string, Agreement>): string {
  const all = [...found.values()];
  const sum = (of: (one: Agreement) => number) =>
    all.reduce((total, one) => total + of(one), 0).toLocaleString("en");
  const largest = Math.max(...all.map(({ difference }) => difference));
  return `${sum(({ passes }) => passes)} recorded forward passes, ${sum(({ sites }) => sites)} sites: at most ${roundedUp(largest)} from PyTorch, as a share of the site's largest value where that is above 1.`;
}

/** One digit, never less than what was measured: 1.04e-6 → "2e-6". */
export function roundedUp(difference: number): string {
  if (difference === 0) return "0";
  const [digits, exponent] = difference.toExponential(6).split("e").map(Number) as [number, number];
  return (Math.ceil(digits) * 10 ** exponent).toExponential(0);
}

if (isStarted(import.meta.url)) writeParts(await modelParts());
