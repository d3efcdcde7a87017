import { describe, expect, test } from "vitest";
import { reference } from "../backends/reference/reference.ts";
import { folderSource } from "../checkpoint/folder.node.ts";
import { openCheckpoint } from "../checkpoint/open.ts";
import { loadFrom } from "../model.ts";
import { Tensor } from "../tensor/tensor.ts";
import { headMatrix } from "./head-matrix.ts";

const golden = (name: string) => new URL(`../../test/golden/${name}`, import.meta.url).pathname;
const open = (name: string) => loadFrom(folderSource(golden(name)), reference());

/** x · matrix + bias for one row. */
function through(
  x: Tensor,
  { matrix, bias }: { matrix: Tensor; bias: Tensor | undefined },
): number[] {
  const [width, out] = matrix.shape as [number, number];
  return Array.from({ length: out }, (_, o) => {
    let sum = bias?.at(o) ?? 0;
    for (let i = 0; i < width; i++) sum += x.at(i) * matrix.at(i, o);
    return sum;
  });
}

function expectNear(got: readonly number[], expected: Tensor): void {
  expect(got.length).toBe(expected.data.length);
  for (const [i, value] of got.entries()) expect(value).toBeCloseTo(expected.data[i]!, 4);
}

describe("one head's share of a learned map", () => {
  test("bert: the stream times W^Q, W^K, W^V is q, k, v; mixed times W^O is the head's share", async () => {
    const model = await open("bert-mlm");
    const { trace } = await model.run([[5, 71, 4]], {
      read: ["layers.1.{input,q,k,v,mixed,heads}"],
    });
    for (const head of [0, 1, 2]) {
      const address = { layer: 1, head };
      for (const map of ["q", "k", "v"] as const) {
        const own = await headMatrix(model, address, map);
        expect(own.matrix.shape).toEqual([36, 12]);
        expect(own.parameter.name).toBe(`layers.1.${map}.weight`);
        for (const t of [0, 2])
          expectNear(
            through(trace.get("layers.1.input").select(0, t), own),
            trace.get(`layers.1.${map}`).select(0, head, t),
          );
      }
      const out = await headMatrix(model, address, "o");
      expect(out.matrix.shape).toEqual([12, 36]);
      expect(out.bias).toBeUndefined();
      expectNear(
        through(trace.get("layers.1.mixed").select(0, head, 1), out),
        trace.get("layers.1.heads").select(0, head, 1),
      );
    }
  });

  test("gpt2: they are columns of the matrix that is stored as one, inputs first", async () => {
    const model = await open("gpt2");
    const checkpoint = await openCheckpoint(folderSource(golden("gpt2")));
    const stored = await checkpoint.read("transformer.h.0.attn.c_attn.weight"); // (36, 3 · 36)
    const biases = await checkpoint.read("transformer.h.0.attn.c_attn.bias");
    await checkpoint.close();
    for (const [n, map] of (["q", "k", "v"] as const).entries()) {
      const { matrix, bias } = await headMatrix(model, { layer: 0, head: 2 }, map);
      for (const [i, d] of [
        [0, 0],
        [35, 11],
        [7, 5],
      ] as const) {
        const column = n * 36 + 2 * 12 + d;
        expect(matrix.at(i, d)).toBe(stored[i * 108 + column]);
        expect(bias!.at(d)).toBe(biases[column]);
      }
    }
  });

  test("swin: every layer has heads of its own number and width", async () => {
    const model = await open("swin");
    const pixels = Array.from({ length: 3 * 16 * 16 }, (_, n) => Math.sin(n));
    const { trace } = await model.run(
      { pixels: new Tensor([1, 3, 16, 16], Float32Array.from(pixels)) },
      { read: ["layers.*.{normed,q,mixed,heads}"] },
    );
    for (const [layer, head, width] of [
      [0, 1, 3],
      [3, 2, 4],
    ] as const) {
      const q = await headMatrix(model, { layer, head }, "q");
      const asked = trace.get(`layers.${layer}.q`).select(0, head, 1);
      expect(asked.data.length).toBe(width);
      expectNear(through(trace.get(`layers.${layer}.normed`).select(0, 1), q), asked);
      expectNear(
        through(
          trace.get(`layers.${layer}.mixed`).select(0, head, 1),
          await headMatrix(model, { layer, head }, "o"),
        ),
        trace.get(`layers.${layer}.heads`).select(0, head, 1),
      );
    }
    await expect(headMatrix(model, { layer: 0, head: 2 }, "q")).rejects.toThrow("2 heads");
  });

  test.each([
    [{ layer: 0, head: 3 }, "parameters: L0H3.q is not there", "has 3 heads in a layer"],
    [{ layer: 2, head: 0 }, "parameters: L2H0.q is not there", "nearest: layers.0.q"],
  ])("%j is refused", async (address, ...messages) => {
    const model = await open("bert-mlm");
    for (const message of messages)
      await expect(headMatrix(model, address, "q")).rejects.toThrow(message);
  });
});
