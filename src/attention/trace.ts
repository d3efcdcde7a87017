import { SiteError } from "../errors.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Banded } from "./banded.ts";
import { nearest } from "./nearest.ts";
import { checkSelection, type Selection, select } from "./selection.ts";

interface Entry {
  readonly numbers: Tensor | Banded;
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

  /**
   * A site's numbers: the whole of it, or the one part that was read. Throws SiteError when it was not.
   * Windowed attention over a long text is made dense here; `kept` and `part` do not do that.
   */
  get(site: string): Tensor {
    return dense(this.kept(site));
  }

  /**
   * A part of a site, by its indices in the whole site; of windowed attention only this part is made. Throws SiteError when
   * nothing that was read holds all of it.
   */
  part(site: string, selection: Selection, place = "trace"): Tensor {
    for (const { numbers, selection: read } of this.#found(site)) {
      const inside = placesIn(read, selection);
      if (!inside) continue;
      checkSelection(inside, numbers.shape, place);
      return numbers instanceof Tensor ? select(numbers, inside) : numbers.select(inside);
    }
    throw new SiteError(
      `${place}: the part of "${site}" that is asked for was not read in that run. Read it, or the whole site`,
    );
  }

  /** A site's numbers as the trace keeps them: windowed attention as bands, whose memory grows with the text, not with its square. */
  kept(site: string): Tensor | Banded {
    const entries = this.#found(site);
    const entry = entries.find(isWhole) ?? (entries.length === 1 ? entries[0] : undefined);
    if (!entry)
      throw new SiteError(
        `trace: ${entries.length} parts of "${site}" were read; getParts() gives them in the order asked`,
      );
    return entry.numbers;
  }

  /** Every part of a site that was read, in the order asked. */
  getParts(site: string): readonly Tensor[] {
    return this.keptParts(site).map(dense);
  }

  /** The same as the trace keeps them: windowed attention as bands. */
  keptParts(site: string): readonly (Tensor | Banded)[] {
    return (this.#entries.get(site) ?? []).map(({ numbers }) => numbers);
  }

  /** Adds what a run read. */
  put(site: string, numbers: Tensor | Banded, selection: Selection): void {
    const entries = this.#entries.get(site) ?? [];
    entries.push({ numbers, selection });
    this.#entries.set(site, entries);
  }

  #found(site: string): readonly Entry[] {
    const entries = this.#entries.get(site);
    if (!entries)
      throw new SiteError(
        `trace: "${site}" was not read in this run. Add it to read${nearest(site, this.sites)}`,
      );
    return entries;
  }
}

/** Where the indices of a whole site lie in a part that was read; undefined when some are not there. */
function placesIn(read: Selection, wanted: Selection): Selection | undefined {
  const places: (readonly number[] | undefined)[] = [];
  for (let axis = 0; axis < Math.max(read.length, wanted.length); axis++) {
    const there = read[axis];
    const own = wanted[axis];
    if (there === undefined) places.push(own);
    else {
      const found = own?.map((index) => there.indexOf(index));
      if (!found || found.includes(-1)) return undefined;
      places.push(found);
    }
  }
  return places;
}

function isWhole({ selection }: Entry): boolean {
  return selection.every((indices) => indices === undefined);
}

function dense(numbers: Tensor | Banded): Tensor {
  return numbers instanceof Tensor ? numbers : numbers.dense();
}
