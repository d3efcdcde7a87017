import { type Explained, inRoles, StepsElement, written } from "heed/elements";
import { type Exploring, firstOf } from "heed/explore";
import { html, nothing, type TemplateResult } from "lit-html";
import { AppElement } from "../app/app-element.ts";
import type { AppContext } from "../app/context.ts";
import { inEnglish } from "../app/in-english.ts";
import { headText } from "../app/numbers.ts";
import { nameOfToken } from "../app/own-tokens.ts";
import { rich } from "../app/rich.ts";
import { appStyles } from "../app/styles.ts";
import type { State } from "../state/state.ts";
import { answerIn } from "./steps/answer.ts";
import { elementWords } from "./steps/phrases.ts";
import { pinnedWith } from "./steps/pinned.ts";
import { type StepsQuestion, sameQuestion, stepsQuestion } from "./steps/question.ts";
import { stepsPanelStyles } from "./steps/styles.ts";

/** Sentences of the answer that stand open; the others are a tap away. */
const shownLines = 2;

/** `<heed-app-steps>`: why the word that looks gives its weight to the pinned key and not to the other: the answer, then every step. */
export class StepsPanel extends AppElement {
  static readonly tag = "heed-app-steps";
  static override readonly styles = [appStyles, stepsPanelStyles];

  /** Whether the step stands without the answer before it: for a page that tells of the step itself. */
  isStepAlone = false;
  #asked: { readonly model: Exploring; readonly question: StepsQuestion } | undefined;
  #abort: AbortController | undefined;
  /** The last answer: it stays while another is on its way. */
  #explained: Explained | undefined;
  #error: string | undefined;
  #isPending = false;
  /** The head from which layer 0 was opened. */
  #from: Pick<State, "layer" | "head"> | undefined;

  disconnectedCallback(): void {
    this.#abort?.abort();
    this.#asked = undefined;
    this.#isPending = false;
  }

  /** One step forth or back, and to where it can be seen. On a lecture's screen the answer stands before the first step, alone. */
  move(by: number): void {
    const steps = this.root.querySelector("heed-steps");
    if (!(steps instanceof StepsElement) || !this.app) return;
    const first = steps.ids[0];
    const { step } = this.app.state;
    if (step === undefined && this.app.state.presents) {
      if (by > 0) this.app.set({ step: first });
      return;
    }
    if (by < 0 && step === first && this.app.state.presents) this.app.set({ step: undefined });
    else steps.move(by);
  }

  /** Brings a step that was opened to where it begins, unless all of it is seen. */
  #bring(): void {
    const steps = this.root.querySelector("heed-steps");
    const step = steps?.shadowRoot?.querySelector("section");
    // A lecture's screen begins with the step already.
    if (!steps || !step || this.app?.state.presents) return;
    const { top, bottom } = step.getBoundingClientRect();
    const stuck = Number.parseFloat(getComputedStyle(this).getPropertyValue("--heed-stuck")) || 0;
    if (top < stuck || bottom > innerHeight) steps.scrollIntoView({ block: "start" });
  }

  protected override content(app: AppContext): unknown {
    const { state, words, model, seen } = app;
    const own = words.steps;
    const question = seen && stepsQuestion(state, seen);
    if (model && question) this.#ask(model, question);
    const explained = this.#explained;
    const hasAnswer = !this.isStepAlone && !(state.presents && state.step !== undefined);
    return html`
      <div class="steps ${this.isStepAlone ? "" : "whole"}" aria-busy=${String(this.#isPending)}>
        ${this.#error === undefined ? nothing : html`<p class="error" role="alert">${own.failed} ${inEnglish(this.#error)}</p>`}
        ${explained ? (hasAnswer ? this.#answer(app, explained) : nothing) : html`<p class="quiet" role="status">${this.#error === undefined ? (model ? own.asking : own.needsModel) : ""}</p>`}
        ${
          explained
            ? html`<heed-steps
                ?still=${state.presents}
                ?hidden=${state.presents && hasAnswer}
                .explained=${explained}
                .step=${state.step}
                .isAlone=${this.isStepAlone || state.presents}
                .notation=${state.notation}
                .countsFromOne=${state.countsFromOne}
                .words=${elementWords(words)}
                .theme=${state.theme}
                @heed-step=${(event: CustomEvent<{ readonly step: string }>) => {
                  app.set({ step: event.detail.step });
                  requestAnimationFrame(() => this.#bring());
                }}
                @heed-pin=${(event: CustomEvent<{ readonly key: number }>) => app.set({ keys: pinnedWith(event.detail.key, explained).map((key) => (seen?.picture ? firstOf(seen.picture, state.layer, key) : key)) })}
              ></heed-steps>`
            : nothing
        }
      </div>`;
  }

  #ask(model: Exploring, question: StepsQuestion): void {
    if (this.#asked?.model === model && sameQuestion(this.#asked.question, question)) return;
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.#asked = { model, question };
    this.#isPending = true;
    const { run, ...asked } = question;
    const finish = (change: () => void) => {
      if (this.#abort !== abort || abort.signal.aborted) return;
      this.#isPending = false;
      change();
      this.requestUpdate();
    };
    model.explain(run, asked, { signal: abort.signal }).then(
      (explained) =>
        finish(() => {
          this.#explained = explained;
          this.#error = undefined;
        }),
      (error: unknown) =>
        finish(() => {
          this.#error = error instanceof Error ? error.message : String(error);
        }),
    );
  }

  #answer(app: AppContext, explained: Explained): TemplateResult {
    const { words, state } = app;
    const element = elementWords(words);
    const own = [...explained.answer, ...explained.notes].map((text) => {
      const [english, said] = [written(text, state), written(text, { ...state, words: element })];
      // What no phrase of the language says is said in English.
      const isOwn = element.say !== undefined && said !== english;
      return html`<li lang=${isOwn ? nothing : "en"} dir=${isOwn ? nothing : "ltr"}>${inRoles(said, explained)}</li>`;
    });
    const named = (text: string) => nameOfToken(app, text);
    const said = answerIn(words.steps.answer, explained, headText(state, state), named);
    const shown = said?.map((line) => html`<li>${line}</li>`) ?? own.slice(0, shownLines);
    const more = own.slice(shownLines);
    return html`
      <ul class="answer">${shown}</ul>
      ${more.length > 0 ? html`<details class="more chrome"><summary>${words.steps.more}</summary><ul class="answer">${more}</ul></details>` : nothing}
      ${this.#layerZero(app, explained)}`;
  }

  /** What x is here, and the way to layer 0, where it is nearly what the article draws. */
  #layerZero({ state, words, set }: AppContext, explained: Explained): unknown {
    const own = words.steps;
    const first = state.countsFromOne ? 1 : 0;
    const name = (layer: number) => String(layer + first);
    if (state.layer === 0) {
      const from = this.#from;
      const back = () => from && set(from);
      return html`<p class="quiet">${rich(own.isEmbedding, { word: inRoles(`"${explained.query.text}"`, explained) })}
        ${from ? html`<button type="button" class="chrome" @click=${back}>${own.backTo(headText(from, state))}</button>` : nothing}</p>`;
    }
    const { layer, head } = state;
    const open = () => {
      this.#from = { layer, head };
      set({ layer: 0 });
    };
    const layers = layer === 1 ? own.oneLayer(name(0)) : own.layers(name(0), name(layer - 1));
    return html`<p class="quiet">${own.notEmbedding(layers)}
      <button type="button" class="chrome" @click=${open}>${own.layerZero(name(0))}</button></p>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "heed-app-steps": StepsPanel;
  }
}
