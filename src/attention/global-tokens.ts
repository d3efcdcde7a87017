import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import { concat, embed, type Mask, reshape } from "../tensor/operations.ts";
import type { Program } from "../tensor/program.ts";

/** Which tokens of a run's texts see everything and are seen by all, which only their neighbourhood, and which are padding. */
export interface GlobalTokens {
  readonly program: Program;
  readonly batch: number;
  readonly length: number;
  /** Global tokens of every text, in order. */
  readonly tokens: readonly (readonly number[])[];
  /** G: the most that one text has. A text with fewer has rows that see nothing. */
  readonly most: number;
  /** (B, 1, G, S): a global query sees all real tokens. */
  readonly mask: Mask;
  isReal(text: number, token: number): boolean;
  isGlobal(text: number, token: number): boolean;
  /** The rows of global tokens: x (B, H, T, D) → (B, H, G, D); (B, T, C) → (B, G, C). */
  rowsOf(x: LazyTensor): LazyTensor;
  /** x (B, H, T, D) with rows (B, H, G, D) in place of those of global tokens. */
  replaceRows(x: LazyTensor, rows: LazyTensor): LazyTensor;
  /** Rows (B, H, G, D) at their tokens, 0 at all others: (B, H, T, D). */
  spreadRows(rows: LazyTensor): LazyTensor;
}

/** Finds them in the masks (B, T) of a run: real is 1, global is 1; a global token that is padding does not count. */
export function globalTokens(
  program: Program,
  [B, T, H]: readonly [batch: number, length: number, heads: number],
  { mask, globalMask }: { readonly mask?: Int32Array; readonly globalMask?: Int32Array },
): GlobalTokens {
  const isReal = (text: number, token: number) => mask?.[text * T + token] !== 0;
  const isGlobal = (text: number, token: number) =>
    globalMask?.[text * T + token] === 1 && isReal(text, token);
  const all = Array.from({ length: T }, (_, token) => token);
  const tokens = Array.from({ length: B }, (_, b) => all.filter((token) => isGlobal(b, token)));
  const G = Math.max(...tokens.map(({ length }) => length));
  const rowIds = (heads: number) =>
    numbered([B, heads, G], (b, h, g) => (b * heads + h) * T + (tokens[b]![g] ?? 0));
  // Inputs of all layers, so they are made here, before the first.
  const ids = G > 0 && {
    tokens: program.input(rowIds(1), [B, G], "global tokens"),
    heads: program.input(rowIds(H), [B, H, G], "global tokens by head"),
    replaced: program.input(
      numbered([B, H, T], (b, h, t) => {
        const g = tokens[b]!.indexOf(t);
        return g < 0 ? (b * H + h) * T + t : B * H * T + (b * H + h) * G + g;
      }),
      [B, H, T],
      "rows with global ones",
    ),
  };
  const seen = numbered([B, G, T], (b, g, s) =>
    tokens[b]![g] !== undefined && isReal(b, s) ? 1 : 0,
  );
  return {
    program,
    batch: B,
    length: T,
    tokens,
    most: G,
    mask: { allowed: program.input(seen, [B, 1, G, T], "keys of global tokens") },
    isReal,
    isGlobal,
    rowsOf(x) {
      const places = ids && (x.shape.length === 3 ? ids.tokens : ids.heads);
      return places ? embed(flat(x), places) : x;
    },
    replaceRows: (x, rows) => (ids ? embed(concat([flat(x), flat(rows)], 0), ids.replaced) : x),
    spreadRows(rows) {
      const D = rows.shape[3]!;
      const blank = program.input(new Float32Array(D), [1, D], "no global token");
      const places = numbered([B, H, T], (b, h, t) => {
        const g = tokens[b]!.indexOf(t);
        return g < 0 ? B * H * G : (b * H + h) * G + g;
      });
      const table = G > 0 ? concat([flat(rows), blank], 0) : blank;
      return embed(table, program.input(places, [B, H, T], "global tokens or none"));
    },
  };
}

/** (…, D) → (rows, D) */
function flat(x: LazyTensor): LazyTensor {
  const width = x.shape.at(-1)!;
  return reshape(x, [x.shape.slice(0, -1).reduce((a, b) => a * b, 1), width]);
}

function numbered(
  [A, B, C]: readonly [number, number, number],
  value: (a: number, b: number, c: number) => number,
): Int32Array {
  const numbers = new Int32Array(A * B * C);
  let place = 0;
  for (let a = 0; a < A; a++)
    for (let b = 0; b < B; b++) for (let c = 0; c < C; c++) numbers[place++] = value(a, b, c);
  return numbers;
}
