/**
 * What an experiment measures of each of its changed runs, by names: runs that are finished are not made again, so that one that was broken off
 * goes on.
 */

import type { KeysOf } from "../../errors/options.ts";
import type { Run } from "../../models/run.ts";
import type { Patch } from "../../probe/patch.ts";
import type { Trace } from "../../probe/trace.ts";
import { type RowRead, type RowsOptions, rowsOptions, runRows } from "./run-rows.ts";
import type { ExperimentModel } from "./subject.ts";

/** The numbers of runs that are finished, by their names; a Map is one. */
export interface FinishedRuns {
  /** What a run gave that was made before; undefined of one that was not. */
  get(name: string): readonly number[] | undefined;
  /** Told of every run once it is made. */
  set(name: string, numbers: readonly number[]): unknown;
}

/** How runs are made, and which of them are. */
export interface NumbersOptions extends RowsOptions {
  readonly finished?: FinishedRuns;
}

/** Keys of NumbersOptions. */
export const numbersOptions: KeysOf<NumbersOptions> = { ...rowsOptions, finished: true };

/** One changed run, and what is taken of it. */
export interface MeasuredRow {
  /** One for each run of an experiment, the same whenever it is carried out. Without a name a run is always made. */
  readonly name?: string;
  readonly patches: readonly Patch[];
  readonly read: readonly RowRead[];
  readonly numbers: (trace: Trace, row: number) => readonly number[];
}

/** The numbers of every row, in their order, as `runRows` makes those that are not finished. */
export async function rowNumbers(
  model: ExperimentModel,
  clean: Run,
  rows: readonly MeasuredRow[],
  { finished, rows: size, memory, signal, onProgress }: NumbersOptions = {},
): Promise<(readonly number[])[]> {
  const found = rows.map(({ name }) => (name === undefined ? undefined : finished?.get(name)));
  const missing = rows.flatMap((row, place) => (found[place] ? [] : [{ row, place }]));
  const known = rows.length - missing.length;
  const lists = missing.map(({ row }) => row.patches);
  const readsOf = (index: number) => missing[index]!.row.read;
  for await (const { index, trace, row } of runRows(model, clean, lists, readsOf, {
    rows: size,
    memory,
    signal,
    onProgress: (done) => onProgress?.(known + done, rows.length),
  })) {
    const { place, row: measured } = missing[index]!;
    const numbers = measured.numbers(trace, row);
    found[place] = numbers;
    if (measured.name !== undefined) finished?.set(measured.name, numbers);
  }
  return found as (readonly number[])[];
}

/** The same finished runs where those of several texts stand together: each name has its text's before it. */
export function finishedUnder(
  finished: FinishedRuns | undefined,
  text: string,
): FinishedRuns | undefined {
  return (
    finished && {
      get: (name) => finished.get(`${text}: ${name}`),
      set: (name, numbers) => finished.set(`${text}: ${name}`, numbers),
    }
  );
}
