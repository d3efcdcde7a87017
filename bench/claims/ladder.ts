import { cpuForNode } from "../../src/backends/cpu/cpu.node.ts";
import type { Backend } from "../../src/tensor/backend.ts";
import type { LazyTensor } from "../../src/tensor/lazy-tensor.ts";
import { fusedAttention, mix, scaledDot, softmax } from "../../src/tensor/operations.ts";
import type { Program } from "../../src/tensor/program.ts";
import { atLeast, type Claim, type Row } from "../claim.ts";
import { compute, threads } from "../engine.ts";
import { expectClose, interleave, randomNumbers, timed } from "../timing.ts";

const HEADS = 12;
const T = 512;
const D = 64;
const SCALE = D ** -0.5;
const SHAPE = [1, HEADS, T, D];

type Parts = readonly [q: Float32Array, k: Float32Array, v: Float32Array];

/** Attention, one rung after the other: each computes the same, and says what it gained on the one before. */
export const ladder: Claim = {
  name: "ladder",
  title: `a ladder of attention: ${HEADS} heads of ${D}, ${T} tokens`,
  async measure() {
    const parts = [1, 2, 3].map((seed) => randomNumbers(HEADS * T * D, seed)) as unknown as Parts;
    const one = await cpuForNode({ threads: 1 });
    const all = await cpuForNode({ threads });
    const rungs: Readonly<Record<string, () => Promise<Float32Array>>> = {
      "loops, as the formula says": async () => naive(parts),
      "loops in blocks, keys turned once": async () => blocked(parts),
      "SIMD: products and softmax one after the other": () => onEngine(one, parts, steps),
      "streaming: scores stay in the cache": () => onEngine(one, parts, fused),
      [`threads: ${threads}`]: () => onEngine(all, parts, fused),
    };
    const first = await Object.values(rungs)[0]!();
    for (const [name, rung] of Object.entries(rungs)) expectClose(name, await rung(), first, 1e-5);
    const times = await interleave(
      Object.fromEntries(Object.entries(rungs).map(([name, rung]) => [name, () => timed(rung)])),
      4,
    );
    await one.dispose();
    await all.dispose();
    const rows: Row[] = [];
    let before: number | undefined;
    for (const [label, { min }] of Object.entries(times)) {
      rows.push({
        label,
        ours: min,
        rival: before,
        unit: "ms",
        ...atLeast((before ?? min) / min, 1),
      });
      before = min;
    }
    return rows;
  },
};

/** Three loops over plain numbers. */
function naive([q, k, v]: Parts): Float32Array {
  const mixed = new Float32Array(q.length);
  const scores = new Float64Array(T);
  for (let row = 0; row < HEADS * T; row++) {
    const head = Math.floor(row / T) * T;
    let total = 0;
    for (let s = 0; s < T; s++) {
      let score = 0;
      for (let d = 0; d < D; d++) score += q[row * D + d]! * k[(head + s) * D + d]!;
      scores[s] = Math.exp(SCALE * score);
      total += scores[s]!;
    }
    for (let d = 0; d < D; d++) {
      let value = 0;
      for (let s = 0; s < T; s++) value += scores[s]! * v[(head + s) * D + d]!;
      mixed[row * D + d] = value / total;
    }
  }
  return mixed;
}

/** The same with inner loops that run through memory in order. */
function blocked([q, k, v]: Parts): Float32Array {
  const mixed = new Float32Array(q.length);
  const turned = new Float32Array(D * T);
  const scores = new Float32Array(T);
  for (let head = 0; head < HEADS; head++) {
    for (let s = 0; s < T; s++)
      for (let d = 0; d < D; d++) turned[d * T + s] = k[(head * T + s) * D + d]!;
    for (let t = 0; t < T; t++) {
      const row = (head * T + t) * D;
      scores.fill(0);
      for (let d = 0; d < D; d++) {
        const factor = SCALE * q[row + d]!;
        for (let s = 0; s < T; s++) scores[s]! += factor * turned[d * T + s]!;
      }
      let total = 0;
      for (let s = 0; s < T; s++) {
        scores[s] = Math.exp(scores[s]!);
        total += scores[s]!;
      }
      for (let s = 0; s < T; s++) {
        const weight = scores[s]! / total;
        const value = (head * T + s) * D;
        for (let d = 0; d < D; d++) mixed[row + d]! += weight * v[value + d]!;
      }
    }
  }
  return mixed;
}

async function onEngine(
  backend: Backend,
  parts: Parts,
  mixedOf: (q: LazyTensor, k: LazyTensor, v: LazyTensor) => LazyTensor,
): Promise<Float32Array> {
  const [mixed] = await compute(backend, (program: Program) => {
    const [q, k, v] = parts.map((data) => program.input(data, SHAPE, "attention"));
    return [mixedOf(q!, k!, v!)];
  });
  return mixed!.data;
}

function steps(q: LazyTensor, k: LazyTensor, v: LazyTensor): LazyTensor {
  return mix(softmax(scaledDot(q, k, SCALE)), v);
}

function fused(q: LazyTensor, k: LazyTensor, v: LazyTensor): LazyTensor {
  const wants = { scores: false, weights: false };
  return fusedAttention(q, k, v, { scale: SCALE, wants })!.mixed;
}
