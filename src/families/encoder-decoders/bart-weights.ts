import type { AttentionWeights } from "../../attention/project.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import type { Norm } from "../family.ts";
import type { Parameters } from "../parameters.ts";
import { takeNorm } from "../parts/norm.ts";
import type { StackLayer } from "./stack-block.ts";

/** The words' vectors of each stack, (V, C); one table in most files. */
export interface Words {
  readonly encoder: LazyTensor;
  readonly decoder: LazyTensor;
  /** What a tied head uses again. */
  readonly head: LazyTensor;
}

interface WordsConfig {
  readonly vocab_size: number;
  readonly decoder_vocab_size?: number | null;
  readonly share_encoder_decoder_embeddings: boolean;
  readonly d_model: number;
  readonly tie_word_embeddings: boolean;
}

interface Sizes {
  readonly width: number;
  readonly epsilon: number;
}

/** Takes the words: files store them under one to four names; where the numbers differ, each stack has its own. */
export function takeWords(config: WordsConfig, body: Parameters): Words {
  const { vocab_size: V, d_model: C, tie_word_embeddings: isTied } = config;
  const own = (stack: string) => `${stack}.embed_tokens.weight`;
  const tiedTo = isTied ? ["lm_head.weight"] : [];
  if (!config.share_encoder_decoder_embeddings) {
    const encoder = body.table(own("encoder"), [V, C], "encoder.embeddings.words");
    const shape = [config.decoder_vocab_size ?? V, C];
    const decoder = body.table(own("decoder"), shape, "decoder.embeddings.words", { tiedTo });
    return { encoder, decoder, head: decoder };
  }
  const names = ["shared.weight", own("encoder"), own("decoder")];
  const stored = names.find((name) => body.holds(name)) ?? names[0]!;
  const words = body.table(stored, [V, C], "embeddings.words", { tiedTo });
  const ofStack = (stack: string) =>
    body.twinOf(words, own(stack), `${stack}.embeddings.words`, "table");
  const found = { encoder: ofStack("encoder"), decoder: ofStack("decoder"), head: words };
  body.ignore(/^(model\.)?((encoder|decoder)\.embed_tokens|shared)\.weight$/);
  return found;
}

/** A norm of the stream. */
export function takeStackNorm(
  from: Parameters,
  stored: string,
  name: string,
  { width, epsilon }: Sizes,
): Norm {
  return takeNorm(from, stored, width, name, { kind: "layer", epsilon });
}

/** Takes a layer; one that looks at the encoder has an attention more. */
export function takeLayer(
  from: Parameters,
  { feedForward: F, looks, ...sizes }: Sizes & { feedForward: number; looks: boolean },
): StackLayer {
  const { width: C } = sizes;
  return {
    attentionNorm: takeStackNorm(from, "self_attn_layer_norm", "attention.norm", sizes),
    attention: takeAttention(from, "self_attn", "", C),
    cross: looks
      ? {
          norm: takeStackNorm(from, "encoder_attn_layer_norm", "cross.norm", sizes),
          attention: takeAttention(from, "encoder_attn", "cross.", C),
        }
      : undefined,
    norm: takeStackNorm(from, "final_layer_norm", "mlp.norm", sizes),
    up: from.linear("fc1", [F, C], "mlp.up"),
    down: from.linear("fc2", [C, F], "mlp.down"),
  };
}

function takeAttention(
  from: Parameters,
  stored: string,
  branch: string,
  C: number,
): AttentionWeights {
  const map = (name: string, own: string) =>
    from.linear(`${stored}.${name}_proj`, [C, C], branch + own);
  return { q: map("q", "q"), k: map("k", "k"), v: map("v", "v"), o: map("out", "o") };
}
