import { type Noun, pluralOf, sourceOf } from "../../probe/noun.ts";
import type { Which } from "../../probe/words.ts";
import type { Stack } from "../layers/attention-maps.ts";

/**
 * An experiment's input, or another that numbers are taken from: a text, two that belong together, a text and what an encoder-decoder has
 * written of it, ids, the file of a picture, or that of a sound and what was written of it.
 */
export type OtherInput =
  | string
  | { readonly text: string; readonly pair: string }
  | { readonly text: string; readonly target: string }
  | { readonly ids: readonly number[]; readonly decoderIds?: readonly number[] }
  | { readonly image: string }
  | { readonly sound: string; readonly target?: string };

/**
 * What stands in the place of what is taken out. "zero": 0, which a model may never have seen there. Mean: the mean over all real tokens
 * (special ones included) of the text itself, or of given texts. Resample: what another of the given texts has at the word in the same
 * place, drawn by the experiment's seed; at a word without partner, at a place drawn from that text.
 */
export type Fill =
  | "zero"
  | { readonly mean: "text" | readonly OtherInput[] }
  | { readonly resample: readonly OtherInput[] };

interface InStack {
  /** Of an encoder-decoder: whose attention; "encoder" if not given. */
  readonly stack?: Stack;
}

/** Takes out what heads give (weights · V), for all words or for some. */
export interface AblateHeads extends InStack {
  readonly kind: "ablateHeads";
  readonly heads: readonly string[];
  readonly query?: Which;
  readonly by: Fill;
}

/** Takes out what a layer's attention (its output bias included), its feed-forward part, or both add to the stream. */
export interface AblateLayers extends InStack {
  readonly kind: "ablateLayers";
  readonly layers: readonly number[];
  readonly part: "attention" | "mlp" | "both";
  readonly query?: Which;
  readonly by: Fill;
}

/** Takes out the vectors of words: as they enter layer 0, or the stream behind given layers. */
export interface AblatePositions extends InStack {
  readonly kind: "ablatePositions";
  readonly query: Which;
  readonly layers?: readonly number[];
  readonly by: Fill;
}

/**
 * Takes out links: query words cannot look at key words, in some heads, in some layers, or everywhere. "before" the softmax, so that the
 * other words share the weight (Geva et al. 2023, attention knockout); "after" it, so that the weight is lost; "renormalized": after it, the
 * row divided by what is left, which gives what "before" gives. By a mean or a resample the link keeps a weight, not its own, and rows are
 * divided by their sums: the mean is that of all queries of the text that can see the key.
 */
export interface Cut extends InStack {
  readonly kind: "cut";
  readonly query: Which;
  readonly key: Which;
  readonly heads?: readonly string[];
  readonly layers?: readonly number[];
  readonly how?: "before" | "after" | "renormalized";
  readonly by?: Fill;
}

/** Gives a link of one head another weight, after the softmax. */
export interface SetWeight extends InStack {
  readonly kind: "setWeight";
  readonly head: string;
  readonly query: Which;
  readonly key: Which;
  /** Between 0 and 1. */
  readonly value: number;
  /** Whether the other keys share what is left of 1, as they did before; true if not given. Else they keep their weights, whatever the sum. */
  readonly renormalize?: boolean;
}

/** Kinds of sites that numbers can be carried over between texts. */
export const transplantSites = [
  "residual",
  "attended",
  "mlp",
  "mixed",
  "input",
  "q",
  "k",
  "v",
] as const;

/**
 * Activation patching (Vig et al. 2020; Meng et al. 2022): a site of this text takes its numbers from a run of another, at words that stand in
 * the same place of both.
 */
export interface Transplant extends InStack {
  readonly kind: "transplant";
  readonly from: OtherInput;
  readonly site: (typeof transplantSites)[number];
  readonly layers: readonly number[];
  /** By index, in every layer; sites of whole layers have none. */
  readonly heads?: readonly number[];
  /** Words of this text; all that have a partner if not given. */
  readonly query?: Which;
  /** The word of the other text that numbers are taken at, in place of the partner of `query`: another one of the same text, say. */
  readonly fromQuery?: Which;
}

