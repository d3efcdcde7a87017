import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { renamed } from "../checkpoint/renamed.ts";
import type { RawConfig } from "../families/config.ts";

/** Types whose files read pictures and texts, and the type and class of their text part, which runs as Python runs it on texts alone. */
const textParts: Readonly<Record<string, { readonly type: string; readonly class: string }>> = {
  gemma3: { type: "gemma3_text", class: "Gemma3ForCausalLM" },
};

/** The config of a file's text part, where heed runs that part of it; else the config itself. */
export function textConfig(config: RawConfig): RawConfig {
  const part = partOf(config);
  if (!part) return config;
  const { text_config: text, eos_token_id, bos_token_id, pad_token_id } = config;
  const ids = Object.fromEntries(
    Object.entries({ eos_token_id, bos_token_id, pad_token_id }).filter(
      ([, id]) => id !== undefined,
    ),
  );
  return { ...ids, ...(text as RawConfig), model_type: part.type, architectures: [part.class] };
}

/** A file that reads pictures too, as its text part alone: its tensors under that part's own names. */
export function textPart(checkpoint: Checkpoint, warn: (message: string) => void): Checkpoint {
  const { config, label } = checkpoint;
  if (!partOf(config)) return checkpoint;
  warn(
    `${label}: ${String(config.model_type)} reads pictures and texts; its text part runs, as Python runs it where there is no picture`,
  );
  return { ...renamed(checkpoint, textName), config: textConfig(config) };
}

function partOf({ model_type: type, text_config: text }: RawConfig) {
  const isObject = typeof text === "object" && text !== null && !Array.isArray(text);
  return isObject && typeof type === "string" && Object.hasOwn(textParts, type)
    ? textParts[type]
    : undefined;
}

/** A tensor's name in the text part: of files of transformers 4 and 5; undefined for what reads pictures. */
function textName(name: string): string | undefined {
  if (/^(model\.)?(vision_tower|multi_modal_projector)\./.test(name)) return undefined;
  return name
    .replace(/^language_model\.(model|lm_head)\./, "$1.")
    .replace(/^model\.language_model\./, "model.");
}
