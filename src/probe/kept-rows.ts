import { expectKeys } from "../errors/options.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import type { Mask } from "../tensor/operations.ts";
import type { Program } from "../tensor/program.ts";
import { type Selection, selectedShape } from "../tensor/selection.ts";
import { sizeOf } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type Compact, wholeOf } from "./kept.ts";
import type { PairNumbers } from "./pair-numbers.ts";
import type { RowKind, RowSource } from "./row-source.ts";
import { checkSelection, select } from "./selection.ts";
import type { SharedParts } from "./shared-parts.ts";

type Four = readonly [number, number, number, number];

/** The same as numbers, with which texts and heads of the layer's bias and masks they are of. */
export interface RowParts {
  readonly q: Tensor; // (B, H, T, D)
  readonly k: Tensor; // (B, Hkv, S, D)
  /** Each row's largest score and Σ e^(score − largest): (B, H, T, 2). */
  readonly sums: Tensor;
  readonly scale: number;
  /** Whether each step of q·k was rounded once, or product and sum apart. */
  readonly isFused: boolean;
  readonly bias: PairNumbers | undefined;
  readonly keys: PairNumbers | undefined;
  readonly allowed: PairNumbers | undefined;
  readonly rule: Pick<Mask, "causalOffset" | "window">;
  readonly spread?: RowSource["spread"];
  readonly texts: readonly number[];
  readonly heads: readonly number[];
}

/**
 * A (B, H, T, S) tensor of scores or weights of which q, k and each row's maximum and sum are kept: memory grows with T + S.
 * A number is made when it is asked for, in D steps, rounded as the engine's kernels round:
 *
 *   score  = scale · q·k + bias, −Infinity where the mask hides the key
 *   weight = e^(score − maximum) / sum; equal weights in a row that its mask lets see no key
 *
 * The kernels' exp is within one unit in the last place of the exact one, so weights agree to 1e-6. Owns its numbers; a bias
 * and masks that layers share are kept once for all of them.
 */
export class KeptRows implements Compact {
  readonly kind: RowKind;
  readonly shape: Four;
  readonly #parts: RowParts;

  constructor(kind: RowKind, parts: RowParts) {
    this.kind = kind;
    const [B, H, T] = parts.q.shape as Four;
    this.shape = [B, H, T, parts.k.shape[2]!];
    this.#parts = parts;
  }

  /** What it is made from again. */
  get parts(): RowParts {
    return this.#parts;
  }

  /** Bytes of what it keeps; what it shares with other layers, and scores with weights, is counted in each. */
  get bytes(): number {
    const { q, k, sums, bias, keys, allowed } = this.#parts;
    const shared = [bias, keys, allowed].map((part) => part?.bytes ?? 0);
    return [q, k, sums].reduce(
      (total, { data }) => total + data.byteLength,
      shared.reduce((a, b) => a + b),
    );
  }

  /** ln Σ e^score of a row, in double precision; −Infinity where it sees no key. */
  logSumExp(of: { text?: number; head: number; query: number }): number {
    expectKeys(of, { head: true, query: true, text: true }, "logSumExp");
    const { text = 0, head, query } = of;
    checkSelection([[text], [head], [query]], this.shape, "logSumExp");
    const { sums } = this.#parts;
    return sums.at(text, head, query, 0) + Math.log(sums.at(text, head, query, 1));
  }

  dense(): Tensor {
    return wholeOf(this);
  }

  select(selection: Selection): Tensor {
    checkSelection(selection, this.shape, "select");
    const [texts, heads, queries, keys] = this.shape.map(
      (length, axis) => selection[axis] ?? Array.from({ length }, (_, index) => index),
    ) as [readonly number[], readonly number[], readonly number[], readonly number[]];
    const shape = selectedShape(selection, this.shape);
    const data = new Float32Array(sizeOf(shape));
    let place = 0;
    for (const b of texts)
      for (const h of heads)
        for (const t of queries) {
          const numberAt = this.rowOf(b, h, t);
          for (const s of keys) data[place++] = numberAt(s);
        }
    return new Tensor(shape, data);
  }

  narrow(selection: Selection): KeptRows | undefined {
    if (selection[2] || selection[3]) return undefined;
    checkSelection(selection, this.shape, "narrow");
    const { q, k, sums, texts, heads, ...rest } = this.#parts;
    const [ownTexts, ownHeads] = selection;
    const group = q.shape[1]! / k.shape[1]!;
    const keyHeads = ownHeads?.map((head) => Math.floor(head / group));
    return new KeptRows(this.kind, {
      ...rest,
      q: select(q, [ownTexts, ownHeads]),
      k: select(k, [ownTexts, keyHeads]),
      sums: select(sums, [ownTexts, ownHeads]),
      texts: ownTexts?.map((text) => texts[text]!) ?? texts,
      heads: ownHeads?.map((head) => heads[head]!) ?? heads,
    });
  }

