import type { Network } from "../../families/family.ts";

/** What a network does: "both" reads one text and writes another, "towers" read a picture and a text. */
export const networkKinds = ["decoder", "encoder", "both", "sound", "images", "towers"] as const;
/** What a network reads, and what it makes of it. */
export type NetworkKind = (typeof networkKinds)[number];

/** What a network does. */
export function networkKind({ towers, images, audio, dimensions, isCausal }: Network): NetworkKind {
  if (towers) return "towers";
  if (images) return "images";
  if (audio) return "sound";
  if (dimensions.decoderLayers !== undefined) return "both";
  return isCausal ? "decoder" : "encoder";
}
