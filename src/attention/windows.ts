import type { Probe } from "../probe/probe.ts";
import type { BandLayout } from "../probe/sparse/banded.ts";
import { bandedAttention } from "../tensor/banded-operations.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import { type Mask, masked, mix, scaledDot, softmax } from "../tensor/operations.ts";
import { attend } from "./attend.ts";
import type { GlobalTokens } from "./global-tokens.ts";
import { setAside } from "./set-aside.ts";

/** Which keys each query sees: those at most `reach` away and the global tokens; a global token sees all. Made once for all layers of one reach. */
export interface Windows {
  readonly layout: BandLayout;
  readonly globals: GlobalTokens;
  /** i32 (B, T): 1 for real tokens that are not global. */
  readonly local: LazyTensor;
  /** i32 (B, G): 1 where a text has so many global tokens. */
  readonly there: LazyTensor;
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
  const isLocal = (b: number, t: number) => globals.isReal(b, t) && !globals.isGlobal(b, t);
  const mask = (width: number, value: (b: number, place: number) => boolean) =>
    Int32Array.from({ length: B * width }, (_, n) =>
      Number(value(Math.floor(n / width), n % width)),
    );
  const { most: G, tokens } = globals;
  return {
    layout: { shape: [B, heads, T, T], reach, globals: globals.tokens },
    globals,
    local: program.input(mask(T, isLocal), [B, T], "tokens within windows"),
    there: program.input(
      mask(G, (b, g) => g < tokens[b]!.length),
      [B, G],
      "global tokens that are there",
    ),
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
  const { globals, layout, local, there } = windows;
  const { mixed, ...band } = bandedAttention(
    { q, k, v },
    {
      scale,
      reach: layout.reach,
      local,
      globals: globals.most > 0 ? { k: globals.rowsOf(k), v: globals.rowsOf(v), there } : undefined, // (B, H, G, D)
      wants: { scores: probe.wants("scores"), weights: probe.wants("weights") },
    },
  ); // (B, H, T, D)
  const whole = setAside(probe);
  const rows =
    global &&
    attend(
      global.q,
      global.k,
      global.v,
      // Rows that a text does not have see nothing, and nobody looks at them.
      { scale, mask: globals.mask, spread: "nothing" },
      whole.probe,
    );
  for (const [name, outside] of [
    ["scores", -Infinity],
    ["weights", 0],
  ] as const) {
    const value = band[name];
    if (value) probe.sparse(name, { layout, outside, band: value, rows: whole.found[name] });
  }
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
