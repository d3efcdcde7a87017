import { InputError, ShapeError, SiteError } from "../errors/errors.ts";
import { eachSelected, type Selection } from "../tensor/selection.ts";
import { broadcastShape, sameShape } from "../tensor/shape.ts";
import { type Nested, Tensor } from "../tensor/tensor.ts";
import type { Which } from "./address.ts";
import { mayStand } from "./overflow.ts";
import { checkSelection, select } from "./selection.ts";

/** Which part of a site is meant; what is left out means all of it. */
export interface Part {
  /** A site's name, or a pattern: "layers.5.weights", "layers.*.{q,k}". */
  readonly site: string;
  readonly head?: Which;
  /** Query positions (axis T), by index, range or word. */
  readonly query?: Which;
  /** Key positions (axis S), by index, range or word. */
  readonly key?: Which;
  /** Rows of the batch. */
  readonly text?: Which;
}

/** Numbers a patch brings: one for all, or as many as the part holds (broadcast as NumPy does). */
export type Numbers = number | readonly Nested[] | Tensor;

/** Where a patch takes numbers from: a run's trace, which knows the parts that were read, or anything that has whole sites. */
export interface SourceTrace {
  get(site: string): Tensor;
  part?(site: string, selection: Selection, place: string): Tensor;
}

/** What a patch does; exactly one. */
export type Action =
  | { readonly set: Numbers }
  | { readonly scale: Numbers }
  | { readonly add: Numbers }
  | { readonly zero: true }
  /** Scores only: −Infinity, so that the query cannot look there. */
  | { readonly cut: true }
  /** The same part of the same site in another run. */
  | { readonly from: { readonly trace: SourceTrace } }
  /** A function of the part's numbers; gives back as many. */
  | { readonly change: (part: Tensor, site: string) => Tensor };

/** A change to a site during a run. Plain data, unless it is a function. */
export type Patch = Part &
  Action & {
    /** Weights only: the rows changed are divided by their sums, so that they sum to 1 again. */
    readonly renormalize?: boolean;
  };

const actions = ["set", "scale", "add", "zero", "cut", "from", "change"] as const;
const patchKeys = new Set(["site", "head", "query", "key", "text", "renormalize", ...actions]);

/** Checks what can be checked before a run: one action, known keys, sites it makes sense for, no NaN. */
export function checkPatch(patch: Patch, place: string): void {
  if (typeof patch !== "object" || patch === null || typeof patch.site !== "string")
    throw new InputError(
      `${place}: a patch is an object with a site, got ${JSON.stringify(patch)}`,
    );
  for (const key of Object.keys(patch))
    if (!patchKeys.has(key))
      throw new InputError(
        `${place}: unknown key "${key}". A patch knows ${[...patchKeys].join(", ")}`,
      );
  const given = actions.filter((action) => action in patch);
  if (given.length !== 1)
    throw new InputError(
      `${place}: a patch does one thing (${actions.join(", ")}), this one ${given.length === 0 ? "does nothing" : `has ${given.join(" and ")}`}`,
    );
  for (const name of ["zero", "cut"] as const)
    if (name in patch && Object(patch)[name] !== true)
      throw new InputError(`${place}: ${name} is true or left out`);
  if ("change" in patch && typeof patch.change !== "function")
    throw new InputError(`${place}: change must be a function, got ${typeof patch.change}`);
  if ("from" in patch && typeof patch.from?.trace?.get !== "function")
    throw new InputError(`${place}: from must be a run (it has a trace), got ${typeof patch.from}`);
  const kind = patch.site.replace(/^.*\blayers\.[^.]+\./, "");
  if ("cut" in patch && !/scores$/.test(kind))
    throw new InputError(
      `${place}: cut hides a key before the softmax, so it belongs to scores, not to ${patch.site}. For weights use set: 0`,
    );
  if (patch.renormalize && !/weights$|hook_pattern$/.test(kind))
    throw new InputError(`${place}: renormalize belongs to weights, not to ${patch.site}`);
  const numbers =
    "set" in patch ? patch.set : "add" in patch ? patch.add : "scale" in patch ? patch.scale : 0;
  const isScores = /scores/.test(kind);
  for (const value of tensorOf(numbers).data)
    if (!Number.isFinite(value) && !(isScores && value === -Infinity))
      throw new InputError(`${place}: ${given[0]} holds ${value}. Only scores take -Infinity`);
}

