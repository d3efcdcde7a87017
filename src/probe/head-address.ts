import { SiteError } from "../errors/errors.ts";

/** A head's address: layer and head count from 0. */
export interface HeadAddress {
  readonly layer: number;
  readonly head: number;
}

/** The head at a place among all, layer by layer; `firstLayer` is the number of the first of them. */
export function headAt(
  place: number,
  { heads, firstLayer = 0 }: { readonly heads: number; readonly firstLayer?: number },
): HeadAddress {
  return { layer: firstLayer + Math.floor(place / heads), head: place % heads };
}

/** Heads by their number in a layer; where layers differ, in each. */
export interface CountedHeads {
  readonly layers: number;
  readonly heads: number;
  readonly ofLayers?: readonly { readonly heads: number }[];
  readonly only?: readonly HeadAddress[];
}

/** Every head's address, layer by layer; where layers differ, of the heads that each has; where some are chosen, those. */
export function allHeads({ layers, heads, ofLayers, only }: CountedHeads): HeadAddress[] {
  if (only) return [...only];
  return Array.from({ length: layers }, (_, layer) =>
    Array.from({ length: ofLayers?.[layer]?.heads ?? heads }, (_, head) => ({ layer, head })),
  ).flat();
}

/** "L5H11" → layer 5, head 11. */
export function parseHead(text: string): HeadAddress {
  const match = /^L(\d+)H(\d+)$/i.exec(text.trim());
  if (!match)
    throw new SiteError(
      `"${text}" is no head. A head is written L5H11: layer 5, head 11, both counted from 0`,
    );
  return { layer: Number(match[1]), head: Number(match[2]) };
}

/** Layer 5, head 11 → "L5H11". */
export function formatHead({ layer, head }: HeadAddress): string {
  return `L${layer}H${head}`;
}
