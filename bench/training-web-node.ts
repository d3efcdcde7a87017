// A process of its own: which Node it is says who starts it. Prints the rows as JSON.
import { atMost, type Row } from "./claim.ts";
import { engine } from "./engine.ts";
import { expectClose, interleave, timed } from "./timing.ts";
import {
  ADAM,
  batch,
  EPSILON,
  type Numbers,
  ourTraining,
  RATE,
  randomWeights,
  SHAPE,
} from "./training-step.ts";

const ROUNDS = 2;
const SHOWN = "layers.0.up.weight";
/** Neither of the others has threads in Node. */
const THREADS = 1;

/** What a rival's file exports. */
interface Rival {
  open(
    weights: Readonly<Record<string, Numbers>>,
    batch: { readonly ids: Int32Array; readonly targets: Int32Array },
    shape: typeof SHAPE & { readonly epsilon: number; readonly rate: number },
    adam: typeof ADAM,
  ): Promise<(of?: string) => Promise<{ readonly loss: number; readonly gradient?: Float32Array }>>;
}

const rivals = { "TensorFlow.js": "tensorflow", "jax-js": "jax" } as const;

async function opened(name: string, file: string) {
  try {
    const { open } = (await import(
      new URL(`./rivals/${file}-training.mjs`, import.meta.url).href
    )) as Rival;
    return await open(randomWeights(), batch(), { ...SHAPE, epsilon: EPSILON, rate: RATE }, ADAM);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    console.error(`${name} is not installed: run "npm run rivals" first`);
    return undefined;
  }
}

const rows: Row[] = [];
for (const [name, file] of Object.entries(rivals)) {
  const step = await opened(name, file);
  if (!step) continue;
  const backend = await engine("wasm", "f32", THREADS);
  try {
    const ours = await ourTraining(backend, randomWeights());
    const [own, found] = [await ours({ until: "step", gradientOf: SHOWN }), await step(SHOWN)];
    const size = own.gradient!.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expectClose(`${name}, gradient of ${SHOWN}`, own.gradient!, found.gradient!, 1e-3 * size);
    const sides = {
      ours: () => timed(() => ours({ until: "step" })),
      theirs: () => timed(() => step()),
    };
    const { ours: mine, theirs } = await interleave(sides, ROUNDS);
    rows.push({
      label: `a step ÷ ${name}, ${backend.name}`,
      ours: mine.min,
      rival: theirs.min,
      unit: "ms",
      ...atMost(mine.min / theirs.min, 0.5),
      note: `median ${mine.median.toFixed(0)} / ${theirs.median.toFixed(0)} ms`,
    });
  } finally {
    await backend.dispose();
  }
}
console.log(JSON.stringify(rows));
process.exit();
