import type { Probe } from "../../probe/probe.ts";
import type { Activation } from "../../tensor/attributes.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { type LinearWeights, linear, reshape, slice } from "../../tensor/operations.ts";
import { type RawConfig, refuse } from "../config.ts";
import { labelCount, type Outputs, type Readout, type Task } from "../family.ts";
import type { Parameters } from "../parameters.ts";
import type { AnswerBeams } from "./answer-beams.ts";

/** What sits on top of an encoder. */
export interface EncoderHead {
  readonly task: Task;
  /** Whether the logits come from the pooled vector. */
  readonly readsPooled: boolean;
  /** final (B, T, C), pooled (B, C) → (B, T, V), (B, T, labels) or (B, labels) */
  readonly logits?: (final: LazyTensor, pooled: LazyTensor | undefined) => LazyTensor;
  /** What else it gives: an answer's starts and ends. */
  readonly beams?: AnswerBeams["beams"];
}

/** The heads that BERT brought with it, for a family whose classes are named as BERT's. */
interface BertClasses {
  /** What the names begin with: "Bert". */
  readonly prefix: string;
  /** The classes with the masked-language head, by the name after the prefix. */
  readonly masked: readonly string[];
  readonly maskedLanguageHead: () => EncoderHead;
  /** Width C of the final vectors. */
  readonly width: number;
  readonly raw: RawConfig;
  readonly file: Parameters;
}

/** The head of a class of transformers, by the name after the prefix. Throws ConfigError for one heed does not have. */
export function takeBertHead(name: string, classes: BertClasses): EncoderHead {
  const { prefix, masked, raw, file, width } = classes;
  if (masked.includes(name)) return classes.maskedLanguageHead();
  switch (name) {
    case "Model":
      return { task: "features", readsPooled: true };
    case "ForSequenceClassification":
      return overPooled(file, "classifier", labelCount(raw), width);
    case "ForNextSentencePrediction":
      return overPooled(file, "cls.seq_relationship", 2, width);
    case "ForMultipleChoice":
      return overChoices(file, "classifier", width);
    case "ForTokenClassification":
      return overTokens(file, "classifier", labelCount(raw), width, "token classification");
    case "ForQuestionAnswering":
      return overTokens(file, "qa_outputs", 2, width, "question answering");
    default: {
      const others = [
        "ForSequenceClassification",
        "ForNextSentencePrediction",
        "ForMultipleChoice",
        "ForTokenClassification",
      ];
      const had = ["Model", ...masked, ...others].map((after) => prefix + after).join(", ");
      return refuse(
        prefix.toLowerCase(),
        "architectures",
        raw.architectures,
        `heed has ${had} and ${prefix}ForQuestionAnswering`,
      );
    }
  }
}

/** The first token's vector: (B, T, C) → (B, C). */
export function firstToken(final: LazyTensor): LazyTensor {
  const [B, , C] = final.shape as readonly [number, number, number];
  return reshape(slice(final, 1, 0, 1), [B, C]);
}

/** tanh(W · first token + b) (Devlin et al. 2019): final (B, T, C) → (B, C); none without a pooler. */
export function poolFirst(
  pooler: LinearWeights | undefined,
): ((final: LazyTensor) => LazyTensor) | undefined {
  return pooler && ((final) => linear(firstToken(final), pooler, { activation: "tanh" }));
}

/**
 * Whether to take a pooler: bare models come with one unless their file lacks it, other classes where they need it
 * (`needing`), and some files carry one all the same.
 */
export function takesPooler(
  head: string,
  body: Parameters,
  stored: string,
  needing: readonly string[] = [],
): boolean {
  if (needing.includes(head)) return true;
  return head === "Model" || head === "ForPreTraining" ? body.has(stored) : body.holds(stored);
}

/** A text's labels from its pooled vector (B, C); `stored` is the matrix's name in the file. */
export function overPooled(
  file: Parameters,
  stored: string,
  labels: number,
  width: number,
): EncoderHead {
  const weights = file.beside("").linear(stored, [labels, width], "head");
  return {
    task: "sequence classification",
    readsPooled: true,
    logits: (_, pooled) => linear(pooled!, weights),
  };
}

/** A text's labels from its first token, by way of a map of their own (RoBERTa's classifier, and ELECTRA's). */
export function overFirst(
  file: Parameters,
  labels: number,
  width: number,
  activation: Activation,
): EncoderHead {
  const head = file.beside("classifier.");
  const dense = head.linear("dense", [width, width], "head.dense");
  const out = head.linear("out_proj", [labels, width], "head");
  return {
    task: "sequence classification",
    readsPooled: false,
    logits: (final) => linear(linear(firstToken(final), dense, { activation }), out),
  };
}

/** How well a row's two texts go together, from its pooled vector: (B, 1). The choices of a question are rows of one run. */
export function overChoices(file: Parameters, stored: string, width: number): EncoderHead {
  return { ...overPooled(file, stored, 1, width), task: "multiple choice" };
}

/** Every token's labels from its own vector. */
export function overTokens(
  file: Parameters,
  stored: string,
  labels: number,
  width: number,
  task: "token classification" | "question answering",
): EncoderHead {
  const weights = file.beside("").linear(stored, [labels, width], "head");
  return { task, readsPooled: false, logits: (final) => linear(final, weights) };
}

const overEachToken: readonly Task[] = [
  "replaced token detection",
  "masked language modeling",
  "language modeling",
  "token classification",
  "question answering",
];

/** How a head over tokens reads the stream of layers that norm it themselves; undefined for heads over whole texts. */
export function encoderReadout(head: {
  readonly task: Task;
  readonly logits?: (final: LazyTensor, pooled: LazyTensor | undefined) => LazyTensor;
}): Readout | undefined {
  const { logits } = head;
  if (!logits || !overEachToken.includes(head.task)) return undefined;
  return { stack: "", logits: (final) => logits(final, undefined) };
}

/** What an encoder gives: the pooled vector where it has one and somebody needs it, and its head's logits. */
export function encoderOutputs(
  final: LazyTensor,
  head: EncoderHead,
  pool: ((final: LazyTensor) => LazyTensor) | undefined,
  probe: Probe,
): Outputs {
  const isPooled = pool && (head.readsPooled || probe.wants("pooled"));
  const pooled = isPooled ? probe.site("pooled", pool(final)) : undefined; // (B, C)
  const logits = head.logits?.(final, pooled); // (B, T, V), (B, T, labels) or (B, labels)
  return {
    final,
    pooled,
    logits: logits && probe.site("logits", logits),
    ...head.beams?.(final, probe),
  };
}
