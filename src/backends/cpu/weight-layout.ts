import type { ParameterSource } from "../../tensor/backend.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { WeightFormat } from "./storage.ts";

/** How learned matrices are kept: as f32, or in 16 bits (their own, or f16 where they fit). */
export type WeightPrecision = "f32" | "half";

/** What decides how a learned tensor is kept. */
export type WeightShape = Pick<ParameterSource, "shape" | "role" | "storedAs">;

/** How one learned tensor lies in memory. */
export interface WeightLayout {
  /** In panels of as many rows as `panelWidth`, the last one filled up; row by row otherwise. */
  readonly isPacked: boolean;
  readonly format: WeightFormat;
  /** What it takes, in bytes. */
  readonly bytes: number;
}

/** Matrices (and tables, when halved) lie in panels, anything else row by row. */
export function weightLayout(
  { shape, role, storedAs }: WeightShape,
  precision: WeightPrecision,
  panelWidth: number,
): WeightLayout {
  const [rows = 1] = shape;
  const width = sizeOf(shape.slice(1));
  const isMatrix = shape.length === 2 && rows * width > 0;
  const isHalved = isMatrix && precision === "half" && role !== "plain";
  const isPacked = isHalved || (isMatrix && role === "matrix");
  const format = isHalved ? (storedAs === "BF16" ? "bf16" : "f16") : "f32";
  const numbers = (isPacked ? Math.ceil(rows / panelWidth) * panelWidth : rows) * width;
  return { isPacked, format, bytes: numbers * (format === "f32" ? 4 : 2) };
}
