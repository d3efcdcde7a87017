import { afterAll, describe, expect, test } from "vitest";
import { cpuForNode } from "../../src/backends/cpu/cpu.node.ts";
import { cpuBackend } from "../../src/backends/cpu/cpu.ts";
import { fromBf16, fromF16, toF16 } from "../../src/backends/cpu/language/halves.ts";
import { targets } from "../../src/backends/cpu/language/instruction.ts";
import type { CpuStorage } from "../../src/backends/cpu/storage.ts";
import type { WeightPrecision } from "../../src/backends/cpu/weights/weight-layout.ts";
import type { Backend, ParameterRole, ParameterSource } from "../../src/tensor/backend.ts";
import { execute } from "../../src/tensor/execute.ts";
import { LazyTensor } from "../../src/tensor/lazy-tensor.ts";
import { embed, linear } from "../../src/tensor/operations.ts";
import { Program } from "../../src/tensor/program.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { interpretedMachine } from "../support/interpreted.ts";
import { nativeKernels, noRelaxedKernels } from "../support/machines.ts";

const { names, missing } = await nativeKernels();
const noRelaxed = await noRelaxedKernels();
if (noRelaxed !== undefined) missing.relaxed = noRelaxed;

const machines: Record<string, (weights: WeightPrecision) => Promise<Backend>> = {
  "avx512, interpreted": async (weights) =>
    cpuBackend(interpretedMachine(targets.avx512), { weights }),
  "avx2, interpreted": async (weights) => cpuBackend(interpretedMachine(targets.avx2), { weights }),
  plain: (weights) => cpuForNode({ kernels: "plain", threads: 2, weights }),
};
const relaxed = noRelaxed === undefined ? (["relaxed"] as const) : [];
for (const kernels of [...names, ...relaxed])
  machines[kernels] = (weights) => cpuForNode({ kernels, threads: 2, weights });

const open: Backend[] = [];
afterAll(async () => {
  for (const backend of open) await backend.dispose();
});

const bitsOf = (values: Float32Array) =>
  new Uint32Array(values.buffer, values.byteOffset, values.length);
const decoders = { F16: fromF16, BF16: fromBf16 };

/** Every 16-bit word there is, in an order that puts different ones beside each other. */
const everyWord = Uint16Array.from({ length: 65536 }, (_, n) => (n * 40503) & 0xffff);
/** Floats of all kinds that f16 can hold or come near to: ties, subnormals, zeros of both signs, its largest. */
const floats = Float32Array.from({ length: 77 * 33 }, (_, n) => {
  const sign = n % 2 === 0 ? 1 : -1;
  const kinds = [
    Math.sin(n) * 3,
    (1 + n / 2048) * 2 ** -14,
    (n + 0.5) * 2 ** -24,
    2048 + (n % 100) / 2,
    65504,
    0,
    2 ** -26,
  ];
  return sign * kinds[n % kinds.length]!;
});

/** A tensor of a file in 16 bits. */
function ofHalves(
  storedAs: "F16" | "BF16",
  words: Uint16Array,
  [rows, width]: readonly [number, number],
  role: ParameterRole,
): ParameterSource {
  const values = Float32Array.from(words, decoders[storedAs]);
  return {
    name: "weight",
    shape: [rows, width],
    role,
    storedAs,
    rows: async (start, end) => values.slice(start * width, end * width),
    halves: async (start, end, target) => target().set(words.subarray(start * width, end * width)),
  };
}

function ofFloats(values: Float32Array, width: number, role: ParameterRole): ParameterSource {
  return {
    name: "weight",
    shape: [values.length / width, width],
    role,
    storedAs: "F32",
    rows: async (start, end) => values.slice(start * width, end * width),
  };
}

/** What a backend keeps of a tensor, in the tensor's own order. */
async function kept(backend: Backend, source: ParameterSource): Promise<Float32Array> {
  const storage = await backend.parameter(source);
  const rows = await backend.parameterRows(storage, 0, source.shape[0]!);
  backend.release(storage);
  return rows;
}

