import { storageOf } from "../../tensor/execute.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { type Shape, sizeOf } from "../../tensor/shape.ts";
import type { NumberType, Storage } from "../../tensor/storage.ts";
import { EngineError } from "./engine-error.ts";
import { addressOf, type Block } from "./heap.ts";
import type { HalfFormat } from "./language/instruction.ts";

/** How packed weights are kept: as they are computed with, or in 16 bits. */
export type WeightFormat = "f32" | HalfFormat;

/**
 * Memory of one tensor: row-major, or a learned matrix in panels of NR rows, or a table in rows of 16-bit numbers. Computed
 * tensors get theirs when their operation is planned.
 */
export interface CpuStorage extends Storage {
  readonly type: NumberType;
  readonly shape: Shape;
  readonly label: string;
  readonly panels: WeightFormat | undefined;
  readonly halves?: HalfFormat;
  block: Block | undefined;
}

/** The storage of a value of this backend. */
export function cpuStorage(value: LazyTensor): CpuStorage {
  return storageOf(value) as CpuStorage;
}

/** Memory that holds numbers. */
export function blockOf(storage: CpuStorage): Block {
  if (!storage.block)
    throw new EngineError(
      `cpu: ${storage.label} is used before it is computed, or after it was freed`,
    );
  return storage.block;
}

/** Address of a row-major tensor's number at `offset`; throws when the memory holds fewer than the shape says. */
export function numbersAt(value: LazyTensor, offset = 0): number {
  const storage = cpuStorage(value);
  if (storage.panels) throw new EngineError(`cpu: ${value} lies in panels, not in rows`);
  if (storage.halves) throw new EngineError(`cpu: ${value} holds 16-bit numbers, not f32`);
  const { shape, capacity } = value;
  const size = sizeOf(capacity === undefined ? shape : shape.with(2, capacity));
  return addressOf(blockOf(storage), 4 * offset, 4 * (size - offset));
}

/** Address of a learned matrix's panels of `panelWidth` rows; throws when the memory holds fewer than the shape says. */
export function panelsAt(storage: CpuStorage, panelWidth: number): number {
  if (!storage.panels) throw new EngineError(`cpu: ${storage.label} lies in rows, not in panels`);
  const [rows, width] = storage.shape as readonly [number, number];
  const numbers = Math.ceil(rows / panelWidth) * panelWidth * width;
  return addressOf(blockOf(storage), 0, numbers * (storage.panels === "f32" ? 4 : 2));
}
