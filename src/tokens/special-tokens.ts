import type { Definition } from "./definition.ts";

/** A token with a role. */
export interface SpecialToken {
  readonly id: number;
  readonly text: string;
}

/** The roles a token can have. */
export type SpecialTokenRole = "pad" | "cls" | "sep" | "mask" | "unknown" | "beginning" | "end";

/** The tokens with a role that a tokenizer has. */
export type SpecialTokens = { readonly [Role in SpecialTokenRole]?: SpecialToken };

type Names = { [Role in SpecialTokenRole]?: string };

/** The key of each role in tokenizer_config.json, and the names that published tokenizers use where it is absent. */
const roles: readonly (readonly [SpecialTokenRole, string, readonly string[]])[] = [
  ["pad", "pad_token", ["[PAD]", "<pad>"]],
  ["cls", "cls_token", ["[CLS]", "<cls>"]],
  ["sep", "sep_token", ["[SEP]", "<sep>"]],
  ["mask", "mask_token", ["[MASK]", "<mask>"]],
  ["unknown", "unk_token", ["[UNK]", "<unk>"]],
  ["beginning", "bos_token", ["<s>", "<|begin_of_text|>", "<|endoftext|>"]],
  ["end", "eos_token", ["</s>", "<|end_of_text|>", "<|endoftext|>"]],
];

/** The keys of the roles in tokenizer_config.json and special_tokens_map.json, in transformers' order. */
export const roleKeys: readonly string[] = [
  "bos_token",
  "eos_token",
  "unk_token",
  "sep_token",
  "pad_token",
  "cls_token",
  "mask_token",
];

/** The content of a token that is written as a text or as an object with flags. */
export function nameOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return undefined;
  return nameOf((value as Definition).content);
}

/** The tokens with a role: those named by key in the files, then by the post-processor and the model, then by custom. */
export function findSpecialTokens(
  named: Definition,
  definition: Definition,
  unknown: string | undefined,
  idOf: (text: string) => number | undefined,
): SpecialTokens {
  const processor = (definition.post_processor ?? {}) as { readonly [key: string]: unknown };
  const processed = (key: string) =>
    Array.isArray(processor[key]) ? nameOf(processor[key][0]) : undefined;
  const told: Names = { cls: processed("cls"), sep: processed("sep"), unknown };
  const found: { [Role in SpecialTokenRole]?: SpecialToken } = {};
  for (const [role, key, customary] of roles) {
    for (const text of [nameOf(named[key]), told[role], ...customary]) {
      const id = text === undefined ? undefined : idOf(text);
      if (id === undefined || text === undefined) continue;
      found[role] = { id, text };
      break;
    }
  }
  return found;
}