/**
 * Path patching (Wang et al. 2022; Goldowsky-Dill et al. 2023): senders take their output from another text, everything behind them stays as
 * it was except the path: attention and feed-forward outputs of later layers are frozen, so that receivers hear the senders alone,
 * through the stream. Then only what receivers read (their q, k or v) is changed, in a run where nothing is frozen; receivers "output": the
 * frozen run's own output.
 */
export interface PathPatch extends InStack {
  readonly kind: "path";
  readonly from: OtherInput;
  readonly senders: readonly string[];
  /** "L4H2.q", or the output. */
  readonly receivers: readonly string[] | "output";
}

/** Adds the difference of two texts' (or groups of texts') mean vectors to the stream behind layers, scaled (Turner et al. 2023; Panickssery et al. 2024). */
export interface Steer extends InStack {
  readonly kind: "steer";
  readonly toward: readonly OtherInput[];
  readonly away: readonly OtherInput[];
  readonly layers: readonly number[];
  readonly scale: number;
  /** Of these texts the mean over all real tokens, or the last token alone; "mean" if not given. */
  readonly over?: "mean" | "last";
  readonly query?: Which;
}

/**
 * Heads compute queries, keys or values by a matrix of random numbers in the place of what was learned: as it may have stood before training,
 * normal numbers of the deviation that the config's `initializer_range` says (0.02 if nothing), without a bias.
 */
export interface RandomMatrix extends InStack {
  readonly kind: "randomMatrix";
  readonly heads: readonly string[];
  /** W^Q, W^K or W^V. */
  readonly matrix: "q" | "k" | "v";
  /** The same seed gives the same numbers. */
  readonly seed: number;
}

/** One change of a run, as plain data with names a person writes. */
export type Intervention =
  | AblateHeads
  | AblateLayers
  | AblatePositions
  | Cut
  | SetWeight
  | Transplant
  | PathPatch
  | Steer
  | RandomMatrix;

const listed = (names: readonly (string | number)[]) =>
  names.length > 4
    ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`
    : names.join(", ");

const layersSaid = (layers: readonly number[]) => {
  const isRow = layers.length > 2 && layers.every((layer, n) => layer === layers[0]! + n);
  return `layer${layers.length > 1 ? "s" : ""} ${isRow ? `${layers[0]}-${layers.at(-1)}` : listed(layers)}`;
};

/** How a token that is given by its place is said: that looks, or is looked at. */
export type TokenNames = Readonly<Record<"query" | "key", (token: number) => string>>;

const byPlace = (token: number) => `token ${token}`;

/** A word as a sentence names it. */
function wordSaid(which: Which, named: (token: number) => string = byPlace): string {
  if (typeof which === "string") return `"${which}"`;
  if (typeof which === "number") return named(which);
  return "start" in which
    ? `tokens ${which.start}..${which.end}`
    : which.map((one) => wordSaid(one, named)).join(", ");
}

function fillSaid(by: Fill, noun: Noun): string {
  const [source, tokens] = [sourceOf(noun), noun === "word" ? "tokens" : pluralOf(noun)];
  if (by === "zero") return "set to 0";
  if ("mean" in by)
    return by.mean === "text"
      ? `set to the mean over the ${source}'s own ${tokens}`
      : `set to the mean over the ${tokens} of ${by.mean.length === 1 ? `another ${source}` : `${by.mean.length} ${source}s`}`;
  return `taken from ${by.resample.length === 1 ? `another ${source}` : `one of ${by.resample.length} ${source}s, drawn by the seed`}`;
}

/** A file's name without the folders it lies in. */
function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) || path;
}

