import { pictures, sounds } from "./media.ts";
import { adapters, gguf, models } from "./models.ts";
import type { Target } from "./target.ts";
import { pieces, tokenizers } from "./tokenizers.ts";
import { experiments, json, messages } from "./values.ts";
import { archives, pickles, quantised, safetensors } from "./weights.ts";

/** Every kind of file, in the order a campaign attacks them; its share of the mutants. */
export const targets: Readonly<Record<string, { readonly share: number; make(): Target }>> = {
  safetensors: { share: 20, make: safetensors },
  pickle: { share: 15, make: pickles },
  gguf: { share: 8, make: gguf },
  quantised: { share: 5, make: quantised },
  adapter: { share: 2, make: adapters },
  archive: { share: 3, make: archives },
  json: { share: 10, make: json },
  experiment: { share: 3, make: experiments },
  message: { share: 3, make: messages },
  config: { share: 6, make: () => models("config", "golden", /(^|\/)config\.json$/) },
  folder: { share: 3, make: () => models("folder", "tasks", /\.json$/) },
  tokenizer: { share: 10, make: tokenizers },
  pieces: { share: 5, make: pieces },
  picture: { share: 5, make: pictures },
  sound: { share: 2, make: sounds },
};
