import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MessageChannel, Worker } from "node:worker_threads";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EngineError } from "../../src/backends/cpu/engine-error.ts";
import { InputError, load, type Model, SiteError, Tensor } from "../../src/index.ts";
import { KeptRows } from "../../src/probe/kept-rows.ts";
import { Banded } from "../../src/probe/sparse/banded.ts";
import { fromWire, toWire } from "../../src/worker/wire.ts";
import { loadInWorker, serve, type WorkerModel } from "../../src/worker.node.ts";
import { bertWithWords } from "../support/text-models.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = join(root, "models/all-MiniLM-L6-v2");
const text = "The cat sat on the mat because it was tired.";

/** Both ends of a wire in this thread. */
function served(loadModel: typeof load = load) {
  const { port1, port2 } = new MessageChannel();
  serve(loadModel, port1 as never);
  return { near: port2 as never, close: () => port2.close() };
}

describe("a model behind a port", () => {
  const { near, close } = served();
  let model: WorkerModel;
  let direct: Model;

  beforeAll(async () => {
    [model, direct] = await Promise.all([loadInWorker(near, folder), load(folder)]);
  });

  afterAll(async () => {
    await Promise.all([model.dispose(), direct.dispose()]);
    close();
  });

  test("is described as it is", () => {
    const { label, type, dimensions, backend, sites, absentSites } = direct;
    expect(model).toMatchObject({ label, type, dimensions, backend });
    expect([...model.sites]).toEqual([...sites]);
    expect([...model.absentSites]).toEqual([...absentSites]);
  });

  test("runs with reads, patches and options as one at hand does, to the bit", async () => {
    const options = {
      read: [
        "layers.5.weights",
        { site: "layers.4.weights", head: "L4H2", query: "it" },
        { site: "layers.2.weights", keep: "rounded" },
      ],
      patch: [{ site: "layers.5.scores", head: 11, query: "it", key: "cat", cut: true }],
    } as const;
    const [far, near] = await Promise.all([model.run(text, options), direct.run(text, options)]);
    expect(far.tokens).toEqual(near.tokens);
    expect(far.trace.sites).toEqual(near.trace.sites);
    for (const site of near.trace.sites)
      expect(far.trace.getParts(site), site).toEqual(near.trace.getParts(site));
    expect(far.output).toEqual(near.output);
    expect(far.inputs).toEqual(near.inputs);
    expect(far.weight("L5H11", "it", "mat")).toBe(near.weight("L5H11", "it", "mat"));
  });

  test("keeps what is kept in less memory as it is kept", async () => {
    const read = [{ site: "layers.3.{scores,weights}", keep: "rows" as const }];
    const long = text.repeat(16);
    const [far, near] = await Promise.all([model.run(long, { read }), direct.run(long, { read })]);
    for (const site of near.trace.sites) {
      expect(far.trace.kept(site)).toBeInstanceOf(KeptRows);
      const row = { head: 7, query: 100 };
      expect(far.trace.row(site, row)).toEqual(near.trace.row(site, row));
    }
  });

  test("goes on after a run it holds, and takes numbers of another run", async () => {
    const reusable = await model.run(text, { reusable: true, read: ["layers.*.weights"] });
    const patch = [{ site: "layers.4.weights", head: 3, zero: true as const }];
    const read = ["layers.5.weights"];
    const [after, whole] = [
      await model.run(text, { after: reusable, patch, read }),
      await direct.run(text, { patch, read }),
    ];
    expect(after.trace.get("layers.5.weights")).toEqual(whole.trace.get("layers.5.weights"));
    const from = [{ site: "layers.4.weights", from: reusable }];
    const plain = await model.run(text, { patch: from, read });
    const back = await model
      .run(text, { patch: [{ site: "layers.4.weights", from: plain }], read })
      .catch((error: unknown) => error);
    expect(plain.trace.get("layers.5.weights")).toEqual(
      (await direct.run(text, { read })).trace.get("layers.5.weights"),
    );
    expect(back).toBeInstanceOf(SiteError);
  });

  test("gives vectors and tokens", async () => {
    const [far, near] = await Promise.all([model.embed([text]), direct.embed([text])]);
    expect(far).toEqual(near);
    expect(await model.encode(text)).toEqual(direct.tokenizer!.encode(text));
  });

  test("ends the encoding of a long text, by itself and in a run", async () => {
    for (const begin of [model.encode, model.run]) {
      const stop = new AbortController();
      const work = begin("a cat ".repeat(200_000), { signal: stop.signal });
      setTimeout(() => stop.abort(new Error("no longer wanted")));
      await expect(work).rejects.toThrow("no longer wanted");
    }
    expect((await model.encode(text)).ids.length).toBeGreaterThan(2);
  });

  test("throws errors of the same class, name and message", async () => {
    const far = model.run(text, { read: ["layers.9.weights"] });
    const near: Error = await direct.run(text, { read: ["layers.9.weights"] }).then(
      () => new Error(),
      (error) => error,
    );
    await expect(far).rejects.toThrow(near.message);
    await expect(far).rejects.toBeInstanceOf(SiteError);
    await expect(far).rejects.toMatchObject({ name: "SiteError", code: "site" });
  });

  test("calls callbacks here, and refuses functions that cannot cross", async () => {
    const progress: number[] = [];
    await model.run(text, { onProgress: ({ done }) => progress.push(done) });
    expect(progress.length).toBeGreaterThan(0);
    const change = (part: { data: Float32Array }) => part.data;
    const run = model.run(text, { patch: [{ site: "layers.1.weights", change } as never] });
    await expect(run).rejects.toThrow(
      "worker: patch.0.change is a function, and functions cannot cross to a worker",
    );
    await expect(run).rejects.toBeInstanceOf(InputError);
  });

  test("is cancelled by a signal, with its reason", async () => {
    const abort = new AbortController();
    const reason = new Error("enough");
    const run = model.run(Array(8).fill(text), {
      signal: abort.signal,
      onProgress: () => abort.abort(reason),
    });
    await expect(run).rejects.toBe(reason);
    await expect(model.run(text, { signal: abort.signal })).rejects.toBe(reason);
    await expect(model.run(text)).resolves.toBeDefined();
  });

  test("is disposed of, and says so afterwards", async () => {
    const other = await loadInWorker(near, folder, { backend: "reference" });
    expect(other.backend).toBe("reference");
    await other.dispose();
    await expect(other.run(text)).rejects.toThrow("there is no such model here");
  });
});

