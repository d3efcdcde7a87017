import { short } from "../../errors/visible.ts";
import type { Checkpoint, StoredTensor } from "../checkpoint.ts";
import { isObject } from "../json/strict-json.ts";
import { autoRoundAs, isByAutoRound } from "./auto-round.ts";
import { quantizationOf } from "./traces.ts";
import { type Dequantised, kept, refuse } from "./weight.ts";

/** Where AWQ's kernel wants the eight codes of a word (AutoAWQ: AWQ_ORDER). */
const AWQ_PLACES = [0, 4, 1, 5, 2, 6, 3, 7] as const;

/** Weights of several codes a 32-bit word: GPTQ, AWQ, AutoRound in the layouts of both, and compressed-tensors' packs. */
export function packedWeights(checkpoint: Checkpoint): Dequantised[] {
  const said = quantizationOf(checkpoint.config);
  return [...checkpoint.tensors.values()].flatMap((tensor) => {
    if (tensor.name.endsWith(".weight_packed") && said.quant_method === "compressed-tensors")
      return [ofPack(checkpoint, tensor)];
    if (!tensor.name.endsWith(".qweight")) return [];
    const isRounded = isByAutoRound(said);
    const config = isRounded ? autoRoundAs(checkpoint, tensor) : said;
    if (config.quant_method !== "awq" && config.quant_method !== "gptq") return [];
    const layout = config.quant_method === "awq" ? awq : gptq;
    return [ofWords(checkpoint, tensor, { ...layout(checkpoint, tensor, config), isRounded })];
  });
}

/** How a matrix (in, out) lies in words. */
interface Words {
  readonly kind: string;
  readonly bits: number;
  readonly shape: readonly [inputs: number, outputs: number];
  /** The group of an input: undefined where they follow each other. */
  readonly groups?: StoredTensor;
  readonly groupSize: number;
  /** Added to a word of zero points before it is taken apart: of several the one that makes all of them the middle. */
  readonly toWord: readonly number[];
  /** Added to each of them after. */
  readonly added: number;
  /** Whether AutoRound made them: its reader does not take all ones, less one, for 0. */
  readonly isRounded?: boolean;
  code(words: Int32Array, input: number, output: number): number;
}

type Config = Readonly<Record<string, unknown>>;

function gptq(checkpoint: Checkpoint, tensor: StoredTensor, config: Config): Words {
  const { group_size: size, checkpoint_format: format = config.format ?? "gptq" } = config;
  const [rows = 0, outputs = 0] = tensor.shape;
  const beside = (end: string) => checkpoint.tensors.get(tensor.name.replace(/qweight$/, end));
  // Where modules differ (GPTQModel's dynamic), their own zero points tell how many bits they have.
  const ownBits = (32 * (beside("qzeros")?.shape[1] ?? 0)) / outputs;
  const bits = isObject(config.dynamic) ? ownBits : config.bits;
  if (bits !== 2 && bits !== 4 && bits !== 8)
    refuse(checkpoint, tensor, `is GPTQ of ${String(bits)} bits; 2, 4 and 8 are read`);
  if (format !== "gptq" && format !== "gptq_v2")
    refuse(
      checkpoint,
      tensor,
      `is of checkpoint_format ${JSON.stringify(format)}; gptq and gptq_v2 are read`,
    );
  const groups = beside("g_idx");
  if (config.desc_act === true && !groups && size !== -1)
    refuse(checkpoint, tensor, "is in the order of activations (desc_act), and lies without g_idx");
  for (const end of ["lora_A", "lora_B"])
    if (beside(end)) refuse(checkpoint, tensor, `lies beside ${end}, which is not added to it`);
  const perWord = 32 / bits;
  const mask = 2 ** bits - 1;
  const inputs = rows * perWord;
  const isLessOne = format === "gptq";
  const isOfWords = isLessOne && isByGptqModel(config);
  return {
    kind: `GPTQ, ${bits} bits`,
    bits,
    shape: [inputs, outputs],
    groups,
    groupSize: typeof size === "number" && size > 0 ? size : inputs,
    toWord: isOfWords ? [...new Set([ones(bits), ones(Number(config.bits))])] : [0],
    added: isLessOne && !isOfWords ? 1 : 0,
    code: (words, input, output) =>
      (words[Math.floor(input / perWord) * outputs + output]! >>> (bits * (input % perWord))) &
      mask,
  };
}

/** A word of nothing but ones, each in as many bits. */
function ones(bits: number): number {
  return 0xffffffff / (2 ** bits - 1);
}

