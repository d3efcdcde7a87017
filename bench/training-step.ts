import type { Backend } from "../src/tensor/backend.ts";
import { execute } from "../src/tensor/execute.ts";
import { crossEntropy } from "../src/tensor/gradients/operations.ts";
import { recordGradients } from "../src/tensor/gradients/record-gradients.ts";
import { LazyTensor } from "../src/tensor/lazy-tensor.ts";
import * as operations from "../src/tensor/operations.ts";
import { type AdamState, adamStep, assign } from "../src/tensor/optimizer-operations.ts";
import { Program } from "../src/tensor/program.ts";
import { learned } from "./compute.ts";
import { randomNumbers } from "./timing.ts";

/** A small decoder of GPT-2's kind, and a batch of texts. */
export const SHAPE = { layers: 6, heads: 4, width: 256, vocabulary: 2048, tokens: 128, texts: 16 };
const { layers: LAYERS, heads: HEADS, width: C, vocabulary: V, tokens: T, texts: B } = SHAPE;
export const EPSILON = 1e-5;
export const RATE = 1e-3;
export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 };

export interface Numbers {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Its weights by name, the same on every side; matrices are (out, in). */
export function randomWeights(): Record<string, Numbers> {
  let seed = 1;
  const weights: Record<string, Numbers> = {};
  const add = (name: string, shape: readonly number[], scale: number, around = 0) => {
    const count = shape.reduce((product, length) => product * length, 1);
    const data = randomNumbers(count, ++seed, scale).map((value) => value + around);
    weights[name] = { shape, data };
  };
  const matrix = (name: string, out: number, width: number) => {
    add(`${name}.weight`, [out, width], 0.05);
    add(`${name}.bias`, [out], 0.05);
  };
  const norm = (name: string) => {
    add(`${name}.weight`, [C], 0.1, 1);
    add(`${name}.bias`, [C], 0.1);
  };
  add("words", [V, C], 0.05);
  add("positions", [T, C], 0.05);
  for (let layer = 0; layer < LAYERS; layer++) {
    const own = (name: string) => `layers.${layer}.${name}`;
    norm(own("norm1"));
    for (const name of ["q", "k", "v", "out"]) matrix(own(name), C, C);
    norm(own("norm2"));
    matrix(own("up"), 4 * C, C);
    matrix(own("down"), C, 4 * C);
  }
  norm("final");
  return weights;
}

/** Words of the texts, and after each the word that follows: (B, T) each. */
export function batch(): { readonly ids: Int32Array; readonly targets: Int32Array } {
  const words = Int32Array.from(randomNumbers(B * (T + 1), 5), (value) =>
    Math.min(V - 1, Math.floor(((value + 1) / 2) * V)),
  );
  const at = (offset: number) =>
    Int32Array.from(
      { length: B * T },
      (_, place) => words[Math.floor(place / T) * (T + 1) + (place % T) + offset]!,
    );
  return { ids: at(0), targets: at(1) };
}

/** How far a pass goes, and what it hands out. */
export interface StepOptions {
  readonly until: "forward" | "backward" | "step";
  readonly recompute?: boolean;
  /** Reads this weight's gradient. */
  readonly gradientOf?: string;
  /** Told of the program before it is carried out. */
  readonly onRecorded?: (program: Program) => void;
}

export interface Stepped {
  readonly loss: number;
  readonly gradient: Float32Array | undefined;
}

/** The decoder on our engine: a function that carries out one pass over the batch. */
export async function ourTraining(backend: Backend, numbers: Readonly<Record<string, Numbers>>) {
  const weights: Record<string, LazyTensor> = {};
  const states: Record<string, AdamState> = {};
  for (const [name, { shape, data }] of Object.entries(numbers)) {
    weights[name] = await learned(backend, data, shape);
    const kept = (label: string, values: Float32Array) => {
      const storage = backend.upload(values, shape, label);
      return new LazyTensor(shape, "f32", label, { storage });
    };
    states[name] = {
      master: kept("master", data),
      first: kept("first", new Float32Array(data.length)),
      second: kept("second", new Float32Array(data.length)),
    };
  }
  const w = (name: string) => weights[name]!;
  const matrix = (name: string) => ({ weight: w(`${name}.weight`), bias: w(`${name}.bias`) });
  const norm = (name: string) => ({ gain: w(`${name}.weight`), bias: w(`${name}.bias`) });
  const { ids, targets } = batch();
  let steps = 0;
  return async ({
    until,
    recompute = false,
    gradientOf,
    onRecorded,
  }: StepOptions): Promise<Stepped> => {
    const program = new Program(backend);
    const positions = Int32Array.from({ length: B * T }, (_, place) => place % T);
    let [x] = program.stage("embeddings", () => {
      const words = operations.embed(w("words"), program.input(ids, [B, T], "ids"));
      const places = operations.embed(
        w("positions"),
        program.input(positions, [B, T], "positions"),
      );
      return [operations.add(words, places)] as const;
    });
    for (let layer = 0; layer < LAYERS; layer++)
      [x] = program.stage(`layers.${layer}`, () => [layerOf(x, `layers.${layer}`)] as const);
    const normal = operations.layerNorm(x, norm("final"), EPSILON);
    const logits = operations.linear(operations.reshape(normal, [B * T, C]), {
      weight: w("words"),
    });
    const losses = crossEntropy(logits, program.input(targets, [B * T], "targets"));
    const loss = operations.scale(operations.sum(losses, 0), 1 / (B * T));
    const result: { loss: number; gradient: Float32Array | undefined } = {
      loss: Number.NaN,
      gradient: undefined,
    };
    program.read(loss, ({ data }) => {
      result.loss = data[0]!;
    });
    const gradients = new Map<string, LazyTensor>();
    if (until !== "forward")
      recordGradients(
        program,
        loss,
        Object.entries(weights).map(([name, value]) => ({
          value,
          receive: (own) => gradients.set(name, own!),
        })),
        { recompute },
      );
    if (gradientOf)
      program.read(gradients.get(gradientOf)!, ({ data }) => {
        result.gradient = data;
      });
    if (until === "step") {
      steps += 1;
      const corrections = [ADAM.beta1, ADAM.beta2].map((beta) => 1 / (1 - beta ** steps));
      const factors = program.input(Float32Array.of(RATE, ...corrections, 1), [4], "factors");
      for (const [name, gradient] of gradients) {
        adamStep(states[name]!, gradient, factors, ADAM);
        assign(w(name), states[name]!.master, program);
      }
    }
    program.finish();
    onRecorded?.(program);
    await execute(program);
    // The last operations are read by nobody.
    await backend.settled?.();
    return result;
  };

  function layerOf(x: LazyTensor, name: string): LazyTensor {
    const normal = operations.layerNorm(x, norm(`${name}.norm1`), EPSILON);
    const [q, k, v] = ["q", "k", "v"].map((part) =>
      operations.linear(normal, matrix(`${name}.${part}`), { heads: HEADS }),
    );
    const { mixed } = operations.fusedAttention(q!, k!, v!, {
      scale: (C / HEADS) ** -0.5,
      mask: { causalOffset: 0 },
      wants: { scores: false, weights: false },
    })!;
    const merged = operations.linear(operations.mergeHeads(mixed), matrix(`${name}.out`));
    const middle = operations.add(x, merged);
    const inner = operations.linear(
      operations.layerNorm(middle, norm(`${name}.norm2`), EPSILON),
      matrix(`${name}.up`),
      { activation: "gelu_new" },
    );
    return operations.add(middle, operations.linear(inner, matrix(`${name}.down`)));
  }
}
