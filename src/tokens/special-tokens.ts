import { asDefinition, type Definition } from "./definition.ts";

/** A token with a role. */
export interface SpecialToken {
  readonly id: number;
  readonly text: string;
}

/** The roles a token can have. */
export type SpecialTokenRole = "pad" | "cls" | "sep" | "mask" | "unknown" | "beginning" | "end";

/** The tokens with a role that a tokenizer has. */
export type SpecialTokens = { readonly [Role in SpecialTokenRole]?: SpecialToken };

/** The files that name them. */
interface NamingFiles {
  readonly specialTokensMap?: unknown;
  readonly tokenizerConfig?: unknown;
}

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

/** Names by role as special_tokens_map.json and tokenizer_config.json give them. */
export function tokenNames({ specialTokensMap, tokenizerConfig }: NamingFiles): Names {
  const map = asDefinition(specialTokensMap ?? {}, "special_tokens_map.json");
  const config = asDefinition(tokenizerConfig ?? {}, "tokenizer_config.json");
  const names: Names = {};
  for (const [role, key] of roles) names[role] = nameOf(config[key]) ?? nameOf(map[key]);
  return names;
}

function nameOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return undefined;
  return nameOf((value as Definition).content);
}

/** The tokens with a role: those named in the files, then by the post-processor and the model, then by custom. */
export function findSpecialTokens(
  files: NamingFiles,
  definition: Definition,
  unknown: string | undefined,
  idOf: (text: string) => number | undefined,
): SpecialTokens {
  const named = tokenNames(files);
  const processor = (definition.post_processor ?? {}) as { readonly [key: string]: unknown };
  const processed = (key: string) =>
    Array.isArray(processor[key]) ? nameOf(processor[key][0]) : undefined;
  const told: Names = { cls: processed("cls"), sep: processed("sep"), unknown };
  const found: { [Role in SpecialTokenRole]?: SpecialToken } = {};
  for (const [role, , customary] of roles) {
    for (const text of [named[role], told[role], ...customary]) {
      const id = text === undefined ? undefined : idOf(text);
      if (id === undefined || text === undefined) continue;
      found[role] = { id, text };
      break;
    }
  }
  return found;
}
