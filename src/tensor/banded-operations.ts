import { ShapeError } from "../errors/errors.ts";
import type { LazyTensor } from "./lazy-tensor.ts";
import { expectRank, expectType, programOf } from "./record.ts";
import { sameShape } from "./shape.ts";

/** Keys that every query sees: k, v (B, H, G, D), and which of them a text has, i32 (B, G). */
export interface GlobalKeys {
  readonly k: LazyTensor;
  readonly v: LazyTensor;
  readonly there: LazyTensor;
}

export interface BandedResult {
  /** (B, H, T, D) */
  readonly mixed: LazyTensor;
  /** (B, H, T, G + 2 · reach + 1), if asked for */
  readonly scores?: LazyTensor;
  readonly weights?: LazyTensor;
}

/**
 * Attention over a band, with some keys that every query sees (Beltagy et al. 2020, §3.1): q, k, v (B, H, T, D); query t sees
 * keys t − reach … t + reach and the global ones. `local` i32 (B, T): 0 takes a token out, as a key and as a query, whose
 * row then sees nothing. In a row of scores or weights stand the global keys first, then keys t − reach … t + reach; −∞ and 0
 * where there is no key or it is hidden.
 */
export function bandedAttention(
  { q, k, v }: { readonly q: LazyTensor; readonly k: LazyTensor; readonly v: LazyTensor },
  {
    scale,
    reach,
    local,
    globals,
    wants,
  }: {
    readonly scale: number;
    readonly reach: number;
    readonly local: LazyTensor;
    readonly globals?: GlobalKeys;
    readonly wants: { readonly scores: boolean; readonly weights: boolean };
  },
): BandedResult {
  const place = "bandedAttention";
  const [B, H, T, D] = expectRank(place, q, 4) as readonly [number, number, number, number];
  expectType(place, local, "i32");
  const G = globals?.k.shape[2] ?? 0;
  const isFitting =
    [k, v].every(({ shape }) => sameShape(shape, q.shape)) &&
    sameShape(local.shape, [B, T]) &&
    (!globals ||
      ([globals.k, globals.v].every(({ shape }) => sameShape(shape, [B, H, G, D])) &&
        sameShape(globals.there.shape, [B, G])));
  if (!isFitting || !Number.isInteger(reach) || reach < 0)
    throw new ShapeError(
      `${place}: q ${q}, k ${k}, v ${v}, local ${local}, reach ${reach} and the global keys ${globals?.k} do not belong together`,
    );
  const inputs = [q, k, v, local, ...(globals ? [globals.k, globals.v, globals.there] : [])];
  const band = [B, H, T, G + 2 * reach + 1];
  const [mixed, ...rest] = programOf(place, inputs).record(
    place,
    inputs,
    { scale, reach, ...wants },
    q.shape,
    ...(wants.scores ? [band] : []),
    ...(wants.weights ? [band] : []),
  );
  return {
    mixed: mixed!,
    scores: wants.scores ? rest[0] : undefined,
    weights: wants.weights ? rest.at(-1) : undefined,
  };
}

/** Columns of a row of scores: the global keys (B, H, G, D), where there are any, and those of the band. */
export function bandColumns(
  globalKeys: LazyTensor | undefined,
  { reach }: { readonly reach: number },
): number {
  return (globalKeys?.shape[2] ?? 0) + 2 * reach + 1;
}
