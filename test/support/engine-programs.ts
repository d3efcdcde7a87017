import { toF16 } from "../../src/backends/cpu/language/halves.ts";
import type { Activation } from "../../src/tensor/attributes.ts";
import type { Backend, ParameterRole } from "../../src/tensor/backend.ts";
import { bandedAttention } from "../../src/tensor/banded-operations.ts";
import { type ExecuteOptions, execute } from "../../src/tensor/execute.ts";
import { LazyTensor } from "../../src/tensor/lazy-tensor.ts";
import * as operations from "../../src/tensor/operations.ts";
import { Program } from "../../src/tensor/program.ts";
import { type Shape, sizeOf } from "../../src/tensor/shape.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

/** Seeded numbers in [0, 1). */
export type Random = () => number;

export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const whole = (random: Random, least: number, most: number) =>
  least + Math.floor(random() * (most - least + 1));
const choice = <T>(random: Random, values: readonly T[]): T =>
  values[Math.floor(random() * values.length)]!;

export function numbers(random: Random, shape: Shape, scale = 1): Float32Array {
  return Float32Array.from({ length: sizeOf(shape) }, () => scale * (2 * random() - 1));
}

/** Numbers as a file holds them: f32, or in 16 bits that hold them exactly. */
interface Learned {
  readonly shape: Shape;
  readonly data: Float32Array;
  readonly role?: ParameterRole;
  readonly storedAs?: "F32" | "F16";
}

/** What a program needs before it is recorded: learned tensors; then it records itself and names its results. */
export interface Example {
  readonly learned: Readonly<Record<string, Learned>>;
  record(program: Program, learned: Readonly<Record<string, LazyTensor>>): LazyTensor[];
}

/** Loads, records, runs and reads; gives the memory of learned tensors back. */
export async function compute(
  backend: Backend,
  example: Example,
  options: ExecuteOptions = {},
): Promise<Tensor[]> {
  const learned: Record<string, LazyTensor> = {};
  for (const [name, { shape, data, storedAs = "F32", ...rest }] of Object.entries(
    example.learned,
  )) {
    const width = sizeOf(shape.slice(1));
    const words = Uint16Array.from(new Uint32Array(data.buffer, data.byteOffset), toF16);
    const storage = await backend.parameter({
      name,
      shape,
      role: rest.role ?? (shape.length === 2 ? "matrix" : "plain"),
      storedAs,
      rows: async (start, end) => data.slice(start * width, end * width),
      halves:
        storedAs === "F16"
          ? async (start, end, target) => target().set(words.subarray(start * width, end * width))
          : undefined,
    });
    learned[name] = new LazyTensor(shape, "f32", name, { storage });
  }
  const program = new Program(backend);
  const results: Tensor[] = [];
  for (const value of example.record(program, learned))
    program.read(value, (tensor) => results.push(tensor));
  program.finish();
  try {
    await execute(program, options);
  } finally {
    for (const { storage } of Object.values(learned)) if (storage) backend.release(storage);
  }
  return results;
}

const activations: readonly Activation[] = ["linear", "gelu", "gelu_new", "silu", "relu", "tanh"];

/** A product of odd sizes with everything that goes with it. */
export function linearProgram(random: Random, most = 90): Example {
  const [M, K, heads] = [whole(random, 1, most), whole(random, 1, most), whole(random, 1, 3)];
  const D = whole(random, 1, 40);
  const N = heads * D;
  const activation = choice(random, activations);
  const [weight, bias, x] = [[N, K], [N], [1, M, K]] as const;
  const [xData, epsilon] = [numbers(random, x), 1e-5];
  return {
    learned: {
      weight: { shape: weight, data: numbers(random, weight) },
      bias: { shape: bias, data: numbers(random, bias) },
      gain: { shape: bias, data: numbers(random, bias) },
    },
    record(program, learned) {
      const weights = { weight: learned.weight!, bias: learned.bias! };
      const input = program.input(xData, x, "x");
      const plain = operations.linear(input, weights, { activation });
      const split = operations.linear(input, weights, { activation, heads });
      const norm = operations.layerNorm(
        plain,
        { gain: learned.gain!, bias: learned.bias! },
        epsilon,
      );
      return [
        plain,
        operations.mergeHeads(split),
        operations.add(norm, plain),
        operations.softmax(plain),
      ];
    },
  };
}

/** Rows of a table of odd sizes, its last one among them, and a product with a matrix; both are stored in 16 bits or 32. */
export function embedProgram(random: Random): Example {
  const [rows, width, N] = [whole(random, 1, 90), whole(random, 1, 90), whole(random, 1, 90)];
  const ids = Int32Array.from(
    { length: 5 },
    (_, n) => (n === 0 ? rows : whole(random, 1, rows)) - 1,
  );
  const stored = (shape: Shape, role: ParameterRole): Learned => ({
    shape,
    role,
    // Quarters are f16 exactly.
    data: numbers(random, shape, 40).map((value) => Math.round(value) / 4),
    storedAs: choice(random, ["F32", "F16"] as const),
  });
  return {
    learned: {
      table: stored([rows, width], "table"),
      weight: stored([N, width], "matrix"),
      bias: stored([N], "plain"),
    },
    record(program, { table, weight, bias }) {
      const x = operations.embed(table!, program.input(ids, [5], "ids"));
      return [x, operations.linear(x, { weight: weight!, bias: bias! })];
    },
  };
}

