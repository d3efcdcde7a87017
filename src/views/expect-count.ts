import { ShapeError } from "../errors/errors.ts";

/** Throws ShapeError unless a picture was handed as many numbers as its words and heads ask for. */
export function expectCount(place: string, what: string, got: number, wanted: number): void {
  if (got !== wanted) throw new ShapeError(`${place}: ${what} needs ${wanted} values, got ${got}`);
}
