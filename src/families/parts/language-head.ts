import type { Activation } from "../../tensor/attributes.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { layerNorm, linear } from "../../tensor/operations.ts";
import type { Task } from "../family.ts";
import type { Parameters } from "../parameters.ts";
import type { EncoderHead } from "./encoder-head.ts";

/** What a head over the words needs to know of its model. */
interface LanguageHeadSource {
  /** Where the head's tensors lie in the file: "cls.predictions.". */
  readonly prefix: string;
  /** Names of its map and its norm behind the prefix. */
  readonly dense: string;
  readonly norm: string;
  readonly activation: Activation;
  readonly epsilon: number;
  /** Width of the stream; the head maps it to that of the word embeddings. */
  readonly width: number;
  /** The word embeddings (V, E), which a tied head uses again. */
  readonly words: LazyTensor;
  readonly isTied: boolean;
  /** Where the map to the words lies, if it is not beside the rest: "generator_lm_head.". */
  readonly matrix?: string;
  readonly file: Parameters;
}

/** dense, activation, norm, then the word embeddings again, or a matrix of the head's own: final (B, T, C) → (B, T, V). */
export function takeLanguageHead(
  source: LanguageHeadSource,
  task: Task = "masked language modeling",
): EncoderHead {
  const { activation, epsilon, words, isTied, file } = source;
  const [V, E] = words.shape as readonly [number, number];
  const head = file.beside(source.prefix);
  const dense = head.linear(source.dense, [E, source.width], "head.dense");
  const norm = head.norm(source.norm, E, "head.norm");
  const last = source.matrix === undefined ? head : file.beside(source.matrix);
  const stored = source.matrix === undefined ? "decoder.weight" : "weight";
  const bias = last.plain(source.matrix === undefined ? biasName(head) : "bias", [V], "head.bias");
  const weight = isTied ? last.tied(words, stored) : last.matrix(stored, [V, E], "head.words");
  if (source.matrix === undefined) ignoreTwins(file, source.prefix);
  return {
    task,
    readsPooled: false,
    logits: (final) =>
      linear(layerNorm(linear(final, dense, { activation }), norm, epsilon), { weight, bias }),
  };
}

/** Files store the bias twice, or under one of two names; where they differ, the matrix's own is added. */
export function biasName(head: Parameters): string {
  return head.holds("decoder.bias") ? "decoder.bias" : "bias";
}

/** What a tied head's file carries once more. */
export function ignoreTwins(file: Parameters, prefix: string): void {
  file.ignore(new RegExp(`^${prefix.replaceAll(".", "\\.")}(bias|decoder\\.(weight|bias))$`));
}
