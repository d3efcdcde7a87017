import { readFileSync } from "node:fs";
import { freemem, totalmem } from "node:os";

/** The computer's memory in bytes, swap included, and what this process can still take without pushing others out; undefined where a program has no right to ask. */
export function systemMemory(): { readonly total: number; readonly free: number } | undefined {
  try {
    const free = process.availableMemory?.() ?? freemem();
    return { total: totalmem() + swap(), free };
  } catch {
    return undefined;
  }
}

/** Only Linux says how much swap there is without a helper program; elsewhere it grows with demand. */
function swap(): number {
  if (process.platform !== "linux") return Number.POSITIVE_INFINITY;
  try {
    const found = /^SwapTotal:\s*(\d+) kB/m.exec(readFileSync("/proc/meminfo", "utf8"));
    return found ? 1024 * Number(found[1]) : 0;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
