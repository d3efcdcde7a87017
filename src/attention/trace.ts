import { SiteError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { nearest } from "./nearest.ts";
import type { Selection } from "./selection.ts";

interface Entry {
  readonly tensor: Tensor;
  readonly selection: Selection;
}

/** What a run read, by site, in the order of the forward pass. Its tensors own their numbers. */
export class Trace {
  readonly #entries = new Map<string, Entry[]>();

  /** Names of the sites that were read. */
  get sites(): string[] {
    return [...this.#entries.keys()];
  }

  /** Whether the whole of a site was read. */
  has(site: string): boolean {
    return this.#entries.get(site)?.some(isWhole) ?? false;
  }

  /** A site's numbers: the whole of it, or the one part that was read. Throws SiteError when it was not. */
  get(site: string): Tensor {
    const entries = this.#entries.get(site);
    if (!entries)
      throw new SiteError(
        `trace: "${site}" was not read in this run. Add it to read${nearest(site, this.sites)}`,
      );
    const entry = entries.find(isWhole) ?? (entries.length === 1 ? entries[0] : undefined);
    if (!entry)
      throw new SiteError(
        `trace: ${entries.length} parts of "${site}" were read; getParts() gives them in the order asked`,
      );
    return entry.tensor;
  }

  /** Every part of a site that was read, in the order asked. */
  getParts(site: string): readonly Tensor[] {
    return (this.#entries.get(site) ?? []).map(({ tensor }) => tensor);
  }

  /** Adds what a run read. */
  put(site: string, tensor: Tensor, selection: Selection): void {
    const entries = this.#entries.get(site) ?? [];
    entries.push({ tensor, selection });
    this.#entries.set(site, entries);
  }
}

function isWhole({ selection }: Entry): boolean {
  return selection.every((indices) => indices === undefined);
}
