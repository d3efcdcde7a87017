import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gridCells, openGrid } from "../../src/analysis/interventions/grid.ts";
import { patchesOf } from "../../src/analysis/interventions/patches-of.ts";
import { runRows } from "../../src/analysis/interventions/run-rows.ts";
import { Subject } from "../../src/analysis/interventions/subject.ts";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { openSource } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import { loadFrom } from "../../src/model.ts";
import { allHeads, formatHead } from "../../src/probe/head-address.ts";
import type { Patch } from "../../src/probe/patch.ts";
import { randomModel } from "../../test/support/random-model.ts";
import { writeBertCheckpoint } from "../bert-checkpoint.ts";
import { HEADS, LAYERS } from "../bert-shape.ts";
import { atMost, type Claim, type Row } from "../claim.ts";
import { engine, threads } from "../engine.ts";
import { bertOnnx } from "../onnx-bert.ts";
import { openPyTorch, type PyTorch, skipped } from "../pytorch.ts";
import { rival, session } from "../rivals.ts";
import { expectClose, interleave, timed, type Variant } from "../timing.ts";

const TOKENS = 32;
const PATCHED_TOKENS = 12;
const ALL = LAYERS * HEADS;
/** Which of the 144 ablations is compared before anything is timed: L6H5. */
const COMPARED = 6 * HEADS + 5;

/** All heads silenced one by one, and all heads × positions patched, against as many passes of others. */
export const interventions: Claim = {
  name: "interventions",
  title: "head ablation and activation patching",
  async measure() {
    const checkpoint = await writeBertCheckpoint({ isReader: true });
    const python = process.env.HEED_PYTORCH;
    if (!python) console.error(skipped("HEED_PYTORCH is not set"));
    const torch =
      python === undefined
        ? undefined
        : await openPyTorch(python, checkpoint.folder, threads, "interventions.py");
    if (torch) console.error(torch.versions);
    try {
      return [...(await ablationRows(checkpoint.folder, torch)), ...(await patchingRows(torch))];
    } finally {
      torch?.close();
      await checkpoint.remove();
    }
  },
};

const ids = (count: number) => Array.from({ length: count }, (_, place) => 1000 + 37 * place);

async function ablationRows(folder: string, torch: PyTorch | undefined): Promise<Row[]> {
  const model = await loadFrom(await openSource(folder), await engine());
  const input = [ids(TOKENS)];
  const found = await silenced(model, input);
  const theirs = await onnxPass(folder, ids(TOKENS));
  const plain = await model.run(input, { read: ["final"], output: false });
  if (theirs) expectClose("bert", plain.trace.get("final").data, await theirs(), 2e-3);
  const shown = await torch?.ask({ run: "hooks", ids: ids(TOKENS), show: COMPARED });
  if (shown?.output) expectClose("L6H5 silenced", found[COMPARED]!, shown.output, 2e-3);
  const lens = await torch?.ask({ run: "lensAblation", ids: ids(TOKENS) });
  if (lens?.missing) console.error(`TransformerLens is skipped: ${lens.missing}`);
  const asked = (run: "hooks" | "lensAblation") => async () =>
    (await torch!.ask({ run, ids: ids(TOKENS) })).ms;
  const times = await interleave(
    {
      batches: () => timed(() => silenced(model, input)),
      singles: () =>
        timed(() => repeated(() => model.run(input, { read: ["final"], output: false }))),
      ...(theirs && { onnx: () => timed(() => repeated(theirs)) }),
      ...(torch && { hooks: asked("hooks") }),
      ...(lens && !lens.missing && { lens: asked("lensAblation") }),
    } as Record<"batches" | "singles" | "onnx" | "hooks" | "lens", Variant>,
    3,
  );
  await model.dispose();
  const row = (label: string, other: keyof typeof times, goal: number): Row[] => {
    const rivals = times[other];
    if (!rivals) return [];
    const ours = times.batches.min;
    return [
      {
        label: `${ALL} heads silenced, ${TOKENS} tokens ÷ ${label}`,
        ours,
        rival: rivals.min,
        unit: "ms",
        ...atMost(ours / rivals.min, goal),
      },
    ];
  };
  return [
    ...row(`${ALL} single passes of heed`, "singles", 0.75),
    ...row(`${ALL} plain passes of onnxruntime-node`, "onnx", 0.75),
    ...row("hooks on PyTorch, one by one", "hooks", 0.5),
    ...row("TransformerLens", "lens", 0.5),
  ];
}

