import { countOf } from "../../numbers.ts";

/** What a film is of. */
export interface FilmFacts {
  readonly family: string;
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly seed: number;
}

/** What a reader of a film sees beside its own names; {…} are filled in. */
export interface FilmWords {
  readonly about: (film: FilmFacts) => string;
  readonly step: string;
  readonly right: string;
  readonly guessing: string;
  readonly loss: string;
  readonly slider: string;
  readonly play: string;
  readonly pause: string;
  readonly course: string;
  readonly courseNote: string;
  /** Of the line of those who guess, where the task has one. */
  readonly courseDashed: string;
  readonly heads: string;
  /** What a hand can do with them. */
  readonly headsChoose: string;
  readonly headsNote: string;
  readonly sentence: string;
  readonly head: string;
  readonly spectrum: string;
  readonly spectrumNote: string;
  readonly largest: string;
  readonly before: string;
  readonly now: string;
  readonly words: string;
  readonly wordsNote: string;
  readonly asks: string;
  readonly finds: string;
  readonly attention: string;
  readonly attentionNote: string;
  readonly measures: string;
  readonly measure: string;
  readonly alike: string;
}

/** They in English. */
export const filmWords: FilmWords = {
  about: ({ family, layers, heads, width, seed }) =>
    `${family}, ${countOf(layers, "layer")} of ${countOf(heads, "head")}, width ${width}, from seed ${seed}`,
  step: "Step {step} of {steps}",
  right: "right: {share}",
  guessing: "guessing: {share}",
  loss: "loss: {loss} nats",
  slider: "Step",
  play: "Play",
  pause: "Pause",
  course: "How it went",
  courseNote:
    "Thick: the share of right answers on examples that no step has seen. Thin: the loss, which training makes smaller.",
  courseDashed: "Dashed: guessing.",
  heads: "All heads",
  headsChoose: "Choose one.",
  headsNote: "Each square shows which word (a row) looks at which (a column).",
  sentence: "Sentence",
  head: "Head {head}",
  spectrum: "1. Its strongest directions",
  spectrumNote:
    "W^Q and W^K are tables of numbers. Multiplied, they say which words find each other. Random tables have many directions of about one strength; what is learned stands in a few strong ones. Bars are shares of the largest.",
  largest: "{when}, the largest {value}",
  before: "before",
  now: "now",
  words: "2. The words along them",
  wordsNote:
    "Along each direction some words ask and others are found. At first these are any words.",
  asks: "who asks",
  finds: "what is found",
  attention: "3. Where it looks",
  attentionNote: "A row is the word that looks, a column the word looked at; darker is more.",
  measures: "What it does",
  measure: "share of its look",
  alike: "looking at all alike",
};
