import { CheckpointError } from "../../errors/errors.ts";
import { short } from "../../errors/visible.ts";
import { BITS } from "../numbers.ts";
import { elementCount } from "../stored-checkpoint.ts";
import { extent } from "../strided.ts";
import { Global, type PickleRules, Tuple } from "./pickle-machine.ts";

/** A block of memory that tensors view, kept outside the pickle. */
export interface TorchStorage {
  readonly key: string;
  /** Undefined for bytes whose type the tensor gives. */
  readonly type: string | undefined;
  /** Elements of `type`, bytes where that is undefined. */
  readonly count: number;
  /** Where a view of pre-1.0 files begins in its root storage, in elements. */
  readonly viewOffset: number;
}

/** A view into a storage; offset, shape and strides count elements and stay inside it. */
export class TorchTensor {
  readonly storage: TorchStorage;
  readonly type: string;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** Elements from its first to its last one in the storage. */
  readonly reach: number;
  constructor(
    storage: TorchStorage,
    type: string,
    offset: number,
    shape: readonly number[],
    strides: readonly number[],
  ) {
    this.storage = storage;
    this.type = type;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
    this.reach = extent(shape, strides);
  }
}

/** A repeated (stride 0) tensor may have more elements than its storage, up to this many. */
const MOST_REPEATED = 2 ** 24;

/** torch.*Storage by the type of its elements. */
const storageTypes: readonly (readonly [string, string | undefined])[] = [
  ["torch.DoubleStorage", "F64"],
  ["torch.FloatStorage", "F32"],
  ["torch.HalfStorage", "F16"],
  ["torch.BFloat16Storage", "BF16"],
  ["torch.LongStorage", "I64"],
  ["torch.IntStorage", "I32"],
  ["torch.ShortStorage", "I16"],
  ["torch.CharStorage", "I8"],
  ["torch.ByteStorage", "U8"],
  ["torch.BoolStorage", "BOOL"],
  ["torch.ComplexFloatStorage", "C64"],
  ["torch.UntypedStorage", undefined],
  ["torch.storage.UntypedStorage", undefined],
];

/** torch.* dtypes under the names that repr() and pickles use. */
const dtypes: readonly (readonly [string, string])[] = [
  ["float64", "F64"],
  ["float32", "F32"],
  ["float16", "F16"],
  ["bfloat16", "BF16"],
  ["int64", "I64"],
  ["int32", "I32"],
  ["int16", "I16"],
  ["int8", "I8"],
  ["uint8", "U8"],
  ["bool", "BOOL"],
  ["uint16", "U16"],
  ["uint32", "U32"],
  ["uint64", "U64"],
  ["float8_e4m3fn", "F8_E4M3"],
  ["float8_e5m2", "F8_E5M2"],
  ["float8_e8m0fnu", "F8_E8M0"],
  ["float8_e4m3fnuz", "F8_E4M3FNUZ"],
  ["float8_e5m2fnuz", "F8_E5M2FNUZ"],
  ["complex64", "C64"],
];

/** The globals a state dict needs (torch/_utils.py, torch/serialization.py), and what storages look like. */
export function torchRules(place: string): PickleRules {
  const storages = new Map<Global, string | undefined>();
  const types = new Map<Global, string>();
  const globals = new Map<string, Global>();
  const add = (name: string, call?: (args: readonly unknown[]) => unknown) => {
    const global = new Global(name, call);
    globals.set(name, global);
    return global;
  };
  const rebuild = ([storage, offset, shape, strides, , , metadata]: readonly unknown[]) =>
    rebuildTensor(place, { storage, offset, shape, strides, metadata });
  add("collections.OrderedDict");
  add("torch._utils._rebuild_tensor", rebuild);
  add("torch._utils._rebuild_tensor_v2", rebuild);
  add("torch._utils._rebuild_tensor_v3", (args) => {
    const [storage, offset, shape, strides, , , dtype, metadata] = args;
    const type = types.get(dtype as Global);
    return rebuildTensor(place, { storage, offset, shape, strides, metadata, type });
  });
  add("torch._utils._rebuild_parameter", ([tensor]) => {
    if (!(tensor instanceof TorchTensor)) throw broken(place, "a parameter that is no tensor");
    return tensor;
  });
  add("torch.Size", ([sizes]) => sizes);
  for (const [name, type] of storageTypes) storages.set(add(name), type);
  for (const [name, type] of dtypes) types.set(add(`torch.${name}`), type);
  return { globals, persistent: (id) => readStorage(id, storages, place) };
}

/** ("storage", class, key, location, count), in the legacy format with a view of another storage or None behind. */
function readStorage(
  id: unknown,
  types: ReadonlyMap<Global, string | undefined>,
  place: string,
): TorchStorage {
  const [kind, Type, key, , count, view] = id instanceof Tuple ? id.items : [];
  if (kind !== "storage" || !types.has(Type as Global) || typeof key !== "string" || !isSize(count))
    throw broken(place, "an outside object that is no storage");
  const type = types.get(Type as Global);
  if (view === undefined || view === null) return { key, type, count, viewOffset: 0 };
  const [, viewOffset, viewCount] = view instanceof Tuple ? view.items : [];
  if (!isSize(viewOffset) || !isSize(viewCount) || viewOffset + viewCount > count)
    throw broken(place, `a view that leaves storage ${short(key)}`);
  return { key, type, count, viewOffset };
}

interface RebuildArguments {
  readonly storage: unknown;
  readonly offset: unknown;
  readonly shape: unknown;
  readonly strides: unknown;
  readonly metadata: unknown;
  readonly type?: string;
}

function rebuildTensor(place: string, given: RebuildArguments): TorchTensor {
  const storage = given.storage as TorchStorage;
  const shape = sizes(given.shape);
  const strides = sizes(given.strides);
  const isStorage = typeof storage === "object" && storage !== null && "viewOffset" in storage;
  if (!isStorage || !isSize(given.offset) || shape === undefined || strides === undefined)
    throw broken(place, "a tensor with malformed storage, offset, shape or strides");
  if (shape.length !== strides.length)
    throw broken(place, `a tensor of ${shape.length} axes with ${strides.length} strides`);
  if (given.metadata instanceof Map && given.metadata.size > 0)
    throw broken(place, `a tensor marked ${short([...given.metadata.keys()].join(", "))}`);
  const type = given.type ?? storage.type;
  if (type === undefined) throw broken(place, "a tensor without a type");
  const room = storage.type === undefined ? (storage.count * 8) / BITS.get(type)! : storage.count;
  const offset = storage.viewOffset + given.offset;
  const tensor = new TorchTensor(storage, type, offset, shape, strides);
  const { reach } = tensor;
  if (reach > 0 && !(offset + reach <= room))
    throw broken(place, `a tensor that ends at element ${offset + reach} of a storage of ${room}`);
  const count = elementCount(shape);
  if (count > Math.max(room, MOST_REPEATED))
    throw broken(place, `a tensor of ${count} elements in a storage of ${room}`);
  return tensor;
}

function sizes(value: unknown): readonly number[] | undefined {
  const items = value instanceof Tuple ? value.items : value;
  return Array.isArray(items) && items.length <= 64 && items.every(isSize) ? items : undefined;
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function broken(place: string, what: string): CheckpointError {
  return new CheckpointError(`${place}: the pickle has ${what}. Nothing was executed.`);
}
