import { expectFilm } from "../../film/film-picture.ts";
import { defineAll } from "../base/define.ts";
import { FilmElement } from "../film/film-element.ts";

/** Fills the document with the film it carries; what keeps it from being read is said in its place. */
function openFilm(): void {
  const app = document.getElementById("app")!;
  try {
    const film: unknown = JSON.parse(document.getElementById("data")!.textContent!);
    expectFilm(film);
    defineAll([FilmElement]);
    app.replaceChildren(Object.assign(document.createElement(FilmElement.tag), { film }));
  } catch (error) {
    app.querySelector("p:last-child")!.textContent = `This page could not be read: ${error}`;
    throw error;
  }
}

openFilm();
