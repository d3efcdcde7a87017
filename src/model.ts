import type { FileSource } from "./checkpoint/source.ts";
import type { RunInput } from "./models/inputs.ts";
import { type LoadFromOptions, loadParts } from "./models/load.ts";
import { LoadedModel } from "./models/loaded-model.ts";
import { type GenerateOptions, generate } from "./tasks/generate.ts";
import type { Generation } from "./tasks/generation.ts";
import type { Backend } from "./tensor/backend.ts";

/** What `load` gives: a checkpoint that runs, with the tasks as its methods. */
export class Model extends LoadedModel {
  /**
   * Writes on behind each prompt, token by token: the likeliest each time, unless temperature, topK or topP leave it to chance.
   * Reads and patches work as in `run`, and may name a `step`; the trace is that of one pass over the whole text.
   */
  async generate(input: RunInput, options: GenerateOptions = {}): Promise<Generation> {
    const { label, config, generationConfig, tokenizer, sites, absentSites } = this;
    return this.work(({ network, backend, onWarning }) =>
      generate(
        {
          label,
          network,
          backend,
          tokenizer,
          config,
          generationConfig,
          sites,
          onWarning,
          absent: { ...network.absent, ...Object.fromEntries(absentSites) },
        },
        input,
        options,
      ),
    );
  }
}

/** A model from opened files, on a backend, which is the model's from then on. */
export async function loadFrom(
  source: FileSource,
  backend: Backend,
  options: LoadFromOptions = {},
): Promise<Model> {
  return new Model(await loadParts(source, backend, options));
}
