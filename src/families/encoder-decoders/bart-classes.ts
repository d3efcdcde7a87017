import { type RawConfig, refuse } from "../config.ts";
import { headClass } from "../family.ts";

/** What a family's classes are called in transformers. */
export interface BartClasses {
  readonly type: string;
  /** What their names begin with: "Bart". */
  readonly prefix: string;
  /** What the writing class is called behind that. */
  readonly writer: "ForConditionalGeneration" | "MTModel";
  /** Whether there are classes for labels of a text and for spans. */
  readonly hasLabels: boolean;
  /** Whether there is a class for the decoder alone. */
  readonly hasDecoderAlone: boolean;
}

/** The head of a class. Throws ConfigError for a class heed does not have. */
export function partsOf(
  { type, prefix, writer, hasLabels, hasDecoderAlone }: BartClasses,
  raw: RawConfig,
): "words" | "words alone" | "text labels" | "spans" | undefined {
  const name = Array.isArray(raw.architectures) ? String(raw.architectures[0]) : "";
  const head = name === prefix + writer ? "ForConditionalGeneration" : headClass(raw);
  if (head === "Model") return undefined;
  if (head === "ForConditionalGeneration") return "words";
  if (hasLabels && head === "ForSequenceClassification") return "text labels";
  if (hasLabels && head === "ForQuestionAnswering") return "spans";
  if (hasDecoderAlone && head === "ForCausalLM") return "words alone";
  const ofLabels = hasLabels ? ["ForSequenceClassification", "ForQuestionAnswering"] : [];
  const others = [...ofLabels, ...(hasDecoderAlone ? ["ForCausalLM"] : [])];
  const had = ["Model", writer, ...others].map((after) => prefix + after);
  return refuse(
    type,
    "architectures",
    raw.architectures,
    `heed has ${had.slice(0, -1).join(", ")} and ${had.at(-1)}`,
  );
}
