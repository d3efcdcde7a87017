import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { readJson } from "../../checkpoint/json-file.ts";
import type { Probe } from "../../probe/probe.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { meanPool, reshape, slice, unit } from "../../tensor/operations.ts";
import type { Inputs } from "../inputs.ts";

/** How a checkpoint of sentence-transformers makes one vector of a text. */
export interface SentencePooling {
  readonly mode: "mean" | "first token";
  /** Whether the vector is divided by its length. */
  readonly isNormalized: boolean;
}

/** Reads modules.json and the pooling's config; undefined when the checkpoint is no sentence encoder, a reason when heed lacks its way of pooling. */
export async function readPooling(
  checkpoint: Checkpoint,
): Promise<SentencePooling | { readonly refused: string } | undefined> {
  const modules = await readJson(checkpoint, "modules.json");
  if (!Array.isArray(modules)) return undefined;
  const kinds = modules.map(({ type }: { type?: unknown }) => String(type).split(".").at(-1)!);
  const folder = modules[kinds.indexOf("Pooling")]?.path as string | undefined;
  const other = kinds.find((kind) => !["Transformer", "Pooling", "Normalize"].includes(kind));
  if (other)
    return { refused: `modules.json asks for a module ${other}, which heed does not have` };
  if (folder === undefined) return undefined;
  const pooling = (await readJson(checkpoint, `${folder}/config.json`)) as Record<string, unknown>;
  const modes = Object.keys(pooling ?? {}).filter(
    (key) => key.startsWith("pooling_mode_") && pooling[key] === true,
  );
  const [mode] = modes;
  const isNormalized = kinds.includes("Normalize");
  if (modes.length === 1 && mode === "pooling_mode_mean_tokens")
    return { mode: "mean", isNormalized };
  if (modes.length === 1 && mode === "pooling_mode_cls_token")
    return { mode: "first token", isNormalized };
  return {
    refused: `the checkpoint pools by ${modes.join(" and ") || "nothing"}, heed by mean or first token`,
  };
}

/** One vector a text: final (B, T, C) → (B, C). */
export function sentence(
  final: LazyTensor,
  { batch, length, mask }: Inputs,
  { mode, isNormalized }: SentencePooling,
  { program }: Probe,
): LazyTensor {
  const ones = () => new Int32Array(batch * length).fill(1);
  const pooled =
    mode === "mean"
      ? meanPool(final, program.input(mask ?? ones(), [batch, length], "mask"))
      : reshape(slice(final, 1, 0, 1), [batch, final.shape[2]!]);
  return isNormalized ? unit(pooled) : pooled; // (B, C)
}
