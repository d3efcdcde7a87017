import { gridIn, patchText, placeIn, type Seen, tokensIn } from "heed/explore";
import type { AppContext } from "./context.ts";

/** Tokens of a layer, where a run's layers have their own; else those of the run. */
export interface OwnTokens {
  /** Whether neighbours have become one on the way to some layer. */
  readonly isMerged: boolean;
  /** Tokens that can be looked at. */
  readonly count: number;
  /** Patches in a row; undefined of a text. */
  readonly columns: number | undefined;
  /** The layer's own token that a token of the run is part of. */
  own(token: number): number;
  /** How a layer's own token is labelled. */
  text(own: number): string;
}

/** What the tokens of a run are in one of its layers. */
export function ownTokens({ picture, keys }: Seen, layer: number): OwnTokens {
  return {
    isMerged: picture?.ofLayers !== undefined,
    count: picture?.ofLayers ? tokensIn(picture, layer) : keys.length,
    columns: picture && gridIn(picture, layer).columns,
    own: (token) => (picture ? placeIn(picture, layer, token) : token),
    text: (own) =>
      picture?.ofLayers && own >= picture.leading
        ? patchText(picture, layer, own)
        : keys[own]!.text,
  };
}

/** How far a layer's tokens are from one of the run's: in tokens, or in patches across the picture. Tokens before the patches count as near. */
export function distanceFrom(seen: Seen, layer: number, query: number): (key: number) => number {
  const { own, columns } = ownTokens(seen, layer);
  const from = own(query);
  if (columns === undefined) return (key) => Math.abs(key - from);
  const { leading } = seen.picture!;
  return (key) =>
    key < leading || from < leading
      ? 0
      : Math.hypot(
          Math.floor((key - leading) / columns) - Math.floor((from - leading) / columns),
          ((key - leading) % columns) - ((from - leading) % columns),
        );
}

/** What a token is called: a patch by its row and column, anything else by its own text. */
export function nameOfToken(
  { seen, words }: Pick<AppContext, "seen" | "words">,
  text: string,
): string {
  return seen?.picture && /^\d+,\d+$/.test(text) ? words.picture.patch(text) : text;
}
