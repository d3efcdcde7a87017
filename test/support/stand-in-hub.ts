import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const golden = fileURLToPath(new URL("../golden", import.meta.url));
const commit = "0".repeat(40);

/** Tiny checkpoints in place of the published ones that pages name, so that their commands run without a network. */
const standIns: Readonly<
  Record<string, { readonly golden: string; readonly files: (size: number) => Files }>
> = {
  "openai-community/gpt2": { golden: "gpt2", files: letters },
  "google-bert/bert-base-uncased": { golden: "bert-mlm", files: words },
  "distilbert/distilbert-base-uncased-finetuned-sst-2-english": {
    golden: "distilbert-classify",
    files: words,
  },
  "google-t5/t5-small": { golden: "t5-first", files: pieces },
  "google/mobilebert-uncased": { golden: "mobilebert-pretraining", files: words },
  "cross-encoder/ms-marco-MiniLM-L6-v2": {
    golden: "../tasks/cross-encoder-roberta",
    files: () => ({}),
  },
  "distilbert/distilbert-base-cased-distilled-squad": {
    golden: "../tasks/answers-distilbert-short",
    files: () => ({}),
  },
  "MoritzLaurer/xtremedistil-l6-h256-zeroshot-v1.1-all-33": {
    golden: "../tasks/zero-shot-roberta",
    files: () => ({}),
  },
  "HuggingFaceTB/SmolLM2-135M-Instruct": { golden: "../tasks/chat", files: () => ({}) },
  "naver/splade-v3": { golden: "../tasks/sparse-older", files: () => ({}) },
  "opensearch-project/opensearch-neural-sparse-encoding-doc-v3-distill": {
    golden: "../tasks/sparse-routes-at-the-top",
    files: () => ({}),
  },
  "openai/clip-vit-base-patch32": { golden: "../towers/clip", files: () => ({}) },
  "patrickvonplaten/bert2bert_cnn_daily_mail": { golden: "bert2bert", files: () => words(30) },
  "facebook/m2m100_418M": { golden: "hub-m2m_100", files: () => ({}) },
  "facebook/nllb-200-distilled-600M": { golden: "hub-nllb", files: () => ({}) },
  "facebook/mbart-large-50-many-to-many-mmt": { golden: "hub-mbart50", files: () => ({}) },
  "Helsinki-NLP/opus-mt-en-fr": { golden: "hub-marian", files: () => ({}) },
  "Helsinki-NLP/opus-mt-en-roa": { golden: "hub-marian", files: () => ({}) },
  "openai/whisper-tiny": { golden: "hub-whisper", files: () => ({}) },
  "sanchit-gandhi/whisper-medium-fleurs-lang-id": {
    golden: "whisper-classify",
    files: () => ({
      "preprocessor_config.json": JSON.stringify({
        feature_extractor_type: "WhisperFeatureExtractor",
        feature_size: 5,
        chunk_length: 1,
        sampling_rate: 16000,
        hop_length: 888,
        n_fft: 400,
      }),
    }),
  },
  "microsoft/swin-tiny-patch4-window7-224": { golden: "hub-swin", files: () => ({}) },
  "google/vit-base-patch16-224": { golden: "vit-oblong", files: () => ({}) },
};

type Files = Readonly<Record<string, string>>;

/** A hub cache as Python lays it out, with a stand-in for every published model. */
export function standInHub(cache: string): void {
  for (const [id, { golden: name, files }] of Object.entries(standIns)) {
    const repository = join(cache, `models--${id.replace("/", "--")}`);
    const snapshot = join(repository, "snapshots", commit);
    for (const reference of ["refs/main", "refs/refs/pr/8"]) {
      mkdirSync(dirname(join(repository, reference)), { recursive: true });
      writeFileSync(join(repository, reference), commit);
    }
    cpSync(join(golden, name), snapshot, { recursive: true });
    const { vocab_size } = JSON.parse(readFileSync(join(snapshot, "config.json"), "utf8"));
    for (const [file, text] of Object.entries(files(vocab_size)))
      writeFileSync(join(snapshot, file), text);
  }
}

/** A vocabulary of a few words, as long as the config says. */
function words(size: number): Files {
  const known = "[PAD] [UNK] [CLS] [SEP] [MASK] the cat sat on mat because it was tired . i liked";
  const filler = Array.from({ length: size }, (_, id) => known.split(" ")[id] ?? `[unused${id}]`);
  return { "vocab.txt": `${filler.join("\n")}\n` };
}

/** A token a letter, or a blank and a letter. */
function letters(): Files {
  const alphabet = [..."abcdefghijklmnopqrstuvwxyz.,ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  const all = ["<", "Ġ", ...alphabet, ...alphabet.map((letter) => `Ġ${letter}`)];
  const vocab = Object.fromEntries(all.map((letter, id) => [letter, id]));
  return {
    "tokenizer.json": JSON.stringify({
      model: { type: "BPE", vocab, merges: alphabet.map((letter) => `Ġ ${letter}`) },
      pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true },
      decoder: { type: "ByteLevel" },
      added_tokens: [],
    }),
  };
}

/** Pieces of one letter, as a unigram model has them. */
function pieces(): Files {
  const all = ["<pad>", "</s>", "<unk>", ..."▁abcdefghijklmnopqrstuvwxyz"];
  const replacement = { type: "Metaspace", replacement: "▁", prepend_scheme: "always" };
  return {
    "tokenizer.json": JSON.stringify({
      model: { type: "Unigram", unk_id: 2, vocab: all.map((piece, id) => [piece, -id]) },
      pre_tokenizer: replacement,
      decoder: replacement,
      added_tokens: [],
    }),
  };
}
