import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  encodeSafetensors,
  type NamedBytes,
  namedBytes,
} from "../../src/checkpoint/safetensors.ts";
import { fusedAttention, slice } from "../../src/tensor/operations.ts";
import type { Program } from "../../src/tensor/program.ts";
import { HEAD_WIDTH, HEADS, ourBert, randomLayers, WIDTH } from "../bert-shape.ts";
import { atLeast, atMost, type Claim, type Row } from "../claim.ts";
import { compute } from "../compute.ts";
import { decoderOf, randomHead, randomRows, VOCABULARY } from "../decoder.ts";
import { engine, threads } from "../engine.ts";
import { openPyTorch, type PyTorch, skipped } from "../pytorch.ts";
import { expectClose, interleave, randomNumbers, timed } from "../timing.ts";

const BERT_TOKENS = [12, 64, 128, 512];
const ATTENTION_TOKENS = [512, 2048, 8192];
const [PROMPT, STEPS] = [16, 48];

type Layers = ReturnType<typeof randomLayers>;
type Head = ReturnType<typeof randomHead>;

/** The same weights and inputs in transformers on PyTorch, in a process of its own that takes its turns. */
export const pytorch: Claim = {
  name: "pytorch",
  title: "transformers on PyTorch: BERT-base and GPT-2 small shape, attention alone",
  async measure() {
    const python = process.env.HEED_PYTORCH;
    if (!python) {
      console.error(skipped("HEED_PYTORCH is not set"));
      return [];
    }
    const [layers, head] = [randomLayers(), randomHead()];
    const folder = await mkdtemp(join(tmpdir(), "heed-bench-"));
    const path = join(folder, "weights.safetensors");
    await writeFile(path, encodeSafetensors(tensorsOf(layers, head)));
    const theirs = await openPyTorch(python, path, threads);
    await rm(folder, { recursive: true });
    if (!theirs) return [];
    console.error(theirs.versions);
    try {
      return [
        ...(await bertRows(theirs, layers)),
        ...(await decoderRows(theirs, layers, head)),
        ...(await attentionRows(theirs)),
      ];
    } finally {
      theirs.close();
    }
  },
};

/** Everything both sides compute with: weights under the names of bert-shape.ts, and the inputs. */
function tensorsOf(layers: Layers, { final, table }: Head): Record<string, NamedBytes> {
  const vector = (data: Float32Array) => namedBytes([data.length], data);
  const tensors: Record<string, NamedBytes> = {
    words: namedBytes([VOCABULARY, WIDTH], table),
    "final.weight": vector(final.gain),
    "final.bias": vector(final.bias),
    decoder: namedBytes([PROMPT + STEPS, WIDTH], randomRows(PROMPT, STEPS)),
  };
  for (const [number, layer] of layers.entries())
    for (const [name, part] of Object.entries(layer)) {
      const weight = "shape" in part ? namedBytes(part.shape, part.weight) : vector(part.gain);
      tensors[`layers.${number}.${name}.weight`] = weight;
      tensors[`layers.${number}.${name}.bias`] = vector(part.bias);
    }
  for (const T of BERT_TOKENS)
    tensors[`hidden.${T}`] = namedBytes([1, T, WIDTH], randomNumbers(T * WIDTH, T));
  for (const T of ATTENTION_TOKENS)
    for (const [name, data] of Object.entries(attentionParts(T)))
      tensors[`attention.${T}.${name}`] = namedBytes([1, HEADS, T, HEAD_WIDTH], data);
  return tensors;
}

async function bertRows(theirs: PyTorch, layers: Layers): Promise<Row[]> {
  const backend = await engine();
  const ours = await ourBert(backend, layers);
  const rows: Row[] = [];
  for (const T of BERT_TOKENS) {
    const hidden = randomNumbers(T * WIDTH, T);
    const own = await ours(hidden, true);
    for (const reads of [true, false]) {
      const found = await theirs.ask({ run: "bert", tokens: T, reads, show: true });
      expectClose(`pytorch bert ${T}`, own.last.data, found.output!, 2e-3);
      if (reads)
        expectClose(`pytorch bert ${T} weights`, own.weights.at(-1)!.data, found.weights!, 1e-4);
    }
    const ask = async (reads: boolean) => (await theirs.ask({ run: "bert", tokens: T, reads })).ms;
    const times = await interleave(
      {
        ours: () => timed(() => ours(hidden, false)),
        sdpa: () => ask(false),
        oursReads: () => timed(() => ours(hidden, true)),
        eager: () => ask(true),
      },
      T > 200 ? 8 : 20,
    );
    rows.push(
      {
        label: `BERT-base, ${T} tokens, nothing read ÷ SDPA`,
        ours: times.ours.min,
        rival: times.sdpa.min,
        unit: "ms",
        ...atMost(times.ours.min / times.sdpa.min, 0.7),
        note: `median ${times.ours.median.toFixed(1)} / ${times.sdpa.median.toFixed(1)} ms`,
      },
      {
        label: `BERT-base, ${T} tokens, all weights read ÷ eager with attentions`,
        ours: times.oursReads.min,
        rival: times.eager.min,
        unit: "ms",
        ...atMost(times.oursReads.min / times.eager.min, 0.6),
        note: `median ${times.oursReads.median.toFixed(1)} / ${times.eager.median.toFixed(1)} ms`,
      },
    );
  }
  await backend.dispose();
  return rows;
}

