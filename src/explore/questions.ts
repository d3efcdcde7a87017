/**
 * What a page asks of a model that runs elsewhere (a worker, this machine's native kernels), and what it is told: plain data both ways, so
 * that questions cross to a worker or a socket, go into links, and are the same wherever they are answered.
 */

import type { ExplainQuestion, StackPrefix } from "../analysis/explain/question.ts";
import type { Explanation } from "../analysis/explain/step.ts";
import type { Effect } from "../analysis/interventions/effect.ts";
import type { Intervention, OtherInput } from "../analysis/interventions/intervention.ts";
import type { AudioInput } from "../audio/audio.ts";
import type { RawConfig } from "../families/config.ts";
import type { Tower } from "../families/family.ts";
import type { HeadAddress } from "../probe/head-address.ts";
import type { ImageTokens } from "../views/page/source/layer-grid.ts";

/** A text, and what is changed in the run of it. */
export interface Asked {
  readonly input: OtherInput;
  /** Of an encoder-decoder: what the decoder has written. */
  readonly decoder?: string;
  /** Whose attention is shown; "encoder." of an encoder-decoder if not given. */
  readonly stack?: StackPrefix;
  readonly changes?: readonly Intervention[];
  /** What draws of changes come from; 0 if not given. */
  readonly seed?: number;
}

/** A token as pages show it. */
export interface SeenToken {
  /** As pictures label it: "cat", "##ing", "[CLS]". */
  readonly text: string;
  readonly isSpecial: boolean;
  /** The word it belongs to, by its place among the words of the text; undefined for special tokens. */
  readonly word?: number;
  /** Where it stands in the text, in characters. */
  readonly start: number;
  readonly end: number;
}

/**
 * How the patches of a picture lie on it: their tokens stand row by row behind `leading` others. Where neighbours become one on the way,
 * `ofLayers` has each layer's own, and `placeIn` tells which of them a token of the first grid is part of.
 */
export type SeenPicture = ImageTokens;

/** What a run heard: log-mel features, of which the encoder makes a token of every two frames. */
export interface SeenSound {
  /** Numbers a frame. */
  readonly melBins: number;
  readonly frames: number;
  /** (mel bins, frames): what the model was given. */
  readonly features: Float32Array;
  /** Frames that begin within the sound itself; those behind them are the silence that fills up what a model reads at once. */
  readonly heard: number;
  /** What a token of the encoder covers. */
  readonly secondsPerToken: number;
  /** The whole sound's length; of what is longer than a model reads at once, the beginning is seen. */
  readonly seconds: number;
}

/** What is said in a sound, as a model writes it. */
export interface Heard {
  /** Without what stands for languages, tasks and times. */
  readonly text: string;
  /** All of it, as `decoder` of `Asked` takes it. */
  readonly written: string;
  /** Whether `written` becomes the tokens that were written: a model may put a word together of other pieces than its tokenizer does. */
  readonly isSameTokens: boolean;
  /** The code of the language, where the checkpoint knows several. */
  readonly language?: string;
  /** In seconds; undefined where no file of the checkpoint says which heads follow the sound. */
  readonly words?: readonly {
    readonly text: string;
    readonly start: number;
    readonly end: number;
  }[];
  readonly warnings: readonly string[];
}

/** A run that can be asked about until `forget`, or until eight others were asked about. T queries, S keys. */
export interface Seen {
  readonly run: number;
  readonly queries: readonly SeenToken[];
  /** The same as `queries` where a text looks at itself. */
  readonly keys: readonly SeenToken[];
  readonly isSelf: boolean;
  /** Whether a query cannot look at what stands behind it. */
  readonly isCausal: boolean;
  readonly layers: number;
  /** Of a layer, or of the one that has most. */
  readonly heads: number;
  /** Heads of each layer, where they are not as many in all. */
  readonly headsOf?: readonly number[];
  /** One array a layer, (H, T, S), where they are at most 8 MB together; NaN where a query cannot look. Else they are asked for. */
  readonly weights?: readonly Float32Array[];
  /** Of a picture: where its patches are. */
  readonly picture?: SeenPicture;
  /** Of a sound: what was heard. */
  readonly sound?: SeenSound;
  /** The query and head worth looking at first, where a text has one: "it", and the head that looks most from it at another word. */
  readonly start: { readonly query: number; readonly key: number } & HeadAddress;
  /** Tokens of the first word, where most heads rest on it whoever looks: a look at it says little. */
  readonly rest?: readonly number[];
  readonly warnings: readonly string[];
  readonly milliseconds: number;
}

/** What a model with a head says of one place of a text, or of all of it. */
export interface Saying {
  /** "next word", "class", "[MASK] (token 3)", "start of the answer" */
  readonly of: string;
  /** The likeliest first, with their probabilities; a word as it continues the text, with its space. */
  readonly choices: readonly {
    readonly name: string;
    readonly share: number;
    /** Of a next word: that it is no word, such as the end of the text. */
    readonly isSpecial?: true;
  }[];
}

/** What heads are measured by. */
export const headMeasureNames = [
  "key",
  "entropy",
  "distance",
  "special",
  "silenced",
  "gradient",
] as const;
/** The name of one of them. */
export type HeadMeasureName = (typeof headMeasureNames)[number];

