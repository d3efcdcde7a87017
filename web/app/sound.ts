import type { Heard } from "heed/explore";
import { html, nothing, type TemplateResult } from "lit-html";
import { isSoundFile } from "../engine/sound.ts";
import { AppElement } from "./app-element.ts";
import type { AppContext } from "./context.ts";
import { FileDrop, fileChooser } from "./file-drop.ts";
import { inEnglish } from "./in-english.ts";
import { Latest } from "./latest.ts";
import { leftToRight, weightText } from "./numbers.ts";
import { choice } from "./parts.ts";
import { pictureStyles } from "./picture-styles.ts";
import { soundStyles } from "./sound-styles.ts";
import { drawSpectrogram } from "./spectrogram.ts";
import { appStyles } from "./styles.ts";

const darkness = matchMedia("(prefers-color-scheme: dark)");

/**
 * The sound: the features that the model was given, and under them what is looked at. A tap chooses the moment that looks, or pins one to be
 * compared; the words that the model wrote stand with their times, and where they look at the sound a tap on one chooses it.
 */
export class SoundElement extends AppElement {
  static readonly tag = "heed-app-sound";
  static override readonly styles = [appStyles, pictureStyles, soundStyles];
  #pins = false;
  readonly #drop = new FileDrop(() => this.requestUpdate());
  /** What was heard and is already on screen as what the model has written. */
  #wrote: Heard | undefined;
  readonly #row = new Latest<Float32Array>(() => this.requestUpdate());
  readonly #heard = new Latest<Heard>(() => this.requestUpdate());
  readonly #resized = new ResizeObserver(() => this.#draw());

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resized.observe(this);
    darkness.addEventListener("change", this.#redraw);
  }

