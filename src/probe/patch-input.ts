import type { Tensor } from "../tensor/tensor.ts";
import type { Action, Numbers, Part, SourceTrace } from "./patch.ts";

/** What every patch says: which part of which site. */
export interface PatchedPart extends Part {
  /** Weights only: the rows changed are divided by their sums, so that they sum to 1 again. */
  readonly renormalize?: boolean;
}

/** Keys of all actions. */
type ActionName = Action extends infer One ? (One extends One ? keyof One : never) : never;

/** The actions a patch does not have: it does one thing. */
type Without<Own extends ActionName> = { readonly [Other in Exclude<ActionName, Own>]?: undefined };

/** Puts numbers in place of a part's own: one for all, or as many as the part holds. */
export interface SetPatch extends PatchedPart, Without<"set"> {
  readonly set: Numbers;
}

/** Multiplies a part. */
export interface ScalePatch extends PatchedPart, Without<"scale"> {
  readonly scale: Numbers;
}

/** Adds to a part. */
export interface AddPatch extends PatchedPart, Without<"add"> {
  readonly add: Numbers;
}

/** Makes a part 0. `zero` is true: false is refused when the run begins. */
export interface ZeroPatch extends PatchedPart, Without<"zero"> {
  readonly zero: boolean;
}

/** Scores only: −Infinity, so that the query cannot look there. `cut` is true: false is refused when the run begins. */
export interface CutPatch extends PatchedPart, Without<"cut"> {
  readonly cut: boolean;
}

/** Puts the same part of the same site in another run there; a `Run` is such a source. */
export interface FromPatch extends PatchedPart, Without<"from"> {
  readonly from: { readonly trace: SourceTrace };
}

/** What a function makes of a part's numbers; it gives back as many, and is given the site's name. */
export interface ChangePatch extends PatchedPart, Without<"change"> {
  readonly change: (part: Tensor, site: string) => Tensor;
}

/** A change to a site during a run, as it is written: a part and one action. Plain data, unless it is a function. */
export type PatchInput =
  | SetPatch
  | ScalePatch
  | AddPatch
  | ZeroPatch
  | CutPatch
  | FromPatch
  | ChangePatch;

/** Patches in the order they apply: one list for all rows of a batch, or a list for each row. */
export type PatchList<P = PatchInput> = readonly (P | readonly P[])[];
