import type { HeadAddress } from "heed";
import type { Intervention } from "heed/analysis";
import type { Exploring, Seen } from "heed/explore";
import { tokenTyped } from "../state/tokens.ts";

/** A row of one head: what a word looks at. */
export interface LabRow {
  readonly seen: Seen;
  readonly query: number;
  readonly row: Float32Array;
}

/** Asks a model for the numbers that the tour speaks of, each once. Words are named as they are typed. */
export class Lab {
  readonly model: Exploring;
  readonly #seen = new Map<string, Promise<Seen>>();

  constructor(model: Exploring) {
    this.model = model;
  }

  /** The run of a text with changes. */
  see(text: string, changes: readonly Intervention[] = []): Promise<Seen> {
    const name = JSON.stringify([text, changes]);
    const known = this.#seen.get(name) ?? this.model.see({ input: text, changes });
    this.#seen.set(name, known);
    known.catch(() => this.#seen.delete(name));
    return known;
  }

  /** What a word looks at in a head. Throws RangeError for a word that the text does not have. */
  async row(
    text: string,
    { layer, head }: HeadAddress,
    word: string,
    changes?: readonly Intervention[],
  ): Promise<LabRow> {
    const seen = await this.see(text, changes);
    const query = tokenNamed(word, text, seen.queries);
    const S = seen.keys.length;
    const start = (head * seen.queries.length + query) * S;
    const weights = seen.weights?.[layer] ?? (await this.model.weights(seen.run, { layer, head }));
    const at = seen.weights ? start : query * S;
    return { seen, query, row: weights.slice(at, at + S) };
  }

  /** How much a word looks at each of some others. */
  async looks(
    text: string,
    head: HeadAddress,
    word: string,
    keys: readonly string[],
    changes?: readonly Intervention[],
  ): Promise<number[]> {
    const { seen, row } = await this.row(text, head, word, changes);
    return keys.map((key) => row[tokenNamed(key, text, seen.keys)]!);
  }

  /** How alike the whole text's vector, or else the word's last one, is with changes and without: a cosine. */
  async alikeAfter(text: string, word: string, changes: readonly Intervention[]): Promise<number> {
    const seen = await this.see(text);
    const query = tokenNamed(word, text, seen.queries);
    const { stations } = await this.model.effect(
      { input: text, changes },
      { word: query, controls: 0 },
    );
    return stations.at(-1)?.cosine ?? Number.NaN;
  }
}

/** The first token of a word. Throws RangeError for a word that the text does not have. */
export function tokenNamed(name: string, text: string, tokens: Seen["queries"]): number {
  const found = tokenTyped(name, text, tokens);
  if (found === undefined) throw new RangeError(`"${name}" is no word of "${text}"`);
  return found;
}
