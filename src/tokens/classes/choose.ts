import type { Definition } from "../definition.ts";
import { bert, mpnet } from "./bert.ts";
import { codeGen, gpt2, gptNeoX, qwen2, roberta } from "./byte-level.ts";
import { gemma } from "./gemma.ts";
import { llama } from "./llama.ts";
import type { TokenizerClass } from "./tokenizer-class.ts";
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
};

/** Classes that Python itself has no tokenizer.json for. */
const onlyInPython = ["M2M100Tokenizer", "MarianTokenizer"];

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
  /** Whether Python cannot save it as tokenizer.json either. */
  readonly isOnlyInPython: boolean;
}

const plain: ClassChoice = {
  name: undefined,
  built: undefined,
  paddingSide: undefined,
  isStrange: false,
  isOnlyInPython: false,
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
    isStrange: !Object.hasOwn(classes, name),
    isOnlyInPython: onlyInPython.includes(name),
  };
}
