import type { Spread } from "../../attention/blind-rows.ts";
import { softCapped } from "../../attention/soft-cap.ts";
import { InputError } from "../../errors/errors.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import {
  embed,
  type LinearWeights,
  linear,
  reshape,
  scale,
  slice,
} from "../../tensor/operations.ts";
import { type RawConfig, refuse } from "../config.ts";
import { labelCount, type Norm, type Readout, type Task } from "../family.ts";
import type { Inputs } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";

/** What sits on top of a decoder. */
export interface CausalHead {
  readonly task: Task;
  /** final (B, T, C) → (B, T, V), (B, T, labels) or (B, labels) */
  readonly logits?: (final: LazyTensor, inputs: Inputs) => LazyTensor;
  /** The same, token by token. */
  readonly perToken?: (final: LazyTensor) => LazyTensor;
  /** The map that is, where it is no more than that: times `scale`. */
  readonly map?: LinearWeights & { readonly scale: number };
}

interface HeadSource {
  readonly isTied: boolean;
  readonly paddingId: number | undefined;
  readonly raw: RawConfig;
  /** The word embeddings (V, C), which a tied head uses again. */
  readonly words: LazyTensor;
  readonly file: Parameters;
  /** What the language model's head is called in the file: "lm_head". */
  readonly stored?: string;
  /** Whether the language model's head adds a bias. */
  readonly hasBias?: boolean;
  /** What the language model's logits are multiplied by, in a family without that bias. */
  readonly scale?: number;
  /** Keeps the language model's logits within ± this: cap · tanh(logits / cap). */
  readonly cap?: number;
}

/** The head of a decoder's class in transformers, by its name after the family's (`GPT2LMHeadModel` → "LMHeadModel"). */
export function takeCausalHead(family: string, name: string, source: HeadSource): CausalHead {
  const { file, raw, words } = source;
  const [V, C] = words.shape as readonly [number, number];
  const over = (stored: string, labels: number, bias: boolean) =>
    file.beside("").linear(stored, [labels, C], "head", { bias });
  switch (name) {
    case "Model":
      return { task: "features" };
    case "LMHeadModel":
    case "ForCausalLM": {
      const { stored = "lm_head", hasBias = false, scale: factor = 1, cap } = source;
      const weight = source.isTied
        ? file.beside("").tied(words, `${stored}.weight`)
        : over(stored, V, false).weight;
      const bias = hasBias ? file.beside("").plain(`${stored}.bias`, [V], "head.bias") : undefined;
      const perToken = (final: LazyTensor) => {
        const logits = scale(linear(final, { weight, bias }), factor);
        return cap === undefined ? logits : softCapped(logits, cap);
      };
      return {
        task: "language modeling",
        map: cap === undefined ? { weight, bias, scale: factor } : undefined,
        perToken,
        logits: (final, inputs) => perToken(lastOnly(final, inputs)),
      };
    }
    case "ForTokenClassification": {
      const isOwn = file.beside("").has("classifier.weight");
      const hasBias = isOwn || raw.token_classification_bias !== false;
      const weights = over(isOwn ? "classifier" : "score", labelCount(raw), hasBias);
      return {
        task: "token classification",
        map: { ...weights, scale: 1 },
        perToken: (final) => linear(final, weights),
        logits: (final) => linear(final, weights),
      };
    }
    case "ForQuestionAnswering": {
      const weights = over("qa_outputs", 2, true);
      return {
        task: "question answering",
        map: { ...weights, scale: 1 },
        perToken: (final) => linear(final, weights),
        logits: (final) => linear(final, weights),
      };
    }
    case "ForSequenceClassification": {
      const weights = over("score", labelCount(raw), false);
      return {
        task: "sequence classification",
        map: { ...weights, scale: 1 },
        perToken: (final) => linear(final, weights),
        logits: (final, inputs) => linear(lastReal(final, inputs, source.paddingId), weights),
      };
    }
    default:
      return refuse(
        String(raw.model_type),
        "architectures",
        raw.architectures,
        `heed has ${family} bare, with a language-model head, and for the classification of texts and tokens and question answering`,
      );
  }
}

/** How such a head reads a stream, behind the last norm. */
export function causalReadout(
  { map, perToken }: CausalHead,
  norm: Norm | undefined,
  project?: Readout["project"],
): Readout | undefined {
  return perToken && { stack: "", norm, project, logits: perToken, map: project ? undefined : map };
}

/**
 * What happens to a row of padding before a text, which sees nothing: a classifier may read it (its last id that is no padding
 * can be masked), so it is as PyTorch has it; of a language model nobody reads it, and it is 0 in every pass of a generation.
 */
export function spreadUnder({ task }: CausalHead, spread: Spread = "all keys"): Spread {
  return task === "language modeling" ? "nothing" : spread;
}

/** The last token's vector while generating, where nothing else is wanted: (B, T, C) → (B, 1, C). */
function lastOnly(final: LazyTensor, { isLastOnly, length }: Inputs): LazyTensor {
  return isLastOnly ? slice(final, 1, length - 1, length) : final;
}

/** The last token of each row that is not padding, by its id as transformers has it: (B, T, C) → (B, C). */
function lastReal(
  final: LazyTensor,
  { ids, batch, length }: Inputs,
  paddingId?: number,
): LazyTensor {
  if (paddingId === undefined && batch > 1)
    throw new InputError(
      "classifying several texts at once needs pad_token_id in config.json, to find each text's last token",
    );
  const last = Int32Array.from({ length: batch }, (_, row) => {
    const own = ids!.subarray(row * length, (row + 1) * length);
    const place = own.findLastIndex((id) => id !== paddingId);
    return row * length + Math.max(place, 0);
  });
  const C = final.shape[2]!;
  const rows = final.program!.input(last, [batch], "last tokens");
  return embed(reshape(final, [batch * length, C]), rows);
}
