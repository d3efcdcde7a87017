import type { Attributes } from "../../tensor/attributes.ts";
import { dot, type Numbers } from "./kernel.ts";

/** A row of the band: which key is in each column, what it scores and its share. */
interface Row {
  readonly query: number;
  readonly place: number;
  readonly scores: Float64Array;
  readonly shares: Float64Array;
  /** The key in a column: whether it is a global one and where it starts, or undefined where there is none to see. */
  keyAt(column: number): { readonly isGlobal: boolean; readonly at: number } | undefined;
}

/** Goes through every row (text, head, query) of banded attention. */
function eachRow(
  [q, k, , local, globalK, , there]: readonly Numbers[],
  { scale, reach }: { readonly scale: number; readonly reach: number },
  visit: (row: Row) => void,
): void {
  const [B, H, T, D] = q!.shape as readonly [number, number, number, number];
  const G = globalK?.shape[2] ?? 0;
  const width = G + 2 * reach + 1;
  const scores = new Float64Array(width);
  const shares = new Float64Array(width);
  for (let head = 0; head < B * H; head++)
    for (let t = 0; t < T; t++) {
      const b = Math.floor(head / H);
      const query = (head * T + t) * D;
      const keyAt = (column: number) => {
        if (local!.data[b * T + t] === 0) return undefined;
        if (column < G)
          return there!.data[b * G + column] === 0
            ? undefined
            : { isGlobal: true, at: (head * G + column) * D };
        const s = t - reach + column - G;
        if (s < 0 || s >= T || local!.data[b * T + s] === 0) return undefined;
        return { isGlobal: false, at: (head * T + s) * D };
      };
      for (let column = 0; column < width; column++) {
        const key = keyAt(column);
        const keys = key?.isGlobal ? globalK! : k!;
        scores[column] = key
          ? Math.fround(scale * dot(q!.data, query, keys.data, key.at, D))
          : -Infinity;
      }
      const most = Math.max(...scores);
      let total = 0;
      for (const [column, score] of scores.entries()) {
        shares[column] = most === -Infinity ? 0 : Math.exp(score - most);
        total += shares[column]!;
      }
      for (let column = 0; most !== -Infinity && column < width; column++)
        shares[column] = Math.fround(shares[column]! / total);
      visit({ query, place: (head * T + t) * width, scores, shares, keyAt });
    }
}

/** Attention over a band and some keys that all see, row by row. */
export function bandedAttention(
  inputs: readonly Numbers[],
  outputs: readonly Numbers[],
  attributes: Attributes["bandedAttention"],
): void {
  const [q, , v, , , globalV] = inputs;
  const [mixed, ...extra] = outputs;
  const D = q!.shape[3]!;
  eachRow(inputs, attributes, ({ query, place, scores, shares, keyAt }) => {
    const total = new Float64Array(D);
    for (const [column, share] of shares.entries()) {
      const key = keyAt(column);
      const values = key?.isGlobal ? globalV! : v!;
      for (let d = 0; key && d < D; d++) total[d]! += share * values.data[key.at + d]!;
    }
    mixed!.data.set(total, query);
    if (attributes.scores) extra[0]!.data.set(scores, place);
    if (attributes.weights) extra.at(-1)!.data.set(shares, place);
  });
}

/** Gradients of q, k, v, and of the keys and values that all see. */
export function bandedAttentionGradient(
  [gradient, ...inputs]: readonly Numbers[],
  [ofQ, ofK, ofV, ofGlobalK, ofGlobalV]: readonly Numbers[],
  attributes: Attributes["bandedAttentionGradient"],
): void {
  const [q, k, v, , globalK, globalV] = inputs;
  const D = q!.shape[3]!;
  const outputs = [ofQ, ofK, ofV, ofGlobalK, ofGlobalV].filter((one) => one !== undefined);
  for (const { data } of outputs) data.fill(0);
  eachRow(inputs, attributes, ({ query, shares, keyAt }) => {
    const ofShares = shares.map((_, column) => {
      const key = keyAt(column);
      return key ? dot(gradient!.data, query, (key.isGlobal ? globalV! : v!).data, key.at, D) : 0;
    });
    const along = ofShares.reduce((sum, own, column) => sum + own * shares[column]!, 0);
    for (const [column, share] of shares.entries()) {
      const key = keyAt(column);
      if (!key) continue;
      const own = attributes.scale * share * (ofShares[column]! - along);
      const [keys, toK, toV] = key.isGlobal ? [globalK!, ofGlobalK!, ofGlobalV!] : [k!, ofK!, ofV!];
      for (let d = 0; d < D; d++) {
        ofQ!.data[query + d]! += own * keys.data[key.at + d]!;
        toK.data[key.at + d]! += own * q!.data[query + d]!;
        toV.data[key.at + d]! += share * gradient!.data[query + d]!;
      }
    }
  });
}
