import type { RawConfig } from "../families/config.ts";
import { decoderPresets } from "./decoder-presets.ts";
import type { Preset } from "./preset.ts";

const gpt2 = (n_embd: number, n_layer: number, n_head: number): RawConfig => ({
  model_type: "gpt2",
  architectures: ["GPT2LMHeadModel"],
  n_embd,
  n_layer,
  n_head,
});

const bert = (
  hidden_size: number,
  num_hidden_layers: number,
  num_attention_heads: number,
): RawConfig => ({
  model_type: "bert",
  architectures: ["BertModel"],
  hidden_size,
  num_hidden_layers,
  num_attention_heads,
  intermediate_size: 4 * hidden_size,
});

const roberta = (
  hidden_size: number,
  num_hidden_layers: number,
  num_attention_heads: number,
): RawConfig => ({
  ...bert(hidden_size, num_hidden_layers, num_attention_heads),
  model_type: "roberta",
  architectures: ["RobertaForMaskedLM"],
  vocab_size: 50265,
  max_position_embeddings: 514,
  type_vocab_size: 1,
  layer_norm_eps: 1e-5,
  pad_token_id: 1,
});

const t5 = (d_model: number, num_layers: number, num_heads: number, d_ff: number): RawConfig => ({
  model_type: "t5",
  architectures: ["T5ForConditionalGeneration"],
  d_model,
  num_layers,
  num_heads,
  d_ff,
  d_kv: 64,
  vocab_size: 32128,
  decoder_start_token_id: 0,
});

const xlnet = (d_model: number, n_layer: number, n_head: number): RawConfig => ({
  model_type: "xlnet",
  architectures: ["XLNetLMHeadModel"],
  d_model,
  n_layer,
  n_head,
  d_inner: 4 * d_model,
  vocab_size: 32000,
});

const albert = (
  hidden_size: number,
  num_hidden_layers: number,
  num_attention_heads: number,
): RawConfig => ({
  model_type: "albert",
  architectures: ["AlbertModel"],
  hidden_size,
  num_hidden_layers,
  num_attention_heads,
  intermediate_size: 4 * hidden_size,
  vocab_size: 30000,
  embedding_size: 128,
});

const longformer = (
  hidden_size: number,
  num_hidden_layers: number,
  num_attention_heads: number,
): RawConfig => ({
  ...roberta(hidden_size, num_hidden_layers, num_attention_heads),
  model_type: "longformer",
  architectures: ["LongformerForMaskedLM"],
  max_position_embeddings: 4098,
  attention_window: new Array(num_hidden_layers).fill(512),
});

const vit = (
  hidden_size: number,
  num_hidden_layers: number,
  num_attention_heads: number,
  patch_size: number,
  image_size: number,
): RawConfig => ({
  model_type: "vit",
  architectures: ["ViTModel"],
  hidden_size,
  num_hidden_layers,
  num_attention_heads,
  intermediate_size: 4 * hidden_size,
  patch_size,
  image_size,
});

