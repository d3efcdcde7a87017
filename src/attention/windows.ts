import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import { concat, type Mask, masked, mix, scaledDot, slice, softmax } from "../tensor/operations.ts";
import { attend } from "./attend.ts";
import type { BandLayout } from "./banded.ts";
import type { GlobalTokens } from "./global-tokens.ts";
import { Probe } from "./probe.ts";

/** Queries computed together: fewer take more steps, more look at more keys in vain. */
const leastQueries = 64;

/** Some queries with all the keys any of them sees. */
interface Block {
  readonly queries: readonly [start: number, end: number];
  readonly keys: readonly [start: number, end: number];
  readonly mask: Mask;
}

/** Which keys each query sees: those at most `reach` away and the global tokens; a global token sees all. Made once for all layers of one reach. */
export interface Windows {
  readonly layout: BandLayout;
  readonly globals: GlobalTokens;
  readonly blocks: readonly Block[];
  /** The same as one mask (B, 1, T, S). */
  whole(): Mask;
}

/** q, k and v of the tokens that attend and are attended globally: q (B, H, G, D), k and v (B, H, S, D). */
export interface GlobalAttention {
  readonly q: LazyTensor;
  readonly k: LazyTensor;
  readonly v: LazyTensor;
}

/** Windows that reach so many keys to either side, over texts with these global tokens. */
export function windowsOf(globals: GlobalTokens, heads: number, reach: number): Windows {
  const { batch: B, length: T, program } = globals;
  const step = Math.max(leastQueries, Math.ceil(reach / 2));
  const blocks = Array.from({ length: Math.ceil(T / step) }, (_, n): Block => {
    const queries = [n * step, Math.min((n + 1) * step, T)] as const;
    const keys = [Math.max(queries[0] - reach, 0), Math.min(queries[1] + reach, T)] as const;
    return { queries, keys, mask: { allowed: blockMask(globals, reach, queries, keys) } };
  });
  return {
    layout: { shape: [B, heads, T, T], reach, globals: globals.tokens },
    globals,
    blocks,
    whole() {
      const allowed = new Int32Array(B * T * T);
      let pair = 0;
      for (let b = 0; b < B; b++)
        for (let i = 0; i < T; i++)
          for (let j = 0; j < T; j++, pair++) {
            const isSeen =
              Math.abs(i - j) <= reach || globals.isGlobal(b, i) || globals.isGlobal(b, j);
            if (isSeen && globals.isReal(b, i) && globals.isReal(b, j)) allowed[pair] = 1;
          }
      return { allowed: program.input(allowed, [B, 1, T, T], "windows") };
    },
  };
}

/** (B, 1, queries, G + keys): a global token is seen in its own column, so not among its neighbours too. */
function blockMask(
  globals: GlobalTokens,
  reach: number,
  [start, end]: readonly [number, number],
  [firstKey, endKey]: readonly [number, number],
): LazyTensor {
  const { batch: B, most: G } = globals;
  const width = G + endKey - firstKey;
  const isLocal = (b: number, token: number) =>
    globals.isReal(b, token) && !globals.isGlobal(b, token);
  const allowed = new Int32Array(B * (end - start) * width);
  let row = 0;
  for (let b = 0; b < B; b++)
    for (let i = start; i < end; i++, row += width) {
      if (!isLocal(b, i)) continue;
      allowed.fill(1, row, row + globals.tokens[b]!.length);
      const near = [Math.max(i - reach, firstKey), Math.min(i + reach + 1, endKey)] as const;
      for (let j = near[0]; j < near[1]; j++)
        if (isLocal(b, j)) allowed[row + G + j - firstKey] = 1;
    }
  return globals.program.input(allowed, [B, 1, end - start, width], "window");
}

/**
 * Attention over windows with global tokens (Beltagy et al. 2020, §3): q, k, v (B, H, T, D) → (B, H, T, D). Memory grows
 * with T; only a patch of scores or weights, which may reach outside the windows, makes (B, H, T, S) whole.
 */
