import { formatHead } from "../../../probe/head-address.ts";
import type { Film } from "../../../training/film/film.ts";
import { countOf } from "../../../views/numbers.ts";
import type { FormatOptions } from "../../options/format.ts";

/** What a film is written as. */
export const filmFormats = ["html", "svg", "json"] as const;
export type FilmFormat = (typeof filmFormats)[number];

/** A film as a page with a slider, a strip, or its own data. */
export async function drawnFilm(
  film: Film,
  format: FilmFormat,
  { theme, width }: Pick<FormatOptions, "theme" | "width"> = {},
): Promise<string> {
  if (format === "json") return JSON.stringify(film);
  const { filmHtml, filmSvg } = await import("../../../views/film/film.ts");
  const look = theme === undefined ? {} : { theme };
  return format === "html" ? filmHtml(film, look) : filmSvg(film, { ...look, width });
}

/** "gpt2, 2 layers of 4 heads, width 64" */
export function modelText({
  family,
  layers,
  heads,
  width,
}: Omit<Film["model"], "headWidth">): string {
  return `${family}, ${countOf(layers, "layer")} of ${heads} heads, width ${width}`;
}

/** For each measure the head that does most of it, before and after. */
export function headLines({ measures, frames, model }: Film): string[] {
  const [before, after] = [frames[0], frames.at(-1)];
  if (!before || !after) return [];
  return measures.map(({ name, chance }, n) => {
    const scores = after.heads.map(({ scores }) => scores[n]!);
    const best = scores.indexOf(Math.max(...scores));
    const head = formatHead({ layer: Math.floor(best / model.heads), head: best % model.heads });
    const first = before.heads[best]!.scores[n]!;
    return `${head}  ${name}: ${scores[best]!.toFixed(2)}, before ${first.toFixed(2)} (looking at all alike ${chance.toFixed(2)})`;
  });
}
