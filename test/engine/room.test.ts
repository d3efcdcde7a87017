import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cpuBackend } from "../../src/backends/cpu/cpu.ts";
import { EngineError } from "../../src/backends/cpu/engine-error.ts";
import { type Block, Heap, spaceFor } from "../../src/backends/cpu/heap.ts";
import type { List } from "../../src/backends/cpu/list.ts";
import { wasmMachine } from "../../src/backends/cpu/wasm.ts";
import { expectRoom } from "../../src/backends/cpu/weights/room.ts";
import {
  type WeightPrecision,
  type WeightShape,
  weightLayout,
} from "../../src/backends/cpu/weights/weight-layout.ts";
import { WeightLoader } from "../../src/backends/cpu/weights/weights.ts";
import { folderSource } from "../../src/checkpoint/folder.node.ts";
import type { FileSource } from "../../src/checkpoint/source.ts";
import { load } from "../../src/load.node.ts";
import { loadFrom } from "../../src/model.ts";
import { sizeOf } from "../../src/tensor/shape.ts";

const GIB = 2 ** 30;
const PANEL_WIDTH = 8;

describe("how much room weights take", () => {
  const matrix = (rows: number, storedAs = "F32"): WeightShape => ({
    shape: [rows, 1024],
    role: "matrix",
    storedAs,
  });
  const ask = (rows: number, room: Partial<Parameters<typeof expectRoom>[2]>) =>
    expectRoom("a model", [matrix(rows)], {
      precision: "f32",
      panelWidth: PANEL_WIDTH,
      taken: 0,
      ...room,
    });
  /** Rows of 1024 floats that fill so many GiB. */
  const rowsOf = (gib: number) => Math.round((gib * GIB) / 4096);

  test("what fits with room to spare is let through without a word", () => {
    expect(ask(rowsOf(3.5), { most: 4 * GIB, system: { total: 8 * GIB, free: 6 * GIB } })).toBe(
      undefined,
    );
  });

  test("more than WebAssembly holds: the sizes, what half takes, and what else to do", () => {
    expect(() => ask(rowsOf(5), { most: 4 * GIB })).toThrow(EngineError);
    expect(() => ask(rowsOf(5), { most: 4 * GIB })).toThrow(
      'a model: the weights take 5.0 GiB of memory, WebAssembly holds 4.0 GiB. dtype "half" takes 2.5 GiB and fits. The native kernels (Node on Linux x64, with the package @koromix/koffi-linux-x64) have no such limit; or take a smaller model',
    );
    expect(() => ask(rowsOf(9), { most: 4 * GIB })).toThrow(
      'dtype "half" takes 4.5 GiB, too much as well.',
    );
    expect(() => ask(rowsOf(9), { most: 4 * GIB, precision: "half" })).toThrow(
      "take 4.5 GiB of memory, WebAssembly holds 4.0 GiB. The native kernels",
    );
  });

  test("a file in 16 bits is counted as it is kept, and half is not offered where it takes as much", () => {
    const rows = [matrix(rowsOf(9), "BF16")];
    const room = { panelWidth: PANEL_WIDTH, taken: 0, most: 4 * GIB };
    expect(() => expectRoom("a model", rows, { ...room, precision: "stored" })).toThrow(
      "the weights take 4.5 GiB of memory, WebAssembly holds 4.0 GiB. The native kernels",
    );
    expect(() => expectRoom("a model", rows, { ...room, precision: "f32" })).toThrow(
      'take 9.0 GiB of memory, WebAssembly holds 4.0 GiB. dtype "half" takes 4.5 GiB, too much as well.',
    );
  });

  test("the limit is met to the byte, what is taken already included", () => {
    const bytes = spaceFor(4096 * PANEL_WIDTH);
    const room = { most: bytes + 1000, system: undefined };
    expect(ask(1, { ...room, taken: 1000 })).toContain("a long text may not fit beside them");
    expect(() => ask(1, { ...room, taken: 1001 })).toThrow("WebAssembly holds");
  });

  test("little is left for runs: a warning", () => {
    expect(ask(rowsOf(3.9), { most: 4 * GIB })).toBe(
      'a model: the weights take 3.9 GiB of memory, WebAssembly holds 4.0 GiB: a long text may not fit beside them. dtype "half" takes 2.0 GiB and fits.',
    );
  });

  test("more than the computer has is refused, more than is free is said", () => {
    const system = { total: 8 * GIB, free: 3 * GIB };
    expect(() => ask(rowsOf(9), { system })).toThrow(
      'a model: the weights take 9.0 GiB of memory, this computer has 8.0 GiB, swap included. dtype "half" takes 4.5 GiB and fits. Take a smaller model otherwise',
    );
    expect(ask(rowsOf(5), { system })).toBe(
      'a model: the weights take 5.0 GiB of memory, 3.0 GiB are free: the system may become slow, or end the process. dtype "half" takes 2.5 GiB and fits.',
    );
  });

  test.each<WeightPrecision>(["stored", "f32", "half"])(
    "%s: the sizes are what loading takes",
    async (weights) => {
      const sources: WeightShape[] = [
        matrix(13),
        matrix(8, "F16"),
        matrix(9, "BF16"),
        { shape: [77, 33], role: "table", storedAs: "F16" },
        { shape: [77, 33], role: "table", storedAs: "F32" },
        { shape: [77], role: "plain", storedAs: "F16" },
        { shape: [3, 5], role: "plain", storedAs: "F32" },
      ];
      const { machine, heap, loader } = await weightLoader(weights);
      const { lanes, tileVectors } = machine.target;
      for (const source of sources) {
        const before = heap.used;
        const width = sizeOf(source.shape.slice(1));
        const rows = async (start: number, end: number) => new Float32Array((end - start) * width);
        await loader.load({ ...source, name: "weight", rows });
        const { bytes } = weightLayout(source, weights, lanes * tileVectors);
        expect(heap.used - before, JSON.stringify(source)).toBe(spaceFor(bytes));
      }
      await machine.dispose();
    },
  );
});