export function attendWindows(
  { q, k, v }: { readonly q: LazyTensor; readonly k: LazyTensor; readonly v: LazyTensor },
  global: GlobalAttention | undefined,
  windows: Windows,
  scale: number,
  probe: Probe,
): LazyTensor {
  if (probe.patches("scores", "weights") || probe.wants("scores.content"))
    return attendWhole(q, k, v, global, windows, scale, probe);
  const { globals, layout, blocks } = windows;
  const shared = globals.most > 0 && { k: globals.rowsOf(k), v: globals.rowsOf(v) }; // (B, H, G, D)
  const local = collect(probe);
  const parts = blocks.map(({ queries, keys, mask }) => {
    const [part] = probe.program.scope(() => {
      const near = { k: slice(k, 2, ...keys), v: slice(v, 2, ...keys) }; // (B, H, keys, D)
      const seen = shared
        ? { k: concat([shared.k, near.k], 2), v: concat([shared.v, near.v], 2) } // (B, H, G + keys, D)
        : near;
      const own = slice(q, 2, ...queries); // (B, H, queries, D)
      const part = attend(own, seen.k, seen.v, { scale, mask }, local.probe);
      return [part, ...local.last()];
    });
    return part!;
  });
  const mixed = concat(parts, 2); // (B, H, T, D)
  const whole = collect(probe);
  const rows =
    global && attend(global.q, global.k, global.v, { scale, mask: globals.mask }, whole.probe);
  for (const [name, outside] of [
    ["scores", -Infinity],
    ["weights", 0],
  ] as const)
    if (probe.wants(name))
      probe.band(name, {
        layout,
        outside,
        blocks: blocks.map(({ queries, keys }, n) => ({
          start: queries[0],
          keys: keys[0],
          value: local.values(name)[n]!,
        })),
        rows: whole.values(name)[0],
      });
  return probe.site("mixed", rows ? globals.replaceRows(mixed, rows) : mixed);
}

/** The same with whole (B, H, T, S) scores and weights. */
function attendWhole(
  q: LazyTensor,
  k: LazyTensor,
  v: LazyTensor,
  global: GlobalAttention | undefined,
  { globals, ...windows }: Windows,
  scale: number,
  probe: Probe,
): LazyTensor {
  const both = (local: LazyTensor, rows: LazyTensor | undefined) =>
    rows ? globals.replaceRows(local, rows) : local;
  const { program } = probe;
  const globalContent = global && scaledDot(global.q, global.k, scale); // (B, H, G, S)
  // Each of these tensors is large, so none stays longer than it is needed.
  const [softened] = program.scope(() => {
    const [dots] = program.scope(() => [both(scaledDot(q, k, scale), globalContent)]);
    const content = probe.site("scores.content", dots!); // (B, H, T, S)
    return [softmax(probe.site("scores", masked(content, windows.whole())))];
  });
  const weights = probe.site("weights", softened!); // (B, H, T, S)
  const globalMixed = global && mix(globals.rowsOf(weights), global.v); // (B, H, G, D)
  return probe.site("mixed", both(mix(weights, v), globalMixed)); // (B, H, T, D)
}

/** A probe that sets scores and weights aside, as far as the other one wants them. */
function collect(outer: Probe) {
  const found = { scores: [] as LazyTensor[], weights: [] as LazyTensor[] };
  const probe = new Probe(outer.program, {
    wants: (name) => outer.wants(name),
    patches: () => false,
    reached(name, value) {
      if (outer.wants(name) && (name === "scores" || name === "weights")) found[name].push(value);
      return value;
    },
    reachedBand() {},
  });
  const last = () => [found.scores.at(-1), found.weights.at(-1)].filter((one) => one !== undefined);
  return { probe, last, values: (name: keyof typeof found) => found[name] };
}
