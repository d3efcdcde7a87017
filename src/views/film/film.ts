import { filmScript, filmStyle } from "../page/film.generated.ts";
import { expectPageOptions, type PageOptions, pageFile } from "../page/page-file.ts";
import { expectFilm, type FilmPicture } from "./film-picture.ts";
import { aboutFilm } from "./film-svg.ts";

export type { FilmPicture, FilmPictureFrame, FilmPictureHead } from "./film-picture.ts";
export { filmSvg } from "./film-svg.ts";

/** A film as one HTML file with a slider; it needs no network. Throws TypeError for what is no film. */
export function filmHtml(film: FilmPicture, options: PageOptions = {}): string {
  expectPageOptions(options, "filmHtml");
  expectFilm(film);
  return pageFile(
    {
      title: film.title,
      lines: [film.title, aboutFilm(film)],
      style: filmStyle,
      script: filmScript,
      data: film,
      packed: [],
    },
    options,
  );
}
