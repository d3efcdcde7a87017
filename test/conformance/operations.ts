import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OperationName } from "../../src/tensor/attributes.ts";
import type { Backend, ParameterRole } from "../../src/tensor/backend.ts";
import { execute } from "../../src/tensor/execute.ts";
import { LazyTensor } from "../../src/tensor/lazy-tensor.ts";
import { Program } from "../../src/tensor/program.ts";
import { sizeOf } from "../../src/tensor/shape.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { expectClose } from "../support/expect-close.ts";
import * as attention from "./attention-cases.ts";
import { attentionGradientCases } from "./attention-gradient-cases.ts";
import { bandedCases } from "./banded-cases.ts";
import { describeCache } from "./cache.ts";
import type { Case, Given } from "./case.ts";
import * as elementwise from "./elementwise-cases.ts";
import { gradientCases } from "./gradient-cases.ts";
import type { Grid } from "./grid.ts";
import * as layout from "./layout-cases.ts";
import * as norm from "./norm-cases.ts";
import { describeOptimizer } from "./optimizer.ts";
import * as parts from "./part-cases.ts";
import * as product from "./product-cases.ts";
import * as reduction from "./reduction-cases.ts";

/** What outlives a program has tests in cache.ts and optimizer.ts. */
type Lasting = "cacheAppend" | "adamStep" | "assign";

/** Every operation has cases: a new one without them does not compile. */
export const cases: { readonly [N in Exclude<OperationName, Lasting>]: readonly Case[] } = {
  embed: product.embedCases,
  linear: product.linearCases,
  headShares: product.headSharesCases,
  add: elementwise.addCases,
  multiply: elementwise.multiplyCases,
  scale: elementwise.scaleCases,
  activate: elementwise.activateCases,
  layerNorm: norm.layerNormCases,
  rmsNorm: norm.rmsNormCases,
  unit: norm.unitCases,
  splitHeads: layout.splitHeadsCases,
  mergeHeads: layout.mergeHeadsCases,
  rotary: layout.rotaryCases,
  permute: layout.permuteCases,
  slice: layout.sliceCases,
  concat: layout.concatCases,
  part: parts.partCases,
  replacePart: parts.replacePartCases,
  normalizeRows: parts.normalizeRowsCases,
  sum: reduction.sumCases,
  meanPool: reduction.meanPoolCases,
  maxPool: reduction.maxPoolCases,
  scaledDot: attention.scaledDotCases,
  masked: attention.maskedCases,
  softmax: attention.softmaxCases,
  mix: attention.mixCases,
  attention: attention.attentionCases,
  bandedAttention: bandedCases,
  attentionGradient: attentionGradientCases,
  ...gradientCases,
};

export interface Conformance {
  /** The largest difference that passes, of the largest number expected (but at least of 1). */
  readonly tolerance: number;
  /** Reasons to leave out an operation ("rotary") or a case ("scale: denormal numbers are not zero"). */
  readonly skip?: Readonly<Record<string, string>>;
}

/** Holds a backend to what the formulas say, computed in double precision; one test a case. */
export function describeBackend(
  name: string,
  makeBackend: () => Backend | Promise<Backend>,
  { tolerance, skip = {} }: Conformance,
): void {
  describe(`${name}: operations`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await makeBackend();
    });
    afterAll(async () => backend?.dispose());

    const known = new Set<string>(Object.keys(cases));
    for (const [operation, examples] of Object.entries(cases)) {
      const reason = skip[operation];
      if (reason) {
        test(`${operation}: ${examples.length} cases`, ({ skip }) => skip(reason));
        continue;
      }
      for (const example of examples) {
        const title = `${operation}: ${example.name}`;
        known.add(title);
        test(title, async (context) => {
          const reason = skip[title];
          if (reason) context.skip(reason);
          const results = await resultsOf(example, operation, backend);
          if (!results) return context.skip("this backend has no kernel for these options");
          const expected = example.expected();
          expect(results.length).toBe(expected.length);
          for (const [n, result] of results.entries())
            expectClose(result, expected[n]!, { tolerance, scale: example.scale });
        });
      }
    }

    test("every skip names an operation or a case", () => {
      expect(Object.keys(skip).filter((title) => !known.has(title))).toEqual([]);
    });
    describePrograms(() => backend, tolerance);
    for (const describeLasting of [describeCache, describeOptimizer])
      describeLasting(
        () => backend,
        (got, expected) => expectClose(got, expected, { tolerance }),
      );
  });
}