for (const [name, make] of Object.entries(machines))
  for (const weights of ["stored", "f32", "half"] as const)
    describe(`${name}, ${weights}`, async () => {
      const backend = await make(weights);
      open.push(backend);

      test.each(["F16", "BF16"] as const)(
        "every number of a file in %s stays what it is, in matrices and in tables",
        async (storedAs) => {
          const expected = Float32Array.from(everyWord, decoders[storedAs]);
          for (const role of ["matrix", "table"] as const)
            for (const width of [32, 64]) {
              const shape = [everyWord.length / width, width] as const;
              const found = await kept(backend, ofHalves(storedAs, everyWord, shape, role));
              const wrong = bitsOf(found).findIndex(
                (bits, place) => bits !== bitsOf(expected)[place] && !Number.isNaN(expected[place]),
              );
              expect(wrong, `${role}, word ${everyWord[wrong]}`).toBe(-1);
              expect([...expected.keys()].filter((n) => Number.isNaN(found[n]))).toEqual(
                [...expected.keys()].filter((n) => Number.isNaN(expected[n])),
              );
            }
        },
      );

      test("f32 stays f32, and becomes the nearest f16 when halved, at sizes that fill no panel", async () => {
        const rounded = Float32Array.from(bitsOf(floats), (bits) => fromF16(toF16(bits)));
        for (const role of ["matrix", "table"] as const)
          for (const width of [33, 77, 7, 1]) {
            const found = await kept(backend, ofFloats(floats, width, role));
            const expected = weights === "half" ? rounded : floats;
            const wrong = bitsOf(found).findIndex((bits, n) => bits !== bitsOf(expected)[n]);
            expect(wrong, `${role} ${width}: ${floats[wrong]} became ${found[wrong]}`).toBe(-1);
          }
      });

      test.each([
        ["F16", 0x7c00],
        ["BF16", 0x7f80],
      ] as const)(
        "%s: NaN and infinities are seen wherever they stand, and nothing else is",
        async (storedAs, exponent) => {
          const finite = everyWord.filter((word) => (word & exponent) !== exponent);
          let odd = 0;
          const isSeen = async (words: Uint16Array, width: number, role: ParameterRole) => {
            const source = ofHalves(storedAs, words, [words.length / width, width], role);
            odd = 0;
            backend.release(await backend.parameter({ ...source, hasOddHalves: () => void odd++ }));
            return odd;
          };
          for (const role of ["matrix", "table"] as const)
            for (const width of [1, 7, 33]) {
              const rows = 19;
              const words = finite.slice(0, rows * width);
              expect(await isSeen(finite.slice(0, 60_000 - (60_000 % width)), width, role)).toBe(0);
              const places = [0, 1, 2, 31, 32, 33, rows * width - 2, rows * width - 1];
              for (const place of places.filter((one) => one < words.length))
                for (const wrong of [exponent, exponent | 0x8000, exponent | 1, 0xffff]) {
                  const bad = words.slice();
                  bad[place] = wrong;
                  expect(await isSeen(bad, width, role), `${role} ${width} ${place}`).toBe(1);
                }
            }
        },
      );

      test("rows are gathered from what is kept, and multiply", async () => {
        const words = everyWord.subarray(0, 77 * 33).map((word) => word & 0xbbff);
        const shape = [77, 33] as const;
        for (const storedAs of ["F16", "BF16"] as const)
          for (const role of ["matrix", "table"] as const) {
            const values = Float32Array.from(words, decoders[storedAs]);
            const storage = await backend.parameter(ofHalves(storedAs, words, shape, role));
            const table = new LazyTensor(shape, "f32", "weight", { storage });
            const program = new Program(backend);
            const results: Tensor[] = [];
            const read = (value: LazyTensor) =>
              program.read(value, (tensor) => results.push(tensor));
            const ids = program.input(Int32Array.of(0, 76, 40, 0), [4], "ids");
            const rows = embed(table, ids);
            read(rows);
            if (role === "matrix") read(linear(rows, { weight: table }));
            program.finish();
            await execute(program);
            const row = (id: number) => values.subarray(id * 33, id * 33 + 33);
            expect([...results[0]!.data]).toEqual([0, 76, 40, 0].flatMap((id) => [...row(id)]));
            if (role === "matrix") {
              const expected = row(76).reduce((sum, value, n) => sum + value * row(3)[n]!, 0);
              const size = row(76).reduce((sum, value, n) => sum + Math.abs(value * row(3)[n]!), 0);
              expect(Math.abs(results[1]!.data[77 + 3]! - expected)).toBeLessThan(1e-6 * size);
            }
            backend.release(storage);
          }
      });

      test("a matrix whose file has it the other way round is kept as any other", async () => {
        const words = everyWord.subarray(0, 77 * 33).map((word) => word & 0xbbff);
        for (const storedAs of ["F16", "BF16"] as const) {
          const { halves: _, ...source } = ofHalves(storedAs, words, [77, 33], "matrix");
          const values = Float32Array.from(words, decoders[storedAs]);
          const columns = async (start: number, end: number) =>
            Float32Array.from({ length: (end - start) * 77 }, (_, n) => {
              const [column, row] = [start + Math.floor(n / 77), n % 77];
              return values[row * 33 + column]!;
            });
          expect([...(await kept(backend, { ...source, columns }))]).toEqual([...values]);
          expect([...(await kept(backend, source))]).toEqual([...values]);
        }
      });

      if (weights === "half")
        test.each([70000, -65520, Number.POSITIVE_INFINITY, Number.NaN])(
          "%d is refused in f32 files",
          async (value) => {
            const values = floats.slice();
            values[2000] = value;
            await expect(kept(backend, ofFloats(values, 33, "matrix"))).rejects.toThrow(
              `weight holds ${value}, 16-bit weights reach ±65504. Load this model with dtype "f32"`,
            );
          },
        );
    });

