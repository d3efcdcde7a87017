import { type Definition, readBoolean, readCount, readInteger } from "../definition.ts";
import { type Material, type TokenizerClass, template } from "./tokenizer-class.ts";

const place = "tokenizer_config.json";
const sentinels = (values: Definition) =>
  Array.from({ length: readCount(values, "extra_ids", place, 100) }, (_, i) => `<extra_id_${i}>`);

/** T5Tokenizer: an end after each text, and a hundred sentinels. */
export const t5: TokenizerClass = {
  model: "Unigram",
  tokens: { eos_token: "</s>", unk_token: "<unk>", pad_token: "<pad>" },
  extra: sentinels,
  fromPieces: (pieces, _, values) => [...pieces, ...scored(sentinels(values).reverse())],
  build: (material) => ({
    ...unigram(material, { unknownId: 2, normalizers: [], isPrefixed: true }),
    post_processor: template("$A </s>", "$A </s> $B </s>", () =>
      material.idOf(material.names.eos_token ?? "</s>"),
    ),
  }),
};

/** AlbertTokenizer: BERT's special tokens around pieces, in lower case and without accents unless said otherwise. */
export const albert: TokenizerClass = {
  model: "Unigram",
  tokens: {
    bos_token: "[CLS]",
    eos_token: "[SEP]",
    unk_token: "<unk>",
    sep_token: "[SEP]",
    pad_token: "<pad>",
    cls_token: "[CLS]",
    mask_token: "[MASK]",
  },
  build(material) {
    const { values, names, idOf } = material;
    const { cls_token: cls = "[CLS]", sep_token: sep = "[SEP]" } = names;
    const idByRole = (text: string) => idOf(text === "[CLS]" ? cls : sep);
    return {
      ...unigram(material, {
        unknownId: 1,
        normalizers: [
          ...quotes,
          ...(readBoolean(values, "keep_accents", place, false) ? [] : withoutAccents),
          ...(readBoolean(values, "do_lower_case", place, true) ? [{ type: "Lowercase" }] : []),
        ],
        isPrefixed: readBoolean(values, "add_prefix_space", place, true),
      }),
      post_processor: template(
        "[CLS]:0 $A:0 [SEP]:0",
        "[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        idByRole,
      ),
    };
  },
};

/** XLNetTokenizer: its special tokens come at the end, and padding at the start. */
export const xlnet: TokenizerClass = {
  model: "Unigram",
  tokens: {
    bos_token: "<s>",
    eos_token: "</s>",
    unk_token: "<unk>",
    sep_token: "<sep>",
    pad_token: "<pad>",
    cls_token: "<cls>",
    mask_token: { content: "<mask>", lstrip: true },
  },
  extra: () => ["<eop>", "<eod>"],
  paddingSide: "left",
  build(material) {
    const { vocabulary, values, names, idOf } = material;
    const { cls_token: cls, sep_token: sep } = names;
    return {
      ...unigram(material, {
        unknownId: vocabulary.unknownId ?? 0,
        normalizers: [
          ...quotes,
          ...withoutAccents,
          ...(readBoolean(values, "do_lower_case", place, false) ? [{ type: "Lowercase" }] : []),
        ],
        isPrefixed: true,
      }),
      post_processor: template(
        `$A:0 ${sep}:0 ${cls}:2`,
        `$A:0 ${sep}:0 $B:1 ${sep}:1 ${cls}:2`,
        idOf,
      ),
    };
  },
};

/** DebertaV2Tokenizer: BERT's special tokens around pieces that keep case; blanks in a row are one, and no character is mapped. */
export const debertaV2: TokenizerClass = {
  model: "Unigram",
  tokens: {
    bos_token: "[CLS]",
    eos_token: "[SEP]",
    unk_token: "[UNK]",
    sep_token: "[SEP]",
    pad_token: "[PAD]",
    cls_token: "[CLS]",
    mask_token: "[MASK]",
  },
  build({ vocabulary, values, names, idOf }) {
    const { scored: pieces } = vocabulary;
    const { cls_token: cls = "[CLS]", sep_token: sep = "[SEP]", unk_token: unknown } = names;
    const unknownId = pieces.findIndex(([text, score]) => text === unknown && score === 0);
    const isPrefixed = readBoolean(values, "add_prefix_space", place, true);
    const metaspace = {
      type: "Metaspace",
      replacement: "▁",
      prepend_scheme: isPrefixed ? "always" : "first",
    };
    const splitsPunctuation = readBoolean(values, "split_by_punct", place, false);
    return {
      normalizer: {
        type: "Sequence",
        normalizers: [
          ...(readBoolean(values, "do_lower_case", place, false) ? [{ type: "Lowercase" }] : []),
          { type: "Replace", pattern: { Regex: "\\s{2,}|[\\n\\r\\t]" }, content: " " },
          { type: "NFC" },
          { type: "Strip", strip_left: false, strip_right: true },
        ],
      },
      pre_tokenizer: {
        type: "Sequence",
        pretokenizers: [
          ...(splitsPunctuation ? [{ type: "Punctuation", behavior: "Isolated" }] : []),
          metaspace,
        ],
      },
      decoder: metaspace,
      model: {
        type: "Unigram",
        unk_id: unknownId < 0 ? readInteger(values, "unk_id", place, 1) : unknownId,
        vocab: pieces,
        byte_fallback: false,
      },
      post_processor: template(
        "[CLS]:0 $A:0 [SEP]:0",
        "[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        (text) => idOf(text === "[CLS]" ? cls : sep),
      ),
    };
  },
};

