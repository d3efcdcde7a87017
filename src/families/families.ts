import { ConfigError } from "../errors/errors.ts";
import type { RawConfig } from "./config.ts";
import type { Family } from "./family.ts";

/** Every family by the `model_type` its config.json has; a family's file is loaded when it is needed. */
const families: Readonly<Record<string, (raw: RawConfig, label: string) => Promise<Family>>> = {
  albert: async () => (await import("./encoders/albert.ts")).albert,
  beit: async () => (await import("./pictures/beit.ts")).beit,
  bart: async () => (await import("./encoder-decoders/bart.ts")).bart,
  bert: async () => (await import("./encoders/bert.ts")).bert,
  bloom: async () => (await import("./decoders/bloom.ts")).bloom,
  camembert: async () => (await import("./encoders/roberta.ts")).camembert,
  "encoder-decoder": async ({ encoder, decoder }, label) => {
    const { encoderDecoder, halfOf } = await import("./encoder-decoders/encoder-decoder.ts");
    const halves = { encoder: halfOf(encoder, "encoder"), decoder: halfOf(decoder, "decoder") };
    return encoderDecoder({
      encoder: await familyOf(halves.encoder, `${label}: encoder`),
      decoder: await familyOf(halves.decoder, `${label}: decoder`),
    });
  },
  "deberta-v2": async () => (await import("./encoders/deberta-v2.ts")).debertaV2,
  clip: async () => (await import("./towers/clip.ts")).clip,
  clip_text_model: async () => (await import("./towers/clip.ts")).clipText,
  clip_vision_model: async () => (await import("./towers/clip.ts")).clipVision,
  deit: async () => (await import("./pictures/deit.ts")).deit,
  dinov2: async () => (await import("./pictures/dinov2.ts")).dinov2,
  dinov2_with_registers: async () => (await import("./pictures/dinov2.ts")).dinov2WithRegisters,
  distilbert: async () => (await import("./encoders/distilbert.ts")).distilbert,
  falcon: async () => (await import("./decoders/falcon.ts")).falcon,
  electra: async () => (await import("./encoders/electra.ts")).electra,
  gemma: async () => (await import("./decoders/gemma.ts")).gemma,
  gemma2: async () => (await import("./decoders/gemma2.ts")).gemma2,
  gemma3_text: async () => (await import("./decoders/gemma3_text.ts")).gemma3Text,
  gpt2: async () => (await import("./decoders/gpt2.ts")).gpt2,
  gpt_neo: async () => (await import("./decoders/gpt_neo.ts")).gptNeo,
  gpt_neox: async () => (await import("./decoders/gpt_neox.ts")).gptNeoX,
  gptj: async () => (await import("./decoders/gptj.ts")).gptj,
  granite: async () => (await import("./decoders/granite.ts")).granite,
  llama: async () => (await import("./decoders/llama.ts")).llama,
  longformer: async () => (await import("./encoders/longformer.ts")).longformer,
  m2m_100: async () => (await import("./encoder-decoders/m2m_100.ts")).m2m100,
  marian: async () => (await import("./encoder-decoders/marian.ts")).marian,
  mbart: async () => (await import("./encoder-decoders/mbart.ts")).mbart,
  mistral: async () => (await import("./decoders/mistral.ts")).mistral,
  mobilebert: async () => (await import("./encoders/mobilebert.ts")).mobilebert,
  modernbert: async () => (await import("./encoders/modernbert.ts")).modernbert,
  mpnet: async () => (await import("./encoders/mpnet.ts")).mpnet,
  mt5: async () => (await import("./encoder-decoders/t5.ts")).mt5,
  nomic_bert: async () => (await import("./encoders/nomic_bert.ts")).nomicBert,
  olmo2: async () => (await import("./decoders/olmo2.ts")).olmo2,
  opt: async () => (await import("./decoders/opt.ts")).opt,
  pegasus: async () => (await import("./encoder-decoders/pegasus.ts")).pegasus,
  phi: async () => (await import("./decoders/phi.ts")).phi,
  phi3: async () => (await import("./decoders/phi3.ts")).phi3,
  qwen2: async () => (await import("./decoders/qwen2.ts")).qwen2,
  qwen3: async () => (await import("./decoders/qwen3.ts")).qwen3,
  roberta: async () => (await import("./encoders/roberta.ts")).roberta,
  roformer: async () => (await import("./encoders/roformer.ts")).roformer,
  siglip: async () => (await import("./towers/siglip.ts")).siglip,
  siglip_text_model: async () => (await import("./towers/siglip.ts")).siglipText,
  siglip_vision_model: async () => (await import("./towers/siglip.ts")).siglipVision,
  smollm3: async () => (await import("./decoders/smollm3.ts")).smollm3,
  swin: async () => (await import("./pictures/swin.ts")).swin,
  vit: async () => (await import("./pictures/vit.ts")).vit,
  t5: async () => (await import("./encoder-decoders/t5.ts")).t5,
  whisper: async () => (await import("./encoder-decoders/whisper.ts")).whisper,
  xlm: async () => (await import("./encoders/xlm.ts")).xlm,
  "xlm-roberta": async () => (await import("./encoders/roberta.ts")).xlmRoberta,
  xlnet: async () => (await import("./encoders/xlnet.ts")).xlnet,
};

/** The `model_type`s heed runs. */
export const modelTypes: readonly string[] = Object.keys(families);

/** The family of a checkpoint. Throws ConfigError that lists the families there are. */
export async function familyOf(raw: RawConfig, label: string): Promise<Family> {
  const { model_type: type, architectures, text_config: text } = raw;
  const known = `heed runs ${modelTypes.join(", ")}`;
  if (type === undefined)
    throw new ConfigError(
      `${label}: config.json has no model_type, which names the family. ${known}. Name it: load it with type (--type)${guessed(architectures)}`,
    );
  const open =
    typeof type === "string" && Object.hasOwn(families, type) ? families[type] : undefined;
  if (!open)
    throw new ConfigError(
      `${label}: config.json says model_type=${JSON.stringify(type)}. ${withTextPart(text)}${known}`,
    );
  return open(raw, label);
}

/** What a file of several parts has of texts, and how to get at it. */
function withTextPart(text: unknown): string {
  if (typeof text !== "object" || text === null) return "";
  const { model_type: type } = text as RawConfig;
  const runs = typeof type === "string" && Object.hasOwn(families, type);
  return runs
    ? `It reads more than texts; the part that reads texts is ${type}, which heed runs: save it with Python (AutoModelForCausalLM.from_pretrained(…, config=AutoConfig.from_pretrained(…).text_config).save_pretrained(…)) and give that folder. `
    : `It reads more than texts, and heed does not run the part that reads texts (${String(type)}) either. `;
}

/** The family that a class's name begins with: `BertForMaskedLM`. */
function guessed(architectures: unknown): string {
  const [named] = Array.isArray(architectures) ? architectures : [];
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, "");
  const type = modelTypes
    .filter((one) => plain(String(named)).startsWith(plain(one)))
    .sort((a, b) => b.length - a.length)[0];
  return type === undefined ? "" : ` ${type}, of which its class ${String(named)} is`;
}