test("gradients of a metric cross, and its number", async () => {
  const own = served((() => bertWithWords()) as never);
  const [far, near] = await Promise.all([loadInWorker(own.near), bertWithWords()]);
  const input = "the [MASK] sat on mat";
  const of = { kind: "logProbability", token: "cat", minus: "dog" } as const;
  const options = { gradient: { of, at: ["layers.*.weights", "embeddings"] } };
  const [there, here] = await Promise.all([far.run(input, options), near.run(input, options)]);
  expect(there.metric).toBe(here.metric);
  expect(there.trace.sites).toEqual(here.trace.sites);
  for (const site of here.trace.sites) expect(there.trace.get(site)).toEqual(here.trace.get(site));
  const mine = { kind: "function", name: "mine", read: [{ site: "final" }], of: () => 1 } as const;
  const refused = far.run(input, { gradient: { of: mine, at: ["embeddings"] } });
  await expect(refused).rejects.toThrow("gradient.of.of is a function");
  await Promise.all([far.dispose(), near.dispose()]);
  own.close();
});

test("bands, shared parts, maps and errors are what they were; strangers are refused", () => {
  const layout = { shape: [1, 1, 4, 4], reach: 1, globals: [[0]] } as const;
  const numbers = Tensor.from([
    [
      [
        [1, 2, 3, 4],
        [1, 2, 3, 4],
        [1, 2, 3, 4],
        [1, 2, 3, 4],
      ],
    ],
  ]);
  const banded = new Banded(layout, 0, numbers, Tensor.from([[[[4, 3, 2, 1]]]]));
  const crossed = (value: unknown) => fromWire(structuredClone(toWire(value).wire));
  const both = crossed({ banded, again: banded, byName: new Map([["a", numbers]]) }) as {
    banded: Banded;
    again: Banded;
    byName: Map<string, Tensor>;
  };
  expect(both.banded).toBe(both.again);
  expect(both.banded).toBeInstanceOf(Banded);
  expect(both.banded.dense()).toEqual(banded.dense());
  expect(both.byName.get("a")).toBeInstanceOf(Tensor);
  for (const error of [
    new InputError("a"),
    new RangeError("b"),
    new DOMException("c", "AbortError"),
  ]) {
    const other = crossed(error) as Error;
    expect(other).toBeInstanceOf(error.constructor);
    expect([other.name, other.message]).toEqual([error.name, error.message]);
  }
  expect(crossed(new EngineError("d"))).toMatchObject({ name: "EngineError", code: "engine" });
  class Stranger {}
  expect(() => toWire({ part: new Stranger() })).toThrow(
    "worker: part is of a class (Stranger) that cannot cross. If it is heed's, build heed and heed/worker together",
  );
  expect(toWire({ bytes: new Uint8Array(3) }).wire).toEqual({ bytes: new Uint8Array(3) });
});

test("what a load throws and tells crosses too", async () => {
  const { near, close } = served();
  const stages: string[] = [];
  const loading = loadInWorker(near, join(root, "models/none"));
  await expect(loading).rejects.toThrow("there is no such folder");
  await expect(loading).rejects.toMatchObject({ name: "CheckpointError" });
  const model = await loadInWorker(near, folder, {
    onProgress: ({ stage }) => stages.push(stage),
  });
  expect(new Set(stages)).toEqual(new Set(["files", "weights"]));
  await model.dispose();
  close();
});

describe("a worker thread", () => {
  let scripts: string;

  beforeAll(async () => {
    // Inside of node_modules, where koffi is found.
    scripts = await mkdtemp(join(root, "node_modules/.heed-worker-"));
    await build({
      entryPoints: [join(root, "test/support/model-worker.ts")],
      outfile: join(scripts, "worker.mjs"),
      bundle: true,
      minify: true,
      format: "esm",
      platform: "node",
      packages: "external",
    });
  });

  afterAll(() => rm(scripts, { recursive: true }));

  test("gives the numbers of this one", async () => {
    const worker = new Worker(join(scripts, "worker.mjs"), { execArgv: [] });
    const model = await loadInWorker(worker, folder);
    const run = await model.run(text, { read: ["layers.5.weights"] });
    expect(run.weight("L5H11", "it", "cat")).toBeCloseTo(0.7117, 3);
    await expect(model.run(text, { read: ["none"] })).rejects.toBeInstanceOf(SiteError);
    await model.dispose();
    await worker.terminate();
  });

  test("that ends is the error of what is under way, and of what comes after", async () => {
    const worker = new Worker(join(scripts, "worker.mjs"), { execArgv: [] });
    const model = await loadInWorker(worker, folder);
    const run = model.run(Array(64).fill(text.repeat(8)));
    const ended = expect(run).rejects.toThrow(/^worker: it has ended: exit code 1/);
    await worker.terminate();
    await ended;
    await expect(model.run(text)).rejects.toMatchObject({ name: "WorkerError", code: "worker" });
  });
});
