import type { FilmPicture } from "heed/elements";
import { html, nothing } from "lit-html";
import { AppElement } from "../app/app-element.ts";
import type { AppContext } from "../app/context.ts";
import { appStyles } from "../app/styles.ts";
import { trainStyles } from "./train-styles.ts";

/** How the language model that comes with heed was trained: its film, and the way to open it. */
export class StoriesFilmElement extends AppElement {
  static readonly tag = "heed-app-stories-film";
  static override readonly styles = [appStyles, trainStyles];
  #film: FilmPicture | undefined;
  #isComing = false;
  #failure: string | undefined;

  protected override content(app: AppContext): unknown {
    const { words, state } = app;
    const own = words.train;
    const failed = this.#failure === undefined ? "" : `${own.failed} ${this.#failure}`;
    return html`<section class=${this.#film ? "" : "chrome"}>
      <h3>${own.storiesTitle}</h3>
      <p>${own.storiesIntro}</p>
      ${this.#film ? html`<heed-film bare ?still=${state.presents} .film=${this.#film} .words=${own.film}></heed-film>` : nothing}
      <div class="ways chrome">
        ${
          this.#film
            ? nothing
            : html`<button type="button" ?disabled=${this.#isComing} @click=${() => this.#watch()}>${own.storiesWatch}</button>`
        }
        ${
          state.model.kind === "stories"
            ? nothing
            : html`<button type="button" @click=${() => app.open({ kind: "stories" })}>${own.storiesOpen}</button>`
        }
      </div>
      <p role="status">${failed}</p>
    </section>`;
  }

  async #watch(): Promise<void> {
    this.#isComing = true;
    this.#failure = undefined;
    this.requestUpdate();
    try {
      const response = await fetch(new URL("../stories/film.json", import.meta.url));
      if (!response.ok) throw new Error(`film.json: ${response.status}`);
      this.#film = (await response.json()) as FilmPicture;
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
    }
    this.#isComing = false;
    this.requestUpdate();
  }
}