/** Parts of a longer answer as they are there: how many of how many, and the numbers so far (NaN where there is none yet). */
export type OnPart = (done: number, of: number, values: Float32Array) => void;

/** What every question can be asked with. */
export interface AskOptions {
  /** Cancels it: the promise then rejects with an AbortError. */
  readonly signal?: AbortSignal;
}

/** Of whom a model's head is asked. */
export interface SaysOptions extends AskOptions {
  /** Of a tagger, the tokens whose labels are told, at most three; its first words if not given. */
  readonly tokens?: readonly number[];
}

/** How a measure that takes a while is told. */
export interface MeasureOptions extends AskOptions {
  readonly onPart?: OnPart;
}

/** How well texts fit a picture, by a model of two towers. */
export interface Fits {
  /** Of each text: the cosine of its vector and the picture's. */
  readonly cosines: Float32Array;
  /** What the model makes of them, 0 to 1: shares of all texts (CLIP), or of each by itself (SigLIP). */
  readonly shares: Float32Array;
  /** Whether each text is judged by itself. */
  readonly isByItself: boolean;
}

/** What is known of the model before it runs. */
export interface ModelSaid {
  readonly label: string;
  readonly type: string;
  /** config.json, as read: what a planner counts by. */
  readonly config: RawConfig;
  /** "cpu (AVX-512, 2 threads)" */
  readonly backend: string;
  readonly layers: number;
  readonly decoderLayers?: number;
  readonly heads: number;
  readonly headWidth: number;
  readonly width: number;
  readonly longest?: number;
  readonly isCausal: boolean;
  readonly readsImages: boolean;
  readonly readsSound: boolean;
  /** What its head gives, where it has one: "fill", "generate", "classify"; undefined for a bare encoder. */
  readonly task?: string;
  readonly hasSentence: boolean;
  /** Of a model of two towers: what is known of each. The rest is that of pictures. */
  readonly towers?: Readonly<Record<Tower, ModelSaid>>;
  readonly version: string;
}

/** The tokens of a word in a run that was seen. */
export interface WordOfRun {
  readonly run: number;
  readonly tokens: readonly number[];
}

/** A model as a page asks it. Every method throws what the library throws, and AbortError when its signal says so. */
export interface Exploring {
  readonly said: ModelSaid;
  /**
   * Takes a picture's file over, PNG, JPEG or WebP: the input `{ image: name }` is it from then on. Four are held. Throws InputError for what is
   * no picture.
   */
  keepImage(name: string, bytes: Uint8Array, options?: AskOptions): Promise<void>;
  /**
   * Takes a decoded sound over: the input `{ sound: name }` is it from then on. Four are held. Throws InputError for what is no sound.
   */
  keepSound(name: string, sound: AudioInput, options?: AskOptions): Promise<void>;
  /** Runs a text with its changes. Throws InputError or SiteError for words, heads and layers that are not there. */
  see(asked: Asked, options?: AskOptions): Promise<Seen>;
  /** All weights of one head of a run, (T, S): of the layer's own tokens, where it has some. */
  weights(run: number, head: HeadAddress, options?: AskOptions): Promise<Float32Array>;
  /**
   * What one query looks at in every head, (L, H, S). Where layers have patches of their own, the query is one of the first grid, and what it
   * looks at is counted in the layer's; behind its last, NaN.
   */
  rows(run: number, query: number, options?: AskOptions): Promise<Float32Array>;
  /** Every head of a layer made small, (H, rows, columns): see AttentionSource. */
  thumbnails(
    run: number,
    layer: number,
    size: { readonly rows: number; readonly columns: number },
    options?: AskOptions,
  ): Promise<Float32Array>;
  /** The whole way of one number, of the run with its changes. Words are tokens of the head's layer. */
  explain(run: number, question: ExplainQuestion, options?: AskOptions): Promise<Explanation>;
  /** What the model's head says of a run with its changes: the next word, masked words, the class. Nothing where it has no head. */
  says(run: number, options?: SaysOptions): Promise<readonly Saying[]>;
  /** What the changes of `asked` do: at the word, layer by layer, at the output, beside controls. */
  effect(
    asked: Asked,
    question: { readonly word?: number; readonly controls?: number },
    options?: AskOptions,
  ): Promise<Effect>;
  /** Every head by a measure, (L, H): of the row of `query` where the measure has one. */
  measure(
    run: number,
    measure: HeadMeasureName,
    question: { readonly query: number; readonly key?: number },
    options?: MeasureOptions,
  ): Promise<Float32Array>;
  /**
   * How alike a word of one run is to a word of another, or of the same, on their way: cosines of their vectors as embeddings, behind every
   * layer, and at the end (L + 2). A word of several tokens is their mean. Throws SiteError for tokens that are not there.
   */
  alike(first: WordOfRun, second: WordOfRun, options?: AskOptions): Promise<Float32Array>;
  /** How well texts fit a picture that was handed over. Throws InputError for a model that has not two towers. */
  fits(image: string, texts: readonly string[], options?: AskOptions): Promise<Fits>;
  /**
   * What is said in a sound that was handed over, as far as the model reads at once. Throws InputError for a model that writes nothing of sounds.
   */
  hear(sound: string, options?: AskOptions): Promise<Heard>;
  /** Lets a run go: it can no longer be asked about. */
  forget(run: number): void;
  /** Lets the model go. */
  dispose(): Promise<void>;
}
