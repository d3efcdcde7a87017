import { CheckpointError } from "../errors/errors.ts";
import type { Checkpoint } from "./checkpoint.ts";

/** Tensors that quantisation leaves in a file, by the library that leaves them. */
const traces: readonly { readonly pattern: RegExp; readonly kind: string }[] = [
  { pattern: /\.(SCB|weight_format)$/, kind: "bitsandbytes' 8-bit" },
  { pattern: /\.quant_state\.|\.(absmax|quant_map|nested_absmax)$/, kind: "bitsandbytes' 4-bit" },
  { pattern: /\.g_idx$/, kind: "GPTQ" },
  { pattern: /\.(qweight|qzeros)$/, kind: "GPTQ or AWQ" },
  { pattern: /\.(weight_packed|weight_shape)$/, kind: "compressed-tensors" },
  { pattern: /\.(weight_scale(_inv|_2)?|input_scale|weight_zero_point)$/, kind: "FP8 or 8-bit" },
  { pattern: /\.weight\._(data|scale|shift)$/, kind: "quanto" },
];

const wayOut =
  "heed reads weights as numbers, not as quantised codes: take the repository that it was made from, or save it again as float with Python (model.dequantize(), then save_pretrained)";

/** Throws CheckpointError for weights that are quantised, told by the config or by what lies beside them: as numbers they mean nothing. */
export function expectNumbers({
  label,
  config,
  tensors,
}: Pick<Checkpoint, "label" | "config" | "tensors">): void {
  const method = methodOf(config.quantization_config ?? config.compression_config);
  if (method !== undefined)
    throw new CheckpointError(
      `${label}: config.json says quantization_config (${method}): its weights are quantised. ${wayOut}`,
    );
  for (const name of tensors.keys())
    for (const { pattern, kind } of traces)
      if (pattern.test(name))
        throw new CheckpointError(
          `${label}: the file holds "${name}", which ${kind} quantisation leaves: its weights are quantised. ${wayOut}`,
        );
}

/** What a quantization_config calls its method; undefined where it says that nothing is quantised. */
function methodOf(quantization: unknown): string | undefined {
  if (typeof quantization !== "object" || quantization === null) return undefined;
  const { quant_method, load_in_8bit, load_in_4bit, bits } = quantization as Record<
    string,
    unknown
  >;
  if (Object.keys(quantization).length === 0) return undefined;
  const method = typeof quant_method === "string" ? quant_method : "no quant_method";
  const width = load_in_8bit === true ? 8 : load_in_4bit === true ? 4 : bits;
  return typeof width === "number" ? `${method}, ${width} bits` : method;
}
