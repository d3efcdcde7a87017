import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeSafetensors, namedBytes } from "../../src/checkpoint/safetensors.ts";
import { bundled } from "../bundled.ts";
import { atMost, type Claim, type Row } from "../claim.ts";
import { engine, threads } from "../engine.ts";
import { openPyTorch, type PyTorch, skipped } from "../pytorch.ts";
import { expectClose, interleave, timed } from "../timing.ts";
import {
  ADAM,
  batch,
  EPSILON,
  type Numbers,
  ourTraining,
  RATE,
  randomWeights,
  SHAPE,
  type StepOptions,
} from "../training-step.ts";

const ROUNDS = 6;
const SHOWN = "layers.0.up.weight";

/** One step of training a small decoder: forward, backward, AdamW; beside PyTorch where HEED_PYTORCH names a Python. */
export const training: Claim = {
  name: "training",
  title: `a training step: ${SHAPE.layers} layers, width ${SHAPE.width}, ${SHAPE.texts} texts of ${SHAPE.tokens} tokens, ${SHAPE.vocabulary} words`,
  async measure() {
    const weights = randomWeights();
    const backend = await engine();
    const ours = await ourTraining(backend, weights);
    const theirs = await openRival(weights);
    const own = (options: StepOptions) => () => timed(() => ours(options));
    const sides = {
      forward: own({ until: "forward" }),
      backward: own({ until: "backward" }),
      step: own({ until: "step" }),
      recomputed: own({ until: "step", recompute: true }),
    };
    try {
      const rivals = theirs ? await compared(theirs, ours) : {};
      const times = await interleave({ ...sides, ...rivals }, ROUNDS);
      const { forward, backward, step, recomputed } = times;
      const behind = backward.min - forward.min;
      const rows: Row[] = [
        {
          label: "backward ÷ forward",
          ours: behind,
          rival: forward.min,
          unit: "ms",
          ...atMost(behind / forward.min, 2.3),
        },
        {
          label: "a step that computes layers again ÷ one that keeps all",
          ours: recomputed.min,
          rival: step.min,
          unit: "ms",
          ...atMost(recomputed.min / step.min, 1.4),
        },
      ];
      for (const [name, most] of [
        ["eager", 0.7],
        ["compiled", 1],
      ] as const) {
        const rival = (times as Partial<Record<string, (typeof times)["step"]>>)[name];
        if (rival)
          rows.push({
            label: `a step ÷ PyTorch, ${name}`,
            ours: step.min,
            rival: rival.min,
            unit: "ms",
            ...atMost(step.min / rival.min, most),
            note: `median ${step.median.toFixed(0)} / ${rival.median.toFixed(0)} ms`,
          });
      }
      rows.push(await memory());
      return rows;
    } finally {
      theirs?.close();
      await backend.dispose();
    }
  },
};

/** What processes of their own hold that make some steps, with layers computed again and with all kept. */
async function memory(): Promise<Row> {
  const script = await bundled("training-child");
  const peakOf = (kind: "recompute" | "keep") => {
    const { stdout, stderr } = spawnSync(process.execPath, [script, kind], { encoding: "utf8" });
    const [kib, alive] = stdout.trim().split(" ").map(Number);
    if (!kib || !alive) throw new Error(`bench: the process that trains gave nothing: ${stderr}`);
    return { peak: kib / 1024, alive: alive / 2 ** 20 };
  };
  const [again, kept] = [peakOf("recompute"), peakOf("keep")];
  return {
    label: "memory of a step that computes layers again ÷ one that keeps all",
    ours: again.alive,
    rival: kept.alive,
    unit: "MiB",
    ...atMost(again.alive / kept.alive, 0.6),
    note: `tensors alive at once; peak RSS of a process ${again.peak.toFixed(0)} / ${kept.peak.toFixed(0)} MiB`,
  };
}

/** PyTorch with the same weights and batch; undefined where there is none. */
async function openRival(weights: Readonly<Record<string, Numbers>>): Promise<PyTorch | undefined> {
  const python = process.env.HEED_PYTORCH;
  if (!python) {
    console.error(skipped("HEED_PYTORCH is not set"));
    return undefined;
  }
  const { ids, targets } = batch();
  const shape = [SHAPE.texts, SHAPE.tokens];
  // Numbers of words are small enough for f32.
  const tensors = {
    ids: namedBytes(shape, Float32Array.from(ids)),
    targets: namedBytes(shape, Float32Array.from(targets)),
    ...Object.fromEntries(
      Object.entries(weights).map(([name, { shape, data }]) => [name, namedBytes(shape, data)]),
    ),
  };
  const folder = await mkdtemp(join(tmpdir(), "heed-bench-"));
  const path = join(folder, "weights.safetensors");
  await writeFile(path, encodeSafetensors(tensors));
  const theirs = await openPyTorch(python, path, threads, "training.py");
  await rm(folder, { recursive: true });
  if (theirs) console.error(theirs.versions);
  return theirs;
}

/** Losses and a gradient are the same on both sides; then what is to be timed. */
async function compared(theirs: PyTorch, ours: Awaited<ReturnType<typeof ourTraining>>) {
  const ask = (run: "eager" | "compiled", until: StepOptions["until"], show = false) =>
    theirs.ask({
      run,
      until,
      show,
      shape: { layers: SHAPE.layers, heads: SHAPE.heads, epsilon: EPSILON },
      adam: {
        lr: RATE,
        betas: [ADAM.beta1, ADAM.beta2],
        eps: ADAM.epsilon,
        weight_decay: ADAM.weightDecay,
      },
    });
  const sides: Record<string, () => Promise<number>> = {};
  const own = await ours({ until: "backward", gradientOf: SHOWN });
  for (const run of ["eager", "compiled"] as const) {
    const found = await ask(run, "backward", true);
    if (found.missing) {
      console.error(`PyTorch ${run} is skipped: ${found.missing}`);
      continue;
    }
    const size = own.gradient!.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expectClose(`training, gradient of ${SHOWN}`, own.gradient!, found.output!, 1e-3 * size);
    expectClose("training, loss", Float32Array.of(own.loss), Float32Array.of(found.loss!), 1e-4);
    sides[run] = async () => (await ask(run, "step")).ms;
  }
  return sides;
}