describe.each<WeightPrecision>(["stored", "f32", "half"])("%s: a read that fails", (weights) => {
  const [rows, width] = [40, 30_000];
  const stored = ["F32", "F16", "BF16"];
  const roles = ["matrix", "table", "plain"] as const;
  const ways = ["rows", "columns", "halves"] as const;
  test.each(
    stored.flatMap((storedAs) =>
      roles.flatMap((role) =>
        // Halves are of 16 bits.
        ways
          .filter((way) => way !== "halves" || storedAs !== "F32")
          .map((way) => ({ storedAs, role, way })),
      ),
    ),
  )("of a $role in $storedAs, by its $way, leaves no memory behind", async (told) => {
    const { storedAs, role, way } = told;
    const { machine, heap, loader } = await weightLoader(weights);
    let reads = 0;
    const fails = () => {
      if (++reads > 1) throw new Error("the disk is gone");
    };
    const read = async (start: number, end: number) => {
      fails();
      return new Float32Array((end - start) * (way === "columns" ? rows : width));
    };
    const source = { name: "weight", shape: [rows, width], role, storedAs, rows: read };
    const ways = {
      rows: source,
      columns: { ...source, columns: read },
      halves: { ...source, halves: async () => fails() },
    };
    const before = heap.used;
    await expect(loader.load(ways[way])).rejects.toThrow("the disk is gone");
    expect(reads).toBe(2);
    expect(heap.used).toBe(before);
    await machine.dispose();
  });
});

/** A loader on memory of its own. */
async function weightLoader(weights: WeightPrecision) {
  const machine = await wasmMachine({ threads: 1, start: undefined });
  const heap = new Heap((bytes, label) => machine.newRegion(bytes, label), machine.memory);
  const run = async (list: List, scratch: readonly Block[]) => {
    const block = heap.allocate(list.bytes, "list");
    const { address, stop } = list.write(block, machine);
    await machine.submit(address, stop, () => {});
    for (const free of [block, ...scratch]) heap.release(free);
  };
  return { machine, heap, loader: new WeightLoader(machine, heap, run, weights) };
}

