import { cpuBackend } from "../../src/backends/cpu/cpu.ts";
import { nativeMachine } from "../../src/backends/cpu/native.node.ts";
import { folderSource } from "../../src/checkpoint/folder.node.ts";
import { embeddedModel } from "../../src/load.node.ts";
import { loadFrom } from "../../src/model.ts";
import type { Backend } from "../../src/tensor/backend.ts";
import { randomLayers } from "../bert-shape.ts";
import { atMost, type Claim, type Row } from "../claim.ts";
import { decoderOf, randomHead } from "../decoder.ts";
import { engine, threads } from "../engine.ts";
import { expectClose, interleave, type Times, timed } from "../timing.ts";

const SENTENCE = "The cat sat on the mat because it was tired.";
/** A sentence takes as long as the clock's steps and a thread's waking: several are measured together. */
const SENTENCES = 10;
const [PROMPT, STEPS] = [16, 48];

/** What it saves that a pass seen before is not planned again. */
export const keptPasses: Claim = {
  name: "kept",
  title: "a pass seen before ÷ the same planned anew",
  async measure() {
    const [kept, other] = [await engine(), await engine()];
    const fresh: Backend = { ...other, pass: undefined };
    const rows = [
      ...(await sentenceRows(kept, fresh)),
      ...(await scriptRow()),
      await tokenRow(kept, fresh),
    ];
    await kept.dispose();
    await other.dispose();
    return rows;
  },
};

async function sentenceRows(kept: Backend, fresh: Backend): Promise<Row[]> {
  const [ours, theirs] = [await embedded(kept), await embedded(fresh)];
  const rows: Row[] = [];
  for (const [name, read] of [
    ["one sentence", []],
    ["one sentence, all weights read", ["layers.*.weights"]],
  ] as const) {
    const several = (model: typeof ours) => async () => {
      const ms = await timed(async () => {
        for (let turn = 0; turn < SENTENCES; turn++) await model.run(SENTENCE, { read });
      });
      return ms / SENTENCES;
    };
    const [own, same] = [await ours.run(SENTENCE), await theirs.run(SENTENCE)];
    expectClose(name, own.output.sentence!.data, same.output.sentence!.data, 0);
    const times = await interleave({ ours: several(ours), theirs: several(theirs) }, 40);
    rows.push(row(`${name}, ${own.inputs.length} tokens`, times, 0.8));
  }
  return rows;
}

/** What of it is JavaScript: a sentence on a machine that takes lists and computes nothing. */
async function scriptRow(): Promise<Row[]> {
  const machine = await nativeMachine(threads);
  if ("reason" in machine) return [];
  let computes = true;
  const backend = cpuBackend({
    ...machine,
    submit(list, stop, onLeft) {
      if (computes) return machine.submit(list, stop, onLeft);
      onLeft();
      return { done: Promise.resolve(), want() {} };
    },
  });
  const [ours, theirs] = [await embedded(backend), await embedded({ ...backend, pass: undefined })];
  // Numbers that no kernel makes are those of this run, so that nobody warns of others.
  for (const model of [ours, theirs]) await model.run(SENTENCE);
  computes = false;
  const several = (model: typeof ours) => async () => {
    const ms = await timed(async () => {
      for (let turn = 0; turn < SENTENCES; turn++)
        await model.run(SENTENCE, { onWarning: () => {} });
    });
    return ms / SENTENCES;
  };
  const times = await interleave({ ours: several(ours), theirs: several(theirs) }, 60);
  await ours.dispose();
  return [row("one sentence, what of it is JavaScript", times, 0.5)];
}

const embedded = (backend: Backend) => loadFrom(folderSource(embeddedModel()), backend);

async function tokenRow(kept: Backend, fresh: Backend): Promise<Row> {
  const [layers, head] = [randomLayers(), randomHead()];
  const [ours, theirs] = [
    await decoderOf(kept, layers, head),
    await decoderOf(fresh, layers, head),
  ];
  const [own, same] = [await ours(PROMPT, 4, false), await theirs(PROMPT, 4, false)];
  expectClose("a token", own.logits, same.logits, 0);
  const times = await interleave(
    {
      ours: async () => (await ours(PROMPT, STEPS, false)).ms / STEPS,
      theirs: async () => (await theirs(PROMPT, STEPS, false)).ms / STEPS,
    },
    12,
  );
  return row("one token, GPT-2 small shape", times, 1);
}

function row(label: string, { ours, theirs }: Record<"ours" | "theirs", Times>, most: number): Row {
  return {
    label,
    ours: ours.min,
    rival: theirs.min,
    unit: "ms",
    ...atMost(ours.min / theirs.min, most),
    note: `medians ${ours.median.toFixed(2)} / ${theirs.median.toFixed(2)}`,
  };
}
