import { CheckpointError } from "../errors/errors.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { safetensorsTable } from "./safetensors.ts";
import { shardedTable } from "./shards.ts";
import type { FileSource } from "./source.ts";
import { readText, storedCheckpoint, type TensorTable } from "./stored-checkpoint.ts";
import { isObject, parseJson } from "./strict-json.ts";

/** Told before each weight file is opened. */
export interface OpenProgress {
  readonly file: string;
  /** Weight files opened so far, of how many. */
  readonly done: number;
  readonly total: number;
}

export interface OpenOptions {
  /** Stops between files; what was being opened is closed. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: OpenProgress) => void;
  /** False: only config.json and text files, no tensors; nothing of the weights is fetched. */
  readonly weights?: boolean;
}

type OpenWeights = (source: FileSource, file: string) => Promise<TensorTable>;

/** Weight files in the order in which they are looked for. */
const weightFiles: readonly { readonly file: string; readonly open: OpenWeights }[] = [
  { file: "model.safetensors", open: safetensorsTable },
  {
    file: "pytorch_model.bin",
    // Few checkpoints need the pickle's machine.
    open: async (source, file) => (await import("./torch/bin.ts")).torchTable(source, file),
  },
];

/** What other formats there are, and what to do. */
const otherFormats: readonly {
  readonly pattern: RegExp;
  readonly probe: string;
  readonly format: string;
}[] = [
  { pattern: /\.h5$/, probe: "tf_model.h5", format: "TensorFlow weights" },
  { pattern: /\.msgpack$/, probe: "flax_model.msgpack", format: "Flax weights" },
  { pattern: /\.onnx$/, probe: "model.onnx", format: "an ONNX graph" },
  { pattern: /\.gguf$/, probe: "model.gguf", format: "a GGUF file" },
];

/**
 * A checkpoint as published: config.json, and model.safetensors or pytorch_model.bin, whole or in shards. Only headers are
 * read; tensors are read when asked for. Throws CheckpointError naming the file for whatever is missing or malformed, and
 * then closes the source; the caller closes the checkpoint.
 */
export async function openCheckpoint(
  source: FileSource,
  { signal, onProgress, weights = true }: OpenOptions = {},
): Promise<Checkpoint> {
  try {
    signal?.throwIfAborted();
    const config = await readConfig(source);
    const tensors = weights ? await openWeights(source, { signal, onProgress }) : new Map();
    signal?.throwIfAborted();
    return storedCheckpoint(source, config, tensors);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Names of config.json before there was one name for all, and the model type that they stand for. */
const olderConfigs = [
  ["bert_config.json", "bert"],
  ["albert_config.json", "albert"],
] as const;

async function readConfig(source: FileSource): Promise<Record<string, unknown>> {
  const own = await readObject(source, "config.json");
  if (own) return own;
  for (const [file, type] of olderConfigs) {
    const older = await readObject(source, file);
    if (older) return { model_type: type, ...older };
  }
  throw new CheckpointError(
    `${source.label}: there is no config.json. A checkpoint is a folder as Hugging Face publishes it: config.json beside model.safetensors.`,
  );
}

async function readObject(
  source: FileSource,
  file: string,
): Promise<Record<string, unknown> | undefined> {
  const text = await readText(source, file);
  if (text === undefined) return undefined;
  const config = parseJson(text, `${source.label}: ${file}`);
  if (!isObject(config)) throw new CheckpointError(`${source.label}: ${file} is not a JSON object`);
  return config;
}

async function openWeights(
  source: FileSource,
  { signal, onProgress }: OpenOptions,
): Promise<TensorTable> {
  for (const { file, open } of weightFiles) {
    if ((await source.size(file)) !== undefined) {
      onProgress?.({ file, done: 0, total: 1 });
      return open(source, file);
    }
    const index = `${file}.index.json`;
    if ((await source.size(index)) !== undefined)
      return shardedTable(source, index, (shard, done, total) => {
        signal?.throwIfAborted();
        onProgress?.({ file: shard, done, total });
        return open(source, shard);
      });
  }
  throw await noWeights(source);
}

async function noWeights(source: FileSource): Promise<CheckpointError> {
  const wanted =
    "heed reads model.safetensors or pytorch_model.bin, whole or in shards with their index";
  const files = await source.list();
  for (const { pattern, probe, format } of otherFormats) {
    const file =
      files?.find((name) => pattern.test(name)) ??
      ((await source.size(probe)) === undefined ? undefined : probe);
    if (file !== undefined)
      return new CheckpointError(
        `${source.label}: ${file} is ${format}; ${wanted}. Convert it with Python (transformers: from_pretrained, then save_pretrained), or take a revision that has them.`,
      );
  }
  const weights = files?.filter((name) => /\.(safetensors|bin|pt|pth)$/.test(name)) ?? [];
  const seen =
    weights.length === 0
      ? "there are no weights"
      : `the weights are named ${weights.slice(0, 5).join(", ")} and no index lists them`;
  return new CheckpointError(`${source.label}: ${seen}; ${wanted}.`);
}