/** What holds of any program: memory that is shared, read twice, used again. */
function describePrograms(backend: () => Backend, tolerance: number): void {
  test("learned tensors come back as they were given, whole and by rows", async () => {
    for (const role of ["matrix", "table", "plain"] as const)
      for (const shape of [
        [1, 1],
        [3, 5],
        [17, 33],
        [65, 16],
      ]) {
        const given = { grid: numbered(shape), as: role };
        const { storage } = await learned(given, backend());
        const all = await backend().parameterRows(storage!, 0, shape[0]!);
        expect([...all]).toEqual(given.grid.data);
        const last = await backend().parameterRows(storage!, shape[0]! - 1, shape[0]!);
        expect([...last]).toEqual(given.grid.data.slice(-shape[1]!));
        backend().release(storage!);
      }
  });

  test("a value read twice, and once more under another shape, is the same each time", async () => {
    const program = new Program(backend());
    const x = program.input(Float32Array.from(numbered([2, 6]).data), [2, 6], "x");
    const results: Tensor[] = [];
    const sum = program.record("add", [x, x], {}, [2, 6])[0]!;
    program.read(sum, (tensor) => results.push(tensor));
    program.read(program.alias(sum, [3, 4]), (tensor) => results.push(tensor));
    const later = program.record("add", [sum, x], {}, [2, 6])[0]!;
    program.read(later, (tensor) => results.push(tensor));
    program.read(sum, (tensor) => results.push(tensor));
    program.finish();
    await execute(program);
    const times = (factor: number) => numbered([2, 6]).data.map((value) => factor * value);
    expect(results.map(({ shape }) => shape)).toEqual([
      [2, 6],
      [3, 4],
      [2, 6],
      [2, 6],
    ]);
    expect(results.map(({ data }) => [...data])).toEqual([times(2), times(2), times(3), times(2)]);
  });

  test("what is read belongs to the reader: later runs do not write to it", async () => {
    const first = await scaled(backend(), 2);
    const before = [...first.data];
    for (let n = 0; n < 5; n++) await scaled(backend(), 3 + n);
    expect([...first.data]).toEqual(before);
    first.data.fill(-1);
    expectClose(await scaled(backend(), 2), { shape: [40, 7], data: before }, { tolerance });
  });
}

async function scaled(backend: Backend, factor: number): Promise<Tensor> {
  const program = new Program(backend);
  const x = program.input(Float32Array.from(numbered([40, 7]).data), [40, 7], "x");
  let result: Tensor | undefined;
  const [y] = program.record("scale", [x], { factor }, [40, 7]);
  program.read(y!, (tensor) => {
    result = tensor;
  });
  program.finish();
  await execute(program);
  return result!;
}

function numbered(shape: readonly number[]): Grid {
  return { shape, data: Array.from({ length: sizeOf(shape) }, (_, place) => place + 1) };
}

/** Runs one case in a program of its own; undefined when the backend declined. */
async function resultsOf(
  { given, record, name }: Case,
  operation: string,
  backend: Backend,
): Promise<Tensor[] | undefined> {
  const program = new Program(backend);
  const inputs: LazyTensor[] = [];
  for (const one of given)
    inputs.push(isLearned(one) ? await learned(one, backend) : supplied(one, program));
  const outputs = record(...inputs);
  const results: Tensor[] = [];
  for (const [n, output] of (outputs ?? []).entries())
    program.read(output, (tensor) => {
      results[n] = tensor;
    });
  const recorded = program.entries.flatMap((entry) =>
    entry.kind === "operation" ? [entry.operation.name] : [],
  );
  if (outputs) expect(recorded, `what "${name}" records`).toEqual([operation]);
  program.finish();
  await execute(program);
  for (const { program: own, storage } of inputs) if (!own && storage) backend.release(storage);
  return outputs && results;
}

function isLearned({ as }: Given): boolean {
  return as !== "f32" && as !== "i32";
}

function supplied({ grid, as }: Given, program: Program): LazyTensor {
  const data = as === "i32" ? Int32Array.from(grid.data) : Float32Array.from(grid.data);
  return program.input(data, grid.shape, "given");
}

async function learned({ grid, as }: Given, backend: Backend): Promise<LazyTensor> {
  const { shape } = grid;
  const width = sizeOf(shape.slice(1));
  const all = Float32Array.from(grid.data);
  const storage = await backend.parameter({
    name: "learned",
    shape,
    role: as as ParameterRole,
    storedAs: "F32",
    rows: async (start, end) => all.slice(start * width, end * width),
  });
  return new LazyTensor(shape, "f32", "learned", { storage });
}
