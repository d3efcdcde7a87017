import type { RawConfig } from "../families/config.ts";
import type { Network } from "../families/family.ts";
import type { NamedParameters } from "../families/named-parameters.ts";
import type { ImageProcessor } from "../images/image-processor.ts";
import type { Backend } from "../tensor/backend.ts";
import type { Tokenizer } from "../tokens/tokenizer.ts";
import type { ChatTemplates } from "./chat-templates.ts";
import type { AudioPreparation } from "./inputs/audio-inputs.ts";
import type { ModelIdentity } from "./run.ts";
import type { Sentences } from "./sentences.ts";
import { sharedName } from "./short-name.ts";

/** What a model is put together from. */
export interface ModelParts {
  readonly label: string;
  readonly commit?: string;
  readonly type: string;
  readonly config: RawConfig;
  readonly network: Network;
  readonly parameters: NamedParameters;
  readonly backend: Backend;
  readonly tokenizer: Tokenizer | undefined;
  readonly chatTemplates?: ChatTemplates;
  /** generation_config.json, where the checkpoint has one. */
  readonly generationConfig?: RawConfig;
  /** How its texts become vectors; undefined where no files were read. */
  readonly sentences?: Sentences;
  /** How images become pixels, in families that read images. */
  readonly images?: ImageProcessor | { readonly refused: string };
  /** How sound becomes features, in families that read sound. */
  readonly audio?: AudioPreparation;
  /** The model of two towers that it is one of, whose weights and backend it has. */
  readonly owner?: {
    readonly work: <T>(task: () => Promise<T>) => Promise<T>;
    readonly dispose: () => Promise<void>;
  };
  /** Told of warnings of runs that have no listener of their own. */
  readonly onWarning?: (message: string) => void;
}

/** What stands for a model in its runs, and in what is written of them. */
export function identityOf({ label, network }: ModelParts): ModelIdentity {
  const patch = (network.towers?.vision ?? network).images?.patch;
  return { label: sharedName(label), isCausal: network.isCausal, patch };
}
