import { InputError } from "../../errors/errors.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { embed, linear, reshape } from "../../tensor/operations.ts";
import { type RawConfig, refuse } from "../config.ts";
import { headClass, labelCount, type Task } from "../family.ts";
import { expectIds, type Inputs } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";

/** Which parts a checkpoint's class has. */
export interface T5Parts {
  /** Whether there is a decoder; an encoder may stand alone. */
  readonly decoder: boolean;
  readonly head: "words" | "text labels" | "token labels" | "spans" | undefined;
}

/** A head that is not over words. */
export interface LabelHead {
  readonly task: Task;
  /** The last stack's final state (B, T, C) → (B, labels) or (B, T, labels) */
  logits(final: LazyTensor, inputs: Inputs): LazyTensor;
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

/** What gives labels or spans; undefined for the other classes. */
export function takeLabelHead(
  { head }: T5Parts,
  raw: RawConfig,
  { width: C, file }: { readonly width: number; readonly file: Parameters },
): LabelHead | undefined {
  const from = file.beside("");
  const labels = labelCount(raw);
  switch (head) {
    case "text labels": {
      const dense = from.linear("classification_head.dense", [C, C], "head.dense");
      const out = from.linear("classification_head.out_proj", [labels, C], "head");
      const ends = endIds(raw);
      return {
        task: "sequence classification",
        logits: (final, inputs) =>
          linear(linear(atLastEnd(final, inputs, ends), dense, { activation: "tanh" }), out),
      };
    }
    case "token labels": {
      const weights = from.linear("classifier", [labels, C], "head");
      return { task: "token classification", logits: (final) => linear(final, weights) };
    }
    case "spans": {
      const weights = from.linear("qa_outputs", [2, C], "head");
      return { task: "question answering", logits: (final) => linear(final, weights) };
    }
    default:
      return undefined;
  }
}

/** The ids that end a text. */
export function endIds(raw: RawConfig): readonly unknown[] {
  return [raw.eos_token_id ?? 1].flat();
}

/** The decoder's state where the text given to the encoder ends: (B, T, C) → (B, C). */
function atLastEnd(final: LazyTensor, inputs: Inputs, ends: readonly unknown[]): LazyTensor {
  const [B, T, C] = final.shape as readonly [number, number, number];
  const { length } = inputs;
  const ids = expectIds(inputs, "t5");
  if (T !== length)
    throw new InputError(
      `t5: decoderIds have ${T} tokens, ids ${length}; a classifier's must be alike. Leave decoderIds out: they are then ids, moved by one`,
    );
  const places = Int32Array.from({ length: B }, (_, row) => {
    const place = ids.subarray(row * T, (row + 1) * T).findLastIndex((id) => ends.includes(id));
    if (place < 0)
      throw new InputError(
        `t5: row ${row} has no end of a text (eos_token_id ${ends.join(", ")}), where a classifier reads its state. Add the id behind the text, as the tokenizer does`,
      );
    return row * T + place;
  });
  const rows = final.program!.input(places, [B], "ends of texts");
  return embed(reshape(final, [B * T, C]), rows);
}
