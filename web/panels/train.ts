import type { HeadsNeeded, TaskAnswer } from "heed/explore";
import { trainingTasks } from "heed/training";
import { html, nothing, type TemplateResult } from "lit-html";
import { AppElement } from "../app/app-element.ts";
import type { AppContext } from "../app/context.ts";
import { inEnglish } from "../app/in-english.ts";
import { headText, shareText } from "../app/numbers.ts";
import { rich } from "../app/rich.ts";
import { appStyles } from "../app/styles.ts";
import { save } from "../export/save.ts";
import { type TrainingChoice, usualTraining } from "../state/state.ts";
import { trainedName } from "../state/trained-name.ts";
import { askPart, firstChosen, slotsOf } from "../train/asking.ts";
import { cutPart } from "../train/cutting.ts";
import { pageTraining } from "../train/page-training.ts";
import {
  headAt,
  learnedHead,
  matrixLearned,
  neededMost,
  openingOf,
  timeText,
} from "../train/said.ts";
import { trainStyles } from "../train/train-styles.ts";

export { StoriesFilmElement } from "../train/stories-film.ts";

/** How often the film is drawn anew between two frames, and how often a screen reader is told, in milliseconds. */
const drawEvery = 400;
const sayEvery = 15_000;

/** A small model learns in front of the reader, who asks it, cuts its heads and opens it. */
export class TrainElement extends AppElement {
  static readonly tag = "heed-app-train";
  static override readonly styles = [appStyles, trainStyles];
  readonly #run = pageTraining;
  #film = this.#run.film;
  #drawn = 0;
  #spoken = { time: 0, phase: "", text: "" };
  #chosen: Record<string, string> = {};
  #number = 0;
  #without: number | undefined;
  #answer: TaskAnswer | undefined;
  #askFailure: string | undefined;
  #isAsking = false;
  #needed: HeadsNeeded | undefined;
  #cutting: readonly [number, number] | undefined;
  #said = "";
  /** What the answers on screen are of. */
  #about = "";

