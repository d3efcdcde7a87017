import { SiteError } from "../errors/errors.ts";

/** A head's address: layer and head count from 0. */
export interface HeadAddress {
  readonly layer: number;
  readonly head: number;
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
