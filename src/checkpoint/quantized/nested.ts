import type { Checkpoint, StoredTensor } from "../checkpoint.ts";
import { isObject, parseJsonBytes } from "../json/strict-json.ts";
import { elementCount } from "../stored-checkpoint.ts";
import { type Dequantised, kept, refuse } from "./weight.ts";

const STATE = /\.quant_state\.bitsandbytes__(nf4|fp4)$/;
/** What a description of a tensor may take at most. */
const LARGEST_STATE = 4096;

/**
 * bitsandbytes' 4-bit weights (Dettmers et al. 2023, QLoRA): codes of a table of 16 numbers, two a byte, times the largest number of
 * their block, which may be a code itself.
 */
export async function nestedWeights(checkpoint: Checkpoint): Promise<Dequantised[]> {
  const states = [...checkpoint.tensors.values()].filter(
    ({ name, type }) => STATE.test(name) && type === "U8",
  );
  return Promise.all(states.map((state) => ofState(checkpoint, state)));
}

interface State {
  readonly shape: readonly number[];
  readonly blocksize: number;
  readonly nested?: { readonly blocksize: number; readonly offset: number };
}

async function ofState(checkpoint: Checkpoint, tensor: StoredTensor): Promise<Dequantised> {
  const { tensors } = checkpoint;
  const name = tensor.name.replace(STATE, "");
  const codes = tensors.get(name);
  const find = (end: string) => tensors.get(`${name}.${end}`);
  const [absmax, table] = [find("absmax"), find("quant_map")];
  const state = await stateOf(checkpoint, tensor);
  const { shape, blocksize, nested } = state;
  const count = elementCount(shape);
  const blocks = Math.ceil(count / blocksize);
  const [outer, outerTable] = nested ? [find("nested_absmax"), find("nested_quant_map")] : [];
  const has = (one: StoredTensor | undefined, type: string, size: number) =>
    one?.type === type && elementCount(one.shape) === size;
  const fits =
    codes &&
    has(codes, "U8", Math.ceil(count / 2)) &&
    has(table, "F32", 16) &&
    has(absmax, nested ? "U8" : "F32", blocks) &&
    (!nested ||
      (has(outer, "F32", Math.ceil(blocks / nested.blocksize)) && has(outerTable, "F32", 256)));
  if (!fits)
    refuse(
      checkpoint,
      tensor,
      `describes [${shape.join(", ")}] in blocks of ${blocksize}, which its codes, absmax and quant_map do not fit`,
    );
  const scales = kept(async () => {
    const own = await checkpoint.read(absmax!.name);
    if (!nested) return own;
    const [factors, numbers] = await Promise.all(
      [outer!, outerTable!].map((one) => checkpoint.read(one.name)),
    );
    return own.map(
      (code, block) =>
        Math.fround(numbers![code]! * factors![Math.floor(block / nested.blocksize)]!) +
        nested.offset,
    );
  });
  const levels = kept(() => checkpoint.read(table!.name));
  return {
    name,
    kind: "bitsandbytes' 4-bit",
    isLinear: true,
    parts: [codes, tensor, absmax, table, outer, outerTable].flatMap((one) => one?.name ?? []),
    tensor: {
      type: "F32",
      shape,
      file: codes.file,
      from: [name],
      async fill(start, end, target) {
        const [by, numbers] = await Promise.all([scales.get(), levels.get()]);
        const first = start >> 1;
        const bytes = await checkpoint.readBytes(name, first, Math.ceil(end / 2));
        for (let n = start; n < end; n++) {
          const pair = bytes[Math.floor(n / 2) - first]!;
          const code = n % 2 === 0 ? pair >> 4 : pair & 15;
          target[n - start] = numbers[code]! * by[Math.floor(n / blocksize)]!;
        }
        if (end === count) for (const one of [scales, levels]) one.drop();
      },
    },
  };
}

/** The JSON that stands in a tensor of bytes. */
async function stateOf(checkpoint: Checkpoint, tensor: StoredTensor): Promise<State> {
  const size = elementCount(tensor.shape);
  if (size > LARGEST_STATE) refuse(checkpoint, tensor, `is no short text (${size} bytes)`);
  const bytes = await checkpoint.readBytes(tensor.name, 0, size);
  const said = parseJsonBytes(bytes, `${checkpoint.label}: ${tensor.name}`);
  const state = isObject(said) ? said : {};
  const { shape, blocksize, nested_blocksize: outer, nested_offset: offset } = state;
  const isSize = (one: unknown): one is number => Number.isSafeInteger(one) && Number(one) > 0;
  const isShape = Array.isArray(shape) && shape.length <= 4 && shape.every(isSize);
  const isNested = outer !== undefined && outer !== null;
  if (
    !isShape ||
    !isSize(blocksize) ||
    (isNested && (!isSize(outer) || typeof offset !== "number"))
  )
    refuse(checkpoint, tensor, "describes no shape and blocks");
  return {
    shape,
    blocksize,
    ...(isNested
      ? { nested: { blocksize: outer as number, offset: Math.fround(offset as number) } }
      : {}),
  };
}
