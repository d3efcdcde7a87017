import { html, nothing, type TemplateResult } from "lit-html";
import { swappedBy } from "../examples/examples.ts";
import type { Panel } from "../state/state.ts";
import { AppElement } from "./app-element.ts";
import type { AppContext } from "./context.ts";
import { isAlone, presented } from "./lecture.ts";
import { appStyles, css } from "./styles.ts";
import { whyNothing } from "./why-nothing.ts";

/** Panels with a button of their own under what is found, in its order. */
const ways: readonly Panel[] = ["steps", "change", "heads"];

/** Share of the window that may stick on top: what is read stands below. */
const mostStuck = 0.5;

/** The whole page: the sentence, which stays on top, one panel under it, and the menu. */
export class HeedAppElement extends AppElement {
  static readonly tag = "heed-app";
  static override readonly styles = [
    appStyles,
    css`
      :host {
        max-inline-size: 1180px;
        margin-inline: auto;
        padding-inline: clamp(12px, 3vw, 32px);
      }
      header {
        display: flex;
        justify-content: space-between;
        align-items: center;
        gap: 8px;
        padding-block: 8px;
      }
      h1 {
        margin: 0;
        font-size: 17px;
        font-weight: 600;
      }
      h1 a {
        color: inherit;
        text-decoration: none;
      }
      .top {
        padding-block-end: 12px;
        background: var(--ground);
      }
      .top.stuck {
        position: sticky;
        inset-block-start: 0;
        z-index: 2;
        border-block-end: 1px solid var(--line);
      }
      .head {
        display: flex;
        flex-wrap: wrap;
        gap: 8px 12px;
        align-items: center;
        margin-block-end: 4px;
      }
      .changed button:first-child {
        border-color: var(--first);
      }
      .panel {
        position: relative;
        padding-block: 16px 48px;
      }
      .panel-head {
        display: flex;
        justify-content: space-between;
        align-items: flex-start;
        gap: 12px;
      }
      .notice,
      .invitation {
        display: flex;
        flex-wrap: wrap;
        gap: 8px 16px;
        align-items: center;
        margin-block: 8px;
        padding: 8px 12px;
        border: 1px solid var(--line);
        border-radius: 8px;
        background: var(--card);
        font-size: 15px;
      }
      .invitation p,
      .notice p {
        flex: 1;
        max-inline-size: none;
        min-inline-size: 200px;
        margin: 0;
      }
      :host([presents]) {
        --smallest: 14px;
        --heed-smallest: 14px;
        max-inline-size: none;
        padding-block-start: 12px;
      }
      :host([presents]) .panel {
        padding-block: 4px 0;
      }
      :host([presents]) .top.stuck,
      .top.stuck.tall {
        position: static;
      }
      /* What is written at 14 px is 28 px on a screen of 1080 lines, and its share of others: there is as much room on all of them. */
      @media (min-width: 900px) and (min-height: 600px) {
        :host([presents]) {
          zoom: 1.33;
        }
      }
      @media (min-width: 1300px) and (min-height: 780px) {
        :host([presents]) {
          zoom: 1.6;
        }
      }
      @media (min-width: 1600px) and (min-height: 960px) {
        :host([presents]) {
          zoom: 2;
        }
      }
      @media (min-width: 2300px) and (min-height: 1300px) {
        :host([presents]) {
          zoom: 2.66;
        }
      }
      @media (min-width: 3500px) and (min-height: 1900px) {
        :host([presents]) {
          zoom: 4;
        }
      }
      @media (max-height: 560px) {
        .top.stuck {
          position: static;
        }
      }
      @media (max-width: 480px) {
        .head {
          gap: 4px;
        }
      }
      @media print {
        :host,
        :host([presents]) {
          box-sizing: border-box;
          inline-size: var(--printed-width, auto);
          max-inline-size: none;
          zoom: 1;
        }
        :host .panel-head {
          display: flex;
        }
        .panel-head button {
          display: none;
        }
        .top.stuck {
          position: static;
        }
      }
    `,
  ];
  #notices: readonly string[] = [];
  #invites = false;
  #given: Element | undefined;
  /** The panel that was open last, and the one that is. */
  #panelBefore: Panel | undefined;
  #panelNow: Panel | undefined;
  #isVeiled = false;
  #training: Promise<void> | undefined;
  /** The part on top whose height is watched. */
  #top: Element | undefined;
  readonly #resized = new ResizeObserver(() => this.#tellStuck());

