/** One head of a model; layers and heads count from 0. */
export interface HeadAddress {
  readonly layer: number;
  readonly head: number;
}

/** A head's address as it is written everywhere: L5H11. */
export function headName({ layer, head }: HeadAddress): string {
  return `L${layer}H${head}`;
}
