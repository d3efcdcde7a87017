// Loads the embedded model in fresh processes and compares what they compute: `npm run fresh -- 600` (of the built package);
// `--seconds 50` begins none after so long, and says how many there were: a campaign in pieces, beside other work.
// A race between threads that start and memory that grows shows in a process of its own only, about once in a hundred.
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { setUp } from "./setup.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    backend: { type: "string", default: "wasm" },
    threads: { type: "string", default: "2" },
    parallel: { type: "string", default: "4" },
    seconds: { type: "string", default: "Infinity" },
    dist: { type: "string", default: new URL("../dist/index.node.js", import.meta.url).href },
  },
});
const count = Number(positionals[0] ?? 200);
const expected = "0.71";

const script = `
import { load } from ${JSON.stringify(values.dist)};
const model = await load(undefined, ${JSON.stringify({ backend: values.backend, threads: Number(values.threads) })});
const run = await model.run("The cat sat on the mat because it was tired.", { read: ["layers.5.weights"] });
process.stdout.write(run.weight("L5H11", "it", "cat").toFixed(2));
await model.dispose();`;

/** What a fresh process printed, or how it ended. */
function freshly() {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
    let [out, err] = ["", ""];
    child.stdout.on("data", (text) => {
      out += text;
    });
    child.stderr.on("data", (text) => {
      err += text;
    });
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(out);
      const [line] = err.match(/^.*Error: .*$/m) ?? [signal ?? `exit code ${code}`];
      resolve(line);
    });
  });
}

setUp();
const outcomes = new Map();
let begun = 0;
const end = performance.now() + Number(values.seconds) * 1000;
async function worker() {
  while (begun < count && performance.now() < end) {
    begun += 1;
    const outcome = await freshly();
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    if (outcome !== expected) process.stderr.write(`process ${begun}: ${outcome}\n`);
  }
}
await Promise.all(Array.from({ length: Number(values.parallel) }, worker));
const good = outcomes.get(expected) ?? 0;
process.stdout.write(
  `Node ${process.version}, ${values.backend}: ${good} of ${begun} fresh processes computed ${expected}\n`,
);
for (const [outcome, times] of outcomes)
  if (outcome !== expected) process.stdout.write(`  ${times} × ${outcome}\n`);
process.exitCode = good === begun ? 0 : 1;