  constructor() {
    super();
    this.root.addEventListener("heed-veil", (event) => {
      const isVeiled = (event as CustomEvent<boolean>).detail;
      if (isVeiled === this.#isVeiled) return;
      this.#isVeiled = isVeiled;
      this.requestUpdate();
    });
  }

  /** What is said once: what of a link was left out. */
  get notices(): readonly string[] {
    return this.#notices;
  }

  set notices(notices: readonly string[]) {
    this.#notices = notices;
    this.requestUpdate();
  }

  /** Whether a first visitor is invited to the tour. */
  set invites(invites: boolean) {
    this.#invites = invites;
    this.requestUpdate();
  }

  /** The line that says how far the model has come, once it is there. */
  get loading(): Element | null {
    return this.root.querySelector("heed-app-loading");
  }

  /** Whether something that Escape closes is open over the page. */
  get hasSheet(): boolean {
    const parts = [...this.root.querySelectorAll("heed-app-menu, heed-app-head-chip")];
    return parts.some(({ shadowRoot }) => shadowRoot?.querySelector(":popover-open"));
  }

  /** Moves the panel that is open one step forth or back, where it has steps; without one the sentence swaps its word. */
  move(by: number): void {
    const panel = this.root.querySelector<HTMLElement & { move?(by: number): void }>(
      "#panel > :last-child",
    );
    panel?.move?.(by);
    const text = panel || !this.app ? undefined : swappedBy(this.app.state.text, by);
    if (text !== undefined) this.app?.set({ text });
  }

  protected override content(given: AppContext): unknown {
    const app = presented(given);
    const { state, words } = app;
    return html`
      <header class="chrome">
        <h1><a href="./">heed</a></h1>
        <heed-app-menu .app=${app}></heed-app-menu>
      </header>
      <main>
        ${this.#notices.map(
          (notice) => html`<div class="notice chrome" role="status">
            <p>${notice}</p>
            <button type="button" @click=${() => {
              this.notices = this.#notices.filter((one) => one !== notice);
            }}>${words.first.close}</button>
          </div>`,
        )}
        ${this.#sentence(app)}
        ${this.#invites && state.panel === undefined ? this.#invitation(app) : nothing}
        ${this.#panel(app)}
      </main>`;
  }

  protected override updated(): void {
    const { app } = this;
    const top = this.root.querySelector(".top") ?? undefined;
    if (top !== this.#top) {
      this.#resized.disconnect();
      if (top) this.#resized.observe(top);
      this.#top = top;
    }
    this.#tellStuck();
    const panel = this.root.querySelector("#panel");
    // Who opens a panel over another, or from the menu, is in it then.
    if (app && app.state.panel !== this.#panelNow) {
      this.#panelNow = app.state.panel;
      this.enter("#panel h2");
    }
    if (app && app.state.panel !== undefined) this.#panelBefore = app.state.panel;
    if (panel === this.#given || !app) return;
    this.#given = panel ?? undefined;
    panel?.scrollIntoView({ block: "nearest" });
  }

  /** Who opens a panel by keys is in it then; who closes it is where it was opened. */
  protected override rest(): void {
    const [open, closed] = [this.app?.state.panel, this.#panelBefore];
    const find = () => {
      if (open !== undefined) return this.root.querySelector<HTMLElement>("#panel h2");
      const way = closed === undefined ? -1 : ways.indexOf(closed);
      const [part, button] =
        way < 0
          ? ["heed-app-menu", "[popovertarget=menu]"]
          : ["heed-app-first", `.ways button:nth-of-type(${way + 1})`];
      return this.root.querySelector(part)?.shadowRoot?.querySelector<HTMLElement>(button);
    };
    // Parts that come anew are drawn by then.
    requestAnimationFrame(() => find()?.focus({ preventScroll: true }));
  }

  /** Tells the document how much of the window the sentence takes while it sticks: nothing is brought under it, by a tap or by the focus. */
  #tellStuck(): void {
    const top = this.#top;
    top?.classList.toggle("tall", top.clientHeight > mostStuck * innerHeight);
    const isStuck = top !== undefined && getComputedStyle(top).position === "sticky";
    const height = isStuck ? `${top.clientHeight}px` : "";
    const { style } = document.documentElement;
    if (style.getPropertyValue("--heed-stuck") !== height)
      style.setProperty("--heed-stuck", height);
  }

  /** The sentence; small while a panel is open, so that both are seen. */
  #sentence(app: AppContext): TemplateResult {
    const isSmall = app.state.panel !== undefined;
    // What is trained is another model than the one that reads the sentence.
    if (app.state.panel === "train" || isAlone(app))
      return html`
        <heed-app-loading hidden .app=${app}></heed-app-loading>
        ${app.state.panel === "train" ? nothing : this.#changed(app)}`;
    const first =
      app.state.panel === "learn"
        ? nothing
        : html`<heed-app-first ?compact=${isSmall} .app=${app}></heed-app-first>`;
    return html`<div class=${isSmall ? "top stuck" : "top"}>
      <div class="head">
        ${app.seen || app.state.model.kind === "embedded" ? html`<heed-app-head-chip .app=${app}></heed-app-head-chip>` : nothing}
        ${isSmall ? first : nothing}
        ${this.#changed(app)}
        <heed-app-loading class="chrome" ?hidden=${isSmall && !app.isRecorded && app.model !== undefined} .app=${app}></heed-app-loading>
      </div>
      ${
        app.hasTowers || app.model?.said.decoderLayers !== undefined
          ? html`<heed-app-parts .app=${app}></heed-app-parts>`
          : nothing
      }
      ${
        app.model?.said.readsImages
          ? html`<heed-app-picture ?compact=${isSmall} .app=${app}></heed-app-picture>`
          : app.model?.said.readsSound && app.state.attention !== "decoder"
            ? html`<heed-app-sound ?compact=${isSmall} .app=${app}></heed-app-sound>`
            : html`<heed-app-sentence
              ?compact=${isSmall}
              ?veiled=${this.#isVeiled && app.state.panel === "learn"}
              .app=${app}
            ></heed-app-sentence>`
      }
      ${isSmall ? nothing : first}
    </div>`;
  }

  /** That the numbers are of a run with changes, where the panel that lists them is not open. */
  #changed({ state, words, set }: AppContext): unknown {
    const { changes, panel } = state;
    if (changes.length === 0 || panel === "change" || panel === "learn") return nothing;
    return html`<span class="changed">
      <button type="button" @click=${() => set({ panel: "change" })}>${words.change.changes}: ${changes.length}</button>
      <button
        type="button"
        class="plain chrome"
        aria-label=${words.change.removeAll}
        title=${words.change.removeAll}
        @click=${() => set({ changes: [] })}
      >✕</button>
    </span>`;
  }

  #invitation({ words, set }: AppContext): TemplateResult {
    return html`<div class="invitation chrome">
      <p>${words.first.invitation}</p>
      <button type="button" class="main" @click=${() => set({ panel: "learn" })}>${words.first.showMe}</button>
      <button type="button" class="plain" @click=${() => {
        this.invites = false;
        this.dispatchEvent(new CustomEvent("heed-not-now"));
      }}>${words.first.notNow}</button>
    </div>`;
  }

