/** An arc between two places, in the element's own pixels. */
export interface Arc {
  readonly from: number;
  readonly to: number;
  readonly top: number;
  readonly fromTop: number;
  /** The word it goes to. */
  readonly token: number;
  readonly role: "first" | "second" | "other";
  /** Of words on different lines: where the way from one line to the other runs, at the side that lines begin at. */
  readonly side?: number;
  /** From a word of one text down to a word of another. */
  readonly isAcross?: boolean;
}

/** An arc; between lines a way around them, so that it crosses no number. Several lie beside each other. */
export function pathOf({ from, to, top, fromTop, side, isAcross }: Arc, index: number): string {
  if (isAcross) {
    const middle = (fromTop + top) / 2;
    return `M${from} ${fromTop}C${from} ${middle} ${to} ${middle} ${to} ${top}`;
  }
  if (side === undefined) {
    const rise = Math.min(top, fromTop) - Math.min(44, 12 + Math.abs(to - from) * 0.09);
    return `M${from} ${fromTop}C${from} ${rise} ${to} ${rise} ${to} ${top}`;
  }
  const apart = 4 * index;
  const along = side > 2 ? side - apart : side + apart;
  return `M${from} ${fromTop}V${fromTop - 3 - apart}H${along}V${top - 3 - apart}H${to}V${top}`;
}
