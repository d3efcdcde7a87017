/** The page of the browser test, and a worker that does the same when it is sent a message: random programs on the browser's engine and on the reference. */
import { cpuForBrowser } from "../../src/backends/cpu/cpu.browser.ts";
import { reference } from "../../src/backends/reference/reference.ts";
import {
  attentionProgram,
  bandedProgram,
  compute,
  linearProgram,
  seeded,
} from "./engine-programs.ts";

async function measure() {
  const backend = await cpuForBrowser({ threads: 2 });
  let worst = 0;
  for (let seed = 1; seed <= 12; seed++)
    for (const make of [linearProgram, attentionProgram, bandedProgram]) {
      const example = make(seeded(seed));
      const [found, expected] = [
        await compute(backend, example),
        await compute(reference(), example),
      ];
      for (const [index, { data }] of expected.entries())
        for (const [place, value] of data.entries()) {
          const other = found[index]!.data[place]!;
          if (value === other) continue;
          const difference = Math.abs(value - other) / Math.max(1, Math.abs(value));
          worst = Number.isNaN(difference) ? Number.NaN : Math.max(worst, difference);
        }
    }
  await backend.dispose();
  return { name: backend.name, worst, isIsolated: crossOriginIsolated };
}

Object.assign(globalThis, { measure });
globalThis.onmessage = async () => globalThis.postMessage(await measure());
