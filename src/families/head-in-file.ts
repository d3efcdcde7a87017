import type { RawConfig } from "./config.ts";
import { pictureTypes } from "./pictures/types.ts";

/** Names of tensors that only a head has, whatever stands before them. */
const headTensors =
  /^(cls|classifier|cls_classifier|distillation_classifier|pre_classifier|qa_outputs|lm_head|embed_out|lm_loss|score|predictions|sop_classifier|vocab_(transform|layer_norm|projector)|logits_proj|proj_out|sequence_summary|start_logits|end_logits|answer_class|multiple_choice_head|classification_head|discriminator_predictions|generator_predictions|generator_lm_head|lm_predictions|pred_layer|head|decoder\.0)\./;

/** Whether a file holds any tensor of a head. */
export function holdsHead(names: Iterable<string>): boolean {
  return [...names].some((name) => headTensors.test(name));
}

/** What tells a class: a tensor the file holds, and where two classes have it, one that it holds or lacks too. */
interface Sign {
  readonly holds: RegExp;
  readonly head: string;
  readonly also?: RegExp;
  readonly lacks?: RegExp;
  readonly only?: readonly string[];
}

const textAndTokens: readonly Sign[] = [
  { holds: /^classifier\.dense\./, head: "ForSequenceClassification" },
  { holds: /^pre_classifier\./, head: "ForSequenceClassification" },
  // A classifier of texts has a pooler before it, one of tokens none.
  { holds: /^classifier\./, also: /(^|\.)pooler\./, head: "ForSequenceClassification" },
  { holds: /^classifier\./, head: "ForTokenClassification" },
];

/** Types whose files name their body "model". */
const likeLlama: readonly string[] = [
  "gemma",
  "gemma2",
  "gemma3_text",
  "granite",
  "llama",
  "mistral",
  "olmo2",
  "opt",
  "phi",
  "phi3",
  "qwen2",
  "qwen3",
  "smollm3",
];

const signs: readonly Sign[] = [
  { holds: /^classifier\./, only: pictureTypes, head: "ForImageClassification" },
  { holds: /^decoder\.0\./, only: ["vit", "deit", "swin"], head: "ForMaskedImageModeling" },
  { holds: /^lm_head\./, only: ["beit"], head: "ForMaskedImageModeling" },
  { holds: /^classifier\./, only: ["whisper"], head: "ForAudioClassification" },
  { holds: /^cls_classifier\./, only: ["deit"], head: "ForImageClassificationWithTeacher" },
  { holds: /^classification_head\./, head: "ForSequenceClassification" },
  { holds: /^classifier\./, only: ["t5", "mt5"], head: "ForTokenClassification" },
  {
    holds: /^qa_outputs\.(weight|bias)$/,
    only: ["xlm", "xlnet"],
    head: "ForQuestionAnsweringSimple",
  },
  { holds: /^(qa_outputs|start_logits)\./, head: "ForQuestionAnswering" },
  { holds: /^cls\.seq_relationship\./, also: /^cls\.predictions\./, head: "ForPreTraining" },
  { holds: /^cls\.seq_relationship\./, head: "ForNextSentencePrediction" },
  { holds: /^sop_classifier\./, head: "ForPreTraining" },
  {
    holds: /^(cls\.predictions|predictions|vocab_projector|vocab_transform)\./,
    head: "ForMaskedLM",
  },
  { holds: /^lm_head\.(dense|layer_norm)\./, head: "ForMaskedLM" },
  { holds: /^decoder\.(weight|bias)$/, only: ["modernbert"], head: "ForMaskedLM" },
  { holds: /^lm_predictions\./, head: "ForMaskedLM" },
  { holds: /^pred_layer\./, head: "LMHeadModel" },
  { holds: /^sequence_summary\./, only: ["xlm"], head: "ForSequenceClassification" },
  { holds: /^discriminator_predictions\./, head: "ForPreTraining" },
  { holds: /^generator_(predictions|lm_head)\./, head: "ForMaskedLM" },
  { holds: /^lm_loss\./, head: "LMHeadModel" },
  { holds: /^(logits_proj|score)\./, head: "ForSequenceClassification" },
  { holds: /^decoder\./, only: ["t5", "mt5"], head: "ForConditionalGeneration" },
  { holds: /^encoder\./, only: ["t5", "mt5"], head: "EncoderModel" },
  {
    holds: /^model\.decoder\./,
    lacks: /^model\.(encoder|shared)\./,
    only: ["bart", "marian", "mbart", "pegasus", "whisper"],
    head: "ForCausalLM",
  },
  // Where the head is tied, the body's prefix alone tells that there is one.
  {
    holds: /^(lm_head\.|proj_out\.|model\.|final_logits_bias$)/,
    only: ["bart", "m2m_100", "marian", "mbart", "pegasus", "whisper"],
    head: "ForConditionalGeneration",
  },
  { holds: /^(lm_head|transformer)\./, only: ["gpt2"], head: "LMHeadModel" },
  {
    holds: /^(lm_head|transformer)\./,
    only: ["bloom", "falcon", "gpt_neo", "gptj"],
    head: "ForCausalLM",
  },
  { holds: /^(lm_head|embed_out|gpt_neox)\./, only: ["gpt_neox"], head: "ForCausalLM" },
  { holds: /^(lm_head|model)\./, only: likeLlama, head: "ForCausalLM" },
  ...textAndTokens,
];

/** The head that a file is seen to hold, as classes of transformers end; "Model" where it holds none. */
export function headInFile(names: readonly string[], { model_type: type }: RawConfig): string {
  const sign = signs.find(
    ({ holds, also, lacks, only }) =>
      (only?.includes(String(type)) ?? true) &&
      names.some((name) => holds.test(name)) &&
      (also === undefined || names.some((name) => also.test(name))) &&
      !names.some((name) => lacks?.test(name)),
  );
  return sign?.head ?? "Model";
}
