import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { backendFor } from "../../src/backends/choose.node.ts";
import { koffiPackage, openKoffi } from "../../src/backends/cpu/koffi.node.ts";
import { nativeMachine } from "../../src/backends/cpu/native.node.ts";
import { selfTest } from "../../src/backends/cpu/self-test.ts";
import { wasmMachine } from "../../src/backends/cpu/wasm.ts";

// What is computed with, and what is said, where a process may not do everything.

const resolve = (() => "/koffi/index.js") as unknown as NodeJS.RequireResolve;
const failing = (error: object) =>
  Object.assign(
    () => {
      throw error;
    },
    { resolve },
  );

test.for([
  [{ code: "ERR_DLOPEN_DISABLED" }, /may not load native code \(Node grants it by --allow-addons/],
  [{ name: "NotCapable" }, /Deno by --allow-ffi/],
  [{ code: "MODULE_NOT_FOUND" }, /is installed, but its binary is missing\. Install it again/],
  [
    { code: "ERR_DLOPEN_FAILED", message: "ld-linux-x86-64.so.2: no such file\n(needed by …)" },
    /is installed, but its binary cannot be loaded: ld-linux-x86-64\.so\.2: no such file/,
  ],
] as const)("koffi that throws %o is said as it is", ([error, reason]) => {
  expect(openKoffi(failing(error))).toMatchObject({ reason: expect.stringMatching(reason) });
});

test("koffi that is not there is said not to be installed", () => {
  const require = Object.assign(() => undefined, {
    resolve: (() => {
      throw Object.assign(new Error("no"), { code: "MODULE_NOT_FOUND" });
    }) as unknown as NodeJS.RequireResolve,
  });
  expect(openKoffi(require)).toEqual({
    reason: `the optional package ${koffiPackage} is not installed`,
  });
});

test("executable memory that is forbidden is the reason, not the processor", async ({ skip }) => {
  const opened = openKoffi();
  if ("reason" in opened) return skip(opened.reason);
  const koffi = {
    ...opened.koffi,
    load: (path: null) => {
      const library = opened.koffi.load(path);
      return {
        func: (definition: string) =>
          definition.includes("mprotect") ? () => -1 : library.func(definition),
      };
    },
  };
  expect(await nativeMachine(1, undefined, () => ({ ...opened, koffi }))).toEqual({
    reason: "this system does not allow executable memory",
  });
});

test("koffi, which keeps every type that it is told, is told none twice", async ({ skip }) => {
  const opened = openKoffi();
  if ("reason" in opened) return skip(opened.reason);
  const told: string[] = [];
  const proto: typeof opened.koffi.proto = (result, parameters) => {
    told.push(`${result}(${parameters.join()})`);
    return opened.koffi.proto(result, parameters);
  };
  const koffi = { ...opened.koffi, proto };
  for (let loads = 0; loads < 3; loads++) {
    const machine = await nativeMachine(1, undefined, () => ({ ...opened, koffi }));
    if ("reason" in machine) return skip(machine.reason);
    await machine.dispose();
  }
  expect(told).toEqual([...new Set(told)]);
});

test("where threads cannot be started the calling thread computes, and that is said", async () => {
  const said: string[] = [];
  const machine = await wasmMachine({
    threads: 2,
    start: () => {
      throw new Error("no threads today");
    },
    onNotice: (text) => said.push(text),
  });
  expect(machine.threads).toBe(1);
  expect(said).toEqual(["heed computes on the calling thread alone: no threads today"]);
});

test("threads that end before they begin, or never begin, leave it to the calling thread", async () => {
  const said: string[] = [];
  const hand = (onEnd: (tell: (reason: string) => void) => void) => () => ({
    onEnd,
    hold() {},
    async end() {},
  });
  const ended = hand((tell) => void Promise.resolve("refused").then(tell));
  for (const [start, patienceMs] of [[ended], [hand(() => {}), 1]] as const) {
    const options = { threads: 2, start, patienceMs, onNotice: (text: string) => said.push(text) };
    expect((await wasmMachine(options)).threads).toBe(1);
  }
  expect(said).toEqual([
    "heed computes on the calling thread alone: thread 0 ended: refused",
    "heed computes on the calling thread alone: its threads do not start",
  ]);
});

test.for([0, -1, 2.5, 257, Number.NaN, "2.5", "", null, {}])(
  "threads: %o is refused",
  async (threads) => {
    await expect(backendFor({ threads: threads as number }, {})).rejects.toThrow(
      /^threads must be a whole number from 1 to 256, got /,
    );
  },
);

test("HEED_THREADS overrides the option, and is checked for any backend", async () => {
  await expect(
    backendFor({ backend: "reference", threads: 2 }, { HEED_THREADS: "5000" }),
  ).rejects.toThrow('HEED_THREADS must be a whole number from 1 to 256, got "5000"');
});

test.for(["relaxed", "plain"] as const)("%s kernels are a backend by name", async (name) => {
  const [option, variable] = [
    () => backendFor({ backend: name }, {}),
    () => backendFor({}, { HEED_BACKEND: name }),
  ];
  for (const choose of [option, variable]) {
    const backend = await choose().catch((error: Error) => error);
    // Node 20 has no relaxed SIMD by itself.
    if (backend instanceof Error)
      expect(backend.message).toMatch(/no relaxed kernels: this engine has no relaxed SIMD/);
    else {
      expect(await selfTest(backend)).toBeUndefined();
      await backend.dispose();
    }
  }
});

test("a notice about kernels is told to the listener of a load", async () => {
  const said: string[] = [];
  const script = `
    import { backendFor } from ${JSON.stringify(new URL("../../src/backends/choose.node.ts", import.meta.url).href)};
    const backend = await backendFor({ onWarning: (text) => console.log(text) });
    console.log(backend.name);`;
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--no-addons", "--import", tsx, "--input-type=module", "-e", script],
    { encoding: "utf8", cwd: fileURLToPath(new URL("../..", import.meta.url)) },
  );
  said.push(...stdout.trim().split("\n"));
  expect(stderr).toBe("");
  expect(said).toEqual([
    "heed uses its WebAssembly kernels, which are slower: this process may not load native code (Node grants it by --allow-addons, Deno by --allow-ffi)",
    expect.stringMatching(/^cpu \((relaxed|wasm)\)$/),
  ]);
});