  readonly #hear = () => {
    const { phase } = this.#run;
    const now = performance.now();
    if (phase !== "training" || now - this.#drawn > drawEvery) {
      this.#drawn = now;
      this.#film = this.#run.film;
    }
    this.requestUpdate();
  };

  override connectedCallback(): void {
    super.connectedCallback();
    this.#run.listen(this.#hear);
    this.#film = this.#run.film;
  }

  /** Without its panel a training rests: nothing on screen would say that it goes on. */
  disconnectedCallback(): void {
    this.#run.unlisten(this.#hear);
    this.#run.pause();
  }

  /** On a lecture's screen the film plays, and stays. */
  move(by: number): void {
    const stories = this.root.querySelector("heed-app-stories-film")?.shadowRoot;
    const film = (this.#film ? this.root : stories)?.querySelector("heed-film");
    film?.[by > 0 ? "play" : "pause"]();
  }

  protected override content(app: AppContext): unknown {
    const { state, words } = app;
    const own = words.train;
    const asked = state.training ?? usualTraining;
    const run = this.#run;
    const isOwn = run.asked?.task === asked.task && run.asked.seed === asked.seed;
    // A link named a model that was trained in a page, and its numbers are not here.
    const { model } = state;
    const isMissing =
      app.failure !== undefined && model.kind === "files" && model.name === trainedName(asked);
    const isBusy = run.phase === "loading" || run.phase === "training";
    return html`
      <p>${own.intro}</p>
      ${isMissing ? html`<p class="know">${own.anew(trainedName(asked))}</p>` : nothing}
      ${this.#form(app, asked, isBusy)}
      ${isOwn && run.phase !== "none" ? this.#course(app, asked) : nothing}
      <heed-app-stories-film .app=${app}></heed-app-stories-film>`;
  }

  #form({ words, set }: AppContext, asked: TrainingChoice, isBusy: boolean): TemplateResult {
    const own = words.train;
    const { recipe, families } = trainingTasks.find(({ name }) => name === asked.task)!;
    const begin = (event: Event) => {
      event.preventDefault();
      this.#forget();
      void this.#run.begin({ task: asked.task, seed: asked.seed });
      set({ training: asked });
    };
    const change = (part: Partial<TrainingChoice>) => {
      if (isBusy) this.#run.pause();
      set({ training: { ...asked, ...part } });
    };
    return html`
      <form class="chrome" @submit=${begin}>
        <label>${own.task}
          <select name="task" ?disabled=${isBusy} @change=${(event: Event) => change({ task: (event.target as HTMLSelectElement).value as TrainingChoice["task"] })}>
            ${trainingTasks.map(
              ({ name }) =>
                html`<option value=${name} ?selected=${name === asked.task}>${own.tasks[name as TrainingChoice["task"]]}</option>`,
            )}
          </select>
        </label>
        <label>${own.seed}
          <input name="seed" type="number" min="0" max="999999999" step="1" required ?disabled=${isBusy} .value=${String(asked.seed)}
            @change=${(event: Event) => {
              const { value, validity } = event.target as HTMLInputElement;
              if (validity.valid) change({ seed: Number(value) });
            }} />
        </label>
        <button type="submit" class="main" ?disabled=${isBusy}>${this.#run.phase === "none" ? own.start : own.again}</button>
      </form>
      <p class=${this.#run.phase === "none" ? "chrome" : ""}>${own.taskSays[asked.task]}</p>
      <p class="quiet chrome">${own.shape(families[0]!, recipe.layers, recipe.heads, recipe.width, recipe.steps, recipe.batch)}</p>`;
  }

  #course(app: AppContext, asked: TrainingChoice): unknown {
    const { words } = app;
    const own = words.train;
    const run = this.#run;
    const { phase, said, told } = run;
    if (phase === "failed")
      return html`<p role="alert">${own.failed} ${inEnglish(run.failure ?? "")}</p>`;
    const chance = trainingTasks.find(({ name }) => name === asked.task)!.chance;
    const [step, steps] = [told?.step ?? 0, said?.steps ?? 0];
    const time = told?.milliseconds ?? 0;
    const left = step > 0 ? (time / step) * (steps - step) : undefined;
    const facts =
      phase === "loading"
        ? html`<strong>${own.loading}</strong>`
        : html`
          <strong>${own.step(step, steps)}</strong>
          ${run.loss === undefined ? nothing : html`<span>${own.loss(run.loss.toFixed(2))}</span>`}
          ${told?.accuracy === undefined ? nothing : html`<span>${own.right(shareText(told.accuracy), shareText(chance))}</span>`}
          <span class="quiet">${phase === "training" && left !== undefined ? own.timeLeft(timeText(time), timeText(left)) : own.time(timeText(time))}</span>`;
    return html`
      <div class="status">${facts}</div>
      <progress max=${Math.max(1, steps)} .value=${step} aria-label=${own.progress}></progress>
      <div class="ways chrome">
        ${phase === "training" ? html`<button type="button" @click=${() => run.pause()}>${own.pause}</button>` : nothing}
        ${phase === "paused" ? html`<button type="button" class="main" @click=${() => this.#goOn()}>${own.goOn}</button>` : nothing}
        ${["loading", "training", "paused"].includes(phase) ? html`<button type="button" @click=${() => run.stop()}>${own.stop}</button>` : nothing}
        ${said ? html`<span class="quiet">${own.numbers(said.parameters, said.backend)}</span>` : nothing}
      </div>
      <p class="unseen" role="status">${this.#spoken.text}</p>
      ${this.#film ? html`<heed-film bare ?still=${app.state.presents} .film=${this.#film} .words=${own.film}></heed-film>` : nothing}
      ${run.rests && run.film ? this.#after(app, asked, chance) : nothing}`;
  }

  /** What a model that rests is asked, and where it goes. */
  #after(app: AppContext, asked: TrainingChoice, chance: number): unknown {
    const { words, state } = app;
    const own = words.train;
    const { said } = this.#run;
    if (!said) return nothing;
    this.#prepare(asked);
    const cutting = this.#cutting;
    return html`
      <section>
        <h3>${own.askTitle}</h3>
        <p class="chrome">${own.askIntro}</p>
        ${askPart({
          task: asked.task,
          heads: said,
          chosen: this.#chosen,
          without: this.#without,
          answer: this.#answer,
          failure: this.#askFailure,
          state,
          words,
          choose: (slot, word) => {
            this.#chosen = { ...firstChosen(asked.task), ...this.#chosen, [slot]: word };
            void this.#ask();
          },
          cut: (place) => {
            this.#without = place;
            void this.#ask();
          },
          another: () => this.#another(asked),
        })}
      </section>
      <section class=${this.#needed ? "" : "chrome"}>
        <h3>${own.cutTitle}</h3>
        <p>${own.cutIntro}</p>
        <button type="button" class="chrome" ?disabled=${cutting !== undefined} @click=${() => this.#cut()}>${own.cut}</button>
        <p role="status">${cutting ? own.cutting(cutting[0], cutting[1]) : ""}</p>
        ${this.#needed ? cutPart({ needed: this.#needed, heads: said.heads, chance, state, words }) : nothing}
      </section>
      <section class="chrome">
        <h3>${own.openTitle}</h3>
        <p>${own.openIntro}</p>
        <div class="ways">
          <button type="button" class="main" @click=${() => this.#open(app, asked)}>${own.open}</button>
          <button type="button" @click=${() => this.#saveFilm(asked)}>${own.saveFilm}</button>
          <button type="button" @click=${() => this.#saveModel(asked)}>${own.saveModel}</button>
        </div>
        <p class="quiet" role="status">${this.#said}</p>
      </section>
      ${this.#learned(app, chance)}`;
  }

  /** What a learned weight matrix is, in numbers of this run. */
  #learned({ state, words }: AppContext, chance: number): unknown {
    const own = words.train;
    const { film, said, told } = this.#run;
    if (!film || !said || film.frames.length < 2) return nothing;
    const needed = this.#needed && neededMost(this.#needed);
    const place = needed?.isNeeded ? needed.place : learnedHead(film);
    const matrix = matrixLearned(film, place);
    const { seed, width, parameters } = said;
    const list = (all: readonly string[]) => all.slice(0, 3).join(", ");
    const values = {
      head: headText(headAt(place, said.heads), state),
      width,
      seed,
      step: film.frames.at(-1)!.step,
      parameters,
      before: matrix.before.toPrecision(2),
      now: matrix.now.toPrecision(2),
      shareBefore: shareText(matrix.shareBefore),
      shareNow: shareText(matrix.shareNow),
      asking: list(matrix.asking),
      found: list(matrix.found),
      rightBefore: shareText(film.frames[0]!.accuracy),
      rightNow: shareText(told?.accuracy ?? film.frames.at(-1)!.accuracy),
      chance: shareText(chance),
    };
    return html`<section class="know">
      <h3>${own.learnedTitle}</h3>
      <p>${rich(own.learnedMatrix, values)}</p>
      ${matrix.asking.length > 0 && matrix.found.length > 0 ? html`<p>${rich(own.learnedWords, values)}</p>` : nothing}
      <p>${rich(own.learned, values)}</p>
    </section>`;
  }

  protected override updated(): void {
    this.#speak();
  }

  /** Tells a screen reader what changed, now and then. */
  #speak(): void {
    const { phase, told, loss } = this.#run;
    const now = performance.now();
    const own = this.app?.words.train;
    if (!own || phase === "none") return;
    const isOther = phase !== this.#spoken.phase;
    if (!isOther && (phase !== "training" || now - this.#spoken.time < sayEvery)) return;
    const facts = own.spoken(
      told?.step ?? 0,
      loss?.toFixed(2) ?? "–",
      told?.accuracy === undefined ? "–" : shareText(told.accuracy),
    );
    const text =
      phase === "loading" ? own.loading : `${isOther ? `${own.phases[phase]}. ` : ""}${facts}`;
    this.#spoken = { time: now, phase, text };
    this.requestUpdate();
  }

  #goOn(): void {
    this.#forget();
    void this.#run.goOn();
  }

  /** Answers are of a model that has changed since. */
  #forget(): void {
    this.#about = "";
    this.#answer = undefined;
    this.#needed = undefined;
    this.#askFailure = undefined;
    this.#said = "";
  }

  /** A first question to a model that rests. */
  #prepare({ task, seed }: TrainingChoice): void {
    const about = `${task} ${seed} ${this.#run.told?.step}`;
    if (this.#about === about) return;
    this.#forget();
    this.#about = about;
    const isOther = Object.keys(slotsOf(task)).some((slot) => this.#chosen[slot] === undefined);
    if (isOther) this.#chosen = firstChosen(task);
    this.#number = 1;
    this.#without = undefined;
    queueMicrotask(() => void this.#ask());
  }

  #another({ task }: TrainingChoice): void {
    this.#number += 1;
    this.#chosen = Object.fromEntries(
      Object.entries(slotsOf(task)).map(([slot, all]) => [
        slot,
        all[Math.floor(Math.random() * all.length)]!,
      ]),
    );
    void this.#ask();
  }

  async #ask(): Promise<void> {
    const { training, said } = this.#run;
    if (!training || !said) return;
    if (this.#isAsking) return;
    this.#isAsking = true;
    const [chosen, number, without] = [this.#chosen, this.#number, this.#without];
    const hasForm = Object.keys(slotsOf(said.task)).length > 0;
    try {
      this.#answer = await training.ask(
        hasForm ? { chosen } : { number },
        without === undefined ? undefined : headAt(without, said.heads),
      );
      this.#askFailure = undefined;
    } catch (error) {
      this.#askFailure = error instanceof Error ? error.message : String(error);
    }
    this.#isAsking = false;
    this.requestUpdate();
    // What was chosen meanwhile is asked now.
    const isSame = chosen === this.#chosen && number === this.#number && without === this.#without;
    if (!isSame) void this.#ask();
  }

  async #cut(): Promise<void> {
    const { training } = this.#run;
    if (!training) return;
    const about = this.#about;
    this.#cutting = [0, 1];
    this.requestUpdate();
    try {
      const needed = await training.needed({
        onPart: (done, of) => {
          this.#cutting = [done, of];
          this.requestUpdate();
        },
      });
      if (this.#about === about) this.#needed = needed;
    } catch (error) {
      this.#said = error instanceof Error ? error.message : String(error);
    }
    this.#cutting = undefined;
    this.requestUpdate();
  }

  /** Makes the trained model the page's own. */
  async #open(app: AppContext, asked: TrainingChoice): Promise<void> {
    const { training, film, said } = this.#run;
    if (!training || !film || !said) return;
    const files = await training.files();
    const name = trainedName(asked);
    const needed = this.#needed && neededMost(this.#needed);
    const place = needed?.isNeeded ? needed.place : learnedHead(film);
    app.open(
      { kind: "files", name },
      { made: { name, files } },
      { ...openingOf(asked.task), ...headAt(place, said.heads), panel: undefined, training: asked },
    );
  }

  async #saveFilm(asked: TrainingChoice): Promise<void> {
    const { film } = this.#run;
    if (!film) return;
    const { filmHtml } = await import("heed/views");
    const page = filmHtml({ format: "heed film 1", ...film } as typeof film);
    this.#tellSaved(save(new Blob([page], { type: "text/html" }), `${trainedName(asked)}.html`));
  }

  async #saveModel(asked: TrainingChoice): Promise<void> {
    const { training } = this.#run;
    if (!training) return;
    const files = await training.files();
    const { zipSync } = await import("fflate");
    const folder = trainedName(asked);
    const named = Object.entries(files).map(([name, bytes]) => [`${folder}/${name}`, bytes]);
    const zip = zipSync(Object.fromEntries(named), { level: 0 });
    this.#tellSaved(
      save(new Blob([zip as BlobPart], { type: "application/zip" }), `${folder}.zip`),
    );
  }

  #tellSaved(name: string): void {
    this.#said = this.app?.words.exports.saved(name) ?? "";
    this.requestUpdate();
  }
}
