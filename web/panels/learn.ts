import { html, nothing, type TemplateResult } from "lit-html";
import { AppElement } from "../app/app-element.ts";
import type { AppContext } from "../app/context.ts";
import { inEnglish } from "../app/in-english.ts";
import { headText, weightText } from "../app/numbers.ts";
import { rich } from "../app/rich.ts";
import { appStyles } from "../app/styles.ts";
import { swapIn, wordPattern } from "../examples/examples.ts";
import { articleRow, guessSliders, rowsTable, sharesOf } from "../tour/guess.ts";
import { Lab } from "../tour/lab.ts";
import { learnStyles } from "../tour/learn-styles.ts";
import { isAnswered, leftOf, moved, quizQuestions } from "../tour/quiz.ts";
import { type Facts, habitOf, habits, type Station, stations } from "../tour/stations.ts";
import { quiz, setupOf, stops } from "../tour/stop.ts";
import { closeText, valuesOf } from "../tour/values.ts";
import type { Words } from "../words/words.ts";

/** Stations that show the panel of steps, and the step they begin with. */
const shownSteps: Readonly<Record<string, string>> = { product: "hand", softmax: "softmax" };

/** The action that takes another one back. */
const back = "back";

/** Ten stations, each: do, see, know. They move the page's own sentence and panels; what they say is computed when it is shown. */
export class LearnElement extends AppElement {
  static readonly tag = "heed-app-learn";
  static override readonly styles = [appStyles, learnStyles];
  #lab: Lab | undefined;
  #facts: { readonly id: string; readonly facts: Facts; readonly holds: boolean } | undefined;
  #asked = "";
  #done = new Set<string>();
  #term: string | undefined;
  #guess: readonly number[] = [];
  #failure: string | undefined;
  /** What a reader did last at this stop. */
  #acted: string | undefined;
  /** The head that was silenced in vain, and how alike the sentence still is. */
  #tried: { readonly asked: string; readonly likeness?: number } = { asked: "" };
  /** The step that is open inside a station. */
  #inner: string | undefined;
  /** So many results of this stop a clicker has brought up. */
  #clicks = 0;

