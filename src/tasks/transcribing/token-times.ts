import { InputError } from "../../errors/errors.ts";
import { dimensionsIn } from "../../families/family.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import type { GenerationRead } from "../../probe/generation-plan.ts";
import type { Generation } from "../generation.ts";
import { type TimeWeights, tokenPlaces } from "./alignment.ts";
import type { SpeechConfig } from "./speech-config.ts";

/** Where a generation's trace has the heads that follow the sound. */
export interface AlignmentHeads {
  readonly heads: readonly (readonly [layer: number, head: number])[];
  readonly medianWidth: number;
  readonly secondsPerToken: number;
}

const usualMedian = 7;

/** What to read of the decoder's looks at the sound, for heads that generation_config.json says follow it. Throws InputError where it names none. */
export function alignmentReads(
  { alignment_heads: heads }: SpeechConfig,
  { label, config, dimensions, audio }: LoadedModel,
): { readonly reads: readonly GenerationRead[]; readonly times: AlignmentHeads } {
  if (!heads || heads.length === 0)
    throw new InputError(
      `${label}: its generation_config.json has no alignment_heads, which say when words were spoken. Ask for timestamps of segments, or none`,
    );
  const { decoderLayers = 0 } = dimensions;
  const { heads: count } = dimensionsIn(dimensions, "decoder.");
  const wrong = heads.find(([layer, head]) => layer >= decoderLayers || head >= count);
  if (wrong)
    throw new InputError(
      `${label}: alignment_heads names layer ${wrong[0]}, head ${wrong[1]}; its decoder has ${decoderLayers} layers of ${count} heads`,
    );
  const { median_filter_width: width = usualMedian } = config;
  if (typeof width !== "number" || width < 1 || width % 2 !== 1)
    throw new InputError(`${label}: median_filter_width is ${width}, needs an odd number`);
  const layers = [...new Set(heads.map(([layer]) => layer))];
  return {
    reads: layers.map((layer) => `decoder.layers.${layer}.cross.weights`),
    times: { heads, medianWidth: width, secondsPerToken: audio!.secondsPerToken },
  };
}

/** When each written token ended, in seconds from the window's beginning; the last has the time of the one before it, as in transformers. */
export function secondsOfTokens(
  generation: Generation,
  {
    heads,
    medianWidth,
    secondsPerToken,
    frames,
    skip,
  }: AlignmentHeads & {
    /** Frames of the sound from the window's beginning on. */
    readonly frames: number;
    /** Ids the decoder began with, which have no time. */
    readonly skip: number;
  },
): number[] {
  const written = generation.rows[0]!.ids.length - skip;
  const rows = written - 1;
  const cut = heads.map(([layer, head]) => {
    const weights = generation.trace.get(`decoder.layers.${layer}.cross.weights`); // (B, H, T, S)
    return cutWeights(weights.select(0, head), { skip, rows, end: Math.floor(frames / 2) });
  });
  if (rows < 1 || cut[0]!.columns === 0) return new Array<number>(Math.max(written, 0)).fill(0);
  const seconds = tokenPlaces(cut, medianWidth).map((place) =>
    Math.fround(place * secondsPerToken),
  );
  return [...seconds, seconds.at(-1)!];
}

/** The rows of written tokens, over the moments of the sound itself. */
function cutWeights(
  { shape, data }: { readonly shape: readonly number[]; readonly data: ArrayLike<number> },
  { skip, rows, end }: { readonly skip: number; readonly rows: number; readonly end: number },
): TimeWeights {
  const S = shape[1]!;
  const columns = Math.max(0, Math.min(end, S));
  const out = new Float32Array(Math.max(rows, 0) * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      out[row * columns + column] = data[(skip + row) * S + column]!;
  return { rows: Math.max(rows, 0), columns, data: out };
}
