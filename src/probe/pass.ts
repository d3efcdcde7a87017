import type { Selection } from "../tensor/selection.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Patch } from "./patch.ts";
import { checkSelection, select } from "./selection.ts";
import { parseSite } from "./sites.ts";

/** A selection in places of one pass, and which of its indices those are, axis by axis, where some are left out. */
export interface PassSelection {
  readonly selection: Selection;
  readonly kept: Selection;
}

/** The tokens one pass brings. */
export interface Pass {
  readonly past: number;
  readonly length: number;
}

/** The axis along which a site gets longer from pass to pass: its tokens, or, in k and v, its keys. */
export function growingAxis(site: string): number | undefined {
  const { axes } = parseSite(site)!.kind;
  if (!isGrowing(site)) return undefined;
  return axes.includes("T") ? axes.indexOf("T") : axes.indexOf("S");
}

/** An encoder's sites, and the keys and values a decoder finds there, come once. */
export function isGrowing(site: string): boolean {
  const { stack, branch, kind } = parseSite(site)!;
  return stack !== "encoder." && (branch !== "cross." || kind.axes.includes("T"));
}

/** The part of a selection that does not depend on the pass: heads, and rows of the batch where all passes have the same. */
export function earlySelection(selections: readonly Selection[], site: string): Selection {
  const { axes } = parseSite(site)!.kind;
  return selections[0]!.map((indices, axis) =>
    axis === growingAxis(site) || axes[axis] === "S" || (axis === 0 && selections.length > 1)
      ? undefined
      : indices,
  );
}

/** A selection of the whole text as one of this pass; undefined when the pass has none of it. */
export function inPass(
  selection: Selection,
  site: string,
  { past, length }: Pass,
): PassSelection | undefined {
  const { branch, kind } = parseSite(site)!;
  const rows = growingAxis(site);
  const growsKeys = branch !== "cross." && isGrowing(site);
  const kept = selection.map((indices, axis) => {
    if (indices === undefined) return undefined;
    if (axis === rows) return keptOf(indices, (index) => index >= past && index < past + length);
    if (kind.axes[axis] === "S" && growsKeys)
      return keptOf(indices, (index) => index < past + length);
    return undefined;
  });
  if (kept.some((indices) => indices?.length === 0)) return undefined;
  const own = selection.map((indices, axis) => {
    const chosen = kept[axis] ? kept[axis].map((place) => indices![place]!) : indices;
    return axis === rows ? chosen?.map((index) => index - past) : chosen;
  });
  return { selection: own, kept };
}

function keptOf(indices: readonly number[], isThere: (index: number) => boolean): number[] {
  return [...indices.keys()].filter((place) => isThere(indices[place]!));
}

/** A patch as it is in one pass: of numbers for the whole part, and of another run's numbers, those of the pass. */
export function ofPass(
  patch: Patch,
  site: string,
  { kept }: PassSelection,
  shape: readonly number[],
  { past, length }: Pass,
): Patch {
  if (patch.from) {
    const { trace } = patch.from;
    const rows = growingAxis(site);
    const part = (name: string, selection: Selection, place: string) => {
      const own = shape.map((size, axis) => {
        const indices = selection[axis];
        if (axis === rows)
          return (indices ?? Array.from({ length }, (_, row) => row)).map((row) => past + row);
        if (axis < shape.length - 1) return indices;
        return indices ?? Array.from({ length: size }, (_, key) => key);
      });
      if (trace.part) return trace.part(name, own, place);
      const whole = trace.get(name);
      checkSelection(own, whole.shape, place);
      return select(whole, own);
    };
    return { ...patch, from: { trace: { get: (name) => trace.get(name), part } } };
  }
  for (const action of ["set", "add", "scale"] as const) {
    const numbers = patch[action];
    if (numbers === undefined || typeof numbers === "number") continue;
    const tensor = numbers instanceof Tensor ? numbers : Tensor.from(numbers as number[]);
    const first = shape.length - tensor.shape.length;
    const own = tensor.shape.map((size, axis) => (size > 1 ? kept[first + axis] : undefined));
    return { ...patch, [action]: select(tensor, own) } as Patch;
  }
  return patch;
}

/** Rows of the grown tensor that hold these places of the text. */
export function rowsAt(places: readonly number[], wanted: readonly number[]): number[] {
  return wanted.flatMap((place) => {
    const row = places.indexOf(place);
    return row < 0 ? [] : [row];
  });
}
