import type { Shape } from "./shape.ts";

/** Number formats a backend computes with. */
export type NumberType = "f32" | "i32";

/** Memory of a backend that holds one tensor; only its backend knows what is inside. */
export interface Storage {
  readonly type: NumberType;
  readonly shape: Shape;
}
