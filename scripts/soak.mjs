// A server's worth of work for a while: `npm run soak -- 3600` (seconds; of the built package, on Linux). Runs, patches, aborts,
// generation, concurrent requests, models that come and go; results must stay equal to the bit, and memory, mappings, threads and
// open files flat: the last quarter is held against the second. What V8 keeps is told apart from what heed holds: garbage is collected
// before each look, what is in use then and what the process holds beside V8's heap are counted on their own.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { setUp } from "./setup.mjs";

setUp();
const { load } = await import(new URL("../dist/index.js", import.meta.url).href);
const golden = (name) => new URL(`../test/golden/${name}`, import.meta.url);
const seconds = Number(process.argv[2] ?? 60);
const texts = [
  "The cat sat on the mat because it was tired.",
  "The cat sat on the mat because it was dirty.",
  "A short one.",
  "A longer sentence, which has commas, names such as Ada Lovelace, numbers such as 1843, and an end.",
];

const hash = (tensors) => {
  const sum = createHash("sha256");
  for (const tensor of tensors)
    sum.update(new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength));
  return sum.digest("hex");
};

/** What each kind of work gave the first time; it must give it every time. */
const first = new Map();
let wrong = 0;
function same(kind, value) {
  if (!first.has(kind)) first.set(kind, value);
  else if (first.get(kind) !== value) {
    wrong += 1;
    process.stderr.write(`${kind}: another result than at first\n`);
  }
}

const model = await load();
const writer = await load(golden("gpt2").pathname);

const kinds = {
  async run(n) {
    const text = texts[n % texts.length];
    const run = await model.run(text, { read: ["layers.*.weights"] });
    same(
      `run ${n % texts.length}`,
      hash([
        run.output.sentence,
        ...[0, 3, 5].map((layer) => run.trace.get(`layers.${layer}.weights`)),
      ]),
    );
  },
  async patch(n) {
    const scale = 1 + (n % 3);
    const run = await model.run(texts[0], {
      patch: [{ site: "layers.5.weights", head: 11, query: "it", scale }],
    });
    same(`patch ${scale}`, hash([run.output.sentence]));
  },
  async batch() {
    same("batch", hash([(await model.run(texts)).output.sentence]));
  },
  async together() {
    const runs = await Promise.all(texts.map((text) => model.run(text)));
    same("together", hash(runs.map(({ output }) => output.sentence)));
  },
  async aborts(n) {
    const stop = new AbortController();
    const runs = texts.map((text) =>
      model.run(text, { signal: stop.signal }).catch((error) => error),
    );
    setTimeout(() => stop.abort(), n % 4);
    await Promise.all(runs);
  },
  async writes() {
    const { rows } = await writer.generate([[1, 2, 3]], {
      maxNewTokens: 12,
      read: ["layers.*.weights"],
    });
    same("writes", rows[0].ids.join());
  },
  async comesAndGoes() {
    const other = await load(golden("bert-mlm").pathname);
    same("comes and goes", hash([(await other.run([[3, 4, 5]])).output.logits]));
    await other.dispose();
  },
};

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");

const counted = async () => {
  // What garbage holds beside the heap, the memory of models that went, other threads give back some turns later.
  for (let turn = 0; turn < 3; turn++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { total_physical_size: heap, used_heap_size: used } = getHeapStatistics();
  const status = readFileSync("/proc/self/status", "utf8");
  const field = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  return {
    "memory (MB)": Math.round(field("VmRSS") / 1000),
    "in use in V8's heap (MB)": Math.round(used / 1e5) / 10,
    "memory beside V8's heap (MB)": Math.round((field("VmRSS") * 1024 - heap) / 1e6),
    mappings: readFileSync("/proc/self/maps", "utf8").split("\n").length,
    threads: field("Threads"),
    files: readdirSync("/proc/self/fd").length,
  };
};

const samples = [];
const began = performance.now();
let rounds = 0;
for (let next = began; performance.now() < began + seconds * 1000; rounds++) {
  for (const work of Object.values(kinds)) await work(rounds);
  if (performance.now() < next) continue;
  next = performance.now() + (seconds * 1000) / 40;
  samples.push(await counted());
  process.stdout.write(
    `${Math.round((performance.now() - began) / 1000)} s, ${rounds} rounds: ${JSON.stringify(samples.at(-1))}\n`,
  );
}
await model.dispose();
await writer.dispose();

const quarter = Math.floor(samples.length / 4);
// What stays when garbage was collected: the least of a quarter.
const least = (values) => Math.min(...values);
let grown = 0;
for (const name of Object.keys(samples[0])) {
  const early = least(samples.slice(quarter, 2 * quarter).map((sample) => sample[name]));
  const late = least(samples.slice(-quarter).map((sample) => sample[name]));
  const isFlat = late <= early * 1.05 + 2;
  if (!isFlat) grown += 1;
  process.stdout.write(
    `${name}: ${early} in the second quarter, ${late} in the last${isFlat ? "" : ": it grows"}\n`,
  );
}
process.stdout.write(
  `Node ${process.version}, ${rounds} rounds of ${Object.keys(kinds).length} kinds of work in ${seconds} s: ${wrong} wrong results, ${grown} that grow\n`,
);
process.exitCode = wrong + grown > 0 ? 1 : 0;
