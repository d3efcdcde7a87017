import { html, type TemplateResult } from "lit-html";
import { AppElement } from "../app/app-element.ts";
import type { AppContext } from "../app/context.ts";
import { linkedState } from "../app/linked.ts";
import { appStyles, css } from "../app/styles.ts";
import { save } from "../export/save.ts";
import { readAddress } from "../state/address.ts";
import { keptTalk } from "../talk/kept.ts";
import { added, moved, removed, renamed, type Talk } from "../talk/talk.ts";
import { languageOf } from "../words/languages.ts";

/** `<heed-app-talk>`: views in order, each a link and its picture; they become one page that needs no network. */
export class TalkElement extends AppElement {
  static readonly tag = "heed-app-talk";
  static override readonly styles = [
    appStyles,
    css`
      ol {
        margin: 12px 0;
        padding: 0;
        list-style: none;
        counter-reset: slide;
      }
      li {
        display: flex;
        flex-wrap: wrap;
        gap: 6px;
        align-items: center;
        padding-block: 6px;
        border-block-end: 1px solid var(--line);
        counter-increment: slide;
      }
      li::before {
        content: counter(slide);
        inline-size: 28px;
        color: var(--quiet);
      }
      input {
        flex: 1 1 260px;
        min-inline-size: 0;
        min-height: 36px;
        padding: 4px 10px;
        border: 1px solid var(--line);
        border-radius: 8px;
        background: var(--card);
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      [role="status"] {
        min-height: 24px;
      }
    `,
  ];
  #said = "";

  protected override content(app: AppContext): unknown {
    const own = app.words.talk;
    const { talk } = keptTalk;
    const isReady = app.model !== undefined && app.seen !== undefined && !app.isBusy;
    return html`
      <p class="quiet">${own.intro}</p>
      <div class="row">
        <button type="button" class="main" ?disabled=${!isReady} @click=${() => void this.#add(app)}>${own.add}</button>
        <button type="button" ?disabled=${talk.length === 0} @click=${() => void this.#save(app, talk)}>${own.save}</button>
      </div>
      ${talk.length === 0 ? html`<p class="quiet">${own.none}</p>` : html`<ol>${talk.map((slide, place) => this.#slide(slide.title, place, talk, app))}</ol>`}
      <p class="quiet" role="status">${this.#said}</p>`;
  }

  #slide(title: string, place: number, talk: Talk, app: AppContext): TemplateResult {
    const own = app.words.talk;
    const number = String(place + 1);
    const act = (text: string, label: string, next: () => Talk, isOff = false) => html`<button
      type="button"
      aria-label=${label}
      title=${label}
      ?disabled=${isOff}
      @click=${() => this.#become(next(), app)}
    >${text}</button>`;
    return html`<li>
      <input
        aria-label=${own.titleOf(number)}
        dir="auto"
        maxlength="400"
        .value=${title}
        @change=${(event: Event) => this.#become(renamed(talk, place, (event.target as HTMLInputElement).value), app)}
      />
      <button type="button" @click=${() => this.#open(talk, place, app)}>${own.open}</button>
      ${act("↑", own.earlier(number), () => moved(talk, place, -1), place === 0)}
      ${act("↓", own.later(number), () => moved(talk, place, 1), place === talk.length - 1)}
      ${act("✕", own.remove(number), () => removed(talk, place))}
    </li>`;
  }

  #open(talk: Talk, place: number, app: AppContext): void {
    const { change } = readAddress(talk[place]!.link);
    app.set({ ...linkedState(change, app.state), presents: false });
  }

  async #add(app: AppContext): Promise<void> {
    const own = app.words.talk;
    try {
      const { slideOf } = await import("../talk/slide.ts");
      const slide = await slideOf(app);
      if (slide) this.#become(added(keptTalk.talk, slide), app, own.added(slide.title));
    } catch (error) {
      this.#say(own.failed(error instanceof Error ? error.message : String(error)));
    }
  }

  async #save(app: AppContext, talk: Talk): Promise<void> {
    const own = app.words.talk;
    const { talkPage } = await import("../talk/talk-page.ts");
    const page = talkPage(talk, {
      language: app.state.language,
      direction: languageOf(app.state.language, []).direction,
      explorer: new URL(location.pathname, location.href).href,
      words: { title: own.title, live: own.live, keys: own.keys },
    });
    this.#say(
      app.words.exports.saved(save(new Blob([page], { type: "text/html" }), "heed-talk.html")),
    );
  }

  #become(talk: Talk, { words }: AppContext, said = ""): void {
    this.#say(keptTalk.become(talk) ? said : words.talk.notKept);
  }

  #say(text: string): void {
    this.#said = text;
    this.requestUpdate();
  }
}
