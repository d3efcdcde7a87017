import { CheckpointError } from "../../errors/errors.ts";
import { short } from "../../errors/visible.ts";
import type { GgufHeader, GgufTensor, GgufValue } from "./header.ts";
import type { NamedTensor, Undo } from "./tensors.ts";

/** What GGUF calls a model's parts, and what transformers calls them. */
interface Architecture {
  /** config.json's model_type, and its class. */
  readonly type: string;
  readonly architecture: string;
  /** Keys of config.json by keys of the metadata, which begin with the architecture's name. */
  readonly config: Readonly<Record<string, string>>;
  /** What config.json says beside. */
  more?(get: (key: string) => number | undefined, header: GgufHeader): Record<string, unknown>;
  /** Ends of names of the model's own tensors, and of its layers'. */
  readonly layer: string;
  readonly top: Readonly<Record<string, string>>;
  readonly parts: Readonly<Record<string, string>>;
  undo?(part: string): Undo | undefined;
}

const sizes = {
  context_length: "max_position_embeddings",
  block_count: "num_hidden_layers",
  feed_forward_length: "intermediate_size",
  embedding_length: "hidden_size",
  "rope.freq_base": "rope_theta",
  "attention.head_count": "num_attention_heads",
  "attention.head_count_kv": "num_key_value_heads",
  "attention.layer_norm_rms_epsilon": "rms_norm_eps",
  vocab_size: "vocab_size",
} as const;

const decoder = {
  layer: "model.layers.",
  top: { token_embd: "model.embed_tokens", output_norm: "model.norm", output: "lm_head" },
  parts: {
    attn_norm: "input_layernorm",
    attn_q: "self_attn.q_proj",
    attn_k: "self_attn.k_proj",
    attn_v: "self_attn.v_proj",
    attn_output: "self_attn.o_proj",
    ffn_norm: "post_attention_layernorm",
    ffn_gate: "mlp.gate_proj",
    ffn_up: "mlp.up_proj",
    ffn_down: "mlp.down_proj",
  },
} as const;

const normedHeads = { attn_q_norm: "self_attn.q_norm", attn_k_norm: "self_attn.k_norm" };

const aroundBlocks = {
  post_attention_norm: "post_attention_layernorm",
  ffn_norm: "pre_feedforward_layernorm",
  post_ffw_norm: "post_feedforward_layernorm",
};

const lessOne = (part: string) => (/norm$/.test(part) ? ("one more" as const) : undefined);

const llama: Architecture = {
  ...decoder,
  type: "llama",
  architecture: "LlamaForCausalLM",
  config: { ...sizes, "rope.dimension_count": "head_dim" },
  more: (_, { tensors }) =>
    tensors.some(({ name }) => /attn_q\.bias$/.test(name)) ? { attention_bias: true } : {},
  undo: (part) => (/^attn_[qk]$/.test(part) ? "rotary pairs" : undefined),
};

const gemma2Sizes = {
  ...sizes,
  "attention.key_length": "head_dim",
  "attention.sliding_window": "sliding_window",
};

const architectures: Readonly<Record<string, Architecture>> = {
  llama,
  mistral: { ...llama, type: "mistral", architecture: "MistralForCausalLM" },
  qwen2: {
    ...decoder,
    type: "qwen2",
    architecture: "Qwen2ForCausalLM",
    config: sizes,
  },
  qwen3: {
    ...decoder,
    type: "qwen3",
    architecture: "Qwen3ForCausalLM",
    config: { ...sizes, "attention.key_length": "head_dim" },
    parts: { ...decoder.parts, ...normedHeads },
  },
  phi3: {
    ...decoder,
    type: "phi3",
    architecture: "Phi3ForCausalLM",
    config: { ...sizes, "attention.sliding_window": "sliding_window" },
    more(get) {
      const width = (get("embedding_length") ?? 0) / (get("attention.head_count") ?? 1);
      const turning = get("rope.dimension_count") ?? width;
      const original = get("rope.scaling.original_context_length");
      return {
        ...(turning === width ? {} : { partial_rotary_factor: turning / width }),
        ...(original === undefined ? {} : { original_max_position_embeddings: original }),
      };
    },
    parts: { ...decoder.parts, attn_qkv: "self_attn.qkv_proj", ffn_up: "mlp.gate_up_proj" },
  },
  gemma2: {
    ...decoder,
    type: "gemma2",
    architecture: "Gemma2ForCausalLM",
    config: {
      ...gemma2Sizes,
      attn_logit_softcapping: "attn_logit_softcapping",
      final_logit_softcapping: "final_logit_softcapping",
    },
    // The largest scales its queries by C ÷ H, which no key says.
    more: (get) => (get("block_count") === 46 ? { query_pre_attn_scalar: 144 } : {}),
    parts: { ...decoder.parts, ...aroundBlocks },
    undo: lessOne,
  },
  gemma3: {
    ...decoder,
    type: "gemma3_text",
    architecture: "Gemma3ForCausalLM",
    config: gemma2Sizes,
    more: (get) => (get("block_count") === 62 ? { query_pre_attn_scalar: 168 } : {}),
    parts: { ...decoder.parts, ...aroundBlocks, ...normedHeads },
    undo: lessOne,
  },
  gpt2: {
    type: "gpt2",
    architecture: "GPT2LMHeadModel",
    config: {
      block_count: "n_layer",
      context_length: "n_positions",
      embedding_length: "n_embd",
      feed_forward_length: "n_inner",
      "attention.head_count": "n_head",
      "attention.layer_norm_epsilon": "layer_norm_epsilon",
    },
    layer: "transformer.h.",
    top: {
      token_embd: "transformer.wte",
      position_embd: "transformer.wpe",
      output_norm: "transformer.ln_f",
      output: "lm_head",
    },
    parts: {
      attn_norm: "ln_1",
      attn_qkv: "attn.c_attn",
      attn_output: "attn.c_proj",
      ffn_norm: "ln_2",
      ffn_up: "mlp.c_fc",
      ffn_down: "mlp.c_proj",
    },
    undo: (part) =>
      /^(attn_qkv|attn_output|ffn_up|ffn_down)$/.test(part) ? "transposed" : undefined,
  },
};