/** Attention of odd sizes under some mask; or of these sizes: B, H, Hkv, T, S, D. */
export function attentionProgram(random: Random, sizes?: readonly number[]): Example {
  const Hkv = whole(random, 1, 2);
  const [B, H, keyHeads, T, S, D] = (sizes ?? [
    whole(random, 1, 2),
    Hkv * whole(random, 1, 2),
    Hkv,
    whole(random, 1, 70),
    whole(random, 1, random() < 0.1 ? 1200 : 90),
    whole(random, 1, 70),
  ]) as [number, number, number, number, number, number];
  const [q, k] = [numbers(random, [B, H, T, D], 2), numbers(random, [B, keyHeads, S, D], 2)];
  const v = numbers(random, [B, keyHeads, S, D]);
  const isOn = () => sizes === undefined && random() < 0.4;
  const causalOffset = isOn() ? S - T : undefined;
  const window = isOn()
    ? { offset: S - T, before: whole(random, 0, 9), after: whole(random, 0, 9) }
    : undefined;
  const hidden = (count: number) =>
    Int32Array.from({ length: count }, () => (random() < 0.8 ? 1 : 0));
  const keys = isOn() ? hidden(B * S) : undefined;
  const allowed = isOn() ? hidden(H * T * S) : undefined;
  const bias = isOn() ? numbers(random, [B, 1, T, S]) : undefined;
  const wants = { scores: isOn(), weights: isOn(), rowSums: isOn() };
  return {
    learned: {},
    record(program) {
      const inputs = [
        program.input(q, [B, H, T, D], "q"),
        program.input(k, [B, keyHeads, S, D], "k"),
        program.input(v, [B, keyHeads, S, D], "v"),
      ] as const;
      const mask = {
        causalOffset,
        window,
        keys: keys && program.input(keys, [B, S], "keys"),
        allowed: allowed && program.input(allowed, [1, H, T, S], "allowed"),
      };
      const biasInput = bias && program.input(bias, [B, 1, T, S], "bias");
      const options = { scale: 0.3, bias: biasInput, mask, wants };
      const fused = operations.fusedAttention(...inputs, options);
      if (fused) {
        // The row sums come last: a backend that does not fuse has none.
        const { mixed, scores, weights, rowSums } = fused;
        return [mixed, scores, weights, rowSums].filter((value) => value !== undefined);
      }
      const plain = operations.scaledDot(inputs[0], inputs[1], 0.3);
      const scores = operations.masked(biasInput ? operations.add(plain, biasInput) : plain, mask);
      const weights = operations.softmax(scores);
      const mixed = operations.mix(weights, inputs[2]);
      return [mixed, ...(wants.scores ? [scores] : []), ...(wants.weights ? [weights] : [])];
    },
  };
}

/** Attention over a band of odd sizes, with some global keys or none, and tokens that are not there. */
export function bandedProgram(random: Random): Example {
  const [B, H] = [whole(random, 1, 2), whole(random, 1, 3)];
  const [T, D] = [whole(random, 1, 150), whole(random, 1, 70)];
  const [reach, G] = [whole(random, 0, 60), random() < 0.3 ? 0 : whole(random, 1, 40)];
  const tokens = [B, H, T, D] as const;
  const globals = [B, H, G, D] as const;
  const [q, k, v] = [2, 2, 1].map((scale) => numbers(random, tokens, scale));
  const [globalK, globalV] = [numbers(random, globals, 2), numbers(random, globals)];
  const there = (count: number) =>
    Int32Array.from({ length: count }, () => (random() < 0.8 ? 1 : 0));
  const masks = { local: there(B * T), there: there(B * G) };
  const wants = { scores: random() < 0.5, weights: random() < 0.5 };
  return {
    learned: {},
    record(program) {
      const { mixed, scores, weights } = bandedAttention(
        {
          q: program.input(q!, tokens, "q"),
          k: program.input(k!, tokens, "k"),
          v: program.input(v!, tokens, "v"),
        },
        {
          scale: 0.3,
          reach,
          local: program.input(masks.local, [B, T], "local"),
          globals:
            G === 0
              ? undefined
              : {
                  k: program.input(globalK, globals, "global k"),
                  v: program.input(globalV, globals, "global v"),
                  there: program.input(masks.there, [B, G], "there"),
                },
          wants,
        },
      );
      return [mixed, scores, weights].filter((value) => value !== undefined);
    },
  };
}
