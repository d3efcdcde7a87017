import { InputError, SiteError } from "../errors/errors.ts";
import { nearest } from "../errors/nearest.ts";
import { expectReads } from "../errors/options.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import type { Program } from "../tensor/program.ts";
import type { Selection } from "../tensor/selection.ts";
import { Tensor } from "../tensor/tensor.ts";
import { withinRows } from "./changed-rows.ts";
import { expectHeads, headsInLayer, sitesOf } from "./heads.ts";
import { type Kept, keepPart, selectKept } from "./kept.ts";
import { readRows } from "./kept-rows.ts";
import { checkPatch, type Part, type Patch, type PatchList } from "./patch.ts";
import type { Plan } from "./probe.ts";
import { type PatchStep, recordPatch } from "./record-patch.ts";
import { Rounded } from "./rounded.ts";
import type { RowKind, RowSource } from "./row-source.ts";
import { checkSelection, stackRows } from "./selection.ts";
import { SharedParts } from "./shared-parts.ts";
import { type Axis, nearestSite, parseSite } from "./sites.ts";
import { readSparse, type SparseSource } from "./sparse/sparse.ts";
import { type LayerTokens, type StackTokens, siteTokens, type TowerTokens } from "./text-tokens.ts";
import { Trace } from "./trace.ts";
import { indicesOf, type TextToken, tokensNamed, type Which } from "./words.ts";

/** A site or a pattern, whole, or a part of it. */
export type Read = string | ReadPart;

/** A part to read, and how it is kept. */
export interface ReadPart extends Part {
  /**
   * "rows", of scores and weights: q, k and each row's log-sum-exp are kept in place of T·S numbers where that takes less
   * memory, and `trace.row` makes any row of them. Scores or weights that the run makes whole for another reason (a patch, a
   * read of scores.content, a backend that does not fuse attention, xlnet's distances) are kept as they are; windows as bands.
   *
   * "rounded", of weights: 16 bits each, within 8e-6, in half the memory; windows as bands.
   */
  readonly keep?: "rows" | "rounded";
}

/** A read or a patch, and the sites it means. */
export interface Asked<P extends Part> {
  readonly part: P;
  readonly place: string;
  readonly matches: (site: string) => boolean;
  hits: number;
}

const readKeys = ["site", "head", "query", "key", "text", "keep"];
const keepForms = ["rows", "rounded"];

/** Reads and patches of one run, checked, and carried out as the forward pass is recorded. */
export class RunPlan implements Plan {
  readonly trace = new Trace();
  /** Every site reached, with its shape. */
  readonly sites = new Map<string, readonly number[]>();
  resume?: Plan["resume"];
  readonly #reads: readonly Asked<ReadPart>[];
  readonly #shared = new SharedParts();
  readonly #patches: readonly Asked<Patch>[];
  readonly #tokens: StackTokens;

