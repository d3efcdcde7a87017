import { CheckpointError } from "../../errors/errors.ts";
import type { Checkpoint } from "../checkpoint.ts";
import type { ComputedTensor } from "../computed.ts";
import { elementCount, type PlacedTensor } from "../stored-checkpoint.ts";
import { blockType, unpackBlocks } from "./blocks.ts";
import type { GgufTensor } from "./header.ts";

/** What a file of llama.cpp does to a tensor of transformers', to be undone. */
export type Undo = "rotary pairs" | "transposed" | "one more";

/** A tensor of the file, under the name and in the layout that transformers has it. */
export interface NamedTensor {
  readonly tensor: GgufTensor;
  readonly name: string;
  readonly undo?: Undo;
  /** Heads that the rows are of, where pairs of them were put side by side. */
  readonly heads?: number;
}

/** Where a tensor's own bytes are listed beneath the checkpoint. */
const raw = (name: string) => `gguf:${name}`;

/** Elements that are unpacked at a time. */
const CHUNK = 1 << 20;

/** Tensors that stand in the file as they are wanted, and the bytes of the others. */
export function storedTable(
  tensors: readonly NamedTensor[],
  file: string,
): Map<string, PlacedTensor> {
  return new Map(
    tensors.map((named) => {
      const { type, shape, start, end } = named.tensor;
      const isPacked = blockType(type).unpack !== undefined;
      const name = isAsWanted(named) ? named.name : raw(named.tensor.name);
      return [
        name,
        {
          name,
          type: isPacked ? "U8" : type,
          shape: isPacked ? [end - start] : shape,
          file,
          span: [start, end],
          locate: async () => start,
        },
      ];
    }),
  );
}

/** The tensors that are made of the file's bytes. */
export function computedTensors(
  tensors: readonly NamedTensor[],
  stored: () => Checkpoint,
): Map<string, ComputedTensor> {
  const made = tensors.filter((named) => !isAsWanted(named));
  return new Map(made.map((named) => [named.name, computed(named, stored)]));
}

/** Whether a name is of the bytes beneath. */
export function isRaw(name: string): boolean {
  return name.startsWith("gguf:");
}

function isAsWanted({ tensor: { type }, undo }: NamedTensor): boolean {
  return undo === undefined && blockType(type).unpack === undefined;
}

type Numbers = Float32Array | Uint16Array;
type Fill = (start: number, end: number, target: Numbers) => Promise<void>;

function computed(named: NamedTensor, stored: () => Checkpoint): ComputedTensor {
  const { tensor, undo } = named;
  const isHalf = ["F16", "BF16"].includes(tensor.type) && undo !== "one more";
  const type = isHalf ? (tensor.type as "F16" | "BF16") : "F32";
  const plain = plainFill(tensor, type, stored);
  const [rows, ...rest] = tensor.shape;
  const width = elementCount(rest);
  return {
    type,
    file: stored().label,
    shape: undo === "transposed" ? [...tensor.shape].reverse() : tensor.shape,
    from: [raw(tensor.name)],
    fill:
      undo === "rotary pairs"
        ? unpaired(plain, width, rows ?? 0, named, type)
        : undo === "transposed"
          ? turned(plain, rows ?? 0, width, type)
          : undo === "one more"
            ? oneLess(plain)
            : plain,
  };
}

function room(type: string, count: number): Numbers {
  return type === "F32" ? new Float32Array(count) : new Uint16Array(count);
}

/** Elements in the file's own layout. */
function plainFill({ name, type }: GgufTensor, as: string, stored: () => Checkpoint): Fill {
  const block = blockType(type);
  if (!block.unpack)
    return async (start, end, target) => {
      if (as === "F32") {
        await stored().readRange(raw(name), start, end, target as Float32Array);
        return;
      }
      const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
      await stored().readBytes(raw(name), start, end, bytes);
    };
  return async (start, end, target) => {
    const step = CHUNK - (CHUNK % block.elements);
    for (let from = start - (start % block.elements); from < end; from += step) {
      const until = Math.min(from + step, Math.ceil(end / block.elements) * block.elements);
      const [first, last] = [from / block.elements, until / block.elements];
      const bytes = await stored().readBytes(raw(name), first * block.bytes, last * block.bytes);
      if (from >= start && until <= end) {
        unpackBlocks(block, bytes, (target as Float32Array).subarray(from - start, until - start));
        continue;
      }
      const numbers = new Float32Array(until - from);
      unpackBlocks(block, bytes, numbers);
      const [low, high] = [Math.max(from, start), Math.min(until, end)];
      target.set(numbers.subarray(low - from, high - from), low - start);
    }
  };
}

/** Rows of each head with the first of every pair before the second: llama.cpp has the two of a pair side by side. */
function unpaired(
  plain: Fill,
  width: number,
  rows: number,
  { name, heads = 0 }: NamedTensor,
  type: string,
): Fill {
  const headRows = rows / heads;
  if (!Number.isInteger(headRows / 2))
    throw new CheckpointError(`${name} has ${rows} rows, which ${heads} heads do not share evenly`);
  const half = headRows / 2;
  return async (start, end, target) => {
    const size = headRows * width;
    for (let head = Math.floor(start / size); head * size < end; head++) {
      const stored = room(type, size);
      await plain(head * size, (head + 1) * size, stored);
      for (let row = 0; row < headRows; row++) {
        const from = (row < half ? 2 * row : 2 * (row - half) + 1) * width;
        const to = head * size + row * width;
        const [low, high] = [Math.max(to, start), Math.min(to + width, end)];
        if (low < high)
          target.set(
            stored.subarray(from + low - to, from + high - to) as Float32Array,
            low - start,
          );
      }
    }
  };
}

/** (rows, width) of the file as (width, rows). All of it is turned at once, and kept until its end is read. */
function turned(plain: Fill, rows: number, width: number, type: string): Fill {
  let whole: Promise<Numbers> | undefined;
  async function turn(): Promise<Numbers> {
    const result = room(type, rows * width);
    const batch = Math.max(1, Math.floor(CHUNK / Math.max(1, width)));
    for (let row = 0; row < rows; row += batch) {
      const until = Math.min(rows, row + batch);
      const part = room(type, (until - row) * width);
      await plain(row * width, until * width, part);
      for (let r = row; r < until; r++)
        for (let c = 0; c < width; c++) result[c * rows + r] = part[(r - row) * width + c]!;
    }
    return result;
  }
  return async (start, end, target) => {
    whole ??= turn();
    target.set((await whole).subarray(start, end) as Float32Array);
    if (end === rows * width) whole = undefined;
  };
}

/** Gains that transformers stores as what they differ from 1. */
function oneLess(plain: Fill): Fill {
  return async (start, end, target) => {
    await plain(start, end, target);
    for (let n = 0; n < target.length; n++) target[n]! -= 1;
  };
}
