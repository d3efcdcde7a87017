import { countOf } from "../numbers.ts";
import { oneLine, surface } from "../surface.ts";
import {
  colorStep,
  coordinate,
  expectSvgOptions,
  type SvgOptions,
  svgBox,
  svgDocument,
  svgLines,
  svgText,
} from "../svg/frame.ts";
import {
  type FilmPicture,
  type FilmPictureFrame,
  headName,
  linePath,
  mainHead,
  probeWeights,
  share,
  thinned,
} from "./film-picture.ts";

const margin = 20;
const gap = 14;
const chartHeight = 110;
const spectrumHeight = 46;
/** Room for a frame: narrower ones cannot be read. */
const leastFrame = 120;

/** A film as a strip: how loss and answers went, then one head at a few steps: its singular values, its words, its attention. */
export function filmSvg(film: FilmPicture, options: SvgOptions = {}): string {
  expectSvgOptions(options, "filmSvg");
  const width = Math.max(320, options.width ?? 900);
  const inner = width - 2 * margin;
  const elements: string[] = [];
  const head = mainHead(film);
  let y = svgLines(elements, film.title, {
    x: margin,
    y: margin + 12,
    size: 17,
    style: "strong",
    width: inner,
  });
  y = svgLines(elements, aboutFilm(film), { x: margin, y, size: 12, style: "quiet", width: inner });
  y += 8;
  y = drawCourse(elements, film, { x: margin, y, width: inner });
  const frames = chosenFrames(film, Math.max(2, Math.floor((inner + gap) / (leastFrame + gap))));
  const side = (inner - (frames.length - 1) * gap) / frames.length;
  y = svgLines(elements, `${headName(film, head)}, from random numbers to what it learned`, {
    x: margin,
    y: y + 16,
    size: 14,
    style: "strong",
    width: inner,
  });
  y += 4;
  const at = (n: number) => margin + n * (side + gap);
  for (const [n, frame] of frames.entries())
    elements.push(
      svgText(`step ${frame.step}`, { x: at(n), y: y + 10, size: 12 }),
      svgText(`right ${share(frame.accuracy)}`, {
        x: at(n) + side,
        y: y + 10,
        size: 12,
        anchor: "end",
        style: "quiet",
      }),
    );
  y += 22;
  for (const [n, frame] of frames.entries())
    drawSpectrum(elements, frame.heads[head]!.queryKey, { x: at(n), y, width: side });
  y += spectrumHeight;
  y = svgLines(
    elements,
    "Singular values of its W^Q·W^Kᵀ, as shares of the largest: how strongly it matches along each direction",
    {
      x: margin,
      y: y + 16,
      size: 11,
      style: "quiet",
      width: inner,
    },
  );
  y += 6;
  const bottoms = frames.map((frame, n) => {
    const [first] = frame.heads[head]!.directions;
    if (!first) return y;
    const words = (all: readonly string[]) =>
      all
        .slice(0, 3)
        .map((word) => surface(word))
        .join(", ");
    const below = svgLines(elements, `${words(first.asking)}`, {
      x: at(n),
      y: y + 10,
      size: 11,
      width: side,
    });
    return svgLines(elements, `→ ${words(first.found)}`, {
      x: at(n),
      y: below,
      size: 11,
      style: "strong",
      width: side,
    });
  });
  y = Math.max(...bottoms);
  y = svgLines(elements, "Words that ask along the strongest direction → words it finds there", {
    x: margin,
    y: y + 4,
    size: 11,
    style: "quiet",
    width: inner,
  });
  y += 8;
  for (const [n, frame] of frames.entries())
    drawAttention(elements, film, frame, { head, x: at(n), y, side });
  y += side;
  y = svgLines(
    elements,
    `Where it looks in "${oneLine(film.probes[0]?.join(" ") ?? "")}": a row a word that looks, a column a word looked at`,
    { x: margin, y: y + 16, size: 11, style: "quiet", width: inner },
  );
  return svgDocument({ width, height: y + margin / 2, title: film.title }, elements, options);
}

