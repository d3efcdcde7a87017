import { InputError, ShapeError, SiteError } from "../errors/errors.ts";
import { expectReads } from "../errors/options.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import type { Program } from "../tensor/program.ts";
import type { Selection } from "../tensor/selection.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { withinRows } from "./changed-rows.ts";
import { grow } from "./grow.ts";
import { expectHeads } from "./heads.ts";
import {
  earlySelection,
  growingAxis,
  inPass,
  isGrowing,
  ofPass,
  type PassSelection,
  rowsAt,
} from "./pass.ts";
import { checkPatch, type Part, type Patch, type PatchList, tensorOf } from "./patch.ts";
import { type Asked, asked, partOf, rowPatches, selectionsOf, takenSelections } from "./plan.ts";
import type { Plan } from "./probe.ts";
import { type PatchStep, recordPatch } from "./record-patch.ts";
import { select, stackRows } from "./selection.ts";
import { nearestSite, parseSite } from "./sites.ts";
import type { SparseSource } from "./sparse/sparse.ts";
import type { StackTokens } from "./text-tokens.ts";
import { Trace } from "./trace.ts";
import { indicesOf, type TextToken, type Which } from "./words.ts";

/** When a read or a patch counts: in pass 0 (the prompt's), 1 (the first new token's), …; always if not said. */
export interface Timing {
  readonly step?: Which;
}

/** A site or a pattern, whole, or a part of it, in all passes of a generation or in some. */
export type GenerationRead = string | (Part & Timing);

/** A change to a site in all passes of a generation, or in some. */
export type GenerationPatch = Patch & Timing;

/** What is known before the first pass. */
export interface GenerationShape {
  /** Tokens of the prompt, per row and stack. */
  readonly tokens: StackTokens;
  /** Every site, with its shape when the text is as long as it may become. */
  readonly sites: ReadonlyMap<string, readonly number[]>;
  /** The most tokens the growing text may have. */
  readonly capacity: number;
  /** The most passes there may be. */
  readonly passes: number;
}

interface Timed<P extends Part> extends Asked<P> {
  readonly steps: ReadonlySet<number> | undefined;
  /** What it means of each site, in places of the whole text. */
  readonly selections: Map<string, readonly Selection[]>;
}

/** One part that was read, pass by pass. */
interface Grown {
  readonly parts: Tensor[];
  /** Places in the text of the rows read so far. */
  readonly places: number[];
}

/**
 * Reads and patches of a generation: checked before its first pass, carried out in every pass on the tokens it brings.
 * Query and key count from the start of the text; words are those of the prompt.
 */
export class GenerationPlan implements Plan {
  readonly #shape: GenerationShape;
  readonly #reads: readonly Timed<Part>[];
  readonly #patches: readonly Timed<Patch>[];
  readonly #grown = new Map<Timed<Part>, Map<string, Grown>>();
  #pass = { step: 0, past: 0, length: 0 };
  #passTrace = new Trace();