const bosToEos = {
  bos_token: "<s>",
  eos_token: "</s>",
  sep_token: "</s>",
  cls_token: "<s>",
  unk_token: "<unk>",
  pad_token: "<pad>",
};

/** CamembertTokenizer: RoBERTa's special tokens before the pieces, which keep places for names not used. */
export const camembert: TokenizerClass = {
  model: "Unigram",
  tokens: { ...bosToEos, mask_token: { content: "<mask>", lstrip: true, special: true } },
  extra: () => ["<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED"],
  fromPieces: (pieces, { pad_token = "<pad>", unk_token = "<unk>", mask_token = "<mask>" }) => [
    ...scored(["<s>NOTUSED", pad_token, "</s>NOTUSED", unk_token]),
    ["<unk>NOTUSED", -100],
    ...pieces.slice(1),
    [mask_token, 0],
  ],
  build(material) {
    const { vocabulary, names } = material;
    const unknown = vocabulary.scored.findIndex(([text]) => text === names.unk_token);
    return aroundEach(material, Math.max(0, unknown));
  },
};

/** XLMRobertaTokenizer: as CamemBERT's, with the order of fairseq. */
export const xlmRoberta: TokenizerClass = {
  model: "Unigram",
  tokens: { ...bosToEos, mask_token: "<mask>" },
  fromPieces: (pieces, names) => [
    ...scored([
      names.bos_token ?? "<s>",
      names.pad_token ?? "<pad>",
      names.eos_token ?? "</s>",
      names.unk_token ?? "<unk>",
    ]),
    ...pieces.slice(3),
    [names.mask_token ?? "<mask>", 0],
  ],
  build: (material) => aroundEach(material, 3),
};

/** A beginning and an end around one text, and two ends between two. */
function aroundEach(material: Material, unknownId: number): Definition {
  const { values, names, idOf } = material;
  const { bos_token: beginning, eos_token: end } = names;
  const isPrefixed = readBoolean(values, "add_prefix_space", place, true);
  return {
    ...unigram(material, { unknownId, normalizers: [], isPrefixed }),
    post_processor: template(
      `${beginning} $A ${end}`,
      `${beginning} $A ${end} ${end} $B ${end}`,
      idOf,
    ),
  };
}

const quotes: readonly Definition[] = [
  { type: "Replace", pattern: { String: "``" }, content: '"' },
  { type: "Replace", pattern: { String: "''" }, content: '"' },
];
const withoutAccents: readonly Definition[] = [{ type: "NFKD" }, { type: "StripAccents" }];

function scored(texts: readonly string[]): (readonly [string, number])[] {
  return texts.map((text) => [text, 0]);
}

interface UnigramParts {
  readonly unknownId: number;
  /** What comes before the character map. */
  readonly normalizers: readonly Definition[];
  readonly isPrefixed: boolean;
}

/** Words apart, ▁ before each, and the best pieces of each word. */
function unigram(
  { vocabulary }: Material,
  { unknownId, normalizers, isPrefixed }: UnigramParts,
): Definition {
  const { charsmap, scored } = vocabulary;
  const mapped = charsmap ? [{ type: "Precompiled", precompiled_charsmap: charsmap }] : [];
  const metaspace = {
    type: "Metaspace",
    replacement: "▁",
    prepend_scheme: isPrefixed ? "always" : "never",
  };
  return {
    normalizer: { type: "Sequence", normalizers: [...normalizers, ...mapped] },
    pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "WhitespaceSplit" }, metaspace] },
    decoder: metaspace,
    model: { type: "Unigram", unk_id: unknownId, vocab: scored, byte_fallback: false },
  };
}
