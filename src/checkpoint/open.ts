import { CheckpointError } from "../errors/errors.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { isObject, parseJson } from "./json/strict-json.ts";
import { noWeights, otherFormat } from "./other-formats.ts";
import { partedSource } from "./parted.ts";
import { safetensorsTable } from "./safetensors.ts";
import { shardedTable } from "./shards.ts";
import type { FileSource } from "./source.ts";
import { readText, storedCheckpoint, type TensorTable } from "./stored-checkpoint.ts";

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
  /** Told what config.json says before the weights are looked for. */
  readonly onConfig?: (config: Record<string, unknown>) => void;
  /** False: only config.json and text files, no tensors; nothing of the weights is fetched. */
  readonly weights?: boolean;
}

type OpenWeights = (source: FileSource, file: string) => Promise<TensorTable>;

interface WeightFile {
  readonly file: string;
  readonly open: OpenWeights;
}

/** Weight files in the order in which they are looked for. */
const weightFiles: readonly [WeightFile, ...WeightFile[]] = [
  { file: "model.safetensors", open: safetensorsTable },
  {
    file: "pytorch_model.bin",
    // Few checkpoints need the pickle's machine.
    open: async (source, file) => (await import("./torch/bin.ts")).torchTable(source, file),
  },
];

/**
 * A checkpoint as published: config.json, and model.safetensors or pytorch_model.bin, whole or in shards; or one GGUF file. Only headers are
 * read; tensors are read when asked for. Throws CheckpointError naming the file for whatever is missing or malformed, and
 * then closes the source; the caller closes the checkpoint.
 */
export async function openCheckpoint(
  source: FileSource,
  { signal, onProgress, onConfig, weights = true }: OpenOptions = {},
): Promise<Checkpoint> {
  try {
    signal?.throwIfAborted();
    const gguf = await ggufFile(source);
    if (gguf !== undefined) {
      onProgress?.({ file: gguf, done: 0, total: 1 });
      return await (await import("./gguf/gguf-checkpoint.ts")).openGguf(source, gguf);
    }
    const config = await readConfig(source);
    onConfig?.(config);
    const opened = weights ? await openWeights(source, { signal, onProgress }) : undefined;
    signal?.throwIfAborted();
    return storedCheckpoint(opened?.source ?? source, config, opened?.tensors ?? new Map());
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** The GGUF file of a source that holds one and no weights beside; which of several is for the person to say. */
async function ggufFile(source: FileSource): Promise<string | undefined> {
  const files = await source.list();
  const found = files?.filter((name) => /\.gguf$/i.test(name)) ?? [];
  const isBeside = files?.some((name) => /^(model|pytorch_model)\.(safetensors|bin)/.test(name));
  if (found.length === 0 || isBeside) return undefined;
  if (found.length === 1) return found[0];
  throw new CheckpointError(
    `${source.label}: there are ${found.length} GGUF files: ${found.slice(0, 8).join(", ")}${found.length > 8 ? " …" : ""}. Name one: ${source.label}/${found[0]}`,
  );
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
  const other = await otherFormat(source);
  if (other) throw other;
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

/** The tensors, and the source in which their files are found. */
async function openWeights(
  source: FileSource,
  { signal, onProgress }: OpenOptions,
): Promise<{ readonly source: FileSource; readonly tensors: TensorTable }> {
  for (const { file, open } of weightFiles) {
    if ((await source.size(file)) !== undefined) {
      onProgress?.({ file, done: 0, total: 1 });
      return { source, tensors: await open(source, file) };
    }
    const index = `${file}.index.json`;
    if ((await source.size(index)) !== undefined)
      return {
        source,
        tensors: await shardedTable(source, index, (shard, done, total) => {
          signal?.throwIfAborted();
          onProgress?.({ file: shard, done, total });
          return open(source, shard);
        }),
      };
  }
  const [{ file, open }] = weightFiles;
  const parted = await partedSource(source, file);
  if (parted) return { source: parted, tensors: await open(parted, file) };
  throw await noWeights(source);
}
