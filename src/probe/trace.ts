import { InputError, SiteError } from "../errors/errors.ts";
import { nearest } from "../errors/nearest.ts";
import { expectKeys } from "../errors/options.ts";
import { inspectSymbol, jupyterSymbol, type MimeBundle } from "../tensor/display.ts";
import { type PlainTensor, plainTensor } from "../tensor/plain.ts";
import type { Selection } from "../tensor/selection.ts";
import { formatShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { headAt } from "./heads.ts";
import { dense, type Kept, selectKept } from "./kept.ts";
import { checkSelection } from "./selection.ts";

/** What was read of a site: a part of it, or the whole. */
export interface TraceEntry {
  readonly numbers: Kept;
  readonly selection: Selection;
  /** Where words lie at other places in every text: what each row of the numbers is of its text. */
  readonly ofTexts?: readonly Selection[];
}

/** What stands in an error where somebody posts a trace as it is. */
const notCloneable = () =>
  "A trace keeps its numbers to itself: post trace.toPlain() or run.toPlain(), and there Trace.from() or Run.from() what came";

/** What a trace holds as plain objects: a structured clone, a worker's message or IndexedDB can carry it. */
export interface PlainTrace {
  readonly parts: readonly (PlainTensor & {
    readonly site: string;
    readonly selection: Selection;
    readonly ofTexts?: readonly Selection[];
  })[];
}

/** What a run read, by site, in the order of the forward pass. Its tensors own their numbers. */
export class Trace {
  /** A structured clone of the class would be empty: this makes it fail, and say what to post. */
  readonly notCloneable = notCloneable;
  readonly #entries = new Map<string, TraceEntry[]>();

  /** The trace that `toPlain` made plain. */
  static from({ parts }: PlainTrace): Trace {
    const trace = new Trace();
    for (const { site, shape, data, selection, ofTexts } of parts)
      trace.put(site, new Tensor(shape, data), selection, ofTexts);
    return trace;
  }

  /** Names of the sites that were read. */
  get sites(): string[] {
    return [...this.#entries.keys()];
  }

  /** What was read of a site, in the order asked. */
  entries(site: string): readonly TraceEntry[] {
    return this.#entries.get(site) ?? [];
  }

  /** Whether the whole of a site was read. */
  has(site: string): boolean {
    return this.#entries.get(site)?.some(isWhole) ?? false;
  }

  /**
   * A site's numbers: the whole of it, or the one part that was read. Throws SiteError when it was not.
   * What is kept in less memory (windowed attention over a long text, a read with `keep`) is made dense here; `kept`,
   * `part` and `row` do not do that.
   */
  get(site: string): Tensor {
    return dense(this.kept(site));
  }

  /**
   * A part of a site, by its indices in the whole site; of what is kept in less memory only this part is made. Throws SiteError when
   * nothing that was read holds all of it.
   */
  part(site: string, selection: Selection, place = "trace"): Tensor {
    for (const { numbers, selection: read, ofTexts } of this.#found(site)) {
      const inside = ofTexts ? placesInTexts(ofTexts, selection) : placesIn(read, selection);
      if (!inside) continue;
      checkSelection(inside, numbers.shape, place);
      return selectKept(numbers, inside);
    }
    throw new SiteError(
      `${place}: the part of "${site}" that is asked for was not read in that run. Read it, or the whole site`,
    );
  }

  /**
   * One row (S) of scores or weights: what a query of a head, named by index or by address (L5H11), gives every key. Throws SiteError
   * when it was not read, and for a head of another layer; InputError for a key that is misspelt or missing.
   */
  row(
    site: string,
    of: { readonly text?: number; readonly head: number | string; readonly query: number },
  ): Tensor {
    const place = `row of ${site}`;
    expectKeys(of, { head: true, query: true, text: true }, place);
    const { text = 0, head, query } = of;
    for (const [name, value] of Object.entries({ head, query }))
      if (value === undefined)
        throw new InputError(`${place}: ${name} is missing: a row is of one head and one query`);
    return this.part(site, [[text], [headAt(site, head, place)], [query]], place).select(0, 0, 0);
  }

  /**
   * A site's numbers as the trace keeps them: a Tensor, or a form whose memory grows with the text, not with its square
   * (Banded and Blocks: windowed attention; KeptRows: a read with `keep: "rows"`; Rounded: one with `keep: "rounded"`).
   */
  kept(site: string): Kept {
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

  /** The same as the trace keeps them. */
  keptParts(site: string): readonly Kept[] {
    return (this.#entries.get(site) ?? []).map(({ numbers }) => numbers);
  }

  /** Adds what a run read: a part, or one of each text (`ofTexts`), below one another. */
  put(site: string, numbers: Kept, selection: Selection, ofTexts?: readonly Selection[]): void {
    const entries = this.#entries.get(site) ?? [];
    entries.push({ numbers, selection, ofTexts });
    this.#entries.set(site, entries);
  }

  /** The sites of one stack by the names they have in it: `layers.3.weights` for `text.layers.3.weights`, over the same numbers. */
  within(stack: string): Trace {
    const trace = new Trace();
    for (const [site, entries] of this.#entries)
      if (site.startsWith(stack)) trace.#entries.set(site.slice(stack.length), entries);
    return trace;
  }

  /** Everything it holds as plain objects, over the same numbers; what is kept in less memory is made whole. */
  toPlain(): PlainTrace {
    return {
      parts: [...this.#entries].flatMap(([site, entries]) =>
        entries.map(({ numbers, selection, ofTexts }) => ({
          site,
          ...plainTensor(dense(numbers)),
          selection,
          ...(ofTexts ? { ofTexts } : {}),
        })),
      ),
    };
  }

  /** Each site's tensor as JSON has it, or a list of the parts that were read. */
  toJSON(): Record<string, unknown> {
    return Object.fromEntries(
      this.sites.map((site) => {
        const parts = this.getParts(site);
        return [site, parts.length === 1 ? parts[0] : parts];
      }),
    );
  }

  /** What Node prints for it. */
  [inspectSymbol](): string {
    return traceText(this);
  }

  /** What a notebook shows for it, by media types. */
  [jupyterSymbol](): MimeBundle {
    return { "text/plain": traceText(this) };
  }

  #found(site: string): readonly TraceEntry[] {
    const entries = this.#entries.get(site);
    if (!entries)
      throw new SiteError(
        `trace: "${site}" was not read in this run. Add it to read${nearest(site, this.sites)}`,
      );
    return entries;
  }
}

const mostSites = 12;

/** "Trace of 2 sites\n  layers.0.weights (1, 12, 13, 13)\n  …" */
function traceText(trace: Trace): string {
  const { sites } = trace;
  const lines = sites.slice(0, mostSites).map((site) => {
    const shapes = trace.keptParts(site).map(({ shape }) => formatShape(shape));
    return `  ${site} ${shapes.join(" ")}`;
  });
  const more = sites.length > mostSites ? [`  … ${sites.length - mostSites} more`] : [];
  const count = sites.length === 1 ? "1 site" : `${sites.length} sites`;
  return [`Trace of ${count}`, ...lines, ...more].join("\n");
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

/** The same where every text has a part of its own; for one text at a time. */
function placesInTexts(ofTexts: readonly Selection[], wanted: Selection): Selection | undefined {
  for (const [row, [own, ...rest]] of ofTexts.entries()) {
    if (own?.length !== 1 || wanted[0]?.length !== 1 || own[0] !== wanted[0][0]) continue;
    const inside = placesIn([undefined, ...rest], [undefined, ...wanted.slice(1)]);
    if (inside) return [[row], ...inside.slice(1)];
  }
  return undefined;
}

function isWhole({ selection }: TraceEntry): boolean {
  return selection.every((indices) => indices === undefined);
}
