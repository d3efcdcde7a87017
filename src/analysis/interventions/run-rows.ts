import { InputError } from "../../errors/errors.ts";
import { expectKeys, type KeysOf } from "../../errors/options.ts";
import { dimensionsIn } from "../../families/family.ts";
import type { Run } from "../../models/run.ts";
import type { Patch } from "../../probe/patch.ts";
import type { ReadPart } from "../../probe/plan.ts";
import { parseSite } from "../../probe/sites.ts";
import type { Trace } from "../../probe/trace.ts";
import { type ExperimentModel, repeatedInput } from "./subject.ts";

/** How many changed runs are made. */
export interface RowsOptions {
  /** Runs a batch; as many as are quick together and fit into `memory` if not given. */
  readonly rows?: number;
  /** Bytes that a batch may take, about; 512 MiB if not given. */
  readonly memory?: number;
  readonly signal?: AbortSignal;
  /** Told after every batch how many of all runs are done. */
  readonly onProgress?: (done: number, all: number) => void;
}

/** Keys of RowsOptions. */
export const rowsOptions: KeysOf<RowsOptions> = {
  rows: true,
  memory: true,
  signal: true,
  onProgress: true,
};

/** What one changed run gave: a row of a batch's trace. */
export interface RowTrace {
  /** Which of the lists of patches it is. */
  readonly index: number;
  readonly trace: Trace;
  readonly row: number;
}

/** A part of a site to read of a row, by places. */
export interface RowRead {
  readonly site: string;
  readonly head?: readonly number[];
  readonly query?: readonly number[];
}

/** More tokens at once do not make a run quicker: their numbers fall out of the caches. */
const quickTokens = 192;
const usualMemory = 512 * 2 ** 20;

/**
 * Runs the text of a clean run (of one row) once for every list of patches, many in one batch, and hands out each row as its batch ends, with
 * what is read of it (of a batch's rows all is read that any of them asks for): in the order of the first layer they change, since a batch begins there, `after` a run without changes. A row is what a run of
 * its own gives, bit for bit.
 */
export async function* runRows(
  model: ExperimentModel,
  clean: Run,
  patches: readonly (readonly Patch[])[],
  read: readonly string[] | ((index: number) => readonly RowRead[]),
  options: RowsOptions = {},
): AsyncGenerator<RowTrace> {
  expectKeys(options, rowsOptions, "runRows");
  if (patches.length === 0) return;
  const readsOf = typeof read === "function" ? read : () => read.map((site) => ({ site }));
  const size = Math.min(patches.length, rowsOfBatch(model, clean, readsOf(0), options));
  const order = [...patches.keys()].sort(
    (a, b) => firstLayer(patches[a]!) - firstLayer(patches[b]!) || a - b,
  );
  const quiet = { output: false, signal: options.signal, onWarning: () => {} };
  let base: Run | undefined;
  for (let start = 0; start < order.length; start += size) {
    options.signal?.throwIfAborted();
    const chosen = order.slice(start, start + size);
    const input = repeatedInput(clean, chosen.length);
    const rest = order.length - start;
    // A base pays where batches follow that begin behind the first layer.
    if (!base && rest > size && firstLayer(patches[chosen[0]!]!) > 0)
      base = await model.run(input, { ...quiet, reusable: true });
    const after = base?.inputs.batch === chosen.length ? base : undefined;
    const { trace } = await model.run(input, {
      ...quiet,
      read: unitedReads(chosen.flatMap(readsOf)),
      patch: chosen.map((index) => patches[index]!),
      ...(after && { after }),
    });
    for (const [row, index] of chosen.entries()) yield { index, trace, row };
    options.onProgress?.(Math.min(order.length, start + size), order.length);
  }
}

/** Reads of several rows as one of each site, which holds them all. */
function unitedReads(reads: readonly RowRead[]): ReadPart[] {
  const bySite = new Map<string, RowRead[]>();
  for (const read of reads) bySite.set(read.site, [...(bySite.get(read.site) ?? []), read]);
  const united = (lists: readonly (readonly number[] | undefined)[]) =>
    lists.includes(undefined)
      ? undefined
      : [...new Set(lists.flatMap((list) => list!))].sort((a, b) => a - b);
  return [...bySite].map(([site, own]) => {
    const [head, query] = [united(own.map((one) => one.head)), united(own.map((one) => one.query))];
    return { site, ...(head && { head }), ...(query && { query }) };
  });
}

/** The first layer a list of patches changes, by the name of its sites; 0 where that is not one layer. */
function firstLayer(patches: readonly Patch[]): number {
  const layers = patches.map(({ site }) => {
    const address = parseSite(site);
    if (address?.kind.name === "embeddings" || site.includes("*")) return 0;
    if (address?.stack === "decoder.") return (address.layer ?? 0) + 1;
    return address?.layer ?? Number.POSITIVE_INFINITY;
  });
  return Math.min(...layers, Number.MAX_SAFE_INTEGER);
}

/** How many rows are run at once. Throws InputError for a number of rows that is none, and where not even one row fits. */
function rowsOfBatch(
  model: ExperimentModel,
  { inputs }: Run,
  read: readonly RowRead[],
  { rows, memory = usualMemory }: RowsOptions,
): number {
  if (rows !== undefined) {
    if (!Number.isInteger(rows) || rows < 1)
      throw new InputError(`rows: needs a whole number from 1, got ${rows}`);
    return rows;
  }
  const tokens = inputs.length + (inputs.decoder?.length ?? 0);
  const fitting = Math.floor(memory / rowBytes(model, tokens, read));
  if (fitting < 1)
    throw new InputError(
      `memory: one run of ${tokens} tokens takes about ${Math.ceil(rowBytes(model, tokens, read) / 2 ** 20)} MiB, and ${Math.floor(memory / 2 ** 20)} MiB are allowed. Allow more, or give a shorter text`,
    );
  return Math.max(1, Math.min(fitting, Math.ceil(quickTokens / tokens)));
}

/** About what one row holds while it runs: a layer's activations, the streams kept, the logits, and what is read. */
function rowBytes(
  { dimensions, sites }: ExperimentModel,
  T: number,
  read: readonly RowRead[],
): number {
  const { layers, decoderLayers = 0, vocabulary } = dimensions;
  const ofDecoder = dimensionsIn(dimensions, "decoder.");
  const most = (name: "heads" | "width" | "feedForward") =>
    Math.max(dimensions[name], ofDecoder[name]);
  const [heads, width, feedForward] = [most("heads"), most("width"), most("feedForward")];
  const layer = T * (8 * width + 2 * feedForward) + 2 * heads * T * T;
  const streams = (layers + decoderLayers) * T * width;
  const logits = sites.has("logits") && sites.get("logits")!.shape.length > 1 ? T * vocabulary : 0;
  const wholes = read.filter(({ query }) => query === undefined).length;
  return 4 * (layer + streams + logits + wholes * T * Math.max(width, heads * T));
}
