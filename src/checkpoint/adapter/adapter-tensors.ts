import { CheckpointError } from "../../errors/errors.ts";
import { short } from "../../errors/visible.ts";

/** What one module's weight is changed by: names of tensors in the adapter's file. */
export interface AdaptedModule {
  /** Its path in the adapted model: "model.layers.0.self_attn.q_proj". */
  readonly path: string;
  /** Left and right of a linear layer (A is read by rows of r), or of an embedding. */
  down?: string;
  up?: string;
  isEmbedding?: boolean;
  /** Added to the module's bias. */
  upBias?: string;
  /** Lengths of the merged weight's rows (DoRA). */
  magnitudes?: string;
  /** Rows that stand in place of the table's own. */
  rows?: string;
}

/** The tensors of an adapter's file, by what they do. */
export interface AdapterTensors {
  readonly modules: ReadonlyMap<string, AdaptedModule>;
  /** Tensors that stand in place of the base's own, by their path in the adapted model. */
  readonly replaced: ReadonlyMap<string, string>;
}

type Part = Exclude<keyof AdaptedModule, "path" | "isEmbedding">;

const parts: readonly {
  readonly pattern: RegExp;
  readonly part: Part;
  readonly isEmbedding?: boolean;
}[] = [
  { pattern: /\.lora_A(\.default)?\.weight$/, part: "down" },
  { pattern: /\.lora_B(\.default)?\.weight$/, part: "up" },
  { pattern: /\.lora_B(\.default)?\.bias$/, part: "upBias" },
  { pattern: /\.lora_embedding_A(\.default)?$/, part: "down", isEmbedding: true },
  { pattern: /\.lora_embedding_B(\.default)?$/, part: "up", isEmbedding: true },
  { pattern: /\.lora_magnitude_vector(\.default)?(\.weight)?$/, part: "magnitudes" },
  { pattern: /\.token_adapter\.trainable_tokens_delta(\.default)?$/, part: "rows" },
];

/** Sorts an adapter's tensors. Throws CheckpointError for one whose name says nothing that is known, and for halves of a product. */
export function adapterTensors(names: Iterable<string>, place: string): AdapterTensors {
  const modules = new Map<string, AdaptedModule>();
  const replaced = new Map<string, string>();
  for (const name of names) {
    const own = name.replace(/^base_model\.model\./, "");
    const found = parts.find(({ pattern }) => pattern.test(own));
    if (!found) {
      if (/(^|\.)original_module\./.test(own)) continue;
      if (/(lora_|token_adapter|prompt_|adaption_|ia3_|hada_|lokr_)/.test(own))
        throw new CheckpointError(
          `${place}: "${short(name)}" is no tensor of a LoRA adapter that heed knows. Merge it with Python (peft: merge_and_unload())`,
        );
      replaced.set(own.replace(/\.(modules_to_save(\.default)?|base_layer)\./, "."), name);
      continue;
    }
    const path = own.replace(found.pattern, "");
    const module: AdaptedModule = modules.get(path) ?? { path };
    if (module[found.part] !== undefined)
      throw new CheckpointError(
        `${place}: "${short(module[found.part]!)}" and "${short(name)}" are the same part of ${short(path)}`,
      );
    module[found.part] = name;
    if (found.isEmbedding) module.isEmbedding = true;
    modules.set(path, module);
  }
  for (const { path, down, up, magnitudes, upBias } of modules.values()) {
    const isWhole = (down === undefined) === (up === undefined);
    if (!isWhole || (!down && (magnitudes || upBias)))
      throw new CheckpointError(
        `${place}: of "${short(path)}" there is ${down ? "lora_A without lora_B" : "lora_B without lora_A"}. Is the file complete?`,
      );
  }
  if (modules.size === 0 && replaced.size === 0)
    throw new CheckpointError(`${place} holds no tensors. Is the download complete?`);
  return { modules, replaced };
}

/** The base's name for a tensor of the adapted model, whose classes put more, or less, in front of it than the file has; undefined where it has none. */
export function storedName(
  tensors: { has(name: string): boolean; keys(): Iterable<string> },
  path: string,
): string | undefined {
  if (tensors.has(path)) return path;
  const words = path.split(".");
  for (let cut = 1; cut <= 3 && words.length - cut >= 2; cut++) {
    const shorter = words.slice(cut).join(".");
    if (tensors.has(shorter)) return shorter;
  }
  const longer = [...tensors.keys()].filter((name) => name.endsWith(`.${path}`));
  return longer.length === 1 ? longer[0] : undefined;
}