  #panel(app: AppContext): unknown {
    const { state, words, set } = app;
    const { panel } = state;
    if (panel === undefined) return nothing;
    const parts: Readonly<Record<typeof panel, () => TemplateResult>> = {
      steps: () => html`<heed-app-steps .app=${app}></heed-app-steps>`,
      change: () => html`<heed-app-change .app=${app}></heed-app-change>`,
      heads: () => html`<heed-app-heads .app=${app}></heed-app-heads>`,
      compare: () => html`<heed-app-compare .app=${app}></heed-app-compare>`,
      models: () => html`<heed-app-models .app=${app}></heed-app-models>`,
      learn: () => html`<heed-app-learn .app=${app}></heed-app-learn>`,
      train: () => this.#train(app),
      talk: () => html`<heed-app-talk .app=${app}></heed-app-talk>`,
    };
    const why = whyNothing(app);
    return html`<section id="panel" class="panel" aria-label=${words[panel].title}>
      <div class="panel-head chrome">
        <h2 tabindex="-1">${words[panel].title}</h2>
        <button type="button" class="plain" @click=${() => set({ panel: undefined })}>${words.first.close} ✕</button>
      </div>
      ${why === undefined ? parts[panel]() : html`<p role="status">${why}</p>`}
    </section>`;
  }

  /** The panel that trains comes when it is opened: few do, and it brings tasks of its own. */
  #train(app: AppContext): TemplateResult {
    if (customElements.get("heed-app-train"))
      return html`<heed-app-train .app=${app}></heed-app-train>`;
    this.#training ??= import("../panels/train.ts").then(
      ({ StoriesFilmElement, TrainElement }) => {
        customElements.define(StoriesFilmElement.tag, StoriesFilmElement);
        customElements.define(TrainElement.tag, TrainElement);
        this.requestUpdate();
      },
      (error: unknown) => {
        this.notices = [...this.#notices, `${app.words.train.failed} ${error}`];
      },
    );
    return html`<p>${app.words.train.intro}</p>`;
  }
}