/** Another input as a sentence names it. */
export function inputSaid(input: OtherInput): string {
  if (typeof input === "string") return `"${input}"`;
  if ("ids" in input) return `ids ${input.ids.join(",")}`;
  if ("image" in input) return fileName(input.image);
  if ("sound" in input)
    return `${fileName(input.sound)}${input.target === undefined ? "" : ` with "${input.target}"`}`;
  return `"${input.text}" with "${"pair" in input ? input.pair : input.target}"`;
}

const sitesSaid: Readonly<Record<Transplant["site"], string>> = {
  residual: "stream behind",
  input: "stream entering",
  attended: "attention's output in",
  mlp: "feed-forward output of",
  mixed: "heads' outputs in",
  q: "queries of",
  k: "keys of",
  v: "values of",
};

function takenSaid({ site, layers, heads }: Transplant): string {
  if (!heads) return `${sitesSaid[site]} ${layersSaid(layers)}`;
  const names = layers.flatMap((layer) => heads.map((head) => `L${layer}H${head}`));
  return `${site === "mixed" ? "output of" : sitesSaid[site]} ${listed(names)}`;
}

/** An intervention in a few words; `noun` is what the tokens it is made at stand for, words if not given, `names` what they are called, their places if not given. */
export function interventionSaid(
  one: Intervention,
  noun: Noun = "word",
  names: TokenNames = { query: byPlace, key: byPlace },
): string {
  const at =
    "query" in one && one.query !== undefined ? ` at ${wordSaid(one.query, names.query)}` : "";
  const stack = one.stack === undefined || one.stack === "encoder" ? "" : ` (${one.stack})`;
  switch (one.kind) {
    case "ablateHeads":
      return `output of ${listed(one.heads)}${stack}${at} ${fillSaid(one.by, noun)}`;
    case "ablateLayers": {
      const part = {
        attention: "attention",
        mlp: "feed-forward part",
        both: "attention and feed-forward part",
      };
      return `${part[one.part]} of ${layersSaid(one.layers)}${stack}${at} ${fillSaid(one.by, noun)}`;
    }
    case "ablatePositions":
      return `vector of ${wordSaid(one.query, names.query)} ${one.layers ? `behind ${layersSaid(one.layers)}` : "entering layer 0"}${stack} ${fillSaid(one.by, noun)}`;
    case "cut": {
      const where = one.heads
        ? listed(one.heads)
        : one.layers
          ? `all heads of ${layersSaid(one.layers)}`
          : "all heads of all layers";
      const how = {
        before: "before the softmax",
        after: "after the softmax, its weight lost",
        renormalized: "after the softmax, the rest renormalized",
      };
      const link = `${wordSaid(one.query, names.query)} → ${wordSaid(one.key, names.key)} in ${where}${stack}`;
      return one.by === undefined || one.by === "zero"
        ? `cut ${link}, ${how[one.how ?? "before"]}`
        : `weight of ${link} ${"mean" in one.by ? `set to what all ${pluralOf(noun)} that can see ${wordSaid(one.key, names.key)} give it on average` : fillSaid(one.by, noun)}`;
    }
    case "setWeight":
      return `weight of ${wordSaid(one.query, names.query)} → ${wordSaid(one.key, names.key)} in ${one.head}${stack} set to ${one.value}, the others ${one.renormalize === false ? "as they were" : "share the rest"}`;
    case "transplant": {
      const from = one.fromQuery === undefined ? "" : `${wordSaid(one.fromQuery)} of `;
      return `${takenSaid(one)}${stack}${at} taken from ${from}${inputSaid(one.from)}`;
    }
    case "path":
      return `path ${listed(one.senders)} → ${one.receivers === "output" ? "output" : listed(one.receivers)}${stack}, senders taken from ${inputSaid(one.from)}`;
    case "randomMatrix":
      return `W^${one.matrix.toUpperCase()} of ${listed(one.heads)}${stack} replaced by random numbers (seed ${one.seed})`;
    case "steer":
      return `stream behind ${layersSaid(one.layers)}${stack}${at} moved ${one.scale} times the way from ${listed(one.away.map(inputSaid))} to ${listed(one.toward.map(inputSaid))}`;
  }
}
