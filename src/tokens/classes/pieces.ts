import type { Definition } from "../definition.ts";
import type { SentencePieceModel } from "../sentence-piece-file.ts";

/** The pairs that BPE joins, lowest id first, as every way to cut a token into two tokens gives them. */
export function mergesByIds(ids: ReadonlyMap<string, number>): (readonly [string, string])[] {
  const merges: { left: string; right: string; rank: number; lengths: readonly number[] }[] = [];
  for (const [text, rank] of ids) {
    const local = cuts(text).filter(([left, right]) => ids.has(left) && ids.has(right));
    local.sort((a, b) => ids.get(a[0])! - ids.get(b[0])! || ids.get(a[1])! - ids.get(b[1])!);
    for (const [left, right] of local)
      merges.push({ left, right, rank, lengths: [characters(left), characters(right)] });
  }
  merges.sort(
    (a, b) => a.rank - b.rank || a.lengths[0]! - b.lengths[0]! || a.lengths[1]! - b.lengths[1]!,
  );
  return merges.map(({ left, right }) => [left, right] as const);
}

/** The pairs that BPE joins, by the scores of what they make. */
function mergesByScores({ pieces }: SentencePieceModel): (readonly [string, string])[] {
  const normal = new Map(
    pieces.flatMap(({ text, score, kind }, id) =>
      kind === "normal" ? [[text, { score, id }] as const] : [],
    ),
  );
  const ranked: { left: string; right: string; score: number; id: number }[] = [];
  for (const [text, { score, id }] of normal)
    for (const [left, right] of cuts(text))
      if (normal.has(left) && normal.has(right)) ranked.push({ left, right, score, id });
  ranked.sort(
    (a, b) =>
      b.score - a.score || a.id - b.id || compare(a.left, b.left) || compare(a.right, b.right),
  );
  return ranked.map(({ left, right }) => [left, right] as const);
}

/** Code points in order, as Python compares texts. */
function compare(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const far = x[i]!.codePointAt(0)! - y[i]!.codePointAt(0)!;
    if (far !== 0) return far;
  }
  return x.length - y.length;
}

function characters(text: string): number {
  return [...text].length;
}

/** Every way to cut a text into two, between code points. */
function cuts(text: string): (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  for (let unit = 1; unit < text.length; unit++) {
    const isInside = (text.charCodeAt(unit) & 0xfc00) === 0xdc00;
    if (!isInside) found.push([text.slice(0, unit), text.slice(unit)]);
  }
  return found;
}

/** A tokenizer that splits as SentencePiece itself does, for a `.model` file that belongs to no class. */
export function plainPieces(
  file: SentencePieceModel,
  { legacy }: { readonly legacy: boolean },
): Definition {
  const { pieces, charsmap, unknown, fallsBackToBytes, addsPrefix } = file;
  const user = pieces.filter(({ kind }) => kind === "user").map(({ text }) => text);
  const replace = (pattern: Definition, content: string) => ({ type: "Replace", pattern, content });
  const ids = new Map(pieces.map(({ text }, id) => [text, id]));
  return {
    model:
      file.model === "unigram"
        ? {
            type: "Unigram",
            vocab: pieces.map(({ text, score }) => [text, score]),
            unk_id: file.unknownId,
            byte_fallback: fallsBackToBytes,
          }
        : {
            type: "BPE",
            vocab: ids,
            merges: mergesByScores(file),
            unk_token: unknown,
            fuse_unk: true,
            byte_fallback: fallsBackToBytes,
            ignore_merges: user.length > 0,
          },
    normalizer: {
      type: "Sequence",
      normalizers: [
        ...(charsmap ? [{ type: "Precompiled", precompiled_charsmap: charsmap }] : []),
        ...(file.removesBlanks
          ? [replace({ Regex: "(?<![^]) +| +(?![^])" }, ""), replace({ Regex: " {2,}" }, " ")]
          : []),
        ...(file.escapesBlanks ? [replace({ String: " " }, "▁")] : []),
        // Metaspace puts no sign before a text that begins with one; SentencePiece does.
        ...(addsPrefix && legacy ? [replace({ Regex: "(?<![^])▁" }, "▁▁")] : []),
      ],
    },
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        ...(addsPrefix
          ? [
              {
                type: "Metaspace",
                replacement: "▁",
                prepend_scheme: legacy ? "always" : "first",
                split: false,
              },
            ]
          : []),
        ...(user.length > 0
          ? [{ type: "Split", pattern: { Regex: anyOf(user) }, behavior: "Isolated" }]
          : []),
      ],
    },
    decoder: {
      type: "Sequence",
      decoders: [
        replace({ String: "▁" }, " "),
        ...(fallsBackToBytes ? [{ type: "ByteFallback" }] : []),
        ...(addsPrefix || fallsBackToBytes ? [{ type: "Fuse" }] : []),
        ...(addsPrefix ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
      ],
    },
  };
}

function anyOf(texts: readonly string[]): string {
  const longestFirst = [...texts].sort((a, b) => characters(b) - characters(a));
  return longestFirst.map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join("|");
}

/**
 * A tokenizer that gives the pieces of SentencePiece's own program: control tokens are no pieces of a text, signs at the end of a text
 * go, and scores add up in single precision.
 */
export function exactPieces(file: SentencePieceModel): Definition {
  const plain = plainPieces(file, { legacy: true });
  const { normalizers } = plain.normalizer as { readonly normalizers: readonly Definition[] };
  const trimmed = { type: "Replace", pattern: { Regex: "▁+(?![^])" }, content: "" };
  const found = file.pieces.filter(
    ({ kind }) => kind === "normal" || kind === "user" || kind === "byte",
  );
  // A lone half of a pair stands in no text.
  const unknown = "\ud800";
  const listed = [[unknown, 0] as const, ...found.map(({ text, score }) => [text, score] as const)];
  const model = plain.model as Definition;
  return {
    normalizer: {
      type: "Sequence",
      normalizers: normalizers.flatMap((step) => {
        if (step.type === "Precompiled") return [{ ...step, longest: true }];
        // Before the sign that begins a text is doubled.
        return file.removesBlanks && step.content === "▁" ? [step, trimmed] : [step];
      }),
    },
    pre_tokenizer: plain.pre_tokenizer,
    model:
      model.type === "Unigram"
        ? { ...model, vocab: listed, unk_id: 0, single_precision: true }
        : {
            ...model,
            vocab: new Map(listed.map(([text], id) => [text, id])),
            unk_token: unknown,
            equal_ranks: true,
          },
  };
}

/** What SentencePiece's program writes for pieces, with special tokens between them as they stand. */
export function piecesDecoder(
  file: SentencePieceModel,
  more: {
    readonly special: readonly string[];
    /** What is put before the first of several special tokens, and after each. */
    readonly before?: string;
    readonly after?: string;
    /** Whether signs of pieces that the model lacks are blanks too. */
    readonly spells?: boolean;
  },
): Definition {
  const texts = (kind: string) =>
    file.pieces.filter((piece) => piece.kind === kind).map(({ text }) => text);
  return {
    type: "Pieces",
    known: new Set(file.pieces.map(({ text }) => text)),
    silent: new Set(texts("control")),
    unknown: file.unknown,
    prefix: file.addsPrefix || file.removesBlanks,
    all: file.removesBlanks,
    ...more,
  };
}
