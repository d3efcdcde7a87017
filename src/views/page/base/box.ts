/** CSS pixels of a drawing; a layout says more. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A part of a canvas. */
export interface Box extends Size {
  readonly x: number;
  readonly y: number;
}
