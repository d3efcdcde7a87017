import type { Checkpoint, StoredTensor } from "../checkpoint.ts";
import { isObject } from "../json/strict-json.ts";
import { quantizationOf } from "./traces.ts";
import { refuse } from "./weight.ts";

/** Whose layout each packing_format of AutoRound 0.16 is: GPTQ's first keeps zero points less one, its second as they are. */
const layouts: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "auto_round:auto_gptq": { quant_method: "gptq", checkpoint_format: "gptq" },
  "auto_round:gptq": { quant_method: "gptq", checkpoint_format: "gptq" },
  auto_round: { quant_method: "gptq", checkpoint_format: "gptq_v2" },
  "auto_round:gptqmodel": { quant_method: "gptq", checkpoint_format: "gptq_v2" },
  "auto_round:auto_awq": { quant_method: "awq", version: "gemm" },
  "auto_round:awq": { quant_method: "awq", version: "gemm" },
};

/** Whether a config says that AutoRound made the codes. */
export function isByAutoRound({
  quant_method: method,
}: Readonly<Record<string, unknown>>): boolean {
  return method === "auto-round" || method === "intel/auto-round";
}

/** What GPTQ's or AWQ's own config would say of a `.qweight` of AutoRound's. Throws CheckpointError for its other layouts. */
export function autoRoundAs(
  checkpoint: Checkpoint,
  tensor: StoredTensor,
): Readonly<Record<string, unknown>> {
  const config = quantizationOf(checkpoint.config);
  const { packing_format: format, data_type: type = "int", act_bits: activations } = config;
  if (typeof format !== "string" || !Object.hasOwn(layouts, format))
    refuse(
      checkpoint,
      tensor,
      `is AutoRound's of packing_format ${JSON.stringify(format)}; ${Object.keys(layouts).join(", ")} are read`,
    );
  if (type !== "int")
    refuse(checkpoint, tensor, `is AutoRound's of data_type ${JSON.stringify(type)}; int is read`);
  if (typeof activations === "number" && activations < 16)
    refuse(checkpoint, tensor, `is AutoRound's for activations of ${activations} bits (act_bits)`);
  const turned = Object.keys(config).find((key) => /rotation|spinquant|hadamard/.test(key));
  if (turned && config[turned])
    refuse(checkpoint, tensor, `is AutoRound's, turned by a matrix that is not here (${turned})`);
  const layout = layouts[format]!;
  return { ...layout, ...ownSizes(checkpoint, tensor, config, layout.quant_method === "awq") };
}

/** The bits and the group size of a module: where some differ (extra_config), as its zero points and scales tell them. */
function ownSizes(
  { tensors }: Checkpoint,
  { name, shape: [rows = 0, outputs = 0] }: StoredTensor,
  { bits, group_size, extra_config }: Readonly<Record<string, unknown>>,
  isAwq: boolean,
) {
  if (!isObject(extra_config)) return { bits, group_size };
  const [count = 0, words = 0] = tensors.get(name.replace(/qweight$/, "qzeros"))?.shape ?? [];
  const ownBits = isAwq ? bits : (32 * words) / outputs;
  const inputs = isAwq ? rows : (rows * 32) / Number(ownBits);
  return { bits: ownBits, group_size: inputs / count };
}
