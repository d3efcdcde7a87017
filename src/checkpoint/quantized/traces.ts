import { CheckpointError } from "../../errors/errors.ts";
import type { Checkpoint } from "../checkpoint.ts";

/** Tensors that quantisation leaves in a file, by the library that leaves them. */
const traces: readonly { readonly pattern: RegExp; readonly kind: string }[] = [
  { pattern: /\.(SCB|weight_format)$/, kind: "bitsandbytes' 8-bit" },
  { pattern: /\.quant_state\.|\.(absmax|quant_map|nested_absmax)$/, kind: "bitsandbytes' 4-bit" },
  { pattern: /\.g_idx$/, kind: "GPTQ" },
  { pattern: /\.(qweight|qzeros)$/, kind: "GPTQ or AWQ" },
  // What follows an activation is made for numbers that are divided by these.
  { pattern: /\.(act|gelu_impl)\.scales$/, kind: "AWQ (of activations)" },
  { pattern: /\.(weight_packed|weight_shape|weight_g_idx)$/, kind: "compressed-tensors" },
  { pattern: /\.(weight_scale(_inv|_2)?|input_scale|weight_zero_point)$/, kind: "FP8 or 8-bit" },
  { pattern: /\.weight\._(data|scale|shift)$/, kind: "quanto" },
];

const wayOut =
  "heed computes with numbers: take the repository that it was made from, or save it again as float with Python (model.dequantize(), then save_pretrained)";

/** Throws CheckpointError for weights that are still codes, told by the config or by what lies beside them: as numbers they mean nothing. */
export function expectNumbers({
  label,
  config,
  tensors,
}: Pick<Checkpoint, "label" | "config" | "tensors">): void {
  const method = methodOf(quantizationOf(config));
  if (method !== undefined)
    throw new CheckpointError(
      `${label}: config.json says quantization_config (${method}): its weights are quantised, and none of them lie as heed reads them (FP8 with scales, bitsandbytes', GPTQ, AWQ, AutoRound as those two, compressed-tensors). ${wayOut}`,
    );
  for (const name of tensors.keys())
    for (const { pattern, kind } of traces)
      if (pattern.test(name))
        throw new CheckpointError(
          `${label}: the file holds "${name}", which ${kind} quantisation leaves: its weights are quantised. ${wayOut}`,
        );
}

/** Whether the config or the tensors say that weights are codes. */
export function isQuantised({ config, tensors }: Pick<Checkpoint, "config" | "tensors">): boolean {
  if (methodOf(quantizationOf(config)) !== undefined) return true;
  return [...tensors.keys()].some((name) => traces.some(({ pattern }) => pattern.test(name)));
}

/** What a config says of quantisation. */
export function quantizationOf(config: Checkpoint["config"]): Readonly<Record<string, unknown>> {
  const said = config.quantization_config ?? config.compression_config;
  return typeof said === "object" && said !== null ? (said as Record<string, unknown>) : {};
}

/** What a quantization_config calls its method; undefined where it says that nothing is quantised. */
function methodOf(quantization: Readonly<Record<string, unknown>>): string | undefined {
  const { quant_method, load_in_8bit, load_in_4bit, bits } = quantization;
  if (Object.keys(quantization).length === 0) return undefined;
  const method = typeof quant_method === "string" ? quant_method : "no quant_method";
  const width = load_in_8bit === true ? 8 : load_in_4bit === true ? 4 : bits;
  return typeof width === "number" ? `${method}, ${width} bits` : method;
}
