import { readFileSync } from "node:fs";
import { strFromU8, unzipSync } from "fflate";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import { readTrace } from "../checkpoint/trace-file.ts";
import { load } from "../load.node.ts";
import { readTransformerLensCache } from "../probe/transformer-lens.ts";
import { recordedInput } from "../tasks/verify.ts";
import { traceNpz, traceParquet, traceSafetensors } from "./index.ts";

const folder = new URL("../../test/golden/bert-mlm", import.meta.url).pathname;

async function runOf(read: readonly string[]) {
  const model = await load(folder, { backend: "reference" });
  const run = await model.run([[5, 6, 7, 8]], { read: [...read] });
  await model.dispose();
  return run;
}

const whole = (bytes: Uint8Array) => bytes.slice().buffer;

test("a Parquet table has one row a number, with its place and its tokens", async () => {
  const run = await runOf(["layers.*.weights"]);
  const file = whole(traceParquet(run));
  const rows = await parquetReadObjects({ file });
  const [, H, T, S] = run.trace.get("layers.0.weights").shape as [number, number, number, number];
  expect(rows).toHaveLength(run.trace.sites.length * H * T * S);
  for (const row of rows) {
    const { site, layer, text, head, query, key, value } = row as Record<string, number> & {
      site: string;
    };
    expect(site).toBe(`layers.${layer}.weights`);
    expect(value).toBe(run.trace.get(site).at(text!, head!, query!, key!));
    expect(row.key_token).toBe(run.tokens[0]![key!]!.surface);
  }
  const { created_by, key_value_metadata } = parquetMetadata(file);
  expect(created_by).toBe("heed");
  expect(key_value_metadata).toContainEqual({ key: "model", value: run.madeBy!.label });
});

test("vectors have positions and dimensions, and sites of no layer the layer -1", async () => {
  const run = await runOf(["embeddings"]);
  const [row] = await parquetReadObjects({ file: whole(traceParquet(run)) });
  expect(Object.keys(row!)).toEqual([
    "site",
    "layer",
    "text",
    "position",
    "dimension",
    "position_token",
    "value",
  ]);
  expect(row!.layer).toBe(-1);
});

test("what a decoder gives stands beside the decoder's tokens", async () => {
  const model = await load(new URL("../../test/golden/t5-first", import.meta.url).pathname, {
    backend: "reference",
  });
  const input = { ids: [[5, 6, 7]], decoderIds: [[0, 9]] };
  const run = await model.run(input, { read: ["logits", "decoder.layers.0.cross.weights"] });
  await model.dispose();
  const tableOf = async (site: string) => {
    const trace = {
      sites: [site],
      get: () => run.trace.get(site),
      kept: () => run.trace.get(site),
    };
    return parquetReadObjects({ file: whole(traceParquet({ ...run, trace } as never)) });
  };
  const texts = (rows: readonly (readonly { surface: string }[])[]) =>
    rows[0]!.map(({ surface }) => surface);
  const logits = await tableOf("logits");
  expect(new Set(logits.map((row) => row.position_token))).toEqual(
    new Set(texts(run.decoderTokens!)),
  );
  const cross = await tableOf("decoder.layers.0.cross.weights");
  expect(new Set(cross.map((row) => row.query_token))).toEqual(new Set(texts(run.decoderTokens!)));
  expect(new Set(cross.map((row) => row.key_token))).toEqual(new Set(texts(run.tokens)));
});

test("a table of different axes, or of nothing, is refused", async () => {
  const mixed = await runOf(["layers.0.q", "layers.0.weights"]);
  expect(() => traceParquet(mixed)).toThrow("these have BHTD and BHTS. Write one table for each");
  expect(() => traceParquet({ ...mixed, trace: { sites: [] } } as never)).toThrow("read nothing");
});

test("an .npz holds what went in and every site, as NumPy's format has it", async () => {
  const run = await runOf(["layers.0.q"]);
  const files = unzipSync(traceNpz(run));
  expect(Object.keys(files)).toEqual(expect.arrayContaining(["input.ids.npy", "layers.0.q.npy"]));
  const { shape, data } = run.trace.get("layers.0.q");
  const file = files["layers.0.q.npy"]!;
  const start = 10 + file[8]! + 256 * file[9]!;
  expect(strFromU8(file.subarray(1, 6))).toBe("NUMPY");
  expect(start % 64).toBe(0);
  expect(strFromU8(file.subarray(10, start)).trim()).toBe(
    `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`,
  );
  expect(new Float32Array(whole(file.subarray(start)))).toEqual(data);
});

test("a safetensors file is a recorded trace, read again as it was", async () => {
  const run = await runOf(["layers.*.{weights,mixed}"]);
  const { metadata, tensors } = readTrace(traceSafetensors(run), "trace");
  expect(metadata.model).toBe(run.madeBy!.label);
  expect(JSON.parse(metadata.tokens!)).toEqual([run.tokens[0]!.map(({ surface }) => surface)]);
  for (const site of run.trace.sites)
    expect(tensors.get(site)!.data).toEqual(run.trace.get(site).data);
  expect(Array.from(tensors.get("input.ids")!.data)).toEqual([5, 6, 7, 8]);
});

test.each([
  "vit-masked",
  "whisper",
  "xlnet-targets",
  "clip-both",
  "longformer-all-global",
  "t5-first",
])("every input of %s goes out as it came in, under its name", async (name) => {
  const home = new URL(`../../test/golden/${name}/`, import.meta.url);
  const recorded = readTrace(readFileSync(new URL("trace.safetensors", home)), name);
  const model = await load(home, { backend: "reference" });
  const run = await model.run(recordedInput(recorded, name), { read: [] });
  await model.dispose();
  const { tensors } = readTrace(traceSafetensors(run), "trace");
  const inputs = [...recorded.tensors].filter(([tensor]) => tensor.startsWith("input."));
  expect(inputs.length).toBeGreaterThan(0);
  for (const [tensor, { shape, data }] of inputs) {
    expect(tensors.get(tensor)?.shape, tensor).toEqual(shape);
    expect(tensors.get(tensor)!.data, tensor).toEqual(data);
  }
});

test("under TransformerLens's names and axes a run comes back by readTransformerLensCache", async () => {
  const run = await runOf(["layers.*.{q,v,weights,mixed,residual}", "layers.0.attended"]);
  for (const bytes of [traceNpz(run, { names: "tl" }), traceSafetensors(run, { names: "tl" })]) {
    const { trace, left } = readTransformerLensCache(bytes, "cache");
    expect(left.map(({ name }) => name).filter((name) => !name.startsWith("input."))).toEqual([
      "layers.0.attended",
    ]);
    expect([...trace.sites].sort()).toEqual(
      run.trace.sites.filter((site) => site !== "layers.0.attended").sort(),
    );
    for (const site of trace.sites)
      expect(trace.get(site).toNested()).toEqual(run.trace.get(site).toNested());
  }
  const names = Object.keys(unzipSync(traceNpz(run, { names: "tl" })));
  expect(names).toContain("blocks.1.attn.hook_pattern.npy");
  const [, H, T, D] = run.trace.get("layers.0.mixed").shape as [number, number, number, number];
  const header = strFromU8(
    unzipSync(traceNpz(run, { names: "tl" }))["blocks.0.attn.hook_z.npy"]!.subarray(0, 128),
    true,
  );
  expect(header).toContain(`'shape': (1, ${T}, ${H}, ${D})`);
  expect(() => traceNpz(run, { names: "lens" as "tl" })).toThrow("there are heed and tl");
});
