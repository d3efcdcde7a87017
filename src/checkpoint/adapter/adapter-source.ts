import { CheckpointError, InputError } from "../../errors/errors.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { isObject, parseJson } from "../json/strict-json.ts";
import { safetensorsTable } from "../safetensors.ts";
import type { FileSource } from "../source.ts";
import { readText, storedCheckpoint } from "../stored-checkpoint.ts";
import { type AdapterConfig, readAdapterConfig } from "./adapter-config.ts";

const configFile = "adapter_config.json";

/** Weights that make a folder a model, whatever else lies in it. */
const ownWeights = /^(model|pytorch_model)\.(safetensors|bin)(\.index\.json|\.parts\.json)?$/;

/** Tokenizer files that are the adapter's own where it has them: training may have added tokens. */
const tokenizerFile =
  /^(tokenizer(_config)?\.json|special_tokens_map\.json|added_tokens\.json|vocab\.(txt|json)|merges\.txt|.*\.model|chat_template.*)$/;

/** A folder with changes to the weights of another model. */
export interface Adapter {
  readonly config: AdapterConfig;
  /** The base with the changes in its weights, and the adapter's own tokenizer where there is one; closing it closes both. */
  apply(base: Checkpoint): Promise<Checkpoint>;
  close(): Promise<void>;
}

/** The adapter that a source holds in place of a model; undefined for a model. Throws CheckpointError for one that cannot be applied. */
export async function adapterIn(source: FileSource): Promise<Adapter | undefined> {
  const files = await source.list();
  if (files ? files.some((file) => ownWeights.test(file)) : await source.size("config.json"))
    return undefined;
  if (files && !files.includes(configFile)) return undefined;
  const place = `${source.label}: ${configFile}`;
  const text = await readText(source, configFile);
  if (text === undefined) return undefined;
  const raw = parseJson(text, place);
  if (!isObject(raw)) throw new CheckpointError(`${place} is not a JSON object`);
  const config = readAdapterConfig(raw, place);
  return {
    config,
    close: () => source.close(),
    async apply(base) {
      const adapter = await openTensors(source, raw);
      const { mergedCheckpoint } = await import("./merge.ts");
      const merged = mergedCheckpoint(base, adapter, config);
      const hasTokenizer = ["tokenizer.json", "tokenizer_config.json"];
      const sizes = await Promise.all(hasTokenizer.map((file) => source.size(file)));
      const isOwn = sizes.some((size) => size !== undefined);
      const from = (file: string) => (isOwn && tokenizerFile.test(file) ? adapter : base);
      return {
        ...merged,
        label: source.label,
        text: (file) => from(file).text(file),
        data: (file) => from(file).data(file),
        close: async () => {
          await source.close();
          await base.close();
        },
      };
    },
  };
}

/** The name of the base that was said, or else the adapter's own. Throws InputError where neither names one. */
export function baseOf<Source>({ config }: Adapter, label: string, said: Source | undefined) {
  const base = said ?? config.base;
  if (base !== undefined) return base;
  throw new InputError(
    `load: ${label}: ${configFile} names no base_model_name_or_path. Give the model that it changes as base (--base)`,
  );
}

async function openTensors(
  source: FileSource,
  config: Readonly<Record<string, unknown>>,
): Promise<Checkpoint> {
  const [plain, pickled] = ["adapter_model.safetensors", "adapter_model.bin"] as const;
  if ((await source.size(plain)) !== undefined)
    return storedCheckpoint(source, config, await safetensorsTable(source, plain));
  if ((await source.size(pickled)) === undefined)
    throw new CheckpointError(
      `${source.label}: there is ${configFile}, and no ${plain} beside it. Is the download complete?`,
    );
  const { torchTable } = await import("../torch/bin.ts");
  return storedCheckpoint(source, config, await torchTable(source, pickled));
}
