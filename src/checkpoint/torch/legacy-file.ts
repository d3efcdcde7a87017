import { CheckpointError } from "../../errors/errors.ts";
import { short } from "../../errors/visible.ts";
import { BITS } from "../numbers.ts";
import type { FileSource } from "../source.ts";
import type { PlacedTensor } from "../stored-checkpoint.ts";
import { type TorchStorage, torchRules } from "./globals.ts";
import { readPickle } from "./pickle.ts";
import type { PickleRules } from "./pickle-machine.ts";
import { placeTensors, type StoragePlace, stateDict } from "./state-dict.ts";

const FIRST_READ = 256 * 1024;
const LARGEST_PICKLES = 64 * 1024 * 1024;
const MAGIC_NUMBER = 0x1950a86a20f9469cfc6cn;
const PROTOCOL_VERSION = 1001;
/** Before each storage stands the number of its elements. */
const COUNT_BYTES = 8;

interface Pickles {
  readonly value: unknown;
  readonly storages: ReadonlyMap<string, TorchStorage>;
  readonly keys: readonly string[];
  /** Where the last pickle ends and the first storage begins. */
  readonly end: number;
}

/**
 * torch.save before 1.6 (torch/serialization.py, _legacy_save): pickles of a magic number, a protocol version, facts on the
 * machine, the object, and the storages' keys; then the storages in that order, little-endian on every machine.
 */
export async function legacyTable(
  source: FileSource,
  file: string,
  size: number,
): Promise<Map<string, PlacedTensor>> {
  const place = `${source.label}: ${file}`;
  const { value, storages, keys, end } = await readPickles(source, file, size);
  const places = new Map<string, StoragePlace>();
  let at = end;
  for (const key of keys) {
    const storage = storages.get(key);
    if (storage === undefined || places.has(key))
      throw new CheckpointError(
        `${place}: storage ${short(key)} is ${storage === undefined ? "in no tensor, so its size is unknown" : "listed twice"}`,
      );
    const start = at + COUNT_BYTES;
    const bytes = storage.count * (storage.type === undefined ? 1 : BITS.get(storage.type)! / 8);
    if (start + bytes > size)
      throw new CheckpointError(
        `${place}: storage ${short(key)} ends at byte ${start + bytes}, the file has ${size}. Is the download complete?`,
      );
    places.set(key, {
      bytes,
      around: [at, start + bytes],
      locate: () => checkedStart(source, file, start, storage),
    });
    at = start + bytes;
  }
  return placeTensors(stateDict(value, place), places, { file, place });
}

async function readPickles(source: FileSource, file: string, size: number): Promise<Pickles> {
  const place = `${source.label}: ${file}`;
  const most = Math.min(size, LARGEST_PICKLES);
  for (let length = FIRST_READ; ; length *= 4) {
    const pickles = parsePickles(await source.read(file, 0, Math.min(length, most)), place);
    if (pickles !== undefined) return pickles;
    if (length >= size)
      throw new CheckpointError(`${place} ends inside its pickles. Is the download complete?`);
    if (length >= most)
      throw new CheckpointError(`${place}: its pickles take more than ${most} bytes`);
  }
}

/** Undefined when the bytes end before the pickles do. */
function parsePickles(bytes: Uint8Array, place: string): Pickles | undefined {
  const storages = new Map<string, TorchStorage>();
  const { globals, persistent } = torchRules(place);
  const rules: PickleRules = {
    globals,
    persistent: (id) => note(persistent(id) as TorchStorage, storages, place),
  };
  const values: unknown[] = [];
  let end = 0;
  for (let i = 0; i < 5; i++) {
    const pickle = readPickle(bytes, end, rules, place);
    if (pickle === undefined) return undefined;
    values.push(pickle.value);
    end = pickle.end;
    if (i === 0 && pickle.value !== MAGIC_NUMBER)
      throw new CheckpointError(
        `${place} is a pickle that torch.save did not write. Save the model as safetensors, or with torch.save(model.state_dict(), file).`,
      );
    if (i === 1 && pickle.value !== PROTOCOL_VERSION)
      throw new CheckpointError(
        `${place}: torch.save's protocol is ${short(String(pickle.value))}, heed reads ${PROTOCOL_VERSION}`,
      );
  }
  const [, , , value, keys] = values;
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === "string"))
    throw new CheckpointError(`${place}: the list of storages is malformed`);
  return { value, storages, keys, end };
}

/** Every mention of a storage must give the same size, which decides where the next one begins. */
function note(storage: TorchStorage, storages: Map<string, TorchStorage>, place: string) {
  const known = storages.get(storage.key);
  if (known !== undefined && (known.type !== storage.type || known.count !== storage.count))
    throw new CheckpointError(`${place}: storage ${short(storage.key)} is given two sizes`);
  storages.set(storage.key, storage);
  return storage;
}

async function checkedStart(
  source: FileSource,
  file: string,
  start: number,
  { key, count }: TorchStorage,
): Promise<number> {
  const bytes = await source.read(file, start - COUNT_BYTES, start);
  const found = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (found !== BigInt(count))
    throw new CheckpointError(
      `${source.label}: ${file}: storage ${short(key)} should have ${count} elements, the file says ${found}`,
    );
  return start;
}
