/** What a language says of one step instead of the analysis's own English. */
export interface WordsOfStep {
  readonly title?: string;
  readonly sentence?: string;
}

/** Words of `<heed-steps>`. What stands in braces is filled in: {word}, {first}, {second}, {count}, {width} … */
export const stepWords = {
  list: "All steps",
  step: "Step {number} of {count}",
  unread: "These steps could not be read:",
  back: "Back",
  next: "Next",
  leftOut: "Left out",
  numbers: "Every number as a table",
  point: "Bars up are above 0, pale ones below.",
  pointBy: "Point at one, tap it, or use the arrow keys: its number stands here.",
  folded: "{count} numbers, {per} to a bar: the one farthest from 0.",
  foldedOf: "farthest from 0 of {start} to {end}",
  unfold: "Show every number",
  fold: "Fold",
  moreTokens: "{count} more tokens, looked at less",
  fewerTokens: "Fewer words",
  pin: "Pin {word}",
  copyLatex: "Copy LaTeX",
  copied: "Copied",
  notCopied: "The browser did not let this page copy. The text is selected below: copy it by hand.",
  sum: "sum",
  number: "number {number}",
  and: "{first} − {second}",
  handTitle: "One number by hand",
  handSentence:
    "A query is made of sums like this one: each input times its own weight, all added up.",
  handDrag: "Drag an input and watch the sum.",
  handFormula: "sum = Σ input · weight  (4) · (4) → one number",
  toy: "A toy: these eight numbers are made up. Every other number here is the run's.",
  input: "input {number}",
  weight: "weight",
  reset: "Reset",
  unfoldHand: "Now the real one: {inputs} inputs, {outputs} sums",
  foldHand: "Back to the four",
  realSentence:
    "The same with the run's numbers: x of {word} times one column of W^Q. The lit column makes {name}.",
  lightColumn: "Tap another bar of q to light its column.",
  tableOf: "W^Q: {rows} × {columns} numbers. A small dash is a weight below 0.",
  productsOf: "{count} products, added up: {name}",
  products: "products",
  bias: "learned bias",
  before: "{name} before it is turned by its position",
  more: "{count} more",
  axes: "The {width} axes of a head may be turned together without changing a single score, so no one product “is” an idea. What does not depend on axes:",
  byDirections: "by directions of W^Q · W^Kᵀ",
  bySources: "by who wrote it",
  open: "Open",
  inOrder: "In order",
  byLead: "Largest lead first",
  order: "Order of the products",
  queryOfWord: "q of {word}",
  keysOfAll: "k of every word: what it can be found by",
  valuesOfAll: "v of every word: what it hands over",
  productsOfAll: "q ∘ k of every word, and its sum",
  contrast: "{first} minus {second}, product by product",
  vectors: "The vectors",
  with: "with the division",
  without: "without it",
  withoutSentence: "Without the division, {weight} of {first} would become {without}.",
  mine: "Your what-if: the run's own weights are the outlined ones.",
  mineOff: "Drag a score, or the temperature: a what-if of this picture. The run stays as it is.",
  temperature: "temperature",
  scaling: "divide by √{width}",
  score: "score",
  scoreOf: "score of {word}",
  run: "run",
  yours: "yours",
  carried: "weight · v of every word, and their sum",
  headsOf: "What every head of the layer mixed; this one is {head}",
  outputOf: "Through W^O",
  mixed: "mixed",
  written: "written by this head",
  streamOf: "The vector of {word}",
  streamBefore: "before",
  streamAdded: "+ all heads",
  thisHead: "this head",
  streamAfter: "after",
  steps: {} as Readonly<Record<string, WordsOfStep>>,
};

/** All words of `<heed-steps>`: what another language gives. */
export type StepWords = typeof stepWords & {
  /** Says what the analysis says in English (formulas, names, notes) in another language, or gives it back as it is. */
  readonly say?: (english: string) => string;
};

/** A text with what stands in braces filled in; a name that is not given stays as it is. */
export function filled(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