/**
 * Whether GPTQModel wrote the file: in the first format it takes one from a whole word of zero points, so that a zero borrows from its
 * neighbour (convert_gptq_v2_to_v1_format_module; version 2 takes ones of the config's bits, version 7 of the module's); AutoGPTQ takes
 * one from each.
 */
function isByGptqModel({ meta }: Config): boolean {
  const by = isObject(meta) ? meta.quantizer : undefined;
  return (Array.isArray(by) ? by : [by]).some((one) => /^gptqmodel(:|$)/.test(String(one)));
}

function awq(checkpoint: Checkpoint, tensor: StoredTensor, config: Config): Words {
  const { bits, group_size: size, backend } = config;
  const version = config.version ?? config.format ?? config.checkpoint_format ?? "gemm";
  if (bits !== 4) refuse(checkpoint, tensor, `is AWQ of ${String(bits)} bits; 4 are read`);
  if (String(version).toLowerCase() !== "gemm" || backend === "llm-awq")
    refuse(
      checkpoint,
      tensor,
      `is of AWQ's version ${JSON.stringify(backend === "llm-awq" ? backend : version)}; gemm is read`,
    );
  const [inputs = 0, words = 0] = tensor.shape;
  return {
    kind: "AWQ, 4 bits",
    bits,
    shape: [inputs, words * 8],
    groupSize: typeof size === "number" && size > 0 ? size : inputs,
    toWord: [0],
    added: 0,
    code: (packed, input, output) =>
      (packed[input * words + (output >> 3)]! >>> (4 * AWQ_PLACES[output & 7]!)) & 15,
  };
}

/** (code − zero point) · scale, of codes (in, out) as a matrix (out, in). */
function ofWords(checkpoint: Checkpoint, codes: StoredTensor, words: Words): Dequantised {
  const { tensors } = checkpoint;
  const stem = codes.name.replace(/qweight$/, "");
  const find = (end: string) =>
    tensors.get(stem + end) ?? refuse(checkpoint, codes, `lies without ${short(stem + end)}`);
  const [scale, zero] = [find("scales"), find("qzeros")];
  const { bits, shape, groups, groupSize, toWord, added, isRounded } = words;
  const kind = isRounded ? `AutoRound as ${words.kind}` : words.kind;
  const [inputs, outputs] = shape;
  const [count = 0] = scale.shape;
  const perWord = 32 / bits;
  const fits =
    codes.shape.length === 2 &&
    [codes, zero, ...(groups ? [groups] : [])].every(({ type }) => type === "I32") &&
    scale.shape.join() === `${count},${outputs}` &&
    zero.shape.join() === `${count},${outputs / perWord}` &&
    (groups ? groups.shape.join() === `${inputs}` : Math.ceil(inputs / groupSize) === count);
  if (!fits)
    refuse(
      checkpoint,
      codes,
      `[${codes.shape.join(", ")}] (${kind}, groups of ${groupSize}) does not fit its scales [${scale.shape.join(", ")}] and zero points [${zero.shape.join(", ")}]`,
    );
  const isAwq = codes.shape[1] !== outputs;
  const mask = 2 ** bits - 1;
  const read = kept(async () => {
    const whole = (name: string, total: number) => integers(checkpoint, name, total);
    const [packed, zeros, scales, group] = await Promise.all([
      whole(codes.name, (inputs * outputs) / perWord),
      whole(zero.name, (count * outputs) / perWord),
      checkpoint.read(scale.name),
      groups ? whole(groups.name, inputs) : undefined,
    ]);
    if (group?.some((one) => one < 0 || one >= count))
      refuse(checkpoint, codes, `has a g_idx outside of its ${count} groups`);
    const shifts = Array.from({ length: perWord }, (_, place) => place * bits);
    if (
      isRounded &&
      added &&
      zeros.some((word) => shifts.some((n) => (~word >>> n) % (mask + 1) === 0))
    )
      refuse(
        checkpoint,
        codes,
        "has zero points of all ones, which AutoRound's readers take differently",
      );
    // Zeros in place of several groups are a g_idx that was never filled in: its groups follow each other.
    const isEmpty = count > 1 && group?.every((one) => one === 0);
    const middle = ones(bits) << (bits - 1);
    const [sole, ...others] = toWord;
    const step = others.length
      ? toWord.find((one) => zeros.every((word) => ((word + one) | 0) === middle))
      : sole;
    if (step === undefined)
      refuse(checkpoint, codes, "has zero points that GPTQModel's versions read differently");
    return {
      packed,
      zeros: zeros.map((word) => word + step),
      scales,
      group: isEmpty ? undefined : group,
    };
  });
  const zeroOf = (zeros: Int32Array, group: number, output: number) => {
    const place = isAwq ? AWQ_PLACES[output & 7]! : output % perWord;
    const word = zeros[group * (outputs / perWord) + Math.floor(output / perWord)]!;
    return ((word >>> (bits * place)) + added) & mask;
  };
  return {
    name: `${stem}weight`,
    kind,
    isLinear: true,
    parts: [codes, scale, zero, ...(groups ? [groups] : [])].map(({ name }) => name),
    tensor: {
      type: "F32",
      shape: [outputs, inputs],
      file: codes.file,
      from: [codes.name],
      async fill(start, end, target) {
        const { packed, zeros, scales, group } = await read.get();
        for (let n = start; n < end; n++) {
          const output = Math.floor(n / inputs);
          const input = n - output * inputs;
          const own = group ? group[input]! : Math.floor(input / groupSize);
          const code = words.code(packed, input, output) - zeroOf(zeros, own, output);
          target[n - start] = code * scales[own * outputs + output]!;
        }
        if (end === inputs * outputs) read.drop();
      },
    },
  };
}

