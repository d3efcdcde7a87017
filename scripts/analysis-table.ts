// Writes the table of docs/analysis.md that says which analysis works for which family: every command is run on the tiny checkpoint of each. Run:
// npx tsx scripts/analysis-table.ts
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { program } from "../src/cli/program/program.ts";
import { HeedError } from "../src/errors/errors.ts";
import { isStarted, markdownTable, type WrittenPart, writeParts } from "./pages.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const golden = join(root, "test/golden");
const picture = join(root, "test/images/exif-8.png");
const sound = join(golden, "hub-whisper/sound.wav");

/** What a family's models are given. */
type Kind = "text" | "two texts" | "picture" | "towers" | "sound";
const pictures = "beit deit dinov2 dinov2_with_registers swin vit".split(" ");
const ofTwoTexts = "bart bert2bert m2m_100 marian mbart50 mbart_cc25 mt5 nllb pegasus t5".split(
  " ",
);

/** Families as their tiny checkpoints are named. */
export const tableFamilies: readonly string[] = readdirSync(golden)
  .filter((name) => name.startsWith("hub-"))
  .map((name) => name.slice("hub-".length))
  .sort();

function kindOf(family: string): Kind {
  if (pictures.includes(family)) return "picture";
  if (ofTwoTexts.includes(family)) return "two texts";
  if (family === "whisper") return "sound";
  return family === "clip" || family === "siglip" ? "towers" : "text";
}

/** An analysis as a command: what stands behind the input, and whose attention it may be of. */
interface Analysis {
  readonly name: string;
  readonly command: readonly string[];
  readonly options?: (word: string, other: string) => readonly string[];
  readonly stacks?: readonly string[];
  /** Swin's layers are taken stage by stage. */
  readonly hasStages?: boolean;
  /** False for one of weights alone. */
  readonly hasInput?: boolean;
  /** What is asked of a model that predicts nothing. */
  readonly otherwise?: (word: string, other: string) => readonly string[];
}

const head = "L0H1";
const all = ["encoder", "decoder", "cross"];
const analyses: readonly Analysis[] = [
  { name: "heed TEXT", command: [], stacks: all },
  { name: "show", command: ["show", head], options: (word) => ["--word", word], stacks: all },
  {
    name: "explain",
    command: ["explain"],
    options: (word) => ["--word", word, "--head", head],
    stacks: all,
  },
  { name: "heads", command: ["heads"], stacks: all, hasStages: true },
  { name: "rollout", command: ["rollout"], stacks: all, hasStages: true },
  {
    name: "flow",
    command: ["flow"],
    options: (word) => ["--word", word],
    stacks: all,
    hasStages: true,
  },
  { name: "measure", command: ["measure"], stacks: all, hasStages: true },
  { name: "norms", command: ["norms"], stacks: all },
  { name: "zeroing", command: ["zeroing"], stacks: all },
  { name: "lens", command: ["lens"] },
  { name: "attribute", command: ["attribute"] },
  {
    name: "stream",
    command: ["stream"],
    options: (word) => ["--word", word, "--layer", "0"],
    stacks: ["encoder", "decoder"],
  },
  { name: "circuit", command: ["circuit", head], hasInput: false },
  {
    name: "patch --zero",
    command: ["patch"],
    options: () => ["--zero", head, "--controls", "0"],
    stacks: all,
  },
  {
    name: "patch --cut",
    command: ["patch"],
    options: (word, other) => ["--cut", `${word}->${other}`, "--head", head, "--controls", "0"],
    stacks: all,
  },
  {
    name: "patch --grid",
    command: ["patch"],
    options: () => ["--zero", "--grid", "heads"],
    stacks: all,
  },
  {
    name: "matter",
    command: ["matter"],
    options: (word) => ["--word", word, "--controls", "2"],
    stacks: all,
  },
  {
    name: "saliency",
    command: ["saliency"],
    otherwise: (word, other) => ["--word", word, "--to", other],
  },
  {
    name: "relevance",
    command: ["relevance"],
    otherwise: (word, other) => ["--word", word, "--to", other],
  },
];

/** What a command said where it did nothing; undefined where it did. */
type Refusal = string | undefined;

/** Runs a command in this process; nothing is printed. */
async function refusal(args: readonly string[]): Promise<Refusal> {
  const { stdout, stderr } = process;
  const before = [stdout.write, stderr.write] as const;
  stdout.write = stderr.write = (_: unknown, done?: unknown): boolean => {
    if (typeof done === "function") done();
    return true;
  };
  try {
    const heed = program();
    for (const command of [heed, ...heed.commands]) command.exitOverride();
    await heed.parseAsync(["node", "heed", ...args]);
    return undefined;
  } catch (error) {
    if (error instanceof HeedError) return error.message;
    throw error;
  } finally {
    [stdout.write, stderr.write] = before;
  }
}

const inputs: Readonly<Record<Kind, readonly string[]>> = {
  text: ["--ids", "5,9,14,7,20"],
  "two texts": ["--ids", "5,9,14,7,20"],
  picture: [picture],
  towers: [picture],
  sound: [sound],
};

