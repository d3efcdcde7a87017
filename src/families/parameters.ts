import type { Backend, ParameterRole, ParameterSource } from "../tensor/backend.ts";
import { LazyTensor } from "../tensor/lazy-tensor.ts";
import type { LinearWeights, NormWeights } from "../tensor/operations.ts";
import type { Shape } from "../tensor/shape.ts";
import { Spare } from "../tensor/spare.ts";
import { watched } from "./finite.ts";
import {
  type MatrixLayout,
  type ParameterSourceFiles,
  type StoredSource,
  storedSource,
  type Wanted,
} from "./stored-source.ts";
import { sameNumbers } from "./tied.ts";

/** A learned tensor of a model: heed's name, the checkpoint's, and its shape. */
export interface Parameter {
  /** "layers.3.q.weight"; the checkpoint's own name where heed has none. */
  readonly name: string;
  readonly storedName: string;
  /** As operations take it: matrices are (out, in). */
  readonly shape: Shape;
  /** How it lies in the checkpoint's tensor of that name. */
  readonly layout: MatrixLayout;
  readonly value: LazyTensor;
}

/** Where a network begins in a file of several. */
interface Root {
  /** What its tensors' names begin with. */
  readonly stored: string;
  /** What heed's names for them begin with. */
  readonly name: string;
  /** Where another network lies whose tensors stand for those that the file does not hold here: weights that are shared. */
  readonly twin?: string;
  /** Tensors that are not looked for. */
  readonly without?: RegExp;
}

/** Tensors that are loaded at once: while one is laid out, the next is read, and small ones do not wait for large ones. */
const LANES = 3;