/** A file's architecture. Throws CheckpointError for those that heed has no names for. */
export function architectureOf({ metadata }: GgufHeader, place: string): Architecture {
  const named = metadata.get("general.architecture");
  const split = metadata.get("split.count");
  if (typeof split === "number" && split > 1)
    throw new CheckpointError(
      `${place} is one of ${split} parts. Put them together with llama.cpp (llama-gguf-split --merge), and give that file`,
    );
  const name = named === "llama" && metadata.get("general.name") === "mistral" ? "mistral" : named;
  const found = typeof name === "string" && Object.hasOwn(architectures, name);
  if (found) return architectures[name]!;
  throw new CheckpointError(
    `${place} is of the architecture ${short(JSON.stringify(named) ?? "nothing")}; of GGUF files heed reads ${Object.keys(architectures).join(", ")}. Take the repository that it was made from`,
  );
}

/** config.json of a file's metadata, as transformers has it. */
export function configOf(
  header: GgufHeader,
  { type, architecture, config, more }: Architecture,
): Record<string, unknown> {
  const { metadata, tensors } = header;
  const prefix = String(metadata.get("general.architecture"));
  const get = (key: string) => {
    const value = metadata.get(`${prefix}.${key}`);
    return typeof value === "number" ? value : undefined;
  };
  const said = Object.entries(config).flatMap(([key, name]) => {
    const value = metadata.get(`${prefix}.${key}`);
    return value === undefined ? [] : [[name, oneOf(value)]];
  });
  const ids = ["bos", "eos", "padding"].flatMap((role) => {
    const id = metadata.get(`tokenizer.ggml.${role}_token_id`);
    return typeof id === "number" ? [[`${role === "padding" ? "pad" : role}_token_id`, id]] : [];
  });
  const tokens = metadata.get("tokenizer.ggml.tokens");
  return {
    model_type: type,
    architectures: [architecture],
    ...(Array.isArray(tokens) ? { vocab_size: tokens.length } : {}),
    ...Object.fromEntries([...said, ...ids]),
    tie_word_embeddings: tensors.every(({ name }) => name !== "output.weight"),
    ...scaling(metadata, prefix),
    ...more?.(get, header),
  };
}

/** One number a layer, where all are the same. */
function oneOf(value: GgufValue): GgufValue {
  if (!Array.isArray(value)) return value;
  return value.every((one) => one === value[0]) ? (value[0] ?? 0) : value;
}

function scaling(metadata: ReadonlyMap<string, GgufValue>, prefix: string) {
  const of = (key: string) => metadata.get(`${prefix}.rope.scaling.${key}`);
  const [kind, factor] = [of("type"), of("factor")];
  if ((kind !== "linear" && kind !== "yarn") || typeof factor !== "number") return {};
  const original = of("original_context_length");
  return {
    rope_scaling: {
      rope_type: kind,
      factor,
      ...(typeof original === "number" ? { original_max_position_embeddings: original } : {}),
    },
  };
}

/** A file's tensors under transformers' names; those that have none (tables of a rotation's factors) are left out. */
export function namedTensors(
  { tensors }: GgufHeader,
  { layer, top, parts, undo }: Architecture,
  { num_attention_heads: heads, num_key_value_heads: keyHeads = heads }: Record<string, unknown>,
): NamedTensor[] {
  return tensors.flatMap((tensor) => {
    const match = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(tensor.name);
    if (!match) return [];
    const [, number, part = "", end] = match;
    const names = number === undefined ? top : parts;
    if (!Object.hasOwn(names, part)) return [];
    const name = `${number === undefined ? "" : `${layer}${number}.`}${names[part]}.${end}`;
    const isTurned = undo?.(part) === "transposed" && (end === "bias" || number === undefined);
    return [
      {
        tensor,
        name,
        undo: isTurned ? undefined : undo?.(part),
        heads: Number(part === "attn_k" ? keyHeads : heads),
      },
    ];
  });
}

/** Tables that say how fast each pair turns, where the file has them. */
export function rotaryFactors({
  tensors,
}: GgufHeader): Readonly<Partial<Record<"all" | "long" | "short", GgufTensor>>> {
  const find = (name: string) => tensors.find((tensor) => tensor.name === name);
  return {
    all: find("rope_freqs.weight"),
    long: find("rope_factors_long.weight"),
    short: find("rope_factors_short.weight"),
  };
}