/** A word that looks, and one before it. */
function wordsOf(kind: Kind, stack: string | undefined): readonly [string, string] {
  if (kind === "picture" || kind === "towers") return ["0,1", "0,0"];
  if (kind !== "sound") return ["2", "1"];
  if (stack === "decoder") return ["friend", "hello"];
  return [stack === "cross" ? "friend" : "0.04 s", "0.02 s"];
}

/** What each analysis says of a family: refusals by stack, where there are several. */
async function refusalsOf(
  family: string,
  { command, options, stacks, hasStages, hasInput = true, otherwise }: Analysis,
): Promise<Map<string, Refusal>> {
  const kind = kindOf(family);
  const model = ["--model", relative(process.cwd(), join(golden, `hub-${family}`))];
  const hasDecoder = kind === "two texts" || kind === "sound";
  const found = new Map<string, Refusal>();
  for (const stack of (hasDecoder && stacks) || [undefined]) {
    const [word, other] = wordsOf(kind, stack);
    const decoder = kind === "sound" ? "hello friend" : "2,6,11,4";
    const args = [
      ...command,
      ...(hasInput ? inputs[kind] : []),
      ...(hasDecoder && hasInput && stack !== "encoder" ? ["--decoder", decoder] : []),
      ...(options?.(word, other) ?? []),
      ...(stack ? ["--stack", stack] : []),
      ...(family === "swin" && hasStages ? ["--stage", "0"] : []),
      ...[...model, "--backend", "reference", "--json"],
    ];
    const said = await refusal(args);
    const again = said && otherwise && /Say what to explain|Take more steps/.test(said);
    found.set(stack ?? "", again ? await refusal([...args, ...otherwise(word, other)]) : said);
  }
  return found;
}

/** The reason alone, of whatever model: the first sentence, without what to do instead. */
function reasonIn(said: string): string {
  return said
    .replace(/(\S*\/)?hub-[a-z0-9_.-]+( \([^)]*\))?/g, "the model")
    .replace(/^([a-z ]+: )\S+ (norms its stream)/, "$1the model $2")
    .replace(/\. [A-Z][\s\S]*$/, "");
}

/** A family's cells, one an analysis: in which stacks it works, and the reasons where it does not. */
export async function familyCells(family: string): Promise<string[]> {
  const cells: string[] = [];
  for (const analysis of analyses) {
    const found = [...(await refusalsOf(family, analysis))];
    const works = found.filter(([, said]) => said === undefined).map(([stack]) => stack);
    const reasons = [...new Set(found.flatMap(([, said]) => (said ? [reasonIn(said)] : [])))];
    cells.push(
      works.length === found.length
        ? "yes"
        : [works.join(", ") || "no", ...reasons.map((reason) => `(${reason})`)].join(" "),
    );
  }
  return cells;
}

/** Families whose cells are alike in one row, and the reasons below by their letters. */
export function tableOf(cellsOf: ReadonlyMap<string, readonly string[]>): string[] {
  const groups = new Map<string, string[]>();
  for (const [family, cells] of cellsOf) {
    const key = JSON.stringify(cells);
    groups.set(key, [...(groups.get(key) ?? []), family]);
  }
  const order = [...groups].sort(([, a], [, b]) => b.length - a.length);
  const reasons = [
    ...new Set(
      order.flatMap(([key]) => [...key.matchAll(/\((.*?)\)"/g)].map(([, reason]) => reason!)),
    ),
  ];
  const letterOf = (reason: string) => String.fromCharCode(97 + reasons.indexOf(reason));
  const short = (cell: string) => {
    const [, works, reason] = /^(.*?) \((.*)\)$/.exec(cell) ?? [undefined, cell, undefined];
    return reason === undefined ? works! : `${works} ${letterOf(reason)}`;
  };
  // An analysis that every family has takes no column.
  const columns = [...analyses.keys()].filter((n) =>
    order.some(([key]) => (JSON.parse(key) as string[])[n] !== "yes"),
  );
  const everywhere = analyses
    .filter((_, n) => !columns.includes(n))
    .map(({ name }) => `\`${name}\``);
  return [
    `For every family: ${everywhere.join(", ")}. The others:`,
    "",
    ...markdownTable(
      ["families", ...columns.map((n) => `\`${analyses[n]!.name}\``)],
      order.map(([key, families]) => [
        families.join(", "),
        ...columns.map((n) => short((JSON.parse(key) as string[])[n]!)),
      ]),
    ),
    "",
    ...reasons.map((reason) => `- **${letterOf(reason)}**: ${JSON.parse(`"${reason}"`)}`),
  ];
}

/** The page's part that this script writes. */
export async function analysisParts(): Promise<WrittenPart[]> {
  const cells = new Map<string, readonly string[]>();
  for (const family of tableFamilies) cells.set(family, await familyCells(family));
  return [{ file: "docs/analysis.md", name: "analyses", lines: tableOf(cells) }];
}

if (isStarted(import.meta.url)) writeParts(await analysisParts());