  /** Throws InputError or SiteError for what can be seen to be wrong before the run. */
  constructor(
    reads: readonly Read[],
    patches: PatchList,
    tokens: StackTokens,
    { readsCalled = "read" }: { readonly readsCalled?: string } = {},
  ) {
    this.#tokens = tokens;
    expectReads(reads);
    this.#reads = reads.map((read, index) =>
      asked(partOf(read, index), `${readsCalled} ${index + 1}`),
    );
    this.#patches = rowPatches(patches, tokens.main.length).map((patch, index) => {
      const place = `patch ${index + 1}${patch?.site ? ` (${patch.site})` : ""}`;
      checkPatch(patch, place);
      return asked(patch, place);
    });
  }

  wants(site: string): boolean {
    return this.#reads.some(({ matches }) => matches(site));
  }

  patches(site: string): boolean {
    return this.#patches.some(({ matches }) => matches(site));
  }

  reached(site: string, value: LazyTensor, program: Program): LazyTensor {
    const patched = this.#patch(site, value, program);
    this.reachedPatched(site, patched, program);
    return patched;
  }

  reachedPatched(site: string, value: LazyTensor, program: Program): void {
    this.sites.set(site, value.shape);
    this.#read(site, value, program);
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
    this.sites.set(site, shape);
    return this.#stepsAt(site, shape).reduce((current, { asked, step }) => {
      asked.hits += 1;
      const own = withinRows(step.selection, rows, shape);
      return recordPatch({ ...step, own }, current, program);
    }, value);
  }

  reachedSparse(site: string, source: SparseSource, program: Program): void {
    const { shape } = source.layout;
    this.sites.set(site, shape);
    const reads = this.#reads.filter(({ matches }) => matches(site));
    if (reads.length === 0) return;
    for (const read of reads) this.#meet(read, site, shape);
    readSparse(source, program, (numbers) => {
      for (const read of reads) this.#keep(read, site, numbers);
    });
  }

  keepsRows(site: string): boolean {
    const reads = this.#reads.filter(({ matches }) => matches(site));
    return reads.length > 0 && reads.every(({ part }) => part.keep === "rows");
  }

  reachedRows(
    sites: Readonly<Partial<Record<RowKind, string>>>,
    source: RowSource,
    rowSums: LazyTensor,
    program: Program,
  ): void {
    const [B, H, T] = source.q.shape as readonly [number, number, number];
    const shape = [B, H, T, source.k.shape[2]!];
    const asked = (Object.entries(sites) as [RowKind, string][]).flatMap(([kind, site]) => {
      this.sites.set(site, shape);
      const reads = this.#reads.filter(({ matches }) => matches(site));
      for (const read of reads) this.#meet(read, site, shape);
      return reads.map((read) => ({ read, site, kind }));
    });
    readRows(source, rowSums, this.#shared, program, (rowsOf) => {
      for (const { read, site, kind } of asked) this.#keep(read, site, rowsOf(kind));
    });
  }

  /** Sites that some read asks for, of those an earlier run reached. */
  wanted(sites: Iterable<string>): string[] {
    return [...sites].filter((site) => this.wants(site));
  }

  /** Throws SiteError for every read and patch that met no site, and for a head of a layer it is not in; `reasons` says why a family lacks one, `all` which there are. */
  check(reasons: Readonly<Record<string, string>>, all: () => Iterable<string>): void {
    for (const { part, place, hits } of [...this.#reads, ...this.#patches]) {
      expectHeads(part, place, all);
      if (hits > 0) continue;
      const name = part.site.replace(/^.*layers\.[^.]+\./, "");
      const reason = reasons[name] ?? reasons[/^[^.]+\./.exec(part.site)?.[0] ?? ""];
      throw new SiteError(
        reason
          ? `${place}: no site "${part.site}" here: ${reason}`
          : `${place}: no site "${part.site}" here${nearestSite(part.site, all())}. \`heed sites\` lists them all`,
      );
    }
  }

  /** Counts a read as answered from an earlier run's trace. */
  answer(site: string, earlier: Trace): void {
    for (const read of this.#reads) {
      if (!read.matches(site)) continue;
      read.hits += 1;
      this.#keep(read, site, earlier.kept(site));
    }
  }

  #patch(site: string, value: LazyTensor, program: Program): LazyTensor {
    return this.#stepsAt(site, value.shape).reduce((current, { asked, step }) => {
      asked.hits += 1;
      return recordPatch(step, current, program);
    }, value);
  }

  /** The patches of a site in their order, one step for each part. */
  #stepsAt(site: string, shape: readonly number[]): { asked: Asked<Patch>; step: PatchStep }[] {
    return this.#patches
      .filter(({ matches }) => matches(site))
      .flatMap((asked) => {
        const { part: patch, place } = asked;
        const taken = takenSelections(patch, site, shape, place);
        return selectionsOf(patch, site, shape, this.#tokens, place).map((selection, row) => ({
          asked,
          step: { patch, site, place, selection, taken: taken?.[row] },
        }));
      });
  }

  #read(site: string, value: LazyTensor, program: Program): void {
    for (const read of this.#reads) {
      if (!read.matches(site)) continue;
      this.#meet(read, site, value.shape);
      program.read(value, (tensor) => this.#keep(read, site, tensor));
    }
  }

  /** Counts a read as met, and throws now for a part the site does not have. */
  #meet(read: Asked<ReadPart>, site: string, shape: readonly number[]): void {
    read.hits += 1;
    const { keep } = read.part;
    const kind = parseSite(site)?.kind.name ?? "";
    if (keep === "rows" && !/^(scores|weights)$/.test(kind))
      throw new SiteError(
        `${read.place}: keep: "rows" is for scores and weights, and ${site} is read whole. Read it without keep`,
      );
    if (keep === "rounded" && kind !== "weights")
      throw new SiteError(
        `${read.place}: keep: "rounded" is for weights, numbers from 0 to 1, and ${site} has others. Read it without keep`,
      );
    selectionsOf(read.part, site, shape, this.#tokens, read.place);
  }

  #keep(read: Asked<ReadPart>, site: string, numbers: Kept): void {
    const part = selectPart(read, site, numbers, this.#tokens);
    const [first, ...more] = part.selections;
    const { numbers: own } = part;
    const isRounded = read.part.keep === "rounded" && own instanceof Tensor;
    const kept = isRounded ? new Rounded(own) : own;
    this.trace.put(site, kept, first!, more.length > 0 ? part.selections : undefined);
  }
}