describe("memory that has an end", () => {
  const region = (bytes: number, before: number, buffer: ArrayBuffer) => ({
    buffer,
    offset: before,
    address: before,
    bytes,
  });

  test("is used up to it: a last region is as small as it has to be, and joins what is left of the one before", () => {
    const buffer = new ArrayBuffer(0);
    const asked: number[] = [];
    let before = 0;
    const heap = new Heap(
      (bytes) => {
        asked.push(bytes);
        before += bytes;
        return region(bytes, before - bytes, buffer);
      },
      { regionBytes: 8192, isShared: true, most: 10240 },
    );
    heap.allocate(6000, "first");
    const rest = 8192 - spaceFor(6000);
    const block = heap.allocate(rest + 1000 - 256, "second");
    expect(asked).toEqual([8192, 10240 - 8192]);
    expect(block.start).toBe(spaceFor(6000));
    expect(heap.held).toBe(10240);
  });
});

describe("a checkpoint whose header promises more than 4 GiB", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "heed-room-"));
    await writeCheckpoint(folder);
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("is refused by WebAssembly before any weight is read", async () => {
    const loading = load(folder, { backend: "wasm" });
    await expect(loading).rejects.toThrow(EngineError);
    await expect(loading).rejects.toThrow(
      new RegExp(
        `^${folder}: the weights take 4\\.\\d GiB of memory, WebAssembly holds 4\\.0 GiB\\. dtype "half" takes 2\\.\\d GiB and fits\\.`,
      ),
    );
  });

  test("nothing but its header is read", async () => {
    const files = folderSource(folder);
    let bytes = 0;
    const counted: FileSource = {
      ...files,
      read(name, start, end) {
        bytes += end - start;
        return files.read(name, start, end);
      },
    };
    const machine = await wasmMachine({ threads: 1, start: undefined });
    await expect(loadFrom(counted, cpuBackend(machine))).rejects.toThrow("WebAssembly holds");
    expect(bytes).toBeLessThan(20000);
  });
});

/** GPT-2's shape, one layer, with a table of 270,000 words 4096 wide: 4.1 GiB that take no place on the disk. */
async function writeCheckpoint(folder: string): Promise<void> {
  const C = 4096;
  const V = 270_000;
  const shapes: Record<string, number[]> = {
    "wte.weight": [V, C],
    "wpe.weight": [8, C],
    "h.0.ln_1.weight": [C],
    "h.0.ln_1.bias": [C],
    "h.0.attn.c_attn.weight": [C, 3 * C],
    "h.0.attn.c_attn.bias": [3 * C],
    "h.0.attn.c_proj.weight": [C, C],
    "h.0.attn.c_proj.bias": [C],
    "h.0.ln_2.weight": [C],
    "h.0.ln_2.bias": [C],
    "h.0.mlp.c_fc.weight": [C, 8],
    "h.0.mlp.c_fc.bias": [8],
    "h.0.mlp.c_proj.weight": [8, C],
    "h.0.mlp.c_proj.bias": [C],
    "ln_f.weight": [C],
    "ln_f.bias": [C],
  };
  const config = {
    model_type: "gpt2",
    architectures: ["GPT2Model"],
    vocab_size: V,
    n_embd: C,
    n_layer: 1,
    n_head: 2,
    n_positions: 8,
    n_inner: 8,
  };
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  let place = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const start = place;
    place += 4 * shape.reduce((product, size) => product * size, 1);
    return [name, { dtype: "F32", shape, data_offsets: [start, place] }] as const;
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = await open(join(folder, "model.safetensors"), "w");
  await file.write(Buffer.concat([length, header]));
  await file.truncate(8 + header.length + place);
  await file.close();
}
