import type { ParameterSource } from "../../../tensor/backend.ts";
import { sizeOf } from "../../../tensor/shape.ts";
import type { WeightFormat } from "../storage.ts";

/** How learned matrices are kept: as the file has them (16 bits stay 16 bits), as f32, or in 16 bits (their own, or f16 where they fit). */
export type WeightPrecision = "stored" | "f32" | "half";

/** What decides how a learned tensor is kept. */
export type WeightShape = Pick<ParameterSource, "shape" | "role" | "storedAs" | "columns">;

/** How one learned tensor lies in memory. */
export interface WeightLayout {
  /** In panels of as many rows as `panelWidth`, the last one filled up; row by row otherwise. */
  readonly isPacked: boolean;
  readonly format: WeightFormat;
  /** What it takes, in bytes. */
  readonly bytes: number;
}

/**
 * Matrices lie in panels, anything else row by row. What is stored in 16 bits and only gathered from stays so whatever the
 * precision: a row is widened when it is asked for, to the same numbers.
 */
export function weightLayout(
  { shape, role, storedAs }: WeightShape,
  precision: WeightPrecision,
  panelWidth: number,
): WeightLayout {
  const [rows = 1] = shape;
  const width = sizeOf(shape.slice(1));
  const isMatrix = shape.length === 2 && rows * width > 0 && role !== "plain";
  const isPacked = isMatrix && role === "matrix";
  const stored = storedFormat(storedAs);
  const staysHalved = stored !== "f32" && (precision === "stored" || role === "table");
  const isHalved = isMatrix && (precision === "half" || staysHalved);
  const format = isHalved ? (stored === "f32" ? "f16" : stored) : "f32";
  const numbers = (isPacked ? Math.ceil(rows / panelWidth) * panelWidth : rows) * width;
  return { isPacked, format, bytes: numbers * (format === "f32" ? 4 : 2) };
}

/** The format numbers have in the file; what is neither F16 nor BF16 is read as f32. */
export function storedFormat(storedAs: string): WeightFormat {
  return storedAs === "F16" ? "f16" : storedAs === "BF16" ? "bf16" : "f32";
}
