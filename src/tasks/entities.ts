import type { Tokenizer } from "../tokens/tokenizer.ts";

/** How pieces become entities. */
export type Aggregation = "none" | "simple" | "first" | "average" | "max";

export const aggregations: readonly Aggregation[] = ["none", "simple", "first", "average", "max"];

/** A part of a text and the label it has. */
export interface Entity {
  /** "B-PER" of a piece by itself, "PER" of pieces together. */
  readonly label: string;
  readonly score: number;
  /** As the tokenizer spells or decodes it; the text itself is `text.slice(start, end)`. */
  readonly word: string;
  /** Where it stands in the text, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** Without aggregation: the token's place. */
  readonly token?: number;
}

/** A token with the score of every label. */
export interface PieceScores {
  /** Its spelling, or of an unknown one the characters it stands for. */
  readonly word: string;
  readonly start: number;
  readonly end: number;
  readonly place: number;
  /** A share for every label. */
  readonly scores: readonly number[];
  /** Whether it goes on with the word before. */
  readonly continues: boolean;
}

interface Context {
  readonly labels: readonly string[];
  readonly aggregation: Aggregation;
  readonly tokenizer: Pick<Tokenizer, "join">;
}

/** Entities of the pieces of one text, those of every label. */
export function entitiesOf(pieces: readonly PieceScores[], context: Context): Entity[] {
  const { aggregation, labels } = context;
  if (aggregation === "none" || aggregation === "simple") {
    const each = pieces.map(({ word, start, end, place, scores }) => ({
      ...surest(scores, labels),
      word,
      start,
      end,
      token: place,
    }));
    return aggregation === "none" ? each : grouped(each, context);
  }
  const words: PieceScores[][] = [];
  for (const piece of pieces) {
    const word = words.at(-1);
    if (word && piece.continues) word.push(piece);
    else words.push([piece]);
  }
  return grouped(
    words.map((word) => wordEntity(word, context)),
    context,
  );
}

function surest(
  scores: readonly number[],
  labels: readonly string[],
): { readonly label: string; readonly score: number } {
  const score = Math.max(...scores);
  const label = scores.indexOf(score);
  return { label: labels[label] ?? `LABEL_${label}`, score };
}

/** The pieces of a word under one label. */
function wordEntity(
  pieces: readonly PieceScores[],
  { aggregation, labels, tokenizer }: Context,
): Entity {
  return {
    ...surest(scoresOfWord(pieces, aggregation), labels),
    word: tokenizer.join(pieces.map(({ word }) => word)),
    start: pieces[0]!.start,
    end: pieces.at(-1)!.end,
  };
}

function scoresOfWord(pieces: readonly PieceScores[], aggregation: Aggregation): readonly number[] {
  const [first] = pieces as readonly [PieceScores, ...PieceScores[]];
  if (aggregation === "first") return first.scores;
  if (aggregation === "average")
    return first.scores.map(
      (_, label) => pieces.reduce((sum, { scores }) => sum + scores[label]!, 0) / pieces.length,
    );
  const peak = ({ scores }: PieceScores) => Math.max(...scores);
  return pieces.reduce((most, piece) => (peak(piece) > peak(most) ? piece : most)).scores;
}

/** Neighbours of one label as one, unless the later one begins an entity ("B-…"). */
function grouped(entities: readonly Entity[], { tokenizer }: Context): Entity[] {
  const groups: Entity[][] = [];
  for (const entity of entities) {
    const group = groups.at(-1);
    const { begins, tag } = tagOf(entity.label);
    if (group && !begins && tagOf(group.at(-1)!.label).tag === tag) group.push(entity);
    else groups.push([entity]);
  }
  return groups.map((group) => ({
    // What is behind the first hyphen, whatever stands before it.
    label: group[0]!.label.replace(/^[^-]*-/s, ""),
    score: group.reduce((sum, { score }) => sum + score, 0) / group.length,
    word: tokenizer.join(group.map(({ word }) => word)),
    start: group[0]!.start,
    end: group.at(-1)!.end,
  }));
}

function tagOf(label: string): { readonly begins: boolean; readonly tag: string } {
  const isMarked = label.startsWith("B-") || label.startsWith("I-");
  return { begins: label.startsWith("B-"), tag: isMarked ? label.slice(2) : label };
}

/** Of entities that windows found in one place of a text the longest, counted in code points, or of two as long the surer. */
export function withoutOverlap(entities: readonly Entity[], text: string): Entity[] {
  const lengthOf = ({ start, end }: Entity) => [...text.slice(start, end)].length;
  const found: Entity[] = [];
  for (const entity of [...entities].sort((a, b) => a.start - b.start)) {
    const before = found.at(-1);
    if (!before || entity.start >= before.end) {
      found.push(entity);
      continue;
    }
    const longer = lengthOf(entity) - lengthOf(before);
    if (longer > 0 || (longer === 0 && entity.score > before.score))
      found[found.length - 1] = entity;
  }
  return found;
}
