import { CheckpointError } from "../../errors/errors.ts";
import { short } from "../../errors/visible.ts";
import { BITS } from "../numbers.ts";
import type { PlacedTensor } from "../stored-checkpoint.ts";
import { TorchTensor } from "./globals.ts";

/** Where training scripts put the state dict inside a larger dict. */
const wrappers = ["state_dict", "model"];

/** A dict in a dict in a dict, and no deeper: a pickle may hold itself. */
const DEEPEST = 8;

/**
 * The tensors of a state dict, or of the one under "state_dict" or "model". Plain values beside tensors (a step count) are left
 * out; a dict of dicts throws CheckpointError and says what it holds.
 */
export function stateDict(value: unknown, place: string): ReadonlyMap<string, TorchTensor> {
  const dict = unwrapped(value, place);
  const tensors = new Map<string, TorchTensor>();
  for (const [key, item] of dict) {
    if (item instanceof TorchTensor) tensors.set(nameOf(key), item);
    else if (
      item instanceof Map &&
      [...item.values()].some((inner) => inner instanceof TorchTensor)
    )
      throw noStateDict(place, `a dict of tensors under "${short(nameOf(key))}"`);
  }
  if (tensors.size === 0)
    throw noStateDict(
      place,
      `no tensors; its keys: ${short([...dict.keys()].slice(0, 8).map(nameOf).join(", "))}`,
    );
  return tensors;
}

function unwrapped(value: unknown, place: string): ReadonlyMap<unknown, unknown> {
  let dict = value;
  for (let depth = 0; depth < DEEPEST; depth++) {
    if (!(dict instanceof Map)) throw noStateDict(place, "no dict");
    const held: ReadonlyMap<unknown, unknown> = dict;
    const inner = wrappers.map((name) => held.get(name)).find((one) => one instanceof Map);
    if (inner === undefined) return held;
    dict = inner;
  }
  throw noStateDict(
    place,
    `dicts in one another, more than ${DEEPEST} deep, or one that holds itself`,
  );
}

/** Keys are names; a tuple, which may hold itself, is only said to be one. */
function nameOf(key: unknown): string {
  return typeof key === "object" && key !== null ? "(no name)" : String(key);
}

function noStateDict(place: string, found: string): CheckpointError {
  return new CheckpointError(
    `${place}: a state dict is needed, names with tensors, flat or under ${wrappers.join(" or ")}; the file holds ${found}. Save only model.state_dict().`,
  );
}

/** Where the bytes of a storage lie. */
export interface StoragePlace {
  readonly bytes: number;
  /** What of the file is read for it: its bytes, those that tell where they begin, and what may lie between. */
  readonly around: readonly [start: number, end: number];
  /** Its first byte in the file. */
  locate(): Promise<number>;
}

/** Places tensors in their storages; throws CheckpointError when a storage is missing or ends before its tensor does. */
export function placeTensors(
  tensors: ReadonlyMap<string, TorchTensor>,
  storages: ReadonlyMap<string, StoragePlace>,
  { file, place, isBigEndian = false }: { file: string; place: string; isBigEndian?: boolean },
): Map<string, PlacedTensor> {
  const placed = new Map<string, PlacedTensor>();
  for (const [name, { storage, type, offset, shape, strides, reach }] of tensors) {
    const width = BITS.get(type)! / 8;
    const home = storages.get(storage.key);
    const end = reach === 0 ? 0 : (offset + reach) * width;
    if (end > 0 && (home === undefined || end > home.bytes))
      throw new CheckpointError(
        `${place}: tensor "${short(name)}" needs ${end} bytes of storage ${short(storage.key)}, ${home === undefined ? "which is missing" : `which has ${home.bytes}`}. Is the download complete?`,
      );
    const locate = async () => (home === undefined ? 0 : (await home.locate()) + offset * width);
    const [around, until] = home?.around ?? [0, 0];
    const start = around + (end === 0 ? 0 : offset * width);
    const span = [start, end === 0 ? start : until - (home!.bytes - end)] as const;
    placed.set(name, { name, type, shape, strides, file, isBigEndian, span, locate });
  }
  return placed;
}
