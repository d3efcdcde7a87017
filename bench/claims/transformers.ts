import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { embeddedModel, load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import { atMost, type Claim, type Row } from "../claim.ts";
import { threads } from "../engine.ts";
import { rival } from "../rivals.ts";
import { randomText } from "../texts.ts";
import { expectClose, interleave, type Times, timed } from "../timing.ts";
import { type OnnxFolder, openTransformers, writeOnnxFolder } from "../transformers.ts";

const TOLERANCE = 1e-4;
const SENTENCE = "The cat sat on the mat because it was tired.";
const LONG = randomText(196, 1);
/** Texts, and the share of transformers.js's time they may take. */
const inputs: Readonly<
  Record<string, { readonly texts: readonly string[]; readonly most: number }>
> = {
  "one sentence": { texts: [SENTENCE], most: 0.6 },
  "32 sentences": {
    texts: Array.from({ length: 32 }, (_, n) => randomText(8 + (n % 9), n + 2)),
    most: 0.8,
  },
  "a long text": { texts: [LONG], most: 1 },
};
const tokenized = [LONG, randomText(6000, 99)];

type Theirs = Awaited<ReturnType<typeof openTransformers>>;
type Sides = Readonly<Record<"ours" | "theirs", Times>>;

/** From text to sentence embedding with the model that comes with heed, against transformers.js on a graph of the same weights. */
export const transformers: Claim = {
  name: "transformers",
  title: "text to sentence embedding against transformers.js, all-MiniLM-L6-v2",
  async measure() {
    const library = rival("@huggingface/transformers");
    if (!library) return [];
    const folder = await writeOnnxFolder(embeddedModel());
    try {
      const theirs = await openTransformers(library, folder, threads);
      const ours = await load(embeddedModel());
      const rows = [...(await embeddingRows(ours, theirs)), ...(await tokenRows(ours, theirs))];
      await ours.dispose();
      return [...rows, ...(await processRows(folder))];
    } finally {
      await folder.remove();
    }
  },
};

async function embeddingRows(ours: Model, theirs: Theirs): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, { texts, most }] of Object.entries(inputs)) {
    const own = await ours.run(texts, { read: ["layers.*.weights"] });
    const embedding = own.output.sentence!.data;
    const found = await theirs.embedReading(texts);
    let worst = expectClose(name, embedding, await theirs.embed(texts), TOLERANCE);
    expectClose(`${name}, reading`, embedding, found.embedding, TOLERANCE);
    for (let layer = 0; layer < ours.dimensions.layers; layer++) {
      const weights = own.trace.get(`layers.${layer}.weights`).data;
      const other = found.outputs[`attentions.${layer}`]!.data;
      worst = Math.max(worst, expectClose(`${name}, layer ${layer}`, weights, other, TOLERANCE));
    }
    const times = await interleave(
      {
        ours: () => timed(() => ours.embed(texts)),
        theirs: () => timed(() => theirs.embed(texts)),
        oursReads: () => timed(() => ours.run(texts, { read: ["layers.*.weights"] })),
        theirsReads: () => timed(() => theirs.embedReading(texts)),
      },
      20,
    );
    const label = `${name}, ${own.inputs.length} tokens${texts.length > 1 ? " at most" : ""}`;
    rows.push(
      row(label, times, most, `differ by ${worst.toExponential(0)}`),
      row(`${label}, all weights read`, { ours: times.oursReads, theirs: times.theirsReads }, most),
    );
  }
  return rows;
}

async function tokenRows(ours: Model, theirs: Theirs): Promise<Row[]> {
  const rows: Row[] = [];
  const tokenizer = ours.tokenizer!;
  for (const text of tokenized) {
    const ids = Float32Array.from(tokenizer.encode(text).ids);
    expectClose("tokens", ids, Float32Array.from(theirs.tokenizer.encode(text)), 0);
    const times = await interleave(
      {
        ours: () => timed(() => tokenizer.encode(text)),
        theirs: () => timed(() => theirs.tokenizer.encode(text)),
      },
      30,
    );
    rows.push(row(`tokenizing ${ids.length.toLocaleString("en")} tokens`, times));
  }
  return rows;
}

/** Each side in processes of its own, one after the other. */
async function processRows({ parent, name }: OnnxFolder): Promise<Row[]> {
  // Bundled first: a compiler in the process would be measured too.
  const script = fileURLToPath(
    new URL("../../node_modules/.cache/heed-bench/embed-child.mjs", import.meta.url),
  );
  const child = fileURLToPath(new URL("../embed-child.ts", import.meta.url));
  const platform = { platform: "node", format: "esm", packages: "external" } as const;
  await build({ entryPoints: [child], outfile: script, bundle: true, ...platform });
  const rivalScript = fileURLToPath(new URL("../rivals/embed-child.mjs", import.meta.url));
  const ours = () => printed([script, embeddedModel(), SENTENCE]);
  const theirs = () => printed([rivalScript, parent, name, String(threads), SENTENCE]);
  const vectors = [ours(), theirs()].map(({ embedding }) => Float32Array.from(embedding));
  expectClose("embedding of a new process", vectors[0]!, vectors[1]!, TOLERANCE);
  const measure = (key: "loading" | "whole") =>
    interleave({ ours: async () => ours()[key], theirs: async () => theirs()[key] }, 6);
  return [
    row("loading, from call to ready", await measure("loading")),
    row("process start to one sentence's embedding", await measure("whole")),
  ];
}

interface Printed {
  readonly loading: number;
  readonly whole: number;
  readonly embedding: readonly number[];
}

function printed(words: readonly string[]): Printed {
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
  if (!stdout) throw new Error(`bench: ${words[0]} printed nothing: ${stderr}`);
  return JSON.parse(stdout) as Printed;
}

function row(label: string, { ours, theirs }: Sides, most = 1, more?: string): Row {
  const medians = [ours, theirs].map(({ median }) => median.toPrecision(3)).join(" / ");
  return {
    label,
    ours: ours.min,
    rival: theirs.min,
    unit: "ms",
    ...atMost(ours.min / theirs.min, most),
    note: `median ${medians} ms${more ? `; ${more}` : ""}`,
  };
}
