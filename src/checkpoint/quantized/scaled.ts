import type { Checkpoint, StoredTensor } from "../checkpoint.ts";
import { type Dequantised, kept, refuse } from "./weight.ts";

/** bitsandbytes' 1 / 127, as it writes it. */
const PER_127 = Math.fround(7.874015718698502e-3);

/** Weights of one code a number, times a scale: 8-bit floats and integers. */
export function scaledWeights(checkpoint: Checkpoint): Dequantised[] {
  const { tensors } = checkpoint;
  return [...tensors.values()].flatMap((tensor) => {
    const { name, type } = tensor;
    if (!name.endsWith(".weight")) return [];
    const beside = (end: string) => tensors.get(name.replace(/weight$/, end));
    const isFloat = /^F8_E(4M3|5M2)$/.test(type);
    if (!isFloat && type !== "I8") return [];
    const columns = beside("SCB");
    if (type === "I8" && columns) return [ofColumns(checkpoint, tensor, columns)];
    const scale = beside("weight_scale_inv") ?? beside("weight_scale");
    const zero = beside("weight_zero_point");
    if (!scale) return [];
    if (zero && isFloat)
      refuse(checkpoint, tensor, `has ${zero.name}, which 8-bit floats have not`);
    return [ofScales(checkpoint, tensor, scale, zero)];
  });
}

/** bitsandbytes' LLM.int8(): a row's codes times its largest number ÷ 127 (Dettmers et al. 2022). */
function ofColumns(checkpoint: Checkpoint, codes: StoredTensor, scb: StoredTensor): Dequantised {
  const [rows = 0, width = 0] = codes.shape;
  if (codes.shape.length !== 2 || scb.shape.join() !== `${rows}`)
    refuse(checkpoint, codes, `has ${scb.name} [${scb.shape.join(", ")}], ${rows} numbers are due`);
  const format = codes.name.replace(/weight$/, "weight_format");
  const scales = kept(() => checkpoint.read(scb.name));
  return {
    name: codes.name,
    kind: "bitsandbytes' 8-bit",
    isLinear: true,
    parts: [codes.name, scb.name, ...(checkpoint.tensors.has(format) ? [format] : [])],
    tensor: {
      type: "F32",
      shape: codes.shape,
      file: codes.file,
      from: [codes.name, scb.name],
      async fill(start, end, target) {
        if (checkpoint.tensors.has(format)) await expectRows(checkpoint, codes, format);
        const by = await scales.get();
        await checkpoint.readRange(codes.name, start, end, target as Float32Array);
        for (let n = 0; n < target.length; n++)
          target[n] = Math.fround(target[n]! * by[Math.floor((start + n) / width)]!) * PER_127;
        if (end === rows * width) scales.drop();
      },
    },
  };
}

/** Codes in an order of a kernel's own are not a matrix's rows. */
async function expectRows(checkpoint: Checkpoint, codes: StoredTensor, format: string) {
  const [kind] = await checkpoint.read(format);
  if (kind !== 0) refuse(checkpoint, codes, `has weight_format ${kind}, and only 0 (row) is read`);
}

/** Codes times a scale: one of all, one a row, or one a block of rows and columns. */
function ofScales(
  checkpoint: Checkpoint,
  codes: StoredTensor,
  scale: StoredTensor,
  zero: StoredTensor | undefined,
): Dequantised {
  const [rows = 0, width = 0] = codes.shape;
  if (codes.shape.length !== 2) refuse(checkpoint, codes, "is quantised and no matrix");
  const [down = 1, across = 1] = scale.shape;
  const isGrid = scale.shape.length <= 2 && down >= 1 && across >= 1;
  const block = blockOf(checkpoint.config, rows, width, down, across);
  const fits = Math.ceil(rows / block[0]) === down && Math.ceil(width / block[1]) === across;
  if (!isGrid || !fits)
    refuse(
      checkpoint,
      codes,
      `is [${rows}, ${width}] and its scales are [${scale.shape.join(", ")}]: one, one a row, or one a block are read`,
    );
  if (zero && zero.shape.join() !== scale.shape.join())
    refuse(
      checkpoint,
      codes,
      `has zero points [${zero.shape.join(", ")}] for scales [${scale.shape.join(", ")}]`,
    );
  if (!/^(F32|F16|BF16|U8|F8_E8M0)$/.test(scale.type) || scale.type.startsWith("F8"))
    refuse(
      checkpoint,
      codes,
      `has scales stored as ${scale.type}; F32, F16, BF16 and exponents (U8) are read`,
    );
  const scales = kept(async () => {
    const numbers = await checkpoint.read(scale.name);
    // MXFP8 keeps the exponents alone.
    return scale.type === "U8" ? numbers.map((exponent) => 2 ** (exponent - 127)) : numbers;
  });
  const zeros = kept(async () => zero && checkpoint.read(zero.name));
  return {
    name: codes.name,
    kind: codes.type === "I8" ? "8-bit integers" : "FP8",
    parts: [codes.name, scale.name, ...(zero ? [zero.name] : [])],
    tensor: {
      type: "F32",
      shape: codes.shape,
      file: codes.file,
      from: [codes.name, scale.name],
      async fill(start, end, target) {
        const [by, middle] = await Promise.all([scales.get(), zeros.get()]);
        await checkpoint.readRange(codes.name, start, end, target as Float32Array);
        for (let n = 0; n < target.length; n++) {
          const row = Math.floor((start + n) / width);
          const column = start + n - row * width;
          const at = Math.floor(row / block[0]) * across + Math.floor(column / block[1]);
          target[n] = (target[n]! - (middle ? middle[at]! : 0)) * by[at]!;
        }
        if (end === rows * width) for (const one of [scales, zeros]) one.drop();
      },
    },
  };
}

/** Rows and columns that share a scale: as the config says where that fits, else as they divide. */
function blockOf(
  config: Checkpoint["config"],
  rows: number,
  width: number,
  down: number,
  across: number,
): readonly [number, number] {
  const said = (config.quantization_config as { weight_block_size?: unknown } | undefined)
    ?.weight_block_size;
  if (
    Array.isArray(said) &&
    said.length === 2 &&
    said.every((one) => Number.isInteger(one) && one > 0)
  ) {
    const [high, wide] = said as [number, number];
    if (Math.ceil(rows / high) === down && Math.ceil(width / wide) === across) return [high, wide];
  }
  return [Math.ceil(rows / down), Math.ceil(width / across)];
}