  protected override content(app: AppContext): unknown {
    const { state, words, model } = app;
    if (!model) return html`<p>${words.learn.waits}</p>`;
    if (state.step === undefined || !stops.includes(state.step)) {
      queueMicrotask(() => this.#go(stops[0]!));
      return nothing;
    }
    const place = stops.indexOf(state.step);
    const station = stations[place];
    return html`
      <nav class="chrome" aria-label=${words.learn.stops}>
        ${stops.map(
          (id, index) => html`<button
            type="button"
            class="stop ${this.#done.has(id) ? "done" : ""}"
            aria-current=${index === place ? "step" : "false"}
            aria-label=${id === quiz ? words.learn.quiz.title : words.learn.stop(index + 1)}
            @click=${() => this.#go(id)}
          >${index < stations.length ? index + 1 : "?"}</button>`,
        )}
      </nav>
      ${station ? this.#station(station, app) : this.#quiz(app)}
      <div class="ways chrome">
        <button type="button" ?disabled=${place === 0} @click=${() => this.#go(stops[place - 1]!)}>← ${words.learn.back}</button>
        <button type="button" class="main" ?disabled=${place === stops.length - 1} @click=${() => this.#go(stops[place + 1]!)}>${words.learn.next} →</button>
      </div>`;
  }

  /** Says whether the row on top is to be guessed first. */
  protected override updated(): void {
    const isVeiled = this.app?.state.step === "guess" && !this.#done.has("guess");
    this.dispatchEvent(
      new CustomEvent("heed-veil", { detail: isVeiled, bubbles: true, composed: true }),
    );
  }

  /** One stop forth or back; on a lecture's screen, where nothing is tapped, each result of a stop before the next one. */
  move(by: number): void {
    const { state } = this.app ?? {};
    const place = stops.indexOf(state?.step ?? "");
    const results = state?.presents ? this.#results(stations[place]) : [];
    const result = by > 0 ? results[this.#clicks] : undefined;
    const next = by < 0 && this.#clicks > 0 ? stops[place] : stops[place + by];
    if (result) {
      this.#clicks += 1;
      result();
    } else if (next !== undefined) this.#go(next);
  }

  /** What a stop has to show, one after the other. */
  #results(station: Station | undefined): readonly (() => void)[] {
    if (!station) return [];
    const part = { guess: ".scroll", heads: ".told" }[station.id];
    if (part !== undefined) return [() => this.#reveal(station.id, part)];
    return station.actions.flatMap(({ id, change }) =>
      id === back ? [] : [() => this.#act(station, id, change)],
    );
  }

  #go(id: string): void {
    const { app } = this;
    if (!app) return;
    this.#term = undefined;
    this.#guess = [];
    this.#inner = undefined;
    this.#acted = undefined;
    this.#clicks = 0;
    app.set({ ...setupOf(id), panel: "learn", step: id });
    this.#bring("nav");
    this.enter("h3");
  }

  /** Brings a part to where it is seen, once it is drawn. */
  #bring(part: string, block: ScrollLogicalPosition = "nearest"): void {
    requestAnimationFrame(() => this.root.querySelector(part)?.scrollIntoView({ block }));
  }

  #station(station: Station, app: AppContext): TemplateResult {
    const { words } = app;
    const own = words.learn.stations[station.id as keyof typeof words.learn.stations];
    this.#ask(station, app);
    const known = this.#facts?.id === station.id ? this.#facts : undefined;
    // On a lecture's screen no term is tapped.
    const explain = app.state.presents
      ? undefined
      : (term: string) => {
          this.#term = this.#term === term ? undefined : term;
          this.requestUpdate();
        };
    const isOther = app.state.model.kind !== "embedded";
    const back = isOther
      ? html`<p><button type="button" @click=${() => app.open({ kind: "embedded" })}>${words.models.embedded}</button></p>`
      : nothing;
    if (this.#failure !== undefined && !known)
      return html`<h3 tabindex="-1">${own.title}</h3>
        ${isOther ? html`<p>${words.learn.doesNotHold}</p>` : nothing}
        ${app.model?.said.readsImages || app.model?.said.readsSound ? nothing : html`<p class=${isOther ? "quiet" : ""} role="alert">${words.learn.failed} ${inEnglish(this.#failure)}</p>`}
        ${back}`;
    if (known && !known.holds)
      return html`<h3 tabindex="-1">${own.title}</h3><p>${words.learn.doesNotHold}</p>${back}`;
    const values = known ? valuesOf(known.facts, app) : {};
    const told = this.#toldOf(station.id, own.see);
    return html`
      <h3 tabindex="-1">${own.title}</h3>
      <p>${rich(own.do, values, explain)} ${"hand" in own ? html`<span class="chrome">${own.hand}</span>` : nothing}</p>
      ${this.#widget(station, app)}
      ${station.actions.length === 0 ? nothing : this.#actions(station, own.actions, app)}
      <div class="told" aria-live="polite">
        ${
          known
            ? told.map((see) => html`<p class="see">${rich(see, values, explain)}</p>`)
            : nothing
        }
        ${
          known && this.#done.has(station.id)
            ? html`<p class="know"><strong>${words.learn.know}</strong> ${rich(own.know, values, explain)}</p>`
            : nothing
        }
        ${
          this.#term === undefined
            ? nothing
            : html`<p class="definition">${words.terms[this.#term as keyof typeof words.terms]}</p>`
        }
      </div>`;
  }

  /** What can be done at a station; on a lecture's screen what a click does next, and what it did last. */
  #actions(
    station: Station,
    names: Readonly<Record<string, string>>,
    { state }: AppContext,
  ): TemplateResult {
    const isDone = (id: string) => this.#acted === id;
    if (state.presents)
      return html`<p class="acts">${station.actions
        .filter(({ id }) => id !== back)
        .map(({ id }) => html`<span class=${isDone(id) ? "now" : ""}>${names[id]}</span>`)}</p>`;
    return html`<div class="ways chrome">
      ${station.actions.map(
        ({ id, change }) => html`<button
          type="button"
          aria-pressed=${String(isDone(id))}
          @click=${() => this.#act(station, id, change)}
        >${names[id]}</button>`,
      )}
    </div>`;
  }

  /** What a station tells by now: each result when its action was done, in their order. */
  #toldOf(id: string, see: string | Readonly<Record<string, string>>): readonly string[] {
    if (typeof see === "string") return this.#done.has(id) ? [see] : [];
    return Object.entries(see).flatMap(([action, said]) =>
      this.#done.has(`${id} ${action}`) ? [said] : [],
    );
  }

  /** Does what was tapped; a station is done when all that has a result was done. */
  #act({ id }: Station, action: string, change: Station["setup"]): void {
    this.#acted = action === back ? undefined : action;
    this.#done.add(`${id} ${action}`);
    const see = this.app?.words.learn.stations[id as keyof Words["learn"]["stations"]].see;
    const results = typeof see === "object" ? Object.keys(see) : [];
    if (results.every((result) => this.#done.has(`${id} ${result}`))) this.#finish(id);
    this.app?.set({ ...change, panel: "learn", step: id });
    this.#bring(".told");
  }

  #finish(id: string): void {
    this.#done.add(id);
    this.requestUpdate();
  }

  /** Tells what a station has to tell, and brings it to where it is seen. */
  #reveal(id: string, part: string): void {
    this.#finish(id);
    this.#bring(part, "center");
  }

  /** What a station has beside buttons: a guess, the steps, heads to walk. */
  #widget(station: Station, app: AppContext): unknown {
    if (station.id === "guess") return this.#guessing(app);
    if (station.id === "heads") return this.#walking(app);
    const first = shownSteps[station.id];
    if (first === undefined) return nothing;
    if (!this.#done.has(station.id)) queueMicrotask(() => this.#finish(station.id));
    const inside: AppContext = {
      ...app,
      state: { ...app.state, step: this.#inner ?? first },
      set: ({ step, ...change }) => {
        if (step !== undefined) this.#inner = step;
        app.set({ ...change, step: station.id });
        this.requestUpdate();
      },
    };
    const isElsewhere = this.#inner !== undefined && this.#inner !== first;
    return html`
      <heed-app-steps .isStepAlone=${true} .app=${inside}></heed-app-steps>
      ${isElsewhere && first === "hand" ? html`<button type="button" class="chrome" @click=${() => inside.set({ step: first })}>${app.words.steps.element.handTitle}</button>` : nothing}`;
  }

  #guessing(app: AppContext): unknown {
    const { seen, words, state } = app;
    if (!seen?.weights || seen.layers <= 3) return nothing;
    const keys = seen.keys.flatMap(({ isSpecial, text }, token) =>
      isSpecial || !/[\p{L}\p{N}]/u.test(text) ? [] : [token],
    );
    const texts = keys.map((key) => seen.keys[key]!.text);
    if (this.#guess.length !== keys.length) this.#guess = keys.map(() => 10);
    const T = seen.queries.length;
    const row = seen.weights[state.layer]!.subarray((state.head * T + state.query) * T);
    const isDone = this.#done.has("guess");
    // Rows are shown whole, special tokens and all, so that both add up to 1.
    const shares = sharesOf(this.#guess);
    const guessed = seen.keys.map((_, key) => shares[keys.indexOf(key)] ?? 0);
    // A lecturer who has moved nothing has guessed nothing.
    const isGuessed = !state.presents || new Set(this.#guess).size > 1;
    return html`<div class="chrome">
      ${guessSliders(
        { words: texts, heights: this.#guess },
        words.learn.guessLabel,
        weightText,
        (index, height) => {
          this.#guess = this.#guess.map((own, other) => (other === index ? height : own));
          this.requestUpdate();
        },
      )}
      <button type="button" class="main" @click=${() => this.#reveal("guess", ".scroll")}>${words.learn.reveal}</button></div>
      ${
        isDone
          ? html`${rowsTable(
              seen.keys.map(({ text }) => text),
              [
                ...(isGuessed ? [{ name: words.learn.yours, weights: guessed }] : []),
                { name: words.learn.measured, weights: Array.from(row.subarray(0, T)) },
              ],
              weightText,
            )}
            ${rowsTable(
              articleRow.map(([word]) => word),
              [{ name: words.learn.madeUp, weights: articleRow.map(([, weight]) => weight) }],
              weightText,
            )}`
          : nothing
      }`;
  }

  #walking({ seen, state, words }: AppContext): unknown {
    if (!seen?.weights) return nothing;
    const name = headText(state, state);
    for (const habit of habits)
      if (habitOf(seen, state, habit) > 0.5 && !this.#done.has(habit)) {
        this.#done.add(habit);
        if (habits.every((one) => this.#done.has(one))) this.#done.add("heads");
        queueMicrotask(() => this.requestUpdate());
      }
    return html`
      <ul class="goals">
        ${habits.map(
          (habit) => html`<li class=${this.#done.has(habit) ? "found" : ""}>
            <span aria-hidden="true">${this.#done.has(habit) ? "✓" : "○"}</span> ${words.learn.goals[habit]}
          </li>`,
        )}
      </ul>
      <p class="quiet chrome" aria-live="polite">
        ${words.learn.thisHead(name, weightText(habitOf(seen, state, "previous")), weightText(habitOf(seen, state, "special")), weightText(habitOf(seen, state, "cat")))}
      </p>
      <button type="button" class="chrome" @click=${() => this.#reveal("heads", ".told")}>${words.learn.tell}</button>`;
  }

  #quiz(app: AppContext): TemplateResult {
    const { words } = app;
    for (const id of quizQuestions)
      if (!this.#done.has(id))
        void isAnswered(id, app).then((isRight) => {
          if (isRight && !this.#done.has(id)) this.#finish(id);
        });
    const right = quizQuestions.filter((id) => this.#done.has(id)).length;
    return html`
      <h3 tabindex="-1">${words.learn.quiz.title}</h3>
      <p>${words.learn.quiz.do} <span class="chrome">${words.learn.quiz.hand}</span></p>
      <ol class="goals">
        ${quizQuestions.map(
          (id) => html`<li class=${this.#done.has(id) ? "found" : ""}>
            <span aria-hidden="true">${this.#done.has(id) ? "✓" : "○"}</span> ${words.learn.quiz.questions[id]}
          </li>`,
        )}
      </ol>
      <div class="chrome">${this.#done.has("move") ? nothing : this.#swap(app)}
      ${
        this.#done.has("silence")
          ? nothing
          : html`<button type="button" @click=${() => app.set({ changes: [{ kind: "ablateHeads", heads: [`L${app.state.layer}H${app.state.head}`], by: "zero" }] })}>
              ${words.learn.quiz.silence(headText(app.state, app.state))}
            </button>`
      }
      ${this.#inVain(app)}
      <p aria-live="polite">${words.learn.quiz.result(right, quizQuestions.length)}</p>
      <p>${words.train.fromLearn}</p>
      <button type="button" @click=${() => app.set({ panel: "train" })}>${words.menu.train}</button></div>`;
  }

  /** Changes the word that can be changed: on a phone it stands beside what is seen of the sentence. */
  #swap({ state: { text }, words, set }: AppContext): unknown {
    const swap = swapIn(text);
    if (!swap) return nothing;
    const { from, to } = swap;
    return html`<button type="button" @click=${() => set({ text: text.replace(wordPattern(from), () => to) })}>
      ${words.sentence.swap(from, to)}
    </button>`;
  }

  /** What became of a head that was silenced, where the sentence hardly moved. */
  #inVain(app: AppContext): unknown {
    const { state, words, seen } = app;
    const [change] = state.changes;
    const head = change?.kind === "ablateHeads" ? change.heads[0] : undefined;
    if (head === undefined || this.#done.has("silence")) return nothing;
    const asked = `${seen?.run} ${head}`;
    if (this.#tried.asked !== asked && !app.isBusy) {
      this.#tried = { asked };
      void leftOf(app).then((likeness) => {
        if (likeness === undefined || this.#tried.asked !== asked) return;
        this.#tried = { asked, likeness };
        this.requestUpdate();
      });
    }
    const { likeness } = this.#tried;
    const said = likeness !== undefined && likeness >= moved;
    const { head: name } = valuesOf({ head: String(head) }, app);
    return html`<p class="quiet" role="status">${said ? words.learn.quiz.tried(String(name), closeText(likeness)) : ""}</p>`;
  }

  #ask(station: Station, { model }: AppContext): void {
    if (!model) return;
    if (this.#lab?.model !== model) {
      this.#lab = new Lab(model);
      this.#asked = "";
      this.#facts = undefined;
    }
    if (this.#asked === station.id) return;
    this.#asked = station.id;
    this.#failure = undefined;
    const lab = this.#lab;
    station.facts(lab).then(
      (facts) => {
        if (this.#asked !== station.id || this.#lab !== lab) return;
        this.#facts = { id: station.id, facts, holds: station.holds(facts) };
        this.requestUpdate();
      },
      (error: unknown) => {
        if (this.#asked !== station.id) return;
        this.#failure = error instanceof Error ? error.message : String(error);
        this.requestUpdate();
      },
    );
  }
}