/** One line on what was trained. */
export function aboutFilm({ model, steps, seed, guess, chance }: FilmPicture): string {
  const guessing =
    chance === undefined ? "" : `; guessing ${guess ?? ""} gets ${share(chance)} right`;
  return `${model.family}, ${countOf(model.layers, "layer")} of ${countOf(model.heads, "head")}, width ${model.width}; ${countOf(steps, "step")} from seed ${seed}${guessing}`;
}

/** Frames spread over a film, the first and the last among them; early ones lie closer, as they were taken. */
function chosenFrames({ frames }: FilmPicture, most: number): FilmPictureFrame[] {
  const count = Math.min(most, frames.length, 6);
  const places = Array.from({ length: count }, (_, n) =>
    Math.round((n * (frames.length - 1)) / Math.max(1, count - 1)),
  );
  return [...new Set(places)].map((place) => frames[place]!);
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** Loss of the batches, and the share of right answers on what no step saw. */
function drawCourse(elements: string[], film: FilmPicture, { x, y, width }: Place): number {
  const box = { x, y: y + 4, width, height: chartHeight };
  const losses = thinned(film.curve);
  const mostLoss = Math.max(...losses.map(([, loss]) => loss), Number.MIN_VALUE);
  const loss = linePath(losses, box, { x: film.steps, y: mostLoss });
  const right = linePath(
    film.frames.map(({ step, accuracy }) => [step, accuracy] as const),
    box,
    { x: film.steps, y: 1 },
  );
  const base = coordinate(box.y + chartHeight);
  elements.push(
    `<path class="line" d="M${coordinate(x)} ${base}h${coordinate(width)}"/>`,
    ...(film.chance === undefined
      ? []
      : [
          `<path class="line" stroke-dasharray="3 4" d="M${coordinate(x)} ${coordinate(box.y + chartHeight * (1 - film.chance))}h${coordinate(width)}"/>`,
        ]),
    `<path class="line" d="${loss}"/>`,
    `<path class="mark" d="${right}"/>`,
  );
  return svgLines(
    elements,
    `Thick: share of right answers on what no step saw, 0 to 1${film.chance === undefined ? "" : " (dashed: guessing)"}. Thin: loss, from ${mostLoss.toFixed(2)} nats`,
    { x, y: box.y + chartHeight + 16, size: 11, style: "quiet", width },
  );
}

function drawSpectrum(elements: string[], values: readonly number[], { x, y, width }: Place): void {
  const most = values[0] ?? 0;
  elements.push(
    svgText(`largest ${most.toPrecision(2)}`, {
      x: x + width,
      y: y + 10,
      size: 11,
      anchor: "end",
      style: "quiet",
    }),
  );
  const step = width / values.length;
  for (const [n, value] of values.entries()) {
    const height = Math.max(1, (value / (most || 1)) * spectrumHeight);
    elements.push(
      svgBox({
        x: x + n * step,
        y: y + spectrumHeight - height,
        width: Math.max(0.6, step - 1),
        height,
        style: "first",
        tooltip: `direction ${n + 1}: ${value}`,
      }),
    );
  }
}

function drawAttention(
  elements: string[],
  film: FilmPicture,
  frame: FilmPictureFrame,
  {
    head,
    x,
    y,
    side,
  }: { readonly head: number; readonly x: number; readonly y: number; readonly side: number },
): void {
  const words = film.probes[0] ?? [];
  const T = words.length;
  const weights = probeWeights(film, frame, { probe: 0, head });
  const cell = side / T;
  for (let query = 0; query < T; query++)
    for (let key = 0; key < T; key++) {
      const weight = weights[query * T + key]!;
      if (weight < 0.02) continue;
      elements.push(
        svgBox({
          x: x + key * cell,
          y: y + query * cell,
          width: cell,
          height: cell,
          style: `w${colorStep(weight)}`,
          tooltip: `${surface(words[query]!)} → ${surface(words[key]!)} ${share(weight)}`,
        }),
      );
    }
  elements.push(svgBox({ x, y, width: side, height: side, style: "line" }));
}
