import { SiteError } from "../errors/errors.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import type { Program } from "../tensor/program.ts";
import type { Selection } from "../tensor/selection.ts";
import { formatShape, type Shape, sameShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type ChangedRows, changedRows } from "./changed-rows.ts";
import type { RowKind, RowSource } from "./row-source.ts";
import type { SparseSource } from "./sparse/sparse.ts";

/** What a run wants of its sites, decided before the forward pass is recorded. */
export interface Plan {
  /** Whether someone reads this site or, when `patched`, changes it. */
  wants(site: string): boolean;
  patches(site: string): boolean;
  /** Takes note of a site as it is recorded; the result goes on in its place. */
  reached(site: string, value: LazyTensor, program: Program): LazyTensor;
  /** The same where all patches have been carried out: the value is read only. */
  reachedPatched?(site: string, value: LazyTensor, program: Program): void;
  /** Which parts of these (B, H, T, S) sites patches change. A plan without it changes whole sites. */
  changedParts?(sites: readonly string[], shape: Shape): readonly Selection[];
  /** Carries out a site's patches on these rows of it (B', H', T', S). */
  patchRows?(
    site: string,
    value: LazyTensor,
    rows: Selection,
    shape: Shape,
    program: Program,
  ): LazyTensor;
  /** Takes note of a site that was computed in windows; it can be read, not changed. */
  reachedSparse(site: string, source: SparseSource, program: Program): void;
  /** Whether all that is asked of this site can be answered by rows that are rebuilt; a plan without it wants numbers. */
  keepsRows?(site: string): boolean;
  /** Takes note of sites whose rows are rebuilt from what made them and their row sums (B, H, T, 2). */
  reachedRows?(
    sites: Readonly<Partial<Record<RowKind, string>>>,
    source: RowSource,
    rowSums: LazyTensor,
    program: Program,
  ): void;
  /** The first layer to compute, when an earlier run gives the stream that enters it. */
  resume?: { readonly layer: number; readonly stream: Tensor } | undefined;
}

/** What enters a layer: its shape, and how it is made of the stream that the layer before left. */
export interface Entering {
  readonly shape: Shape;
  of(stream: LazyTensor): LazyTensor;
}

/** Every named value of a forward pass goes through a probe, which may record it or replace it. */
export class Probe {
  readonly program: Program;
  readonly #plan: Plan;
  readonly #prefix: string;

  constructor(program: Program, plan: Plan, prefix = "") {
    this.program = program;
    this.#plan = plan;
    this.#prefix = prefix;
  }

  /** Names a value; gives it back, patched if someone asked for that. */
  site(name: string, value: LazyTensor): LazyTensor {
    return this.#plan.reached(this.#prefix + name, value, this.program);
  }

  /** Names a value whose patches were carried out row by row: it is read, not patched. */
  patched(name: string, value: LazyTensor): void {
    this.#plan.reachedPatched?.(this.#prefix + name, value, this.program);
  }

  /** Which rows of these sites, (B, H, T, S) all of them, someone changes, and `others`; undefined for none. */
  changedRows(
    shape: Shape,
    others: Selection | undefined,
    ...names: readonly string[]
  ): ChangedRows | undefined {
    if (!this.patches(...names)) return others;
    const sites = names.map((name) => this.#prefix + name);
    if (!this.#plan.changedParts) return "most";
    const parts = this.#plan.changedParts(sites, shape);
    return changedRows(others ? [...parts, others] : parts, shape);
  }

  /** Names these rows (B', H', T', S) of a site of this shape; gives them back patched. */
  rowsOf(name: string, value: LazyTensor, rows: Selection, shape: Shape): LazyTensor {
    const site = this.#prefix + name;
    return this.#plan.patchRows?.(site, value, rows, shape, this.program) ?? value;
  }

  /** Names a (B, H, T, S) value computed in windows. Whoever may patch it must be given it whole: ask `patches` first. */
  sparse(name: string, source: SparseSource): void {
    this.#plan.reachedSparse(this.#prefix + name, source, this.program);
  }

  /** Names scores, weights or both, whose rows are rebuilt when they are looked at. Ask `keepsRows` first. */
  rows(kinds: readonly RowKind[], source: RowSource, rowSums: LazyTensor): void {
    const sites = Object.fromEntries(kinds.map((kind) => [kind, this.#prefix + kind]));
    this.#plan.reachedRows?.(sites, source, rowSums, this.program);
  }

  /** Whether this site is read, and all its reads have `keep: "rows"`. */
  keepsRows(kind: RowKind): boolean {
    return this.#plan.keepsRows?.(this.#prefix + kind) ?? false;
  }

  /** Whether anyone reads or patches one of these sites: what is made on demand asks first. */
  wants(...names: readonly string[]): boolean {
    return names.some((name) => this.#plan.wants(this.#prefix + name) || this.patches(name));
  }

  /** Whether anyone changes one of these sites: then what follows must be computed from it. */
  patches(...names: readonly string[]): boolean {
    return names.some((name) => this.#plan.patches(this.#prefix + name));
  }

  /** The same probe under a longer name: `within("cross.")`. */
  within(prefix: string): Probe {
    return new Probe(this.program, this.#plan, this.#prefix + prefix);
  }

  /**
   * One layer: a stage of its own, from the stream entering it (`input`) to the stream after it (`residual`). `entering` is what
   * becomes of the stream before it, where that is not the one the layer before left.
   */
  layer(
    layer: number,
    stream: LazyTensor,
    block: (stream: LazyTensor, probe: Probe) => LazyTensor,
    entering: Entering = { shape: stream.shape, of: (stream) => stream },
  ): LazyTensor {
    const name = `${this.#prefix}layers.${layer}`;
    const { resume } = this.#plan;
    if (resume && layer < resume.layer) return stream;
    const probe = this.within(`layers.${layer}.`);
    const [residual] = this.program.stage(name, () => {
      const own =
        resume?.layer === layer
          ? this.#resumed(resume.stream, entering.shape)
          : entering.of(stream);
      return [probe.site("residual", block(probe.site("input", own), probe))];
    });
    return residual!;
  }

  #resumed(earlier: Tensor, shape: Shape): LazyTensor {
    if (!sameShape(earlier.shape, shape))
      throw new SiteError(
        `after: the earlier run's stream is ${earlier}, this run's needs ${formatShape(shape)}. Both runs need the same inputs`,
      );
    return this.program.input(earlier.data, earlier.shape, "stream of the earlier run");
  }
}
