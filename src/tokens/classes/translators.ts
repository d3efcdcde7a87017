import { type Definition, readBoolean, readCount } from "../definition.ts";
import { mbart50Languages, mbartLanguages, nllbLanguages } from "./languages.ts";
import { type Material, type TokenizerClass, template } from "./tokenizer-class.ts";

const place = "tokenizer_config.json";
const tokens = {
  bos_token: "<s>",
  eos_token: "</s>",
  sep_token: "</s>",
  cls_token: "<s>",
  unk_token: "<unk>",
  pad_token: "<pad>",
  mask_token: { content: "<mask>", lstrip: true, special: true },
};

/** MBartTokenizer: Unigram without a character map; the end and the source language come after a text. */
export const mbart: TokenizerClass = {
  model: "Unigram",
  tokens,
  languages: { codes: mbartLanguages, source: "en_XX", isBefore: false },
  keepsExtra: true,
  extra: () => mbartLanguages,
  fromPieces: (pieces, names) => afterFirstFour(pieces, names, mbartLanguages),
  build: (material) => ({
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [{ type: "WhitespaceSplit" }, metaspace],
    },
    decoder: metaspace,
    model: unigram(material),
    post_processor: around(material, "", `</s> ${sourceOf(material, "en_XX")}`),
  }),
};

/** MBart50Tokenizer: Unigram; the source language comes before a text, the end after it. */
export const mbart50: TokenizerClass = {
  model: "Unigram",
  tokens,
  languages: { codes: mbart50Languages, source: "en_XX" },
  keepsExtra: true,
  extra: () => mbart50Languages,
  fromPieces: (pieces, names) => afterFirstFour(pieces, names, mbart50Languages),
  build: (material) => ({
    normalizer: {
      type: "Sequence",
      normalizers: [...mapped(material), oneBlank],
    },
    pre_tokenizer: metaspace,
    decoder: metaspace,
    model: unigram(material),
    post_processor: around(material, sourceOf(material, "en_XX"), "</s>"),
  }),
};

/** NllbTokenizer: BPE over characters; the source language comes before a text, or with `legacy_behaviour` behind its end. */
export const nllb: TokenizerClass = {
  model: "BPE",
  tokens: { ...tokens, mask_token: { ...tokens.mask_token, normalized: true } },
  languages: { codes: nllbLanguages, source: "eng_Latn" },
  keepsExtra: true,
  extra: () => nllbLanguages,
  idsFromPieces(texts, { bos_token, pad_token, eos_token, unk_token }) {
    const first = [bos_token ?? "<s>", pad_token ?? "<pad>", eos_token ?? "</s>"];
    return [...new Set([...first, unk_token ?? "<unk>", ...texts])];
  },
  build(material) {
    const { vocabulary, names, values } = material;
    const source = sourceOf(material, "eng_Latn");
    const isBehind = readBoolean(values, "legacy_behaviour", place, false);
    return {
      normalizer: vocabulary.charsmap
        ? { type: "Sequence", normalizers: [...mapped(material), oneBlank] }
        : null,
      pre_tokenizer: metaspace,
      decoder: metaspace,
      model: {
        type: "BPE",
        vocab: vocabulary.ids,
        merges: vocabulary.merges,
        unk_token: names.unk_token,
        fuse_unk: true,
        byte_fallback: false,
      },
      post_processor: isBehind
        ? around(material, "", `</s> ${source}`)
        : around(material, source, "</s>"),
    };
  },
};

/**
 * PegasusTokenizer: Unigram behind the tokens of its pretraining (the padding, the end, two masks, `<unk_2>` … `<unk_102>`), so that
 * every piece stands `offset` ids after its place in the file; an end comes after a text.
 */
export const pegasus: TokenizerClass = {
  model: "Unigram",
  tokens: {
    eos_token: "</s>",
    unk_token: "<unk>",
    pad_token: "<pad>",
    mask_token: "<mask_2>",
  },
  keepsExtra: true,
  extra: (values) => [sentenceMask(values), ...unknowns(values)],
  fromPieces: (pieces, { pad_token, eos_token, mask_token }, values) => [
    ...[
      pad_token ?? "<pad>",
      eos_token ?? "</s>",
      sentenceMask(values),
      mask_token ?? "<mask_2>",
    ].map((text) => [text, 0] as const),
    ...unknowns(values).map((text) => [text, -100] as const),
    ...pieces.slice(2),
  ],
  build(material) {
    const { vocabulary, names } = material;
    const { eos_token: end = "</s>", unk_token: unknown } = names;
    const isMapped = vocabulary.charsmap !== undefined;
    const unknownId = vocabulary.scored.findIndex(
      ([text, score]) => text === unknown && score === 0,
    );
    return {
      normalizer: {
        type: "Sequence",
        normalizers: isMapped
          ? [...mapped(material), oneBlank]
          : [{ type: "Replace", pattern: { Regex: "\\n" }, content: " " }, oneBlank],
      },
      pre_tokenizer: metaspace,
      decoder: metaspace,
      model: { ...unigram(material), unk_id: Math.max(0, unknownId) },
      post_processor: template(`$A ${end}`, `$A $B ${end}`, material.idOf),
    };
  },
};

const sentenceMask = ({ mask_token_sent: mask }: Definition) =>
  typeof mask === "string" ? mask : "<mask_1>";

function unknowns(values: Definition): string[] {
  const count = readCount(values, "offset", place, 103);
  return Array.from({ length: Math.max(0, count - 2) }, (_, i) => `<unk_${i + 2}>`);
}

const metaspace = { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true };
const oneBlank = { type: "Replace", pattern: { Regex: " {2,}" }, content: " " };

function mapped({ vocabulary: { charsmap } }: Material): Definition[] {
  return charsmap ? [{ type: "Precompiled", precompiled_charsmap: charsmap }] : [];
}

function unigram({ vocabulary }: Material): Definition {
  return { type: "Unigram", unk_id: 3, vocab: vocabulary.scored, byte_fallback: false };
}

/** The language that texts are in: the one that was asked for, the file's, or the class's own. */
function sourceOf({ values }: Material, usual: string): string {
  return typeof values.src_lang === "string" ? values.src_lang : usual;
}

function around({ names, idOf }: Material, before: string, after: string): Definition {
  const end = names.eos_token ?? "</s>";
  const behind = after.replace("</s>", end);
  return template(`${before} $A ${behind}`, `${before} $A $B ${behind}`, idOf);
}

type Pieces = readonly (readonly [string, number])[];

/** fairseq's order: four special tokens, the pieces without SentencePiece's own three, the languages, the mask. */
function afterFirstFour(
  pieces: Pieces,
  {
    bos_token,
    pad_token,
    eos_token,
    unk_token,
    mask_token,
  }: Readonly<Record<string, string | undefined>>,
  languages: readonly string[],
): Pieces {
  const first = [
    bos_token ?? "<s>",
    pad_token ?? "<pad>",
    eos_token ?? "</s>",
    unk_token ?? "<unk>",
  ];
  const last = [...languages, mask_token ?? "<mask>"];
  return [
    ...first.map((text) => [text, 0] as const),
    ...pieces.slice(3),
    ...last.map((text) => [text, 0] as const),
  ];
}