/** Hands a family its learned tensors by name; remembers which were taken; loads them at `load`. */
export class Parameters {
  readonly #files: ParameterSourceFiles;
  readonly #shared: {
    readonly taken: Map<string, Parameter>;
    /** By every name it was taken under: layers that share a tensor each have their own. */
    readonly named: Map<string, Parameter>;
    readonly sources: Map<Parameter, StoredSource>;
    readonly used: Set<string>;
    /** Tensors that are those beside them, unless the file holds other numbers. */
    readonly twins: Map<Parameter, Parameter>;
    /** What is read of a file only to be cut. */
    readonly spare: Spare;
  };
  readonly #prefixes: readonly string[];
  readonly #name: string;
  readonly #root: Root;

  /** `prefixes` are tried in order: published files have a family's tensors with or without "bert." in front. */
  constructor(
    files: ParameterSourceFiles,
    prefixes: readonly string[] = [""],
    name = "",
    shared?: Parameters,
    root: Root = { stored: "", name: "" },
  ) {
    this.#files = files;
    this.#prefixes = prefixes;
    this.#name = name;
    this.#root = root;
    this.#shared = shared
      ? shared.#shared
      : {
          taken: new Map(),
          named: new Map(),
          sources: new Map(),
          used: new Set(),
          twins: new Map(),
          spare: new Spare(),
        };
  }

  /** The same, one level down: `within("encoder.layer.0.", "layers.0.")`. */
  within(stored: string, name: string): Parameters {
    const prefixes = this.#prefixes.map((prefix) => prefix + stored);
    return new Parameters(this.#files, prefixes, this.#name + name, this, this.#root);
  }

  /** One of several networks in a file, as if it had the file alone: `network({ stored: "encoder.", name: "encoder." })`. */
  network(root: Root): Parameters {
    return new Parameters(this.#files, [root.stored], root.name, this, root);
  }

  /** The same with other prefixes: a head that lies beside the body. */
  beside(...prefixes: readonly string[]): Parameters {
    const { stored, name, twin } = this.#root;
    const own = prefixes.map((prefix) => stored + prefix);
    const all = twin !== undefined && prefixes.includes("") ? [...own, twin] : own;
    return new Parameters(this.#files, all, name, this, this.#root);
  }

  /** Whether the checkpoint holds this tensor; always true when there is only a config. */
  has(stored: string): boolean {
    if (this.#files.checkpoint !== undefined) return this.#find(stored) !== undefined;
    return !this.#root.without?.test(stored);
  }

  /** Whether the checkpoint holds a tensor that its class can do without; false when there is only a config. */
  holds(stored: string): boolean {
    return this.#find(stored) !== undefined;
  }

  /**
   * A table taken before, which is the right factor of `linear` too: a tied embedding. Where the file holds a tensor under the
   * head's own name too (`twin`) and its numbers are others, the two are not tied, whatever the config says, as transformers 5
   * has it (`tie_weights`): then it is that one.
   */
  tied(table: LazyTensor, twin?: string): LazyTensor {
    const parameter = this.list.find(({ value }) => value === table)!;
    const source = this.#shared.sources.get(parameter)!;
    this.#shared.sources.set(parameter, { ...source, role: "matrix" });
    return twin === undefined ? table : this.twinOf(table, twin, "head.words", "matrix");
  }

  /** A tensor that is to be the same as one taken before, and is loaded apart only where the file holds other numbers for it. */
  twinOf(of: LazyTensor, stored: string, name: string, role: ParameterRole): LazyTensor {
    const parameter = this.list.find(({ value }) => value === of)!;
    const storedName = this.#find(stored);
    if (storedName === undefined || storedName === parameter.storedName) return of;
    const value = this.#take(stored, name, { shape: of.shape, role });
    const twin = this.list.find((other) => other.value === value)!;
    this.#shared.twins.set(twin, parameter);
    return value;
  }

  /** A matrix (out, in), right factor of `linear`. */
  matrix(stored: string, shape: Shape, name: string, layout: MatrixLayout = {}): LazyTensor {
    return this.#take(stored, name, { shape, role: "matrix", ...layout });
  }

  /**
   * A table whose rows are gathered by id. `tiedTo`: whole names under which a file may hold it alone, where a head is tied to it
   * (safetensors keeps one name of a shared tensor).
   */
  table(
    stored: string,
    shape: Shape,
    name: string,
    { tiedTo = [], ...layout }: MatrixLayout & { readonly tiedTo?: readonly string[] } = {},
  ): LazyTensor {
    const own = this.#find(stored);
    const other = own
      ? undefined
      : tiedTo.find((head) => this.#files.checkpoint?.tensors.has(this.#root.stored + head));
    const from = other
      ? new Parameters(this.#files, [this.#root.stored], this.#name, this, this.#root)
      : this;
    return from.#take(other ?? stored, name, { shape, role: "table", ...layout });
  }

  /** A gain, a bias, or anything else small. */
  plain(stored: string, shape: Shape, name: string, layout: MatrixLayout = {}): LazyTensor {
    return this.#take(stored, name, { shape, role: "plain", ...layout });
  }

  /** `stored`.weight (out, in) and `stored`.bias (out). */
  linear(
    stored: string,
    [out, width]: readonly [number, number],
    name: string,
    { bias = true, ...layout }: MatrixLayout & { bias?: boolean } = {},
  ): LinearWeights {
    return {
      weight: this.matrix(`${stored}.weight`, [out, width], `${name}.weight`, layout),
      bias: bias
        ? this.plain(`${stored}.bias`, [out], `${name}.bias`, {
            rows: layout.rows,
            blocks: layout.blocks,
          })
        : undefined,
    };
  }

  /** A norm's gain and bias, under their own or their TensorFlow names (gamma, beta). */
  norm(stored: string, width: number, name: string): NormWeights {
    const isOld =
      this.#files.checkpoint !== undefined &&
      !this.has(`${stored}.weight`) &&
      this.has(`${stored}.gamma`);
    return {
      gain: this.plain(`${stored}.${isOld ? "gamma" : "weight"}`, [width], `${name}.gain`),
      bias: this.plain(`${stored}.${isOld ? "beta" : "bias"}`, [width], `${name}.bias`),
    };
  }

  /** Marks tensors as known though nothing computes with them: buffers, and copies of tied tensors. */
  ignore(pattern: RegExp): void {
    const { stored } = this.#root;
    for (const name of this.#files.checkpoint?.tensors.keys() ?? [])
      if (name.startsWith(stored) && pattern.test(name.slice(stored.length)))
        this.#shared.used.add(name);
  }

  /** Every learned tensor taken so far, in order. */
  get list(): readonly Parameter[] {
    return [...this.#shared.taken.values()];
  }

  /** A tensor that was taken, by any of its names: heed's, one a layer where layers share it, or the checkpoint's. */
  find(name: string): Parameter | undefined {
    return this.#shared.named.get(name) ?? this.list.find(({ storedName }) => storedName === name);
  }

  /** Names of the checkpoint's tensors that nothing takes. */
  get unused(): string[] {
    const names = [...(this.#files.checkpoint?.tensors.keys() ?? [])];
    return names.filter((name) => !this.#shared.used.has(name));
  }

  /** Loads what was taken, if there is room. An abort leaves nothing behind. */
  async load(
    backend: Backend,
    {
      signal,
      onProgress,
      onWarning,
    }: {
      signal?: AbortSignal;
      onProgress?: (done: number, total: number) => void;
      onWarning?: (message: string) => void;
    } = {},
  ): Promise<void> {
    const { sources, twins } = this.#shared;
    const tied = await this.#tie(signal);
    const warning = backend.expectRoom?.(this.#files.label, [...sources.values()]);
    if (warning !== undefined) onWarning?.(warning);
    let done = 0;
    const failures: { readonly place: number; readonly error: unknown }[] = [];
    const waiting = this.#inOrder().entries();
    const lane = async () => {
      // Every lane takes the next of the same tensors.
      for (const [place, [parameter, source]] of waiting) {
        if (failures.length > 0) return;
        try {
          signal?.throwIfAborted();
          const seen = watched(source, (name) =>
            onWarning?.(
              `${this.#files.label}: the tensor "${name}" holds NaN or Infinity, and so will whatever is computed with it`,
            ),
          );
          parameter.value.storage = await backend.parameter(seen);
          onProgress?.(++done, sources.size);
        } catch (error) {
          failures.push({ place, error });
        }
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    this.#shared.spare.clear();
    twins.clear();
    // Whatever comes before it was taken before it: the first in the file's order is the same at every speed.
    const [first] = failures.sort((a, b) => a.place - b.place);
    for (const [twin, parameter] of first ? [] : tied) twin.value.share(parameter.value);
    if (!first) return;
    for (const { value } of sources.keys()) {
      if (value.storage) backend.release(value.storage);
      value.storage = undefined;
    }
    throw first.error;
  }

  /** What is loaded, as it lies in the files. */
  #inOrder(): readonly (readonly [Parameter, ParameterSource])[] {
    const reads = [...this.#shared.sources].map(([parameter, source]) => ({
      ...source.reading,
      entry: [parameter, source] as const,
    }));
    return (this.#files.checkpoint?.expect(reads) ?? reads).map(({ entry }) => entry);
  }

  /** Twins with the same numbers, which are loaded once. */
  async #tie(signal: AbortSignal | undefined): Promise<Map<Parameter, Parameter>> {
    const { checkpoint } = this.#files;
    const { twins, taken, named, sources } = this.#shared;
    const tied = new Map<Parameter, Parameter>();
    for (const [twin, parameter] of checkpoint ? twins : []) {
      signal?.throwIfAborted();
      if (!(await sameNumbers(checkpoint!, twin.storedName, parameter.storedName))) continue;
      tied.set(twin, parameter);
      sources.delete(twin);
      for (const [key, known] of taken) if (known === twin) taken.delete(key);
      for (const [name, known] of named) if (known === twin) named.set(name, parameter);
      named.set(twin.storedName, parameter);
    }
    return tied;
  }

  /** heed's whole name; a head is above all networks of a file. */
  #named(name: string): string {
    const isHead = this.#name === this.#root.name && name.startsWith("head.");
    return isHead ? name : this.#name + name;
  }

  #find(stored: string): string | undefined {
    if (this.#root.without?.test(stored)) return undefined;
    const tensors = this.#files.checkpoint?.tensors;
    return this.#prefixes.map((prefix) => prefix + stored).find((name) => tensors?.has(name));
  }

  #take(stored: string, name: string, wanted: Wanted): LazyTensor {
    const storedName = this.#find(stored) ?? this.#prefixes[0] + stored;
    // The same tensor taken twice (a tied embedding) is one tensor.
    const key = `${storedName} ${wanted.rows ?? ""}${JSON.stringify(wanted.blocks) ?? ""}`;
    const known = this.#shared.taken.get(key);
    const full = this.#named(name);
    if (known) {
      if (wanted.role === "matrix") this.tied(known.value);
      this.#shared.named.set(full, known);
      return known.value;
    }
    const source = storedSource(this.#files, this.#shared.spare, storedName, wanted);
    const value = new LazyTensor(wanted.shape, "f32", storedName);
    const { shape, role: _, ...layout } = wanted;
    const parameter = { name: full, storedName, shape, layout, value };
    this.#shared.taken.set(key, parameter);
    this.#shared.named.set(parameter.name, parameter);
    this.#shared.sources.set(parameter, source);
    this.#shared.used.add(storedName);
    return value;
  }
}