  disconnectedCallback(): void {
    this.#resized.disconnect();
    for (const question of [this.#row, this.#heard]) question.forget();
    darkness.removeEventListener("change", this.#redraw);
  }

  protected override content(app: AppContext): unknown {
    const { words, seen, source, sound, state, model } = app;
    const alert =
      app.inputFailure === undefined
        ? nothing
        : html`<p role="alert">${words.sound.failed(app.inputFailure)}</p>`;
    if (!sound || !seen?.sound || !source || !model) return html`${alert}${this.#place(app)}`;
    this.#row.ask([source, state.layer, state.head, state.query], () =>
      source.row({ layer: state.layer, head: state.head }, state.query),
    );
    if (model.said.task === "generate")
      this.#heard.ask([model, sound], (signal) => model.hear(sound.name, { signal }));
    else this.#heard.forget();
    // Never what was heard in the sound before.
    const heard = this.#heard.answer;
    if (heard) this.#write(app, heard);
    return html`
      ${alert}
      ${this.#drop.area(
        "sound",
        html`${seen.isSelf ? nothing : this.#queries(app)}
        <canvas
          class="spectrogram"
          dir="ltr"
          tabindex="0"
          role="slider"
          aria-label=${words.sound.label}
          aria-valuemin="0"
          aria-valuemax=${seen.keys.length - 1}
          aria-valuenow=${this.#chosen(app) ?? 0}
          aria-valuetext=${this.#spoken(app)}
          @click=${(event: MouseEvent) => this.#tapped(event, app)}
          @keydown=${(event: KeyboardEvent) => this.#moved(event, app)}
        ></canvas>
        ${this.#facts(app)}
        ${this.#said(app, heard)}`,
        (file) => this.#take(file, app),
      )}`;
  }

  protected override updated(): void {
    this.#draw();
    const looking = this.root.querySelector<HTMLElement>(".looking");
    const chosen = looking?.querySelector<HTMLElement>("[aria-pressed=true]");
    if (looking && chosen) looking.scrollTop = chosen.offsetTop - looking.offsetTop;
  }

  /** A canvas keeps its colours until it is drawn again. */
  readonly #redraw = (): void => this.#draw();

  #draw(): void {
    const { app } = this;
    const canvas = this.root.querySelector("canvas");
    if (!app?.seen?.sound || !canvas) return;
    const { state, seen } = app;
    drawSpectrogram(canvas, {
      sound: seen.sound!,
      row: this.#row.value?.length === seen.keys.length ? this.#row.value : undefined,
      state,
      isSelf: seen.isSelf,
    });
  }

  /** Taps and arrow keys choose a key where moments do not look themselves. */
  #choosesKey({ seen }: AppContext): boolean {
    return this.#pins || !seen!.isSelf;
  }

  #chosen(app: AppContext): number | undefined {
    return this.#choosesKey(app) ? app.state.keys[0] : app.state.query;
  }

  #spoken(app: AppContext): string {
    const chosen = this.#chosen(app);
    if (chosen === undefined) return "";
    const weight = this.#row.value?.[chosen];
    return `${app.seen!.keys[chosen]?.text ?? ""} ${weight === undefined ? "" : weightText(weight)}`;
  }

  /** Who decoded the sound, how much of it is read, and what a tap does. */
  #facts(app: AppContext): TemplateResult {
    const { words, sound, seen, state } = app;
    const own = words.sound;
    const { frames, secondsPerToken } = seen!.sound!;
    const read = (frames / 2) * secondsPerToken;
    const seconds = (value: number) => leftToRight(value.toFixed(2));
    const toggle = (pins: boolean, text: string) =>
      choice(text, this.#pins === pins, () => {
        this.#pins = pins;
        this.requestUpdate();
      });
    return html`<div class="row">
        ${
          seen!.isSelf
            ? html`<span role="group" class="row chrome" aria-label=${own.taps}><span class="quiet">${own.taps}</span> ${toggle(false, own.looks)} ${toggle(true, own.compared)}</span>`
            : html`<span class="quiet chrome">${own.tapPins}</span>`
        }
        ${state.keys.map(
          (key, index) => html`<button
            type="button"
            class="pin ${index === 0 ? "first" : "second"}"
            title=${own.unpin(seen!.keys[key]?.text ?? "")}
            @click=${() => app.set({ keys: state.keys.filter((other) => other !== key) })}
          >${leftToRight(seen!.keys[key]?.text ?? "")} ${weightText(this.#row.value?.[key] ?? Number.NaN)} <span aria-hidden="true">✕</span></button>`,
        )}
        ${this.#chooser(app, own.another)}
      </div>
      <p class="quiet facts">
        ${own.shows}
        ${sound!.seconds > read ? own.cut(seconds(read), seconds(sound!.seconds)) : own.whole(seconds(sound!.seconds), seconds(read))}
        ${sound!.decodedBy === "heed" ? own.byHeed : sound!.resampledFrom === undefined ? own.byBrowser(String(sound!.sampleRate)) : own.resampled(String(sound!.resampledFrom), String(sound!.sampleRate))}
      </p>`;
  }

  /** What the model wrote of the sound, word by word with its times. */
  #said(app: AppContext, heard: Heard | undefined): unknown {
    const { words, seen } = app;
    const own = words.sound;
    if (this.#heard.error !== undefined)
      return html`<p class="quiet" role="alert">${words.first.failed} ${inEnglish(this.#heard.error)}</p>`;
    if (this.#heard.isPending) return html`<p class="quiet" role="status">${own.hearing}</p>`;
    if (!heard) return nothing;
    if (!heard.words) return html`<p class="quiet facts">${own.noTimes}</p>`;
    const seconds = (value: number) => leftToRight(value.toFixed(2));
    const { secondsPerToken } = seen!.sound!;
    const most = seen!.isSelf || app.state.attention ? seen!.keys.length - 1 : 0;
    const moment = (start: number) => Math.min(Math.floor(start / secondsPerToken), most);
    return html`<div class="said row" role="group" aria-label=${own.timesLabel}>
      <span class="quiet">${own.times}</span>
      ${heard.words.map(
        ({ text, start, end }) => html`<button
          type="button"
          title=${own.pinWord(text.trim())}
          @click=${() => app.set({ keys: [moment(start)] })}
        ><span dir="auto">${text.trim()}</span><span class="time">${seconds(start)}–${seconds(end)} s</span></button>`,
      )}
      ${heard.isSameTokens ? nothing : html`<span class="quiet">${own.otherTokens}</span>`}
    </div>`;
  }

  /** What was heard becomes what the decoder has written, once, where nothing is written yet. */
  #write({ state, set }: AppContext, heard: Heard): void {
    if (this.#wrote === heard) return;
    this.#wrote = heard;
    if (state.written !== undefined || heard.written === "") return;
    queueMicrotask(() => set({ written: heard.written }));
  }

  /** The written tokens, which look at the sound. */
  #queries({ state, words, seen, set }: AppContext): TemplateResult {
    return html`<div class="row looking" role="group" aria-label=${words.parts.looking}>
      ${seen!.queries.map(
        ({ text }, token) => html`<button
          type="button"
          aria-pressed=${String(token === state.query)}
          title=${words.sentence.look(text)}
          dir="auto"
          @click=${() => set({ query: token })}
        >${text}</button>`,
      )}
    </div>`;
  }

  #tapped({ offsetX, currentTarget }: MouseEvent, app: AppContext): void {
    const { clientWidth } = currentTarget as HTMLCanvasElement;
    const count = app.seen!.keys.length;
    this.#choose(
      Math.min(count - 1, Math.max(0, Math.floor((offsetX / clientWidth) * count))),
      app,
    );
  }

  #moved(event: KeyboardEvent, app: AppContext): void {
    const steps: Readonly<Record<string, number>> = {
      ...{ ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 },
    };
    const last = app.seen!.keys.length - 1;
    const chosen = this.#chosen(app) ?? 0;
    const by = steps[event.key];
    const next =
      event.key === "Home"
        ? 0
        : event.key === "End"
          ? last
          : by === undefined
            ? undefined
            : chosen + by;
    if (next === undefined || app.state.presents) return;
    event.preventDefault();
    const place = Math.min(last, Math.max(0, next));
    app.set(
      this.#choosesKey(app)
        ? { keys: [place, ...app.state.keys.slice(1).filter((key) => key !== place)] }
        : { query: place },
    );
  }

  #choose(place: number, app: AppContext): void {
    const { keys } = app.state;
    const pinned = keys.includes(place)
      ? keys.filter((key) => key !== place)
      : [...keys.slice(0, 1), place];
    app.set(this.#choosesKey(app) ? { keys: pinned } : { query: place });
  }

  /** Where a sound comes in. */
  #place(app: AppContext): TemplateResult {
    const { words, state } = app;
    const own = words.sound;
    const isMissing = state.sound !== undefined && !app.isBusy && !app.sound;
    const content = html`
      ${isMissing ? html`<p>${own.missing(state.sound!)}</p>` : nothing}
      <p>${own.drop}</p>
      ${this.#chooser(app, own.choose)}`;
    return this.#drop.area("drop", content, (file) => this.#take(file, app));
  }

  #chooser(app: AppContext, text: string): TemplateResult {
    return fileChooser(text, "audio/*,.wav", app.openSound);
  }

  #take(file: File, app: AppContext): void {
    if (isSoundFile(file)) app.openSound(file);
    else app.refuseInput(app.words.sound.noSound(file.name));
  }
}
