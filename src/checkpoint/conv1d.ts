import { isObject } from "./json/strict-json.ts";

/** Weights that lie (in, out), by model type: transformers' layer for them is Conv1D in place of Linear. */
const conv1d: Readonly<Record<string, RegExp>> = {
  gpt2: /(^|\.)(c_attn|q_attn|c_proj|c_fc)\.weight$/,
};

/** Whether a model keeps a weight as (in, out), the other way round than a Linear does. */
export function isConv1d(config: Readonly<Record<string, unknown>>, name: string): boolean {
  const { model_type: own, encoder, decoder } = config;
  const types = [own, ...[encoder, decoder].map((part) => isObject(part) && part.model_type)];
  return types.some((type) => conv1d[String(type)]?.test(name));
}
