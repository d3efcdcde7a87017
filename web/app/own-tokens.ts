import { gridIn, patchText, placeIn, type Seen, tokensIn } from "heed/explore";

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
