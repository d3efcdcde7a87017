import { readBoolean } from "../definition.ts";
import { type Material, template } from "./tokenizer-class.ts";

/** The post-processor of a class that has none: a beginning and an end around each text, where the files ask for them. */
export function joinedByEnds({ values, names, idOf }: Material) {
  const { bos_token: beginning, eos_token: end } = names;
  const place = "tokenizer_config.json";
  const begins = beginning !== undefined && readBoolean(values, "add_bos_token", place, false);
  const ends = end !== undefined && readBoolean(values, "add_eos_token", place, false);
  const around = (text: string, type: number) =>
    `${begins ? `${beginning}:${type} ` : ""}${text}:${type}${ends ? ` ${end}:${type}` : ""}`;
  return template(around("$A", 0), `${around("$A", 0)} ${around("$B", 1)}`, idOf);
}