  /** The first maximum or sum that passes a test: where a score is NaN, its row's sum is. */
  find(test: (value: number) => boolean): number | undefined {
    const { data } = this.#parts.sums;
    // A row that sees no key has no maximum.
    return data.find((value, place) => test(value) && (place % 2 === 1 || data[place + 1] !== 0));
  }

  rowOf(b: number, h: number, t: number): (s: number) => number {
    const { q, k, sums, scale, isFused, bias, texts, heads } = this.#parts;
    const [, H, T, S] = this.shape;
    const D = q.shape[3]!;
    const [text, head] = [texts[b]!, heads[h]!];
    const query = ((b * H + h) * T + t) * D;
    const keyHeads = k.shape[1]!;
    const firstKey = (b * keyHeads + Math.floor(h / (H / keyHeads))) * S * D;
    const isVisible = this.#visibleTo(text, head, t);
    const factor = Math.fround(scale);
    const score = (s: number) => {
      const key = firstKey + s * D;
      let sum = 0;
      for (let d = 0; d < D; d++) {
        const product = q.data[query + d]! * Math.fround(factor * k.data[key + d]!);
        sum = Math.fround(sum + (isFused ? product : Math.fround(product)));
      }
      return bias ? Math.fround(sum + bias.at(text, head, t, s)) : sum;
    };
    if (this.kind === "scores") return (s) => (isVisible(s) ? score(s) : -Infinity);
    const [maximum, sum] = [0, 1].map((which) => sums.at(b, h, t, which)) as [number, number];
    if (sum === 0) return this.#equal(t);
    const weight = (score: number) => Math.exp(Math.fround(score - maximum)) / sum;
    return (s) => (isVisible(s) ? Math.fround(weight(score(s))) : 0);
  }

  /** The weights of a row that sees no key: no patch did that, since patched rows are kept whole. */
  #equal(t: number): (s: number) => number {
    const { spread = "nothing" } = this.#parts;
    if (spread === "nothing") return () => 0;
    const [first, last] = spread === "keys in reach" ? this.#reach(t) : [0, this.shape[3] - 1];
    const share = Math.fround(1 / (last - first + 1));
    return (s) => (s >= first && s <= last ? share : 0);
  }

  /** The first and the last key the causal rule and the window let a query see. */
  #reach(t: number): readonly [number, number] {
    const { causalOffset = Infinity, window } = this.#parts.rule;
    const own = t + (window?.offset ?? 0);
    return [
      Math.max(0, own - (window?.before ?? Infinity)),
      Math.min(this.shape[3] - 1, t + causalOffset, own + (window?.after ?? Infinity)),
    ];
  }

  #visibleTo(text: number, head: number, t: number): (s: number) => boolean {
    const { keys, allowed } = this.#parts;
    const [first, last] = this.#reach(t);
    return (s) =>
      s >= first &&
      s <= last &&
      keys?.at(text, 0, 0, s) !== 0 &&
      allowed?.at(text, head, t, s) !== 0;
  }
}

/** Has a program hand over what rows are rebuilt from, once for all kinds. */
export function readRows(
  { q, k, scale, bias, mask = {}, spread }: RowSource,
  rowSums: LazyTensor,
  shared: SharedParts,
  program: Program,
  receive: (rowsOf: (kind: RowKind) => KeptRows) => void,
): void {
  const { keys, allowed, ...rule } = mask;
  const [B, H] = q.shape as Four;
  const [biasPairs, keyPairs, allowedPairs] = [bias, keys, allowed].map(
    (part) => part && shared.pairs(part, program),
  );
  const isFused = shared.isFused(program);
  const found: Tensor[] = [];
  for (const value of [q, k]) program.read(value, (tensor) => found.push(tensor));
  program.read(rowSums, (sums) => {
    const [ownQ, ownK] = found as [Tensor, Tensor];
    const parts: RowParts = {
      q: ownQ,
      k: ownK,
      sums,
      scale,
      isFused: isFused(),
      bias: biasPairs?.(),
      keys: keyPairs?.(),
      allowed: allowedPairs?.(),
      rule,
      spread,
      texts: Array.from({ length: B }, (_, text) => text),
      heads: Array.from({ length: H }, (_, head) => head),
    };
    receive((kind) => new KeptRows(kind, parts));
  });
}
