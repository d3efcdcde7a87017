import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Row } from "./claim.ts";

/** A machine that claims were measured on. */
export interface MeasuredMachine {
  /** The name the processor gives itself. */
  readonly processor: string;
  /** CPUID's vendor, family and model, where the system tells them. */
  readonly vendor?: string;
  readonly family?: number;
  readonly model?: number;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernels: string;
}

/** The rows of one claim, and when and how they were measured. */
export interface MeasuredClaim {
  /** The day, as 2026-11-28. */
  readonly day: string;
  readonly node: string;
  readonly threads: number;
  /** Cores in use by others when measuring began. */
  readonly load: number;
  readonly rows: readonly Row[];
}

/** One file of results: a machine, and its claims by name. */
export interface Results {
  readonly machine: MeasuredMachine;
  readonly claims: Readonly<Record<string, MeasuredClaim>>;
}

export const resultsFolder = new URL("results/", import.meta.url);

/** The name of a machine's file: what the processor is, how many cores, which kernels. Two machines share none. */
export function fileName({
  processor,
  vendor,
  family,
  model,
  cores,
  kernels,
}: MeasuredMachine): string {
  const kind =
    family === undefined ? processor : `${vendor ?? processor} family ${family} model ${model}`;
  return `${`${kind} ${cores} cores ${kernels}`
    .toLowerCase()
    .match(/[a-z0-9]+/g)!
    .join("-")}.json`;
}

/** Puts claims into their machine's file; a claim measured again replaces its own, others stay. */
export function saveResults({ machine, claims }: Results): void {
  mkdirSync(resultsFolder, { recursive: true });
  const path = new URL(fileName(machine), resultsFolder);
  let before: Results["claims"] = {};
  try {
    before = (JSON.parse(readFileSync(path, "utf8")) as Results).claims;
  } catch (error) {
    // The first results of this machine.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const results: Results = { machine, claims: { ...before, ...claims } };
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`);
}
