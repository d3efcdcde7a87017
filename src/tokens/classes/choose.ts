import type { Definition } from "../definition.ts";
import { bert, mpnet } from "./bert.ts";
import { codeGen, gpt2, gptNeoX, qwen2, roberta } from "./byte-level.ts";
import { clip } from "./clip.ts";
import { gemma } from "./gemma.ts";
import { llama } from "./llama.ts";
import { m2m100, marian, type PieceClass, siglip } from "./own-pieces.ts";
import type { TokenizerClass } from "./tokenizer-class.ts";
import { mbart, mbart50, nllb, pegasus } from "./translators.ts";
import { albert, camembert, debertaV2, t5, xlmRoberta, xlnet } from "./unigram.ts";

const classes: Readonly<Record<string, TokenizerClass>> = {
  BertTokenizer: bert,
  DistilBertTokenizer: bert,
  ElectraTokenizer: bert,
  MobileBertTokenizer: bert,
  MPNetTokenizer: mpnet,
  RobertaTokenizer: roberta,
  LongformerTokenizer: roberta,
  BartTokenizer: roberta,
  GPT2Tokenizer: gpt2,
  AlbertTokenizer: albert,
  DebertaV2Tokenizer: debertaV2,
  CamembertTokenizer: camembert,
  XLMRobertaTokenizer: xlmRoberta,
  XLNetTokenizer: xlnet,
  T5Tokenizer: t5,
  LlamaTokenizer: llama,
  GemmaTokenizer: gemma,
  Qwen2Tokenizer: qwen2,
  GPTNeoXTokenizer: gptNeoX,
  CodeGenTokenizer: codeGen,
  CLIPTokenizer: clip,
  MBartTokenizer: mbart,
  MBart50Tokenizer: mbart50,
  NllbTokenizer: nllb,
  PegasusTokenizer: pegasus,
};

/** Classes that Python runs SentencePiece itself for. */
const ofPieces: Readonly<Record<string, PieceClass>> = {
  MarianTokenizer: marian,
  M2M100Tokenizer: m2m100,
  SiglipTokenizer: siglip,
};

/** The class that goes with a model type where the files name none. */
const ofTypes: Readonly<Record<string, string>> = {
  bert: "BertTokenizer",
  distilbert: "BertTokenizer",
  mobilebert: "MobileBertTokenizer",
  electra: "BertTokenizer",
  mpnet: "MPNetTokenizer",
  "deberta-v2": "DebertaV2Tokenizer",
  roberta: "RobertaTokenizer",
  longformer: "RobertaTokenizer",
  bart: "RobertaTokenizer",
  albert: "AlbertTokenizer",
  camembert: "CamembertTokenizer",
  "xlm-roberta": "XLMRobertaTokenizer",
  xlnet: "XLNetTokenizer",
  gpt2: "GPT2Tokenizer",
  gpt_neo: "GPT2Tokenizer",
  gpt_neox: "GPTNeoXTokenizer",
  gptj: "GPT2Tokenizer",
  opt: "GPT2Tokenizer",
  phi: "GPT2Tokenizer",
  qwen2: "Qwen2Tokenizer",
  qwen3: "Qwen2Tokenizer",
  gemma: "GemmaTokenizer",
  gemma2: "GemmaTokenizer",
  gemma3_text: "GemmaTokenizer",
  t5: "T5Tokenizer",
  mt5: "T5Tokenizer",
  m2m_100: "M2M100Tokenizer",
  marian: "MarianTokenizer",
  mbart: "MBartTokenizer",
  pegasus: "PegasusTokenizer",
  clip: "CLIPTokenizer",
  siglip: "SiglipTokenizer",
  nomic_bert: "BertTokenizer",
  roformer: "RoFormerTokenizer",
  xlm: "XLMTokenizer",
  qwen: "QWenTokenizer",
};

const runOnIds =
  "Python has no tokenizer.json for it either: take its ids from there (AutoTokenizer.from_pretrained(…)), and run the model on ids";

/** Why a class is not built here, where Python could not save it as tokenizer.json. */
const whyNot: Readonly<Record<string, string>> = {
  RoFormerTokenizer: `It cuts Chinese by jieba's dictionary, which heed does not carry. ${runOnIds}`,
  XLMTokenizer: `It cuts by Moses' rules of each language, which heed does not carry. ${runOnIds}`,
  QWenTokenizer: `Its tiktoken file (qwen.tiktoken) is cut by code that the repository carries, which heed does not run. Take its ids from Python (AutoTokenizer.from_pretrained(…, trust_remote_code=True)), and run the model on ids`,
};

/** Types whose files name wrong classes, and the class they have. */
const inspiteOfFiles: Readonly<Record<string, string>> = { qwen2: "Qwen2Tokenizer" };

/** Types whose tokenizer.json stands as it is, whichever class the files name. */
const asTheyStand = ["granite", "mistral", "olmo2", "phi3"];

/** Classes that are whatever tokenizer.json says. */
const generic = [
  "TokenizersBackend",
  "PreTrainedTokenizerFast",
  "PreTrainedTokenizer",
  "PythonBackend",
];

/** The class of a tokenizer: its name in the files or by the model's type, and how it is built, where heed knows it. */
export interface ClassChoice {
  readonly name: string | undefined;
  readonly built: TokenizerClass | undefined;
  readonly paddingSide: "left" | undefined;
  /** Whether the files name a class that heed does not know. */
  readonly isStrange: boolean;
  /** The class of those that run SentencePiece itself. */
  readonly ofPieces: PieceClass | undefined;
  /** Why it is not built, and the way out, where the usual one is barred. */
  readonly whyNot: string | undefined;
}

const plain: ClassChoice = {
  name: undefined,
  built: undefined,
  paddingSide: undefined,
  isStrange: false,
  ofPieces: undefined,
  whyNot: undefined,
};

/**
 * The class that transformers' AutoTokenizer takes: tokenizer_config.json's, config.json's, the model type's. A tokenizer.json
 * without a model type stands by itself.
 */
export function chooseClass(named: {
  readonly tokenizerClass: unknown;
  readonly modelType: string | undefined;
  readonly tokenizerJson: Definition | undefined;
}): ClassChoice {
  const { tokenizerClass, modelType = "", tokenizerJson } = named;
  if (tokenizerJson !== undefined && asTheyStand.includes(modelType)) return plain;
  const given =
    typeof tokenizerClass === "string" ? tokenizerClass.replace(/Fast$/, "") : undefined;
  const forced = Object.hasOwn(inspiteOfFiles, modelType) ? inspiteOfFiles[modelType] : undefined;
  const name =
    forced ?? given ?? (Object.hasOwn(ofTypes, modelType) ? ofTypes[modelType] : undefined);
  if (name === undefined || generic.includes(name)) return plain;
  // Llama 3's files name Llama 2's class, and are byte-level.
  const isByteLevel =
    name === "LlamaTokenizer" &&
    JSON.stringify([tokenizerJson?.pre_tokenizer, tokenizerJson?.decoder]).includes('"ByteLevel"');
  const known = Object.hasOwn(classes, name) && !isByteLevel ? classes[name] : undefined;
  const standsAlone = tokenizerJson !== undefined && named.modelType === undefined;
  return {
    name,
    built: standsAlone ? undefined : known,
    paddingSide: known?.paddingSide,
    isStrange: !Object.hasOwn(classes, name) && !Object.hasOwn(ofPieces, name),
    ofPieces: Object.hasOwn(ofPieces, name) ? ofPieces[name] : undefined,
    whyNot: Object.hasOwn(whyNot, name) ? whyNot[name] : undefined,
  };
}