/** A read or a patch that has met no site yet. */
export function asked<P extends Part>(part: P, place: string): Asked<P> {
  return { part, place, matches: sitesOf(part), hits: 0 };
}

/** The part a read means. Throws InputError for what is no read. */
export function partOf(read: Read, index: number): ReadPart {
  if (typeof read === "string") return { site: read };
  if (typeof read?.site !== "string")
    throw new InputError(
      `read ${index + 1}: a read is a site's name or an object with a site, got ${JSON.stringify(read)}`,
    );
  for (const key of Object.keys(read))
    if (!readKeys.includes(key))
      throw new InputError(
        `read ${index + 1}: unknown key "${key}"${nearest(key, readKeys, 1)}. A read knows ${readKeys.join(", ")}`,
      );
  if (read.keep !== undefined && !keepForms.includes(read.keep))
    throw new InputError(
      `read ${index + 1}: there is no keep: ${JSON.stringify(read.keep)}${nearest(String(read.keep), keepForms)}`,
    );
  return read;
}

/** One list for all rows, or one list per row: the second becomes the first by naming the row. */
export function rowPatches(patches: PatchList, rows: number): readonly Patch[] {
  if (!Array.isArray(patches))
    throw new InputError(`patch: must be a list of patches, got ${JSON.stringify(patches)}`);
  if (!patches.some(Array.isArray)) return patches as readonly Patch[];
  if (!patches.every(Array.isArray) || patches.length !== rows)
    throw new InputError(
      `patch: one list per row needs ${rows} lists, got ${patches.length} entries, ${patches.filter(Array.isArray).length} of them lists`,
    );
  return (patches as readonly (readonly Patch[])[]).flatMap((list, text) =>
    list.map((patch) => {
      if (patch?.text !== undefined)
        throw new InputError(
          `patch: the list of row ${text} holds a patch with text ${JSON.stringify(patch.text)}; its row says which text`,
        );
      return { ...patch, text };
    }),
  );
}

