import type { AttentionWeights } from "../../attention/project.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import type { Norm } from "../family.ts";
import type { Parameters } from "../parameters.ts";
import { takeNorm } from "../parts/norm.ts";
import type { StackLayer } from "./stack-block.ts";
import type { T5Parts } from "./t5-head.ts";

/** What the shapes of its weights follow from. */
interface Config {
  readonly vocab_size: number;
  readonly d_model: number;
  readonly d_kv: number;
  readonly d_ff: number;
  readonly num_layers: number;
  readonly num_decoder_layers?: number | null;
  readonly num_heads: number;
  readonly relative_attention_num_buckets: number;
  readonly is_gated_act: boolean;
  readonly layer_norm_epsilon: number;
  readonly tie_word_embeddings: boolean;
}

export interface StackWeights {
  /** (buckets, H), stored in layer 0, used by all layers. */
  readonly bias: LazyTensor;
  readonly layers: readonly StackLayer[];
  readonly norm: Norm;
}

export interface Weights {
  /** (V, C) each; one table in most files. */
  readonly words: { readonly encoder: LazyTensor; readonly decoder: LazyTensor };
  readonly encoder: StackWeights;
  readonly decoder: StackWeights | undefined;
  /** (V, C) */
  readonly head: LazyTensor | undefined;
}

/** Takes a T5 by the names of its files. Matrices have no biases. */
export function takeWeights(config: Config, parts: T5Parts, file: Parameters): Weights {
  const body = file.beside("", "transformer.");
  const shape = [config.vocab_size, config.d_model] as const;
  // Files store the embeddings under one to three names; where the numbers differ, each stack has its own.
  const names = ["shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"];
  const stored = names.find((name) => body.holds(name)) ?? names[0]!;
  const words = body.table(stored, shape, "embeddings.words", {
    tiedTo: config.tie_word_embeddings ? ["lm_head.weight"] : [],
  });
  const ofStack = (stack: string) =>
    body.twinOf(words, `${stack}.embed_tokens.weight`, `${stack}.embeddings.words`, "table");
  body.ignore(/^(transformer\.)?(encoder|decoder)\.embed_tokens\.weight$/);
  // Older files have a table of distances to the encoder, which nothing ever used.
  body.ignore(/^decoder\.block\.0\.layer\.1\.EncDecAttention\.relative_attention_bias\.weight$/);
  const stack = (name: string, layers: number) => takeStack(config, body, name, layers);
  return {
    words: {
      encoder: ofStack("encoder"),
      decoder: parts.decoder ? ofStack("decoder") : words,
    },
    encoder: stack("encoder", config.num_layers),
    decoder: parts.decoder
      ? stack("decoder", config.num_decoder_layers ?? config.num_layers)
      : undefined,
    head: parts.head === "words" ? takeHead(config, body, words) : undefined,
  };
}

/** The head's own matrix where the file has one, whatever the config says of tying. */
function takeHead(config: Config, body: Parameters, words: LazyTensor): LazyTensor {
  const name = "lm_head.weight";
  const isApart = !config.tie_word_embeddings && body.has(name);
  return isApart
    ? body.matrix(name, [config.vocab_size, config.d_model], "head.words")
    : body.tied(words, name);
}

function takeStack(config: Config, body: Parameters, stack: string, layers: number): StackWeights {
  const { relative_attention_num_buckets: buckets, num_heads: H } = config;
  const from = body.within(`${stack}.`, `${stack}.`);
  const first = "block.0.layer.0.SelfAttention.relative_attention_bias.weight";
  return {
    bias: from.table(first, [buckets, H], "distances"),
    layers: Array.from({ length: layers }, (_, layer) =>
      takeLayer(config, from.within(`block.${layer}.layer.`, `layers.${layer}.`), stack),
    ),
    norm: rmsNorm(config, from, "final_layer_norm", "norm"),
  };
}

function takeLayer(config: Config, from: Parameters, stack: string): StackLayer {
  const { d_model: C, d_ff: F } = config;
  const isDecoder = stack === "decoder";
  const last = isDecoder ? 2 : 1;
  const dense = `${last}.DenseReluDense`;
  const map = (stored: string, [out, width]: readonly [number, number], name: string) =>
    from.linear(`${dense}.${stored}`, [out, width], name, { bias: false });
  return {
    attentionNorm: rmsNorm(config, from, "0.layer_norm", "attention.norm"),
    attention: takeAttention(config, from, "0.SelfAttention", ""),
    cross: isDecoder
      ? {
          norm: rmsNorm(config, from, "1.layer_norm", "cross.norm"),
          attention: takeAttention(config, from, "1.EncDecAttention", "cross."),
        }
      : undefined,
    norm: rmsNorm(config, from, `${last}.layer_norm`, "mlp.norm"),
    gate: config.is_gated_act ? map("wi_0", [F, C], "mlp.gate") : undefined,
    up: map(config.is_gated_act ? "wi_1" : "wi", [F, C], "mlp.up"),
    down: map("wo", [C, F], "mlp.down"),
  };
}

function rmsNorm(config: Config, from: Parameters, stored: string, name: string): Norm {
  return takeNorm(from, stored, config.d_model, name, {
    kind: "rms",
    epsilon: config.layer_norm_epsilon,
  });
}

function takeAttention(
  { d_model: C, num_heads: H, d_kv: D }: Config,
  from: Parameters,
  stored: string,
  branch: string,
): AttentionWeights {
  const map = (name: string, shape: readonly [number, number]) =>
    from.linear(`${stored}.${name}`, shape, branch + name, { bias: false });
  return {
    q: map("q", [H * D, C]),
    k: map("k", [H * D, C]),
    v: map("v", [H * D, C]),
    o: map("o", [C, H * D]),
  };
}