/** The table's models, smallest of a family first. */
export const presets: readonly Preset[] = [
  {
    name: "gpt2",
    title: "GPT-2 small",
    hub: "openai-community/gpt2",
    licence: "MIT",
    published: 117,
    note: "published as 117M; the weights hold 124M",
    config: gpt2(768, 12, 12),
  },
  {
    name: "gpt2-medium",
    title: "GPT-2 medium",
    hub: "openai-community/gpt2-medium",
    licence: "MIT",
    published: 345,
    note: "published as 345M; the weights hold 355M",
    config: gpt2(1024, 24, 16),
  },
  {
    name: "gpt2-large",
    title: "GPT-2 large",
    hub: "openai-community/gpt2-large",
    licence: "MIT",
    published: 762,
    note: "published as 762M; the weights hold 774M",
    config: gpt2(1280, 36, 20),
  },
  {
    name: "gpt2-xl",
    title: "GPT-2 XL",
    hub: "openai-community/gpt2-xl",
    licence: "MIT",
    published: 1542,
    note: "published as 1542M; the weights hold 1558M",
    config: gpt2(1600, 48, 25),
  },
  {
    name: "gpt3-175b",
    title: "GPT-3 175B",
    licence: "not public",
    published: 175000,
    note: "weights not public; planned from the paper's shape (Brown et al. 2020, table 2.1), counted with full attention: its alternate sparse layers look at fewer tokens",
    config: { ...gpt2(12288, 96, 96), n_positions: 2048 },
  },
  {
    name: "bert-base",
    title: "BERT base",
    hub: "google-bert/bert-base-uncased",
    licence: "Apache-2.0",
    published: 110,
    config: bert(768, 12, 12),
  },
  {
    name: "bert-large",
    title: "BERT large",
    hub: "google-bert/bert-large-uncased",
    licence: "Apache-2.0",
    published: 340,
    note: "published as 340M; the weights hold 335M",
    config: bert(1024, 24, 16),
  },
  {
    name: "distilbert",
    title: "DistilBERT",
    hub: "distilbert/distilbert-base-uncased",
    licence: "Apache-2.0",
    published: 66,
    config: { model_type: "distilbert", architectures: ["DistilBertModel"] },
  },
  {
    name: "roberta-base",
    title: "RoBERTa base",
    hub: "FacebookAI/roberta-base",
    licence: "MIT",
    published: 125,
    config: roberta(768, 12, 12),
  },
  {
    name: "roberta-large",
    title: "RoBERTa large",
    hub: "FacebookAI/roberta-large",
    licence: "MIT",
    published: 355,
    config: roberta(1024, 24, 16),
  },
  {
    name: "t5-small",
    title: "T5 small",
    hub: "google-t5/t5-small",
    licence: "Apache-2.0",
    published: 60,
    config: t5(512, 6, 8, 2048),
  },
  {
    name: "t5-base",
    title: "T5 base",
    hub: "google-t5/t5-base",
    licence: "Apache-2.0",
    published: 220,
    config: t5(768, 12, 12, 3072),
  },
  {
    name: "t5-large",
    title: "T5 large",
    hub: "google-t5/t5-large",
    licence: "Apache-2.0",
    published: 770,
    note: "published as 770M; the weights hold 738M",
    config: t5(1024, 24, 16, 4096),
  },
  {
    name: "xlnet-base",
    title: "XLNet base",
    hub: "xlnet/xlnet-base-cased",
    revision: "refs/pr/1",
    licence: "MIT",
    published: 110,
    note: "published as 110M; the weights hold 117M: relative positions have a matrix of their own in every layer",
    config: xlnet(768, 12, 12),
  },
  {
    name: "xlnet-large",
    title: "XLNet large",
    hub: "xlnet/xlnet-large-cased",
    licence: "MIT",
    published: 340,
    note: "published as 340M; the weights hold 361M",
    config: xlnet(1024, 24, 16),
  },
  {
    name: "albert-base",
    title: "ALBERT base",
    hub: "albert/albert-base-v2",
    licence: "Apache-2.0",
    published: 12,
    note: "one layer's weights, used 12 times",
    config: albert(768, 12, 12),
  },
  {
    name: "albert-large",
    title: "ALBERT large",
    hub: "albert/albert-large-v2",
    licence: "Apache-2.0",
    published: 18,
    note: "one layer's weights, used 24 times",
    config: albert(1024, 24, 16),
  },
  {
    name: "tinybert",
    title: "TinyBERT",
    hub: "huawei-noah/TinyBERT_General_4L_312D",
    licence: "not stated on the hub",
    published: 14.5,
    note: "heads are 26 wide; the hub has pytorch_model.bin and vocab.txt only",
    config: { ...bert(312, 4, 12), intermediate_size: 1200 },
  },
  {
    name: "mobilebert",
    title: "MobileBERT",
    hub: "google/mobilebert-uncased",
    revision: "refs/pr/8",
    licence: "Apache-2.0",
    published: 25.3,
    note: "512 wide outside, but it attends in a 128-wide bottleneck: 4 heads of 32",
    config: { model_type: "mobilebert", architectures: ["MobileBertModel"] },
  },
  {
    name: "longformer-base",
    title: "Longformer base",
    hub: "allenai/longformer-base-4096",
    revision: "refs/pr/7",
    licence: "Apache-2.0",
    published: 149,
    note: "global tokens have projections of their own",
    config: longformer(768, 12, 12),
  },
  {
    name: "longformer-large",
    title: "Longformer large",
    hub: "allenai/longformer-large-4096",
    licence: "Apache-2.0",
    published: 435,
    note: "global tokens have projections of their own",
    config: longformer(1024, 24, 16),
  },
  {
    name: "vit-b16",
    title: "ViT-B/16",
    hub: "google/vit-base-patch16-224-in21k",
    licence: "Apache-2.0",
    published: 86,
    config: vit(768, 12, 12, 16, 224),
  },
  {
    name: "vit-l32",
    title: "ViT-L/32",
    hub: "google/vit-large-patch32-384",
    licence: "Apache-2.0",
    published: 307,
    config: vit(1024, 24, 16, 32, 384),
  },
  ...decoderPresets,
];

/** A model nobody outside has seen: the range its numbers may lie in, and what is not known at all. */
export interface UnknownPreset {
  readonly name: string;
  readonly title: string;
  readonly unknown: readonly string[];
  readonly note: string;
  /** Dense shapes at the two ends of what is supposed; assumptions, not facts. */
  readonly low: RawConfig;
  readonly high: RawConfig;
}

/** GPT-4: its report (OpenAI 2023, section 2) gives no architecture, size or hardware. */
export const gpt4: UnknownPreset = {
  name: "gpt-4",
  title: "GPT-4 (est.)",
  unknown: [
    "width",
    "heads",
    "head width",
    "layers",
    "feed-forward",
    "parameters",
    "vocabulary of the model",
  ],
  note: "Nothing but the context (8,192 and 32,768 tokens) was published. The range is between GPT-3's shape and a dense shape of 1.8 trillion parameters, the figure outsiders name most; they also suppose a mixture of experts, of which a token uses a part only. None of this can be checked.",
  low: { ...gpt2(12288, 96, 96), n_positions: 8192, vocab_size: 100277 },
  high: { ...gpt2(35328, 120, 276), n_positions: 32768, vocab_size: 100277 },
};
