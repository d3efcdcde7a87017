import { html, nothing } from "lit-html";
import { guard } from "lit-html/directives/guard.js";
import {
  type FilmPicture,
  headName,
  mainHead,
  probeWeights,
  share,
} from "../../film/film-picture.ts";
import { weightColor } from "../../scale.ts";
import { surface } from "../../surface.ts";
import { DrawnElement } from "../base/drawn-element.ts";
import { cardStyles, hostStyles, tableStyles } from "../base/styles.ts";
import { filled } from "../steps/step-words.ts";
import { course, courseBox } from "./course.ts";
import { filmStyles } from "./film-styles.ts";
import { type FilmWords, filmWords } from "./film-words.ts";
import { headPart } from "./head-part.ts";

/** Time a frame stands while the film plays. */
const frameTime = 450;

/**
 * `<heed-film>`: a training with a slider over its steps. It is given `film`, as `heed train --film film.json` writes it; while a training runs it may be
 * given a longer one again and again, and shows its last frame until a reader takes the slider. `words` may be set; `bare` leaves its title
 * out, on a page that says it; `still` leaves out what is for a hand.
 */
export class FilmElement extends DrawnElement {
  static readonly tag = "heed-film";
  static override readonly observedAttributes: readonly string[] = [
    ...DrawnElement.observedAttributes,
    "still",
  ];
  static override readonly styles = [hostStyles, cardStyles, tableStyles, filmStyles];

  #film: FilmPicture | undefined;
  #words: FilmWords = filmWords;
  /** The frame a reader chose; the last one where nobody did. */
  #frame: number | undefined;
  #head: number | undefined;
  #probe = 0;
  #playing: ReturnType<typeof setInterval> | undefined;
  /** What the small pictures are of. */
  #drawn: readonly unknown[] | undefined;

  /** What is shown; nothing is drawn without. */
  get film(): FilmPicture | undefined {
    return this.#film;
  }

  set film(film: FilmPicture | undefined) {
    this.#film = film;
    this.requestUpdate();
  }

  /** What a reader sees beside the film's own words, English if not given. */
  get words(): FilmWords {
    return this.#words;
  }

  set words(words: FilmWords) {
    this.#words = words;
    this.requestUpdate();
  }

