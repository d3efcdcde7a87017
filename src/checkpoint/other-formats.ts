import { CheckpointError } from "../errors/errors.ts";
import type { FileSource } from "./source.ts";
import { readText } from "./stored-checkpoint.ts";

/** A format heed does not read: how its files are named, one to ask for where nothing can be listed, and what to do. */
interface Format {
  readonly pattern: RegExp;
  readonly probe: string;
  readonly format: string;
  readonly wayOut?: string;
}

const wanted =
  "heed reads model.safetensors or pytorch_model.bin, whole or in shards with their index";
const convert =
  "Convert it with Python (transformers: from_pretrained, then save_pretrained), or take a revision that has them";

const formats: readonly Format[] = [
  { pattern: /\.h5$/, probe: "tf_model.h5", format: "TensorFlow weights" },
  {
    pattern: /\.ckpt(\.(index|meta|data-.*))?$/,
    probe: "model.ckpt.index",
    format: "a TensorFlow checkpoint",
  },
  { pattern: /^saved_model\.pb$/, probe: "saved_model.pb", format: "a TensorFlow graph" },
  { pattern: /\.msgpack$/, probe: "flax_model.msgpack", format: "Flax weights" },
  { pattern: /\.onnx(_data)?$/, probe: "model.onnx", format: "an ONNX graph" },
  {
    pattern: /\.gguf$/i,
    probe: "model.gguf",
    format: "a GGUF file",
    wayOut: "Name the file itself behind the folder: …/model.gguf",
  },
  { pattern: /\.ot$/, probe: "rust_model.ot", format: "rust-bert's weights" },
  {
    pattern: /^openvino_model\.(xml|bin)$/,
    probe: "openvino_model.xml",
    format: "an OpenVINO graph",
  },
  {
    pattern: /^consolidated\.\d+\.pth$/,
    probe: "consolidated.00.pth",
    format: "a checkpoint in Meta's own layout",
    wayOut: "Take the repository with the same model for transformers (its name ends in -hf)",
  },
];

/** What a source holds in place of a checkpoint, as an error with the way out; undefined where it is none of the formats known. */
export async function otherFormat(source: FileSource): Promise<CheckpointError | undefined> {
  const files = await source.list();
  const holds = async (name: string) =>
    files ? files.includes(name) : (await source.size(name)) !== undefined;
  if (await holds("adapter_config.json")) return adapter(source);
  for (const { pattern, probe, format, wayOut = convert } of formats) {
    const file = files?.find((name) => pattern.test(name)) ?? ((await holds(probe)) ? probe : "");
    if (file !== "")
      return new CheckpointError(`${source.label}: ${file} is ${format}; ${wanted}. ${wayOut}.`);
  }
  return undefined;
}

/** A LoRA adapter: changes to the weights of another model, which it names. */
async function adapter(source: FileSource): Promise<CheckpointError> {
  const text = await readText(source, "adapter_config.json");
  const base = /"base_model_name_or_path"\s*:\s*"([^"]*)"/.exec(text ?? "")?.[1];
  return new CheckpointError(
    `${source.label}: adapter_config.json: this is an adapter (LoRA), changes to the weights of ${base ? `"${base}"` : "another model"}, and no model by itself. Where a model is run it is applied to its base; here give ${base ?? "that model"}.`,
  );
}

/** The error for a folder without weights: what lies there instead. */
export async function noWeights(source: FileSource): Promise<CheckpointError> {
  const other = await otherFormat(source);
  if (other) return other;
  const weights =
    (await source.list())?.filter((name) => /\.(safetensors|bin|pt|pth)$/.test(name)) ?? [];
  const seen =
    weights.length === 0
      ? "there are no weights"
      : `the weights are named ${weights.slice(0, 5).join(", ")} and no index lists them`;
  return new CheckpointError(`${source.label}: ${seen}; ${wanted}.`);
}
