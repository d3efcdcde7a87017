import { InputError } from "../errors/errors.ts";
import type { Task } from "../families/family.ts";
import type { Model } from "../model.ts";
import { shortName } from "../models/short-name.ts";

/** Public models for each task, to name when the loaded one has no head for it. */
const examples: { readonly [T in Task]?: readonly string[] } = {
  "masked language modeling": [
    "google-bert/bert-base-uncased",
    "distilbert/distilbert-base-uncased",
    "FacebookAI/roberta-base",
  ],
  "language modeling": ["openai-community/gpt2", "HuggingFaceTB/SmolLM-135M", "google-t5/t5-small"],
  "sequence classification": ["distilbert/distilbert-base-uncased-finetuned-sst-2-english"],
  "token classification": ["dslim/bert-base-NER"],
  "question answering": ["distilbert/distilbert-base-cased-distilled-squad"],
  "image classification": ["google/vit-base-patch16-224"],
  "audio classification": ["sanchit-gandhi/whisper-medium-fleurs-lang-id"],
};

/** Throws InputError unless the model does one of these tasks; names models that do, or those that a command which asks more of a head names itself. */
export function expectTask(
  model: Model,
  command: string,
  tasks: readonly Task[],
  named: readonly string[] = tasks.flatMap((task) => examples[task] ?? []),
): void {
  if (tasks.includes(model.task)) return;
  throw new InputError(
    `${command} needs a model with a head for ${tasks.join(" or ")}; ${shortName(model.label)} (${model.type}) has one for ${model.task}. Try --model ${named.join(" or --model ")}`,
  );
}
