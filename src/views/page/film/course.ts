import { svg, type TemplateResult } from "lit-html";
import { type FilmPicture, linePath, thinned } from "../../film/film-picture.ts";

const [width, height] = [600, 120];

/** Loss and right answers over the steps, with a line at the step that is shown. */
export function course(film: FilmPicture, step: number): TemplateResult {
  const box = { x: 0, y: 4, width, height: height - 8 };
  const losses = thinned(film.curve);
  const mostLoss = Math.max(...losses.map(([, loss]) => loss), Number.MIN_VALUE);
  const loss = linePath(losses, box, { x: film.steps, y: mostLoss });
  const right = linePath(
    film.frames.map((frame) => [frame.step, frame.accuracy] as const),
    box,
    { x: film.steps, y: 1 },
  );
  const across = (share: number) => box.y + box.height * (1 - share);
  const now = (step / (film.steps || 1)) * width;
  return svg`
    <path d=${`M0 ${across(0)}H${width}`} />
    ${film.chance === undefined ? svg`` : svg`<path class="chance" d=${`M0 ${across(film.chance)}H${width}`} />`}
    <path d=${loss} />
    <path class="right" d=${right} />
    <path class="now" d=${`M${now} 0V${height}`} />`;
}

export const courseBox: string = `0 0 ${width} ${height}`;