test("under Node's permission model a model runs, on the calling thread, and says why", async () => {
  const entry = fileURLToPath(new URL("../../src/index.ts", import.meta.url));
  const model = fileURLToPath(new URL("../golden/gpt2", import.meta.url));
  const contents = `
    import { load } from ${JSON.stringify(entry)};
    const model = await load(${JSON.stringify(model)}, { onWarning: (text) => console.log(text) });
    const run = await model.run({ ids: [1, 2, 3] }, { read: ["layers.0.weights"] });
    console.log(run.trace.get("layers.0.weights").shape.join());`;
  const folder = mkdtempSync(join(tmpdir(), "heed-rights-"));
  const outfile = join(folder, "run.mjs");
  await build({
    stdin: { contents, resolveDir: folder },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
    banner: {
      js: 'import { createRequire as requireFor } from "node:module"; const require = requireFor(import.meta.url);',
    },
  });
  const flag = process.allowedNodeEnvironmentFlags.has("--permission")
    ? "--permission"
    : "--experimental-permission";
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [flag, "--allow-fs-read=*", "--disable-warning=ExperimentalWarning", outfile],
    { encoding: "utf8" },
  );
  rmSync(folder, { recursive: true });
  const said = stdout.trim().split("\n");
  expect(stderr).toBe("");
  expect(said.at(-1)).toBe("1,3,3,3");
  expect(said).toContain(
    "heed computes on the calling thread alone: this process may not start threads (Node grants it by --allow-worker)",
  );
});
