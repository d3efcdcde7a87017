/** A training as pictures: what every head looked like at chosen steps. Plain data; one JSON file. */
export interface Film {
  readonly format: typeof filmFormat;
  readonly title: string;
  readonly model: {
    readonly family: string;
    readonly layers: number;
    readonly heads: number;
    readonly width: number;
    readonly headWidth: number;
  };
  readonly seed: number;
  /** Steps in all. */
  readonly steps: number;
  /** Share of answers that guessing gets right, and among what; undefined where nothing is asked. */
  readonly chance?: number;
  readonly guess?: string;
  /** Words of the probes, whose attention every frame has. */
  readonly probes: readonly (readonly string[])[];
  /** What heads are measured by. */
  readonly measures: readonly FilmMeasure[];
  /** Loss of the batches on the way: step, nats. */
  readonly curve: readonly (readonly [step: number, loss: number])[];
  readonly frames: readonly FilmFrame[];
}

/** What a film's file begins with: its format and version. */
export const filmFormat = "heed film 1";

/** Something heads may do, as detectors of `heed/analysis` know it, or a link of a probe. */
export interface FilmMeasure {
  /** "induction", "it → the animal". */
  readonly name: string;
  /** A sentence's end: "looks at what came after the same token elsewhere". */
  readonly what: string;
  /** What a head that looks at all alike would score. */
  readonly chance: number;
}

/** The model after a number of steps. */
export interface FilmFrame {
  readonly step: number;
  /** On examples that no step has seen. */
  readonly loss: number;
  readonly accuracy: number;
  /** Layer by layer. */
  readonly heads: readonly FilmHead[];
  /** Probe by probe, (L, H, T, S) row-major in base64: a byte a weight, 255 for 1. */
  readonly attention: readonly string[];
}

/** A head after a number of steps. */
export interface FilmHead {
  /** Singular values of W^Q·W^Kᵀ, the largest first. */
  readonly queryKey: readonly number[];
  /** Singular values of W^V·W^O. */
  readonly valueOutput: readonly number[];
  /** The largest directions of W^Q·W^Kᵀ: which words ask along it, and which are found. */
  readonly directions: readonly FilmDirection[];
  /** Lengths of W^Q, W^K, W^V, W^O (Frobenius norms). */
  readonly lengths: readonly number[];
  /** How much it does of each measure, in their order. */
  readonly scores: readonly number[];
}

/** A singular direction of W^Q·W^Kᵀ: how strong it is, which words ask along it, and which are found. */
export interface FilmDirection {
  readonly value: number;
  readonly asking: readonly string[];
  readonly found: readonly string[];
}