  /** Throws InputError or SiteError for what can be seen to be wrong before anything is computed; `reasons` says why a family lacks a site. */
  constructor(
    reads: readonly GenerationRead[],
    patches: PatchList<GenerationPatch>,
    shape: GenerationShape,
    reasons: Readonly<Record<string, string>>,
  ) {
    const tokens = extended(shape.tokens, shape.capacity);
    this.#shape = { ...shape, tokens };
    expectReads(reads);
    this.#reads = reads.map((read, index) => {
      const place = `read ${index + 1}`;
      const [timing, rest] = typeof read === "object" && read ? split(read) : [undefined, read];
      const part = partOf(rest, index);
      if (part.keep)
        throw new InputError(
          `${place}: keep: "${part.keep}" is for one pass over a long text. Leave it out here, or read the finished text: run(its ids, { read: [{ site: "${part.site}", keep: "${part.keep}" }] })`,
        );
      return this.#timed(part, timing, place, reasons);
    });
    this.#patches = rowPatches(patches, tokens.main.length).map((patch, index) => {
      const place = `patch ${index + 1} (${patch?.site})`;
      const [timing, rest] = split(patch as GenerationPatch);
      checkPatch(rest as Patch, place);
      const timed = this.#timed(rest as Patch, timing, place, reasons);
      for (const [site, parts] of timed.selections) {
        for (const selection of parts) expectFits(timed.part, selection, place);
        const taken = takenSelections(timed.part, site, shape.sites.get(site)!, place);
        if (taken && String(taken) !== String(parts))
          throw new SiteError(
            `${place}: its words stand elsewhere in the run it takes from, which a text that is being written cannot follow. Name places by index`,
          );
      }
      return timed;
    });
  }

  /** Begins a pass that brings `length` tokens behind `past` earlier ones; one that brings all of them anew takes the place of those before. */
  begin(step: number, past: number, length: number): void {
    if (past === 0) for (const read of this.#reads) if (!read.steps) this.#grown.delete(read);
    this.#pass = { step, past, length };
    this.#passTrace = new Trace();
  }

  /** What the pass just carried out has read: rows of its own tokens only. */
  get passTrace(): Trace {
    return this.#passTrace;
  }

  wants(site: string): boolean {
    return this.#reads.some((read) => read.matches(site) && this.#isOn(read));
  }

  patches(site: string): boolean {
    return this.#patches.some((patch) => this.#now(patch, site).length > 0);
  }

  reached(site: string, value: LazyTensor, program: Program): LazyTensor {
    const patched = this.#patch(site, value, program);
    this.reachedPatched(site, patched, program);
    return patched;
  }

  reachedPatched(site: string, value: LazyTensor, program: Program): void {
    for (const read of this.#reads) {
      if (!read.matches(site) || !this.#isOn(read)) continue;
      read.hits += 1;
      const early = earlySelection(read.selections.get(site)!, site);
      const places = this.#places(site);
      program.read(value, (tensor) => this.#keep(read, site, select(tensor, early), places));
    }
  }

  changedParts(sites: readonly string[], shape: readonly number[]): readonly Selection[] {
    return sites.flatMap((site) => this.#stepsAt(site, shape)).map(({ step }) => step.selection);
  }

  patchRows(
    site: string,
    value: LazyTensor,
    rows: Selection,
    shape: readonly number[],
    program: Program,
  ): LazyTensor {
    return this.#stepsAt(site, shape).reduce((current, { timed, step }) => {
      timed.hits += 1;
      const own = withinRows(step.selection, rows, shape);
      return recordPatch({ ...step, own }, current, program);
    }, value);
  }

  reachedSparse(site: string, source: SparseSource): void {
    throw new SiteError(
      `${site} ${source.layout.shape}: windowed attention does not go on token by token`,
    );
  }

  /** Everything that was read, each site as one pass over the whole text gives it. */
  finish(onWarning?: (message: string) => void): Trace {
    const trace = new Trace();
    for (const site of this.#shape.sites.keys())
      for (const read of this.#reads) {
        const grown = this.#grown.get(read)?.get(site);
        if (!grown) continue;
        const { tensor, selections } = this.#late(read, site, grown);
        trace.put(site, tensor, selections[0]!, selections.length > 1 ? selections : undefined);
      }
    for (const { place, hits } of [...this.#reads, ...this.#patches])
      if (hits === 0) onWarning?.(`${place}: the text ended before it came to that`);
    return trace;
  }

  #timed<P extends Part>(
    part: P,
    timing: Which | undefined,
    place: string,
    reasons: Readonly<Record<string, string>>,
  ): Timed<P> {
    const { sites, tokens, passes } = this.#shape;
    for (const which of [part.query, part.key]) refuseFromEnd(which, place);
    const base = asked(part, place);
    expectHeads(part, place, () => sites.keys());
    const selections = new Map<string, readonly Selection[]>();
    for (const [site, shape] of sites)
      if (base.matches(site)) selections.set(site, selectionsOf(part, site, shape, tokens, place));
    if (selections.size === 0) {
      const reason = reasons[part.site.replace(/^.*layers\.[^.]+\./, "")];
      throw new SiteError(
        `${place}: no site "${part.site}" here${reason ? `: ${reason}` : nearestSite(part.site, sites.keys())}`,
      );
    }
    const steps =
      timing === undefined ? undefined : new Set(indicesOf(timing, passes, `${place}, step`));
    return { ...base, steps, selections };
  }

  #isOn({ steps }: { readonly steps: ReadonlySet<number> | undefined }): boolean {
    return steps === undefined || steps.has(this.#pass.step);
  }

  /** What a patch means of a site in this pass, in places of the pass. */
  #now(patch: Timed<Patch>, site: string): readonly PassSelection[] {
    if (!this.#isOn(patch)) return [];
    const selections = patch.selections.get(site) ?? [];
    return selections.flatMap((selection) => inPass(selection, site, this.#pass) ?? []);
  }

  #patch(site: string, value: LazyTensor, program: Program): LazyTensor {
    return this.#stepsAt(site, value.shape).reduce((current, { timed, step }) => {
      timed.hits += 1;
      return recordPatch(step, current, program);
    }, value);
  }

  /** The patches of a site in this pass, in their order, one step for each part. */
  #stepsAt(site: string, shape: readonly number[]): { timed: Timed<Patch>; step: PatchStep }[] {
    return this.#patches.flatMap((timed) =>
      this.#now(timed, site).map((now) => ({
        timed,
        step: {
          patch: ofPass(timed.part, site, now, shape, this.#pass),
          site,
          place: timed.place,
          selection: now.selection,
        },
      })),
    );
  }

  #keep(read: Timed<Part>, site: string, tensor: Tensor, places: readonly number[]): void {
    const sites = this.#grown.get(read) ?? new Map<string, Grown>();
    this.#grown.set(read, sites);
    const grown = sites.get(site) ?? { parts: [], places: [] };
    sites.set(site, grown);
    grown.parts.push(tensor);
    grown.places.push(...places);
    const { tensor: own, selections } = this.#late(read, site, {
      parts: [tensor],
      places: [...places],
    });
    this.#passTrace.put(site, own, selections[0]!, selections.length > 1 ? selections : undefined);
  }

  /** Places in the text of the rows a site has in this pass. */
  #places(site: string): number[] {
    const { past, length } = this.#pass;
    return isGrowing(site) ? Array.from({ length }, (_, row) => past + row) : [];
  }

  /** The grown numbers of a read, less the rows and keys it does not mean. */
  #late(read: Timed<Part>, site: string, { parts, places }: Grown) {
    const { kind } = parseSite(site)!;
    const all = read.selections.get(site)!;
    const whole = grow(parts, kind);
    const early = earlySelection(all, site);
    const late = all.map((selection) =>
      selection.map((indices, axis) => {
        if (indices === undefined || early[axis]) return undefined;
        if (axis === growingAxis(site)) return rowsAt(places, indices);
        return indices.filter((index) => index < whole.shape[axis]!);
      }),
    );
    const rows = growingAxis(site);
    const selections = late.map((own, text) =>
      own.map((indices, axis) => {
        if (early[axis]) return early[axis];
        if (axis === 0 && all.length > 1) return all[text]![0];
        if (axis !== rows) return indices;
        // Rows of what was read are tokens of the text; some passes are not the whole of a site.
        return indices?.map((row) => places[row]!) ?? (read.steps ? places : undefined);
      }),
    );
    return {
      tensor: stackRows(
        late.map((one) => select(whole, one)),
        read.place,
      ),
      selections,
    };
  }
}

