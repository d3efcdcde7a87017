import { InputError } from "../errors/errors.ts";
import { nearest } from "../errors/nearest.ts";
import { expectFlags } from "../errors/options.ts";
import type { Selection } from "../tensor/selection.ts";
import { type Nested, Tensor } from "../tensor/tensor.ts";
import type { Which } from "./words.ts";

/** Which part of a site is meant; what is left out means all of it. */
export interface Part {
  /** A site's name, or a pattern: "layers.5.weights", "layers.*.{q,k}". */
  readonly site: string;
  /**
   * Heads, by index or by address. Addresses choose the layer too: `layers.*.weights` with "L5H11" is head 11 of layer 5 and nothing of
   * other layers; of ["L5H11", "L3H1"] each layer has its own. "weights" alone is enough beside an address.
   */
  readonly head?: Which;
  /** Query positions (axis T), by index, range or word: "it", "isn't", "the mat", "the#2". */
  readonly query?: Which;
  /** Key positions (axis S), named in the same ways. */
  readonly key?: Which;
  /** Rows of the batch. */
  readonly text?: Which;
}

/** Numbers a patch brings: one for all, or as many as the part holds (broadcast as NumPy does). */
export type Numbers = number | readonly Nested[] | Tensor;

/** Where a patch takes numbers from: a run's trace, which knows the parts that were read, or anything that has whole sites. */
export interface SourceTrace {
  /** The whole of a site. */
  get(site: string): Tensor;
  /** A part of a site, by its indices in the whole; `place` is for messages. */
  part?(site: string, selection: Selection, place: string): Tensor;
}

/** The actions a patch may have, by key: one of them. */
interface Actions {
  /** Numbers in place of the part's own: one for all, or as many as the part holds. */
  readonly set: Numbers;
  readonly scale: Numbers;
  readonly add: Numbers;
  /** True: the part becomes 0. The type is boolean, so that a patch held in a `const` compiles; false is refused when the run begins. */
  readonly zero: boolean;
  /** Scores only, true as `zero` is: −Infinity, so that the query cannot look there. */
  readonly cut: boolean;
  /** The same part of the same site in another run: `from: run`. Words are found in that run's own text; indices are the same. */
  readonly from: { readonly trace: SourceTrace };
  /** A function of the part's numbers and the site's name; gives back as many. */
  readonly change: (part: Tensor, site: string) => Tensor;
}

/** One action and none of the others. Interfaces with names, because messages of the compiler show them. */
type Only<Name extends keyof Actions> = Pick<Actions, Name> & {
  readonly [Other in Exclude<keyof Actions, Name>]?: undefined;
};

/** What every patch has beside its action. */
export interface PatchedPart extends Part {
  /** Weights only: the rows changed are divided by their sums, so that they sum to 1 again. */
  readonly renormalize?: boolean;
}

/** Puts numbers in place of a part: { site, set }. */
export interface SetPatch extends PatchedPart, Only<"set"> {}
/** Multiplies a part: { site, scale }. */
export interface ScalePatch extends PatchedPart, Only<"scale"> {}
/** Adds to a part: { site, add }. */
export interface AddPatch extends PatchedPart, Only<"add"> {}
/** Makes a part 0: { site, zero: true }. */
export interface ZeroPatch extends PatchedPart, Only<"zero"> {}
/** Hides keys from queries, in scores: { site, cut: true }. */
export interface CutPatch extends PatchedPart, Only<"cut"> {}
/** Puts another run's numbers there: { site, from: run }. */
export interface FromPatch extends PatchedPart, Only<"from"> {}
/** Has a function change a part: { site, change }. */
export interface ChangePatch extends PatchedPart, Only<"change"> {}

/** A change to a site during a run: a part and one action. Plain data, unless it is a function. */
export type Patch =
  | SetPatch
  | ScalePatch
  | AddPatch
  | ZeroPatch
  | CutPatch
  | FromPatch
  | ChangePatch;

/** What a patch does; exactly one. */
export type Action = { [Name in keyof Actions]: Only<Name> }[keyof Actions];

/** Patches in the order they apply: one list for all rows of a batch, or a list for each row. */
export type PatchList<P = Patch> = readonly (P | readonly P[])[];

const actions = ["set", "scale", "add", "zero", "cut", "from", "change"] as const;
const patchKeys = ["site", "head", "query", "key", "text", "renormalize", ...actions];

/** Checks what can be checked before a run: one action, known keys, sites it makes sense for, no NaN. */
export function checkPatch(patch: Patch, place: string): void {
  if (typeof patch !== "object" || patch === null || typeof patch.site !== "string")
    throw new InputError(
      `${place}: a patch is an object with a site, got ${JSON.stringify(patch)}`,
    );
  for (const key of Object.keys(patch))
    if (!patchKeys.includes(key))
      throw new InputError(
        `${place}: unknown key "${key}"${nearest(key, patchKeys, 1)}. A patch knows ${patchKeys.join(", ")}`,
      );
  const given = actions.filter((action) => patch[action] !== undefined);
  if (given.length !== 1)
    throw new InputError(
      `${place}: a patch does one thing (${actions.join(", ")}), this one ${given.length === 0 ? "does nothing" : `has ${given.join(" and ")}`}`,
    );
  for (const name of ["zero", "cut"] as const)
    if (patch[name] !== undefined && patch[name] !== true)
      throw new InputError(
        `${place}: ${name} is true or left out, got ${JSON.stringify(patch[name])}. To change nothing, leave the patch out`,
      );
  expectFlags({ renormalize: patch.renormalize }, place);
  const { change, from } = patch;
  if (change !== undefined && typeof change !== "function")
    throw new InputError(`${place}: change must be a function, got ${typeof change}`);
  if (from !== undefined && typeof from?.trace?.get !== "function")
    throw new InputError(`${place}: from must be a run (it has a trace), got ${typeof from}`);
  const kind = patch.site.replace(/^.*\blayers\.[^.]+\./, "");
  if (patch.cut && !/scores$/.test(kind))
    throw new InputError(
      `${place}: cut hides a key before the softmax, so it belongs to scores, not to ${patch.site}. For weights use set: 0`,
    );
  if (patch.renormalize && !/weights$|hook_pattern$/.test(kind))
    throw new InputError(`${place}: renormalize belongs to weights, not to ${patch.site}`);
  const action = given[0]!;
  const numbers = patch.set ?? patch.add ?? patch.scale ?? 0;
  if (["set", "add", "scale"].includes(action)) expectNumbers(patch[action], `${place}: ${action}`);
  const isScores = /scores/.test(kind);
  for (const value of tensorOf(numbers).data)
    if (!Number.isFinite(value) && !(isScores && value === -Infinity))
      throw new InputError(`${place}: ${action} holds ${value}. Only scores take -Infinity`);
}

/** Throws InputError for what is neither a number, nor a Tensor, nor lists of numbers: JSON makes null of NaN. */
function expectNumbers(numbers: unknown, place: string): void {
  if (typeof numbers === "number" || numbers instanceof Tensor) return;
  if (!Array.isArray(numbers) || numbers.length === 0)
    throw new InputError(
      `${place} needs a number, lists of numbers or a Tensor, got ${JSON.stringify(numbers)}`,
    );
  for (const one of numbers) expectNumbers(one, place);
}

/** The numbers a patch brings, as a tensor. */
export function tensorOf(numbers: Numbers): Tensor {
  return numbers instanceof Tensor ? numbers : Tensor.from(numbers as Nested);
}