  /** Shows frame after frame, from the first one where the last was shown. */
  play(): void {
    this.#stop();
    const last = () => (this.#film?.frames.length ?? 1) - 1;
    if ((this.#frame ?? last()) >= last()) this.#frame = 0;
    this.#playing = setInterval(() => {
      this.#frame = Math.min(last(), (this.#frame ?? 0) + 1);
      if (this.#frame >= last()) this.#stop();
      this.requestUpdate();
    }, frameTime);
    this.requestUpdate();
  }

  /** Stays at the frame that is shown. */
  pause(): void {
    this.#stop();
    this.requestUpdate();
  }

  /** The browser's call when the element is taken out of its page. */
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#drawn = undefined;
    this.#stop();
  }

  protected override template(): unknown {
    const film = this.#film;
    const words = this.#words;
    if (!film || film.frames.length === 0) return nothing;
    const last = film.frames.length - 1;
    const place = Math.min(last, this.#frame ?? last);
    const frame = film.frames[place]!;
    const probe = Math.min(this.#probe, film.probes.length - 1);
    const head = this.#head ?? mainHead(film);
    const isPlaying = this.#playing !== undefined;
    const isStill = this.hasAttribute("still");
    const { layers, heads } = film.model;
    const go = (event: Event) => {
      this.#stop();
      this.#frame = Number((event.target as HTMLInputElement).value);
      this.requestUpdate();
    };
    const facts = [
      filled(words.right, { share: share(frame.accuracy) }),
      ...(film.chance === undefined ? [] : [filled(words.guessing, { share: share(film.chance) })]),
      filled(words.loss, { loss: frame.loss.toFixed(3) }),
    ];
    const step = filled(words.step, { step: frame.step, steps: film.steps });
    return html`
      ${
        this.hasAttribute("bare")
          ? nothing
          : html`<h1 dir="auto">${film.title}</h1>
            <p class="hint">${words.about({ ...film.model, seed: film.seed })}</p>`
      }
      <div class="controls">
        <p class="facts"><strong>${step}</strong>${facts.map((fact) => html`<span>${fact}</span>`)}</p>
        <div class="run by-hand">
          <button type="button" class="plain" @click=${() => (isPlaying ? this.pause() : this.play())}>${isPlaying ? words.pause : words.play}</button>
          <input type="range" min="0" max=${last} step="1" .value=${String(place)} aria-label=${words.slider} aria-valuetext=${`${step}, ${facts[0]}`} @input=${go} />
        </div>
      </div>
      <section class="card" aria-label=${words.course}>
        <h2>${words.course}</h2>
        <svg class="course" viewBox=${courseBox} preserveAspectRatio="none" role="img" aria-label=${`${step}. ${facts.join(", ")}`}>${course(film, frame.step)}</svg>
        <p class="hint">${words.courseNote}${film.chance === undefined ? "" : ` ${words.courseDashed}`}</p>
      </section>
      <div class="columns">
        <section class="card" aria-label=${words.heads}>
          <h2>${words.heads}</h2>
          <p class="hint"><span class="by-hand">${words.headsChoose}</span> ${words.headsNote}</p>
          ${this.#chooser(film, probe)}
          <div class="heads" .style=${`grid-template-columns: repeat(${heads}, minmax(0, 1fr))`}>
            ${Array.from({ length: layers * heads }, (_, n) => {
              const name = headName(film, n);
              return html`<button type="button" aria-pressed=${String(n === head)} aria-label=${filled(words.head, { head: name })} @click=${() => this.#choose(n)}><canvas data-head=${n}></canvas>${name}</button>`;
            })}
          </div>
        </section>
        <section class="card">
          ${guard([film.frames[0], frame, head, probe, this.shade, words, isStill], () =>
            headPart({ film, frame, head, probe, shade: this.shade, words, isStill }),
          )}
        </section>
      </div>`;
  }

  protected override updated(): void {
    const film = this.#film;
    const last = (film?.frames.length ?? 0) - 1;
    const frame = film?.frames[Math.min(last, this.#frame ?? last)];
    if (!film || !frame) {
      this.#drawn = undefined;
      return;
    }
    const probe = Math.min(this.#probe, film.probes.length - 1);
    // While a training runs its curve grows many times a second, and pictures only with a frame.
    const drawn = [frame, probe, this.shade];
    if (drawn.every((part, n) => part === this.#drawn?.[n])) return;
    this.#drawn = drawn;
    const side = film.probes[probe]!.length;
    for (const canvas of this.findAll("canvas") as Iterable<HTMLCanvasElement>) {
      const weights = probeWeights(film, frame, { probe, head: Number(canvas.dataset.head) });
      canvas.width = side;
      canvas.height = side;
      const image = new ImageData(side, side);
      for (const [n, weight] of weights.entries())
        image.data.set([...weightColor(weight, this.shade), 255], 4 * n);
      canvas.getContext("2d")!.putImageData(image, 0, 0);
    }
  }

  #chooser({ probes }: FilmPicture, probe: number): unknown {
    if (probes.length < 2) return nothing;
    const choose = (event: Event) => {
      this.#probe = Number((event.target as HTMLSelectElement).value);
      this.requestUpdate();
    };
    return html`<select class="by-hand" aria-label=${this.#words.sentence} @change=${choose}>
      ${probes.map((words, n) => html`<option value=${n} ?selected=${n === probe}>${words.map(surface).join(" ")}</option>`)}
    </select>`;
  }

  #choose(head: number): void {
    this.#head = head;
    this.requestUpdate();
  }

  #stop(): void {
    if (this.#playing !== undefined) clearInterval(this.#playing);
    this.#playing = undefined;
  }
}