function split<P extends object>(timed: P & Timing): [Which | undefined, Omit<P, "step">] {
  if (typeof timed !== "object" || timed === null) return [undefined, timed];
  const { step, ...rest } = timed;
  return [step, rest];
}

function refuseFromEnd(which: Which | undefined, place: string): void {
  if ([which].flat().some((one) => typeof one === "number" && one < 0))
    throw new InputError(
      `${place}: ${JSON.stringify(which)} counts from the end, which is not known while the text grows. Count from the start, or name a step`,
    );
}

/** The growing stack's tokens with nameless ones behind them, up to the capacity. */
function extended({ main, decoder }: StackTokens, capacity: number): StackTokens {
  const longer = (rows: readonly (readonly TextToken[])[]) =>
    rows.map((row) => [...row, ...Array.from({ length: capacity - row.length }, () => unwritten)]);
  return decoder ? { main, decoder: longer(decoder) } : { main: longer(main) };
}

const unwritten: TextToken = {
  id: -1,
  text: "",
  start: 0,
  end: 0,
  word: null,
  sequence: null,
  special: true,
  type: 0,
  surface: "",
  startsWord: true,
};

/** Throws ShapeError for numbers that do not fit the places a patch names; how long the rest becomes is not known yet. */
function expectFits(patch: Patch, selection: Selection, place: string): void {
  const numbers = patch.set ?? patch.add ?? patch.scale;
  if (numbers === undefined || typeof numbers === "number") return;
  const { shape } = tensorOf(numbers);
  const first = selection.length - shape.length;
  for (const [axis, size] of shape.entries()) {
    const named = selection[first + axis]?.length;
    if (first < 0 || (named !== undefined && size !== 1 && size !== named))
      throw new ShapeError(
        `${place}: (${shape.join(", ")}) values do not fit the part it changes, ${named ?? selection.length} ${named === undefined ? "axes" : `on axis ${first + axis}`}`,
      );
  }
}