/** compressed-tensors' pack-quantized: codes (out, in) around their middle, eight or four a word, a scale a row or a group. */
function ofPack(checkpoint: Checkpoint, codes: StoredTensor): Dequantised {
  const { tensors } = checkpoint;
  const stem = codes.name.replace(/weight_packed$/, "");
  const scale = tensors.get(`${stem}weight_scale`);
  const size = tensors.get(`${stem}weight_shape`);
  for (const end of ["weight_zero_point", "weight_g_idx", "weight_global_scale"])
    if (tensors.has(stem + end)) refuse(checkpoint, codes, `lies beside ${end}, which is not read`);
  const bits = packBits(quantizationOf(checkpoint.config));
  if (codes.type !== "I32" || (bits !== 4 && bits !== 8) || !scale || !size)
    refuse(
      checkpoint,
      codes,
      `is a pack of ${codes.type}, ${String(bits)} bits; 32-bit words of 4 or 8 bits with weight_scale and weight_shape are read`,
    );
  const perWord = 32 / bits;
  const [rows = 0, words = 0] = codes.shape;
  const [down = 0, groups = 1] = scale.shape;
  // The last word of a row may be filled up: how wide the matrix is stands in a tensor that is not read here.
  const width = words * perWord;
  if (down !== rows || width % groups !== 0)
    refuse(
      checkpoint,
      codes,
      `[${rows}, ${words}] does not fit its scales [${scale.shape.join(", ")}]`,
    );
  const read = kept(async () => {
    const [high, wide] = await checkpoint.read(size.name);
    if (high !== rows || wide !== width)
      refuse(
        checkpoint,
        codes,
        `holds [${rows}, ${width}] codes, and weight_shape says [${high}, ${wide}]`,
      );
    return checkpoint.read(scale.name);
  });
  const middle = 2 ** (bits - 1);
  return {
    name: `${stem}weight`,
    kind: `compressed-tensors, ${bits} bits`,
    parts: [codes.name, scale.name, size.name],
    tensor: {
      type: "F32",
      shape: [rows, width],
      file: codes.file,
      from: [codes.name, scale.name],
      async fill(start, end, target) {
        const scales = await read.get();
        const first = Math.floor(start / perWord);
        const last = Math.ceil(end / perWord);
        const packed = wordsOf(await checkpoint.readBytes(codes.name, first, last));
        for (let n = start; n < end; n++) {
          const word = packed[Math.floor(n / perWord) - first]!;
          const code = ((word >>> (bits * (n % perWord))) & (2 ** bits - 1)) - middle;
          target[n - start] = code * scales[Math.floor((n * groups) / width)]!;
        }
        if (end === rows * width) read.drop();
      },
    },
  };
}

/** Bits of a compressed-tensors' config, where all its groups have the same. */
function packBits(quantization: Config): unknown {
  const groups = Object.values((quantization.config_groups ?? {}) as object);
  const bits = groups.map(
    (group) => (group as { weights?: { num_bits?: unknown } } | null)?.weights?.num_bits,
  );
  return bits.every((one) => one === bits[0]) ? bits[0] : "several";
}

async function integers(checkpoint: Checkpoint, name: string, count: number): Promise<Int32Array> {
  return wordsOf(await checkpoint.readBytes(name, 0, count));
}

function wordsOf(bytes: Uint8Array): Int32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Int32Array(aligned.buffer, aligned.byteOffset, bytes.length / 4);
}
