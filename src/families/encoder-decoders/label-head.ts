import { InputError } from "../../errors/errors.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { embed, linear, reshape } from "../../tensor/operations.ts";
import type { RawConfig } from "../config.ts";
import type { Task } from "../family.ts";
import { expectIds, type Inputs } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";

/** A head that is not over words. */
export interface LabelHead {
  readonly task: Task;
  /** The last stack's final state (B, T, C) → (B, labels) or (B, T, labels) */
  logits(final: LazyTensor, inputs: Inputs): LazyTensor;
  /** What it reads in the place of an encoder's final state, of that and all the streams before it, the embeddings first: each (B, S, C) → (B, S, C). */
  readonly ofStreams?: (streams: readonly LazyTensor[]) => LazyTensor;
  /** The same of any stream, where every token has its own. */
  readonly ofTokens?: (final: LazyTensor) => LazyTensor;
}

interface LabelHeadSource {
  readonly family: string;
  readonly raw: RawConfig;
  readonly width: number;
  readonly labels: number;
  /** The id that ends a text where config.json names none. */
  readonly usualEnd: number;
  readonly file: Parameters;
}

/** What gives labels or spans; undefined for the other classes. */
export function takeLabelHead(
  head: string | undefined,
  { family, raw, width: C, labels, usualEnd, file }: LabelHeadSource,
): LabelHead | undefined {
  const from = file.beside("");
  switch (head) {
    case "text labels": {
      const dense = from.linear("classification_head.dense", [C, C], "head.dense");
      const out = from.linear("classification_head.out_proj", [labels, C], "head");
      const ends = endIds(raw, usualEnd);
      return {
        task: "sequence classification",
        logits: (final, inputs) =>
          linear(
            linear(atLastEnd(family, final, inputs, ends), dense, { activation: "tanh" }),
            out,
          ),
      };
    }
    case "token labels": {
      const weights = from.linear("classifier", [labels, C], "head");
      return { task: "token classification", logits: (final) => linear(final, weights) };
    }
    case "spans": {
      const weights = from.linear("qa_outputs", [2, C], "head");
      const logits = (final: LazyTensor) => linear(final, weights);
      return { task: "question answering", logits, ofTokens: logits };
    }
    default:
      return undefined;
  }
}

/** The ids that end a text. */
function endIds(raw: RawConfig, usual: number): readonly unknown[] {
  return [raw.eos_token_id ?? usual].flat();
}

/** The first id that ends a text. */
export function firstEndId(raw: RawConfig, usual: number): number {
  const [first] = endIds(raw, usual);
  return typeof first === "number" ? first : usual;
}

/** The decoder's state where the text given to the encoder ends: (B, T, C) → (B, C). */
function atLastEnd(
  family: string,
  final: LazyTensor,
  inputs: Inputs,
  ends: readonly unknown[],
): LazyTensor {
  const [B, T, C] = final.shape as readonly [number, number, number];
  const { length } = inputs;
  const ids = expectIds(inputs, family);
  if (T !== length)
    throw new InputError(
      `${family}: decoderIds have ${T} tokens, ids ${length}; a classifier's must be alike. Leave decoderIds out: they are then ids, moved by one`,
    );
  const places = Int32Array.from({ length: B }, (_, row) => {
    const place = ids.subarray(row * T, (row + 1) * T).findLastIndex((id) => ends.includes(id));
    if (place < 0)
      throw new InputError(
        `${family}: row ${row} has no end of a text (eos_token_id ${ends.join(", ")}), where a classifier reads its state. Add the id behind the text, as the tokenizer does`,
      );
    return row * T + place;
  });
  const rows = final.program!.input(places, [B], "ends of texts");
  return embed(reshape(final, [B * T, C]), rows);
}