/** Rows and sizes on both sides of where weights are widened once for all rows: panels that are not filled, several stretches of depth. */
const products = [
  [1, 33, 77],
  [4, 64, 40],
  [12, 40, 64],
  [13, 64, 33],
  [25, 772, 70],
  [60, 33, 77],
  [100, 1601, 45],
  [200, 48, 100],
] as const;

describe.each(Object.entries(machines))("%s", (name, make) => {
  test("16-bit weights stay so by default, and every product is the same as with f32 to the bit", async () => {
    // The interpreter takes its time.
    const cases = name.includes("interpreted") ? products.slice(0, 6) : products;
    const [stored, full] = [await make("stored"), await make("f32")];
    for (const storedAs of ["F16", "BF16"] as const)
      for (const [rows, depth, columns] of cases) {
        const words = Uint16Array.from(
          { length: columns * depth },
          (_, n) => everyWord[n]! & 0xbbff,
        );
        const source = ofHalves(storedAs, words, [columns, depth], "matrix");
        const x = Float32Array.from({ length: rows * depth }, (_, n) => Math.sin(n));
        const results: Float32Array[] = [];
        for (const backend of [stored, full]) {
          const storage = await backend.parameter(source);
          const isHalf = backend === stored;
          expect((storage as CpuStorage).panels).toBe(isHalf ? storedAs.toLowerCase() : "f32");
          const weight = new LazyTensor([columns, depth], "f32", "weight", { storage });
          const program = new Program(backend);
          const input = program.input(x, [rows, depth], "x");
          program.read(linear(input, { weight }, { activation: "relu" }), ({ data }) =>
            results.push(data),
          );
          program.finish();
          await execute(program);
          backend.release(storage);
        }
        const wrong = bitsOf(results[0]!).findIndex((bits, n) => bits !== bitsOf(results[1]!)[n]);
        expect(wrong, `${storedAs}, ${rows} × ${depth} × ${columns}`).toBe(-1);
      }
    await stored.dispose();
    await full.dispose();
  });
});

for (const [name, reason] of Object.entries(missing))
  test(`${name}: weights are kept`, ({ skip }) => skip(reason));
