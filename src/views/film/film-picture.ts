/** A training as pictures: what `Filming` of heed/training gives, or film.json of `heed train`. */
export interface FilmPicture {
  readonly title: string;
  readonly model: {
    readonly family: string;
    readonly layers: number;
    readonly heads: number;
    readonly width: number;
    readonly headWidth: number;
  };
  readonly seed: number;
  readonly steps: number;
  readonly chance?: number;
  readonly guess?: string;
  /** Words of the probes. */
  readonly probes: readonly (readonly string[])[];
  readonly measures: readonly {
    readonly name: string;
    readonly what: string;
    readonly chance: number;
  }[];
  readonly curve: readonly (readonly [step: number, loss: number])[];
  readonly frames: readonly FilmPictureFrame[];
}

/** The model after a number of steps. */
export interface FilmPictureFrame {
  readonly step: number;
  readonly loss: number;
  readonly accuracy: number;
  /** Layer by layer. */
  readonly heads: readonly FilmPictureHead[];
  /** Probe by probe, (L, H, T, S) in base64: a byte a weight, 255 for 1. */
  readonly attention: readonly string[];
}

/** A head after a number of steps. */
export interface FilmPictureHead {
  readonly queryKey: readonly number[];
  readonly valueOutput: readonly number[];
  readonly directions: readonly {
    readonly value: number;
    readonly asking: readonly string[];
    readonly found: readonly string[];
  }[];
  readonly lengths: readonly number[];
  readonly scores: readonly number[];
}

/** The head that a film is about: the one that does most of its first measure at its end. */
export function mainHead({ frames }: FilmPicture): number {
  const scores = frames.at(-1)?.heads.map(({ scores }) => scores[0] ?? 0) ?? [];
  return Math.max(0, scores.indexOf(Math.max(...scores)));
}

/** "L1H2" of a place among all heads. */
export function headName({ model }: Pick<FilmPicture, "model">, place: number): string {
  return `L${Math.floor(place / model.heads)}H${place % model.heads}`;
}

/** A head's weights (T·T) on a probe, 0 to 1. */
export function probeWeights(
  { probes }: FilmPicture,
  frame: FilmPictureFrame,
  { probe, head }: { readonly probe: number; readonly head: number },
): Float32Array {
  const size = probes[probe]!.length ** 2;
  const bytes = atob(frame.attention[probe]!);
  return Float32Array.from({ length: size }, (_, n) => bytes.charCodeAt(head * size + n) / 255);
}

/** Throws TypeError for what is no film. */
export function expectFilm(value: unknown): asserts value is FilmPicture {
  const { format, frames, probes } = (value ?? {}) as Record<string, unknown>;
  if (format !== "heed film 1" || !Array.isArray(frames) || !Array.isArray(probes))
    throw new TypeError('this is no film of heed train: its format must be "heed film 1"');
  if (frames.length === 0) throw new TypeError("this film has no frames");
}

/** "0.95", "1.00": a share as films print it. */
export function share(value: number): string {
  return value.toFixed(2);
}

/** A line through points in a box: the `d` of a path. */
export function linePath(
  points: readonly (readonly [x: number, y: number])[],
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  most: { readonly x: number; readonly y: number },
): string {
  const at = ([x, y]: readonly [number, number]) =>
    `${round(box.x + (x / (most.x || 1)) * box.width)} ${round(box.y + box.height * (1 - y / (most.y || 1)))}`;
  return points.length === 0 ? "" : `M${points.map(at).join("L")}`;
}

/** As many points as can be seen apart, each the mean of its neighbours. */
export function thinned(
  points: readonly (readonly [number, number])[],
  most = 160,
): (readonly [number, number])[] {
  if (points.length <= most) return [...points];
  return Array.from({ length: most }, (_, part) => {
    const start = Math.floor((part * points.length) / most);
    const own = points.slice(start, Math.floor(((part + 1) * points.length) / most));
    const mean = (of: 0 | 1) => own.reduce((sum, point) => sum + point[of], 0) / own.length;
    return [mean(0), mean(1)] as const;
  });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
