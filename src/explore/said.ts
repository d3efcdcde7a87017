import type { Task } from "../families/family.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import { shortName } from "../models/short-name.ts";
import type { ModelSaid } from "./questions.ts";
import { version } from "./version.ts";

/** What a head gives, in a word. */
const taskNames: Readonly<Record<Task, string | undefined>> = {
  features: undefined,
  "language modeling": "generate",
  "masked language modeling": "fill",
  "sequence classification": "classify",
  "token classification": "classify tokens",
  "replaced token detection": "tell which words were replaced",
  "question answering": "answer",
  "question answering with beams": "answer",
  "multiple choice": "choose",
  "image classification": "classify",
  "masked image modeling": "paint hidden patches",
  "audio classification": "label sounds",
};

/** What is known of a model before it runs. */
export function saidOf(model: LoadedModel): ModelSaid {
  const { type, config, backend, longest, isCausal, images, audio } = model;
  const label = shortName(model.label);
  const { layers, decoderLayers, heads, headWidth, width } = model.dimensions;
  const task = taskNames[model.task];
  return {
    ...{ label, type, config, backend, layers, heads, headWidth, width, isCausal },
    ...(decoderLayers !== undefined && { decoderLayers }),
    ...(longest !== undefined && { longest }),
    readsImages: images !== undefined,
    readsSound: audio !== undefined,
    ...(task !== undefined && { task }),
    hasSentence: model.sites.has("sentence"),
    version,
  };
}
