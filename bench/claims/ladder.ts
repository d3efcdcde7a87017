import { cpuForNode } from "../../src/backends/cpu/cpu.node.ts";
import type { Backend } from "../../src/tensor/backend.ts";
import type { LazyTensor } from "../../src/tensor/lazy-tensor.ts";
import { fusedAttention, mix, scaledDot, softmax } from "../../src/tensor/operations.ts";
import type { Program } from "../../src/tensor/program.ts";
import { atLeast, type Claim, type Row } from "../claim.ts";
import { compute } from "../compute.ts";
import { threads } from "../engine.ts";
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
      "loops in blocks of four": async () => blocked(parts),
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

/** The same, four sums at a time: they stay in registers and do not wait for one another. */
function blocked([q, k, v]: Parts): Float32Array {
  const mixed = new Float32Array(q.length);
  const scores = new Float64Array(T);
  for (let row = 0; row < HEADS * T; row++) {
    const head = Math.floor(row / T) * T;
    let total = 0;
    for (let s = 0; s < T; s += 4) {
      let [a, b, c, e] = [0, 0, 0, 0];
      const key = (head + s) * D;
      for (let d = 0; d < D; d++) {
        const query = q[row * D + d]!;
        a += query * k[key + d]!;
        b += query * k[key + D + d]!;
        c += query * k[key + 2 * D + d]!;
        e += query * k[key + 3 * D + d]!;
      }
      scores[s] = Math.exp(SCALE * a);
      scores[s + 1] = Math.exp(SCALE * b);
      scores[s + 2] = Math.exp(SCALE * c);
      scores[s + 3] = Math.exp(SCALE * e);
      total += scores[s]! + scores[s + 1]! + scores[s + 2]! + scores[s + 3]!;
    }
    for (let d = 0; d < D; d += 4) {
      let [a, b, c, e] = [0, 0, 0, 0];
      for (let s = 0; s < T; s++) {
        const weight = scores[s]!;
        const value = (head + s) * D + d;
        a += weight * v[value]!;
        b += weight * v[value + 1]!;
        c += weight * v[value + 2]!;
        e += weight * v[value + 3]!;
      }
      mixed.set([a / total, b / total, c / total, e / total], row * D + d);
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
