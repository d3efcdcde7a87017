import { type RawConfig, refuse } from "../config.ts";
import { headClass } from "../family.ts";

/** Which parts a checkpoint's class has. */
export interface T5Parts {
  /** Whether there is a decoder; an encoder may stand alone. */
  readonly decoder: boolean;
  readonly head: "words" | "text labels" | "token labels" | "spans" | undefined;
}

/** The parts of a class of transformers. Throws ConfigError for a class heed does not have. */
export function partsOf(raw: RawConfig, type: "t5" | "mt5"): T5Parts {
  const name = Array.isArray(raw.architectures) ? String(raw.architectures[0]) : "";
  if (/EncoderModel$/.test(name)) return { decoder: false, head: undefined };
  switch (headClass(raw)) {
    case "Model":
      return { decoder: true, head: undefined };
    case "ForConditionalGeneration":
    // What the class was called when the first files were published.
    case "LMHeadModel":
      return { decoder: true, head: "words" };
    case "ForSequenceClassification":
      return { decoder: true, head: "text labels" };
    case "ForTokenClassification":
      return { decoder: false, head: "token labels" };
    case "ForQuestionAnswering":
      return { decoder: true, head: "spans" };
    default: {
      const own = type.toUpperCase();
      return refuse(
        type,
        "architectures",
        raw.architectures,
        `heed has ${own}Model, ${own}EncoderModel, ${own}ForConditionalGeneration, ${own}ForSequenceClassification, ${own}ForTokenClassification and ${own}ForQuestionAnswering`,
      );
    }
  }
}