/** Which elements of a site a part means: one selection, or one a row where words stand at different places. */
export function selectionsOf(
  part: Part,
  site: string,
  shape: readonly number[],
  tokens: StackTokens,
  place: string,
): Selection[] {
  const address = parseSite(site);
  if (!address) throw new SiteError(`${place}: "${site}" is not in the table of sites`);
  // A classifier's logits are (B, labels): no tokens to choose.
  const axes = address.kind.axes.filter(
    (axis) => axis !== "T" || shape.length === address.kind.axes.length,
  );
  const { queries, keys } = siteTokens(tokens, address);
  const on = (axis: Axis, which: Which | undefined, word: string) => {
    const index = axes.indexOf(axis);
    if (which !== undefined && index < 0)
      throw new SiteError(
        `${place}: ${site} has axes ${axes.join(" ")}, so no ${word} can be chosen in it`,
      );
    return index;
  };
  const headAxis = Math.max(on(axes.includes("K") ? "K" : "H", part.head, "head"), 0);
  const queryAxis = on("T", part.query, "query");
  const keyAxis = on("S", part.key, "key");
  const rows =
    part.text === undefined ? undefined : indicesOf(part.text, shape[0]!, `${place}, text`);
  const base: (readonly number[] | undefined)[] = shape.map(() => undefined);
  base[0] = rows;
  if (part.head !== undefined)
    base[headAxis] = indicesOf(
      headsInLayer(part.head, address.layer),
      shape[headAxis]!,
      `${place}, head`,
    );
  const withTokens = (row: number, selection: (readonly number[] | undefined)[]): Selection => {
    if (part.query !== undefined)
      selection[queryAxis] = tokensNamed(part.query, queries[row]!, `${place}, query`);
    if (part.key !== undefined)
      selection[keyAxis] = tokensNamed(part.key, keys[row]!, `${place}, key`);
    checkSelection(selection, shape, place);
    return selection;
  };
  if (!hasWords(part.query) && !hasWords(part.key)) return [withTokens(rows?.[0] ?? 0, base)];
  const all = rows ?? Array.from({ length: shape[0]! }, (_, row) => row);
  return all.map((row) =>
    withTokens(row, base.with(0, shape[0] === 1 && !rows ? undefined : [row])),
  );
}

/** Whose words a patch may mean: a run has tokens, a bare trace has none. */
interface SourceRun {
  readonly tokens?: readonly (readonly TextToken[])[];
  readonly decoderTokens?: readonly (readonly TextToken[])[];
  readonly towerTokens?: TowerTokens;
  readonly layerTokens?: readonly LayerTokens[];
}

/** What the words of a patch mean in the run it takes numbers from; undefined where it names places, or takes from a bare trace. */
export function takenSelections(
  patch: Patch,
  site: string,
  shape: readonly number[],
  place: string,
): readonly Selection[] | undefined {
  const {
    tokens: main,
    decoderTokens: decoder,
    towerTokens: towers,
    layerTokens: ofLayers,
  } = (patch.from ?? {}) as SourceRun;
  if (!main || !(hasWords(patch.query) || hasWords(patch.key))) return undefined;
  const address = parseSite(site)!;
  const { kind } = address;
  const taken = { main, decoder, towers, ofLayers };
  const { queries, keys } = siteTokens(taken, address);
  const own = shape.map((length, axis) => {
    if (axis === 0) return queries.length;
    if (kind.axes[axis] === "T") return queries[0]!.length;
    return kind.axes[axis] === "S" ? keys[0]!.length : length;
  });
  return selectionsOf(patch, site, own, taken, `${place}, in the run it takes from`);
}

function hasWords(which: Which | undefined): boolean {
  if (typeof which === "string") return !/^\d+\.\.\d+$/.test(which);
  return Array.isArray(which) && which.some((one) => typeof one === "string");
}

/** The part of a site a read asks for; rows whose words lie at different places are put one below the other. */
function selectPart(
  { part, place }: Asked<Part>,
  site: string,
  numbers: Kept,
  tokens: StackTokens,
): { numbers: Kept; selections: readonly Selection[] } {
  const selections = selectionsOf(part, site, numbers.shape, tokens, place);
  const [selection] = selections as [Selection, ...Selection[]];
  if (selections.length === 1) return { numbers: keepPart(numbers, selection), selections };
  const parts = selections.map((one) => selectKept(numbers, one));
  return { numbers: stackRows(parts, place), selections };
}
