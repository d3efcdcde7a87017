/** Where a filter begins in the spectrum, and its weights from there on. */
export interface MelFilter {
  readonly start: number;
  readonly weights: Float64Array;
}

/** Hertz up to which Slaney's scale is linear, mels there, and how the logarithm goes on (Auditory Toolbox, 1998). */
const linearTo = 1000;
const melsThere = 15;
const stepsPerMel = 27 / Math.log(6.4);

const toMels = (hertz: number) =>
  hertz < linearTo ? (3 * hertz) / 200 : melsThere + Math.log(hertz / linearTo) * stepsPerMel;

const toHertz = (mels: number) =>
  mels < melsThere ? (200 * mels) / 3 : linearTo * Math.exp((mels - melsThere) / stepsPerMel);

/** Triangles of one area that lie evenly on Slaney's mel scale, over frequencies 0 to half the sample rate. */
export function melFilters(count: number, bins: number, sampleRate: number): MelFilter[] {
  const highest = toMels(8000);
  const edges = Array.from({ length: count + 2 }, (_, n) => toHertz((highest * n) / (count + 1)));
  const hertz = Array.from({ length: bins }, (_, bin) => (bin * (sampleRate / 2)) / (bins - 1));
  return Array.from({ length: count }, (_, filter) => {
    const [low, middle, high] = edges.slice(filter, filter + 3) as [number, number, number];
    const all = hertz.map((f) =>
      Math.max(0, Math.min((f - low) / (middle - low), (high - f) / (high - middle))),
    );
    const start = Math.max(
      0,
      all.findIndex((weight) => weight > 0),
    );
    const end = all.findLastIndex((weight) => weight > 0) + 1;
    const weights = all
      .slice(start, Math.max(start, end))
      .map((weight) => (weight * 2) / (high - low));
    return { start, weights: Float64Array.from(weights) };
  });
}
