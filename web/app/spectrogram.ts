import type { Seen } from "heed/explore";
import type { State } from "../state/state.ts";

/** Part of the height that the weights take, under the sound. */
const weightsShare = 0.34;

/** What is drawn of a sound: what the model was given, what is looked at in it, and the moments that are chosen. */
export interface SpectrogramFacts {
  readonly sound: NonNullable<Seen["sound"]>;
  /** Weights of the row, one a moment; NaN where it cannot look. */
  readonly row: Float32Array | undefined;
  readonly state: Pick<State, "keys" | "query">;
  /** Whether a moment of the sound itself looks. */
  readonly isSelf: boolean;
}

/** Draws the features as the model was given them, the silence behind them hatched, and under them the row's weights on a scale from 0 to its largest. */
export function drawSpectrogram(canvas: HTMLCanvasElement, facts: SpectrogramFacts): void {
  const { sound, row, state, isSelf } = facts;
  const box = canvas.getBoundingClientRect();
  const ratio = globalThis.devicePixelRatio || 1;
  const [width, height] = [box.width * ratio, box.height * ratio].map(Math.round) as [
    number,
    number,
  ];
  if (width === 0 || height === 0) return;
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const style = getComputedStyle(canvas);
  const ink = (name: string) => style.getPropertyValue(name).trim();
  const top = Math.round(height * (1 - weightsShare));
  pen.imageSmoothingEnabled = false;
  pen.drawImage(pictureOf(sound), 0, 0, width, top);
  // The opacity is the feature; the colour is the page's.
  pen.globalCompositeOperation = "source-in";
  pen.fillStyle = ink("--ink");
  pen.fillRect(0, 0, width, top);
  pen.globalCompositeOperation = "source-over";
  const end = Math.round((sound.heard / sound.frames) * width);
  hatch(pen, { from: end, width: width - end, height: top, color: ink("--line"), ratio });
  const count = sound.frames / 2;
  const mark = (token: number, color: string, isDashed: boolean) => {
    pen.strokeStyle = color;
    pen.lineWidth = Math.max(2 * ratio, 1);
    pen.setLineDash(isDashed ? [4 * ratio, 3 * ratio] : []);
    const x = ((token + 0.5) / count) * width;
    pen.beginPath();
    pen.moveTo(x, 0);
    pen.lineTo(x, height);
    pen.stroke();
    pen.setLineDash([]);
  };
  if (row) {
    const largest = row.reduce((most, weight) => Math.max(most, weight || 0), 0);
    pen.fillStyle = ink("--query");
    for (const [token, weight] of row.entries()) {
      if (!(weight > 0) || largest === 0) continue;
      const tall = (height - top - 4 * ratio) * (weight / largest);
      const x = (token / count) * width;
      pen.fillRect(
        x,
        height - tall,
        Math.max(1, width / count - (width / count > 3 ? 1 : 0)),
        tall,
      );
    }
  }
  for (const [place, key] of state.keys.entries())
    mark(key, ink(place === 0 ? "--first" : "--second"), place > 0);
  if (isSelf) mark(state.query, ink("--query"), false);
}

type Features = SpectrogramFacts["sound"]["features"];

/** What is drawn of features, once: they are as many as a picture has pixels, and weights over them change with every tap. */
let latest: { readonly features: Features; readonly picture: OffscreenCanvas } | undefined;

function pictureOf({ features, frames, melBins }: SpectrogramFacts["sound"]): OffscreenCanvas {
  // Every answer brings them anew: they are compared once, and known from then on.
  if (latest && areSame(latest.features, features)) {
    latest = { ...latest, features };
    return latest.picture;
  }
  const image = new ImageData(frames, melBins);
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of features) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  for (let bin = 0; bin < melBins; bin++)
    for (let frame = 0; frame < frames; frame++) {
      const value = features[bin * frames + frame]!;
      const share = most > least ? (value - least) / (most - least) : 0;
      // Low tones stand below.
      const at = ((melBins - 1 - bin) * frames + frame) * 4;
      image.data[at + 3] = Math.round(255 * share);
    }
  const picture = new OffscreenCanvas(frames, melBins);
  picture.getContext("2d")!.putImageData(image, 0, 0);
  latest = { features, picture };
  return picture;
}

function areSame(a: Features, b: Features): boolean {
  return a === b || (a.length === b.length && a.every((value, at) => value === b[at]));
}

interface Hatched {
  readonly from: number;
  readonly width: number;
  readonly height: number;
  readonly color: string;
  readonly ratio: number;
}

function hatch(
  pen: CanvasRenderingContext2D,
  { from, width, height, color, ratio }: Hatched,
): void {
  if (width <= 0) return;
  pen.save();
  pen.beginPath();
  pen.rect(from, 0, width, height);
  pen.clip();
  pen.strokeStyle = color;
  pen.lineWidth = ratio;
  pen.beginPath();
  for (let x = from - height; x < from + width; x += 8 * ratio) {
    pen.moveTo(x, height);
    pen.lineTo(x + height, 0);
  }
  pen.stroke();
  pen.restore();
}