/** The patched numbers of one site. `selection` is the patch's part; shapes that do not fit throw. */
export async function applyPatch(
  patch: Patch,
  site: string,
  before: Tensor,
  selection: Selection,
  place: string,
): Promise<Tensor> {
  checkSelection(selection, before.shape, place);
  const data = Float32Array.from(before.data);
  const part = select(before, selection);
  const replacement = await newPart(patch, site, part, selection, place);
  eachSelected(selection, before.shape, (offset, count) => {
    data[offset] = replacement.data[count]!;
  });
  const after = new Tensor(before.shape, data);
  if (patch.renormalize) renormalizeRows(after, selection);
  for (let i = 0; i < data.length; i++)
    if (!mayStand(data[i]!, site) && !Object.is(data[i], before.data[i]))
      throw new SiteError(
        `${place}: gives ${data[i]} at element ${i} of ${site} ${before}, where ${before.data[i]} was. Numbers stay finite; only scores take -Infinity`,
      );
  return after;
}

async function newPart(
  patch: Patch,
  site: string,
  part: Tensor,
  selection: Selection,
  place: string,
): Promise<Tensor> {
  if ("change" in patch) {
    const after = await patch.change(new Tensor(part.shape, part.data.slice()), site);
    if (!(after instanceof Tensor) || !sameShape(after.shape, part.shape))
      throw new ShapeError(
        `${place}: the function must give back a Tensor of shape ${part}, got ${after}`,
      );
    return after;
  }
  if ("zero" in patch) return new Tensor(part.shape, new Float32Array(part.data.length));
  if ("cut" in patch)
    return new Tensor(part.shape, new Float32Array(part.data.length).fill(-Infinity));
  if ("from" in patch) {
    const taken = takenFrom(
      patch.from.trace,
      site,
      selection,
      `${place}, in the run it takes from`,
    );
    if (!sameShape(taken.shape, part.shape))
      throw new ShapeError(
        `${place}: the other run has ${taken} there, this one ${part}. Texts of other lengths: choose query and key`,
      );
    return taken;
  }
  const numbers = stretch(
    tensorOf("set" in patch ? patch.set : "add" in patch ? patch.add : patch.scale),
    part,
    place,
  );
  if ("set" in patch) return numbers;
  const change = "add" in patch ? (a: number, b: number) => a + b : (a: number, b: number) => a * b;
  return new Tensor(
    part.shape,
    part.data.map((value, i) => change(value, numbers.data[i]!)),
  );
}

/** A part of another run's site; a trace knows which part of it was read. */
function takenFrom(trace: SourceTrace, site: string, selection: Selection, place: string): Tensor {
  if (trace.part) return trace.part(site, selection, place);
  const whole = trace.get(site);
  checkSelection(selection, whole.shape, place);
  return select(whole, selection);
}

function tensorOf(numbers: Numbers): Tensor {
  return numbers instanceof Tensor ? numbers : Tensor.from(numbers as Nested);
}

function stretch(numbers: Tensor, part: Tensor, place: string): Tensor {
  const { shape } = part;
  if (sameShape(numbers.shape, shape)) return numbers;
  if (!sameShape(broadcastShape(numbers.shape, shape, place), shape))
    throw new ShapeError(`${place}: ${numbers} values do not fit the part it changes, ${part}`);
  const aligned = [
    ...new Array<number>(shape.length - numbers.shape.length).fill(1),
    ...numbers.shape,
  ];
  const selection = shape.map((length, axis) =>
    aligned[axis] === 1 ? new Array<number>(length).fill(0) : undefined,
  );
  return select(new Tensor(aligned, numbers.data), selection);
}

function renormalizeRows(weights: Tensor, selection: Selection): void {
  const S = weights.shape.at(-1)!;
  const rows: Selection = [...selection.slice(0, -1), [0]];
  eachSelected(rows, weights.shape, (start) => {
    let total = 0;
    for (let s = 0; s < S; s++) total += weights.data[start + s]!;
    if (total !== 0) for (let s = 0; s < S; s++) weights.data[start + s]! /= total;
  });
}
