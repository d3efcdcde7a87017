import { readingConfig } from "./config.ts";
import { pictureTypes } from "./pictures/types.ts";

/** Sizes every family has a default for, under the names families give them. */
const sizeFields = [
  ["hidden_size", "n_embd", "d_model", "dim"],
  ["num_hidden_layers", "n_layer", "n_layers", "num_layers", "encoder_layers"],
  ["num_attention_heads", "n_head", "n_heads", "num_heads", "encoder_attention_heads"],
  ["vocab_size"],
];

/** What config.json leaves out of the sizes, as the end of a message; empty where it leaves out nothing. */
export function leftOut(config: Readonly<Record<string, unknown>>): string {
  const ofReader = readingConfig(config);
  const missing = sizeFields
    .filter((names) => names.every((name) => ofReader[name] === undefined))
    .map(([name]) => name)
    // Images have no vocabulary.
    .filter((name) => name !== "vocab_size" || !pictureTypes.includes(String(config.model_type)));
  return missing.length === 0
    ? ""
    : ` config.json leaves out ${missing.join(", ")}, so the family's default was taken.`;
}