async function decoderRows(theirs: PyTorch, layers: Layers, head: Head): Promise<Row[]> {
  const backend = await engine();
  const ours = await decoderOf(backend, layers, head);
  const question = { run: "decoder", tokens: PROMPT, steps: STEPS } as const;
  for (const reads of [true, false]) {
    const own = await ours(PROMPT, STEPS, reads);
    const found = await theirs.ask({ ...question, reads, show: true });
    expectClose("pytorch decoder", own.logits, found.output!, 2e-3);
    if (reads) expectClose("pytorch decoder weights", own.weights!, found.weights!, 1e-4);
  }
  const times = await interleave(
    {
      ours: async () => (await ours(PROMPT, STEPS, false)).ms,
      sdpa: async () => (await theirs.ask(question)).ms,
      oursReads: async () => (await ours(PROMPT, STEPS, true)).ms,
      eager: async () => (await theirs.ask({ ...question, reads: true })).ms,
    },
    6,
  );
  await backend.dispose();
  const rate = (ms: number) => (1000 * STEPS) / ms;
  const row = (label: string, own: keyof typeof times, other: keyof typeof times): Row => ({
    label,
    ours: rate(times[own].min),
    rival: rate(times[other].min),
    unit: "tokens/s",
    ...atLeast(times[other].min / times[own].min, 2),
    note: `median ${rate(times[own].median).toFixed(1)} / ${rate(times[other].median).toFixed(1)} tokens/s`,
  });
  return [
    row("GPT-2 small, one token at a time ÷ SDPA", "ours", "sdpa"),
    row("GPT-2 small, weights read ÷ eager with attentions", "oursReads", "eager"),
  ];
}

async function attentionRows(theirs: PyTorch): Promise<Row[]> {
  const backend = await engine();
  const rows: Row[] = [];
  for (const T of ATTENTION_TOKENS) {
    const parts = Object.values(attentionParts(T));
    const record = (program: Program, times: number) => {
      const [q, k, v] = parts.map((data) =>
        program.input(data, [1, HEADS, T, HEAD_WIDTH], "attention"),
      );
      const options = { scale: HEAD_WIDTH ** -0.5, wants: { scores: false, weights: false } };
      let mixed = q!;
      for (let n = 0; n < times; n++) mixed = fusedAttention(q!, k!, v!, options)!.mixed;
      return mixed;
    };
    const [own] = await compute(backend, (program) => [record(program, 1)]);
    const found = await theirs.ask({ run: "attention", tokens: T, show: true });
    expectClose(`pytorch attention ${T}`, own!.data, found.output!, 1e-4);
    // Several in one run, as in claims/attention.ts: what it costs inside a model.
    const count = Math.max(1, Math.round(4096 / T));
    const run = () => compute(backend, (program) => [slice(record(program, count), 2, 0, 1)]);
    const times = await interleave(
      {
        ours: async () => (await timed(run)) / count,
        theirs: async () => (await theirs.ask({ run: "attention", tokens: T })).ms,
      },
      T > 3000 ? 3 : 8,
    );
    rows.push({
      label: `attention alone, ${T} tokens ÷ SDPA`,
      ours: times.ours.min,
      rival: times.theirs.min,
      unit: "ms",
      ...atMost(times.ours.min / times.theirs.min, 1),
    });
  }
  await backend.dispose();
  return rows;
}

/** Queries, keys and values, (H, T, D) each: those of claims/attention.ts. */
function attentionParts(T: number) {
  const part = (seed: number) => randomNumbers(HEADS * T * HEAD_WIDTH, seed);
  return { q: part(1), k: part(2), v: part(3) };
}