/** The final vectors of a text with each head silenced. */
async function silenced(model: Model, input: number[][]): Promise<Float32Array[]> {
  const subject = new Subject(model, input);
  const lists: Patch[][] = [];
  for (const head of allHeads(model.dimensions))
    lists.push(
      await patchesOf(subject, [{ kind: "ablateHeads", heads: [formatHead(head)], by: "zero" }]),
    );
  const found: Float32Array[] = [];
  for await (const { index, trace, row } of runRows(model, await subject.clean(), lists, ["final"]))
    found[index] = trace.part("final", [[row]]).data;
  return found;
}

async function repeated(pass: () => Promise<unknown>): Promise<void> {
  for (let run = 0; run < ALL; run++) await pass();
}

/** One plain pass of onnxruntime over the checkpoint's graph: its last hidden state. */
async function onnxPass(
  folder: string,
  tokens: readonly number[],
): Promise<(() => Promise<Float32Array>) | undefined> {
  const onnx = rival("onnxruntime-node");
  if (!onnx) return undefined;
  const home = await mkdtemp(join(tmpdir(), "heed-bench-"));
  const path = join(home, "bert.onnx");
  const checkpoint = await openCheckpoint(await openSource(folder));
  await writeFile(path, await bertOnnx(checkpoint, false));
  await checkpoint.close();
  const theirs = await session(onnx, path, threads);
  await rm(home, { recursive: true });
  const whole = (value: (place: number) => number) =>
    new onnx.Tensor(
      "int64",
      BigInt64Array.from(tokens, (_, place) => BigInt(value(place))),
      [1, tokens.length],
    );
  const feeds = {
    input_ids: whole((place) => tokens[place]!),
    attention_mask: whole(() => 1),
    token_type_ids: whole(() => 0),
  };
  return async () => (await theirs.run(feeds)).last_hidden_state!.data;
}

/** GPT-2 small's shape: every head at every position takes another text's output, a cell a run. */
async function patchingRows(torch: PyTorch | undefined): Promise<Row[]> {
  const shape = { model_type: "gpt2", architectures: ["GPT2LMHeadModel"] };
  const model = await randomModel(shape, await engine());
  const tokens = ids(PATCHED_TOKENS);
  const other = { ids: tokens.map((id) => id + 1) };
  const cells = ALL * PATCHED_TOKENS;
  const grid = async () => {
    const subject = new Subject(model, [tokens]);
    const plan = { over: "headPositions", change: { kind: "transplant", from: other } } as const;
    // Ids have no words in common: places are aligned one by one.
    const opened = await openGrid(subject, plan, [{ kind: "logProbability", token: 5, minus: 9 }]);
    if (opened.cells.length !== cells)
      throw new Error(`bench: ${opened.cells.length} cells, not ${cells}`);
    let made = 0;
    for await (const _ of gridCells(subject, opened)) made++;
    return made;
  };
  const single = () => model.run([tokens], { read: ["logits"], output: false });
  const lens = await torch?.ask({ run: "lensPatching", ids: tokens, layers: [0], positions: [1] });
  const theirs = async () =>
    PATCHED_TOKENS *
    (
      await torch!.ask({
        run: "lensPatching",
        ids: tokens,
        layers: Array.from({ length: LAYERS }, (_, layer) => layer),
        positions: [1],
      })
    ).ms;
  const times = await interleave(
    {
      grid: () => timed(grid),
      singles: async () => PATCHED_TOKENS * (await timed(() => repeated(single))),
      ...(lens && !lens.missing && { lens: theirs }),
    } as Record<"grid" | "singles" | "lens", Variant>,
    2,
  );
  await model.dispose();
  const row = (label: string, of: { min: number } | undefined, goal: number): Row[] =>
    of
      ? [
          {
            label: `GPT-2 small, ${PATCHED_TOKENS} tokens, ${cells} cells ÷ ${label}`,
            ours: times.grid.min,
            rival: of.min,
            unit: "ms",
            ...atMost(times.grid.min / of.min, goal),
            note: `${(times.grid.min / cells).toFixed(2)} ms a cell`,
          },
        ]
      : [];
  return [
    ...row("as many single passes of heed", times.singles, 0.75),
    ...row("TransformerLens, one run a cell", times.lens, 0.5),
  ];
}
