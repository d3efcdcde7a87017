import type { Intervention, OtherInput } from "heed/analysis";
import type { Asked, ModelSaid } from "heed/explore";

/** Panels that open beside the sentence, one at a time. */
export const panels = [
  "steps",
  "change",
  "heads",
  "compare",
  "models",
  "learn",
  "train",
  "talk",
] as const;
export type Panel = (typeof panels)[number];

/** What a small model may learn in the page: the tasks of heed/training. */
export const trainingNames = ["world", "previous", "repeat", "sort"] as const;

/** What is trained in the page, and from which random numbers it begins. */
export interface TrainingChoice {
  readonly task: (typeof trainingNames)[number];
  readonly seed: number;
}

/** What is trained where nothing else was chosen. */
export const usualTraining: TrainingChoice = { task: "world", seed: 1 };

/** Which model: the embedded one, the one that writes stories, or one of the hub. Dropped files are no address: they are held beside the state. */
export type ModelChoice =
  | { readonly kind: "embedded" }
  | { readonly kind: "stories" }
  | { readonly kind: "hub"; readonly id: string; readonly revision?: string }
  | { readonly kind: "files"; readonly name: string };

/** How formulas are written: x · W with rows as vectors, or W · x with columns. */
export type Notation = "rows" | "columns";

/** Whose attention is looked at, of a model that reads a text and writes another: see `partOf`. */
export type Attention = "encoder" | "decoder" | "cross";

/** All that a link carries: what is looked at, and what is changed. Tokens and heads count from 0. */
export interface State {
  readonly model: ModelChoice;
  readonly text: string;
  /** The name of the picture that is looked at, of a model that reads pictures. The picture itself is no part of a link. */
  readonly picture?: string;
  /** The name of the sound that is heard, of a model that reads sound. Neither is it a part of a link. */
  readonly sound?: string;
  /** Of a model of two towers, one of pictures and one of texts: whether that of texts is looked at. */
  readonly tower?: "text";
  /** Of a model that reads a text and writes another: whose attention is looked at; that of the text it reads if nothing is said. */
  readonly attention?: Exclude<Attention, "encoder">;
  /** Texts, with commas between, that a picture is compared with. */
  readonly labels?: string;
  /** What such a model has written. */
  readonly written?: string;
  /** The second sentence, where two are compared. */
  readonly other?: string;
  readonly layer: number;
  readonly head: number;
  /** The token that looks. */
  readonly query: number;
  /** Pinned keys, two at most: the one that is explained, and the one it is held against. */
  readonly keys: readonly number[];
  /** Words to pin once the text has run: until then their tokens are not known. No part of a link. */
  readonly pin?: { readonly word: string; readonly keys: readonly string[] };
  readonly changes: readonly Intervention[];
  readonly panel?: Panel;
  /** What is trained, or was: a link carries what is needed to train it anew, not the weights. */
  readonly training?: TrainingChoice;
  /** The step of Steps, or the station of Learn, that is open. */
  readonly step?: string;
  readonly notation: Notation;
  /** Whether words, layers and heads are counted from 1 on screen. */
  readonly countsFromOne: boolean;
  readonly language: string;
  readonly theme?: "light" | "dark";
  /** Whether one view fills the screen, for a lecture. */
  readonly presents: boolean;
}

export const articleText = "The cat sat on the mat because it was tired.";

/** Behind it a model of stories writes the answer: what it does best. */
const questionText = "The cat sat on the mat because it was dirty. What was dirty? The";

/** The text that a model is opened with where nobody has typed one. */
export function openingText({ kind }: ModelChoice): string {
  return kind === "stories" ? questionText : articleText;
}

/** What the page opens with. */
export const firstState: State = {
  model: { kind: "embedded" },
  text: articleText,
  layer: 3,
  head: 1,
  query: 8,
  keys: [2, 6],
  changes: [],
  notation: "rows",
  countsFromOne: false,
  language: "en",
  presents: false,
};

/** What a run is of. */
export function inputOf({
  text,
  picture,
  sound,
}: Pick<State, "text" | "picture" | "sound">): OtherInput {
  if (sound !== undefined) return { sound };
  return picture === undefined ? text : { image: picture };
}

/** What a run is of, as it is called: a file's name, or the text. */
export function inputTitle({
  text,
  picture,
  sound,
}: Pick<State, "text" | "picture" | "sound">): string {
  return sound ?? picture ?? text;
}

/** What a model is asked to see: the input, and of one that writes what it has written and whose attention. */
export function askedOf(state: State, said: Pick<ModelSaid, "decoderLayers">): Asked {
  const input = inputOf(state);
  const { written = "", attention } = state;
  if (said.decoderLayers === undefined) return { input };
  const stack = attention && ({ decoder: "decoder.", cross: "decoder.cross." } as const)[attention];
  // What was written after nothing is what a model begins with.
  return { input, ...(written !== "" && { decoder: written }), ...(stack && { stack }) };
}

/** Where the attention that is looked at stands, as changes name it; undefined where a model has one. */
export function attentionOf(
  state: State,
  said: Pick<ModelSaid, "decoderLayers"> | undefined,
): Attention | undefined {
  return said?.decoderLayers === undefined ? undefined : (state.attention ?? "encoder");
}

/** What a choice is called. */
export function nameOfModel(model: ModelChoice): string {
  if (model.kind === "embedded") return "all-MiniLM-L6-v2";
  if (model.kind === "stories") return "heed-stories";
  return model.kind === "hub" ? model.id : model.name;
}

/** Whether two choices are of the same model. */
export function isSameModel(a: ModelChoice, b: ModelChoice): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Whether two states are of the same run. */
export function isSameRun(a: State, b: State): boolean {
  return (
    a.text === b.text &&
    a.picture === b.picture &&
    a.sound === b.sound &&
    a.changes === b.changes &&
    isSamePart(a, b) &&
    isSameModel(a.model, b.model)
  );
}

/** Whether two states look at the same part of a model, after the same was written. */
export function isSamePart(a: State, b: State): boolean {
  return isSameSide(a, b) && a.written === b.written;
}

/** Whether two states look at the same tower, or the same attention of an encoder-decoder. */
export function isSameSide(a: State, b: State): boolean {
  return a.tower === b.tower && a.attention === b.attention;
}
