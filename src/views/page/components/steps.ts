import { html, nothing, type TemplateResult } from "lit-html";
import type { Explained, ExplainedStep } from "../../explain/explained.ts";
import { stepLatex } from "../../explain/latex.ts";
import { oneLine, quote } from "../../surface.ts";
import { DrawnElement } from "../base/drawn-element.ts";
import { liveAttributes } from "../base/heed-element.ts";
import { hostStyles, tableStyles } from "../base/styles.ts";
import { barsStyles } from "../steps/bars-styles.ts";
import { type DrawnStep, type Passing, type StepNotation, written } from "../steps/drawn-step.ts";
import { fromTheLeft } from "../steps/from-the-left.ts";
import { handInputs } from "../steps/hand-picture.ts";
import { inRoles } from "../steps/in-roles.ts";
import { ownExplanation } from "../steps/own-explanation.ts";
import { pictureOf } from "../steps/pictures.ts";
import { filled, type StepWords, stepWords } from "../steps/step-words.ts";
import { stepsStyles } from "../steps/steps-styles.ts";
import { stillStyles } from "../steps/still-styles.ts";
import { tablesOf } from "../steps/tables.ts";
import { noWhatIf } from "../steps/what-if.ts";

declare global {
  interface HTMLElementEventMap {
    /** A reader goes to another step of `<heed-steps>`: its id. */
    "heed-step": CustomEvent<{ readonly step: string }>;
    /** A reader asks for a key to be explained: its token's index. */
    "heed-pin": CustomEvent<{ readonly key: number }>;
  }
}

/** The step before those of the run: one number by hand. */
const handId = "hand";

const nothingPassed: Passing = {
  unfolded: new Set(),
  inputs: handInputs,
  isReal: false,
  whatIf: noWhatIf,
  byLead: false,
};

/** What is given from outside. */
interface Given extends StepNotation {
  readonly explained?: Explained;
  readonly step?: string;
  readonly words: StepWords;
  readonly isAlone: boolean;
}

/**
 * `<heed-steps>`: the way of one number of attention, a step at a time. It is given `explained`, as `explain` of heed/analysis gives it, and says by
 * `heed-step` that a reader goes to another step, by `heed-pin` that a key is to be explained. `step`, `notation`, `countsFromOne` and `words` may be set.
 */
export class StepsElement extends DrawnElement {
  static readonly tag = "heed-steps";
  static override readonly observedAttributes = [
    ...DrawnElement.observedAttributes,
    ...["data", "src", "start", "to", "against"],
    ...liveAttributes,
  ];
  /** Where the steps of an element come from whose page gives it none. */
  static ownSteps: (element: Element) => Promise<Explained | undefined> = ownExplanation;
  static override readonly styles = [hostStyles, tableStyles, stepsStyles, barsStyles, stillStyles];

  #given: Given = { notation: "rows", countsFromOne: false, isAlone: false, words: stepWords };
  #passing: Passing = nothingPassed;
  /** Why what the element carries itself could not be read. */
  #refused: string | undefined;
  /** How the last copy went, and of which step. */
  #copied: { readonly step: string; readonly latex: string; readonly isDone: boolean } | undefined;

  /** The browser's call when the element is put into a page. */
  override connectedCallback(): void {
    super.connectedCallback();
    this.#readOwn();
  }

  /** The browser's call when an attribute changes. */
  override attributeChangedCallback(): void {
    super.attributeChangedCallback();
    if (this.isConnected) this.#readOwn();
  }

  /** The steps with their numbers; nothing is drawn without. */
  get explained(): Explained | undefined {
    return this.#given.explained;
  }

  set explained(explained: Explained | undefined) {
    if (explained !== this.#given.explained) {
      const { whatIf, inputs, unfolded, isReal, byLead, lit } = this.#passing;
      const isSame =
        explained?.head === this.#given.explained?.head &&
        explained?.numbers?.keys.length === this.#given.explained?.numbers?.keys.length;
      // Another pinned key leaves the reader where he is; other scores end a what-if.
      this.#passing = {
        ...nothingPassed,
        inputs,
        unfolded,
        isReal,
        byLead,
        ...(isSame ? { lit, whatIf } : {}),
      };
    }
    this.#refused = undefined;
    this.#give({ explained });
  }

  /** The id of the step that is open; the first if not given. */
  get step(): string | undefined {
    return this.#given.step;
  }

  set step(step: string | undefined) {
    if (step !== this.#given.step) this.#passing = { ...this.#passing, at: undefined };
    this.#give({ step });
  }

  /** How formulas are written: "rows", x · W, or "columns", W · x. */
  get notation(): StepNotation["notation"] {
    return this.#given.notation;
  }

  set notation(notation: StepNotation["notation"]) {
    this.#give({ notation });
  }

  /** Whether layers, heads and numbers are counted from 1 instead of 0. */
  get countsFromOne(): boolean {
    return this.#given.countsFromOne;
  }

  set countsFromOne(countsFromOne: boolean) {
    this.#give({ countsFromOne });
  }

  /** What a reader sees beside the analysis's own sentences, English if not given. */
  get words(): StepWords {
    return this.#given.words;
  }

  set words(words: StepWords) {
    this.#give({ words });
  }

  /** Whether the open step stands alone: without the way to others, for a page that leads there itself. */
  get isAlone(): boolean {
    return this.#given.isAlone;
  }

  set isAlone(isAlone: boolean) {
    this.#give({ isAlone });
  }

  /** The ids of the steps in their order; none without numbers. */
  get ids(): readonly string[] {
    const { explained, words } = this.#given;
    return explained ? allSteps(explained, words).map(({ id }) => id) : [];
  }

  /** Opens the step that stands so many behind the one that is open; before the first and behind the last there is none. */
  move(by: number): void {
    const { ids } = this;
    const next = ids[Math.max(0, ids.indexOf(this.step ?? "")) + by];
    if (next !== undefined) this.#open(next);
  }

  protected override template(): unknown {
    const { explained, words, isAlone } = this.#given;
    if (this.#refused !== undefined)
      return html`<p class="failure" role="status">${words.unread} ${this.#refused}</p>`;
    if (!explained) return nothing;
    const steps = allSteps(explained, words);
    const place = Math.max(
      0,
      steps.findIndex(({ id }) => id === this.step),
    );
    const step = steps[place]!;
    const drawn: DrawnStep = {
      ...this.#given,
      explained,
      numbers: explained.numbers,
      step,
      passing: this.#passing,
      pass: (change) => {
        this.#passing = { ...this.#passing, ...change };
        this.requestUpdate();
      },
      open: (id) => this.#open(id),
      pin: (key) => this.#say("heed-pin", { key }),
    };
    const move = (event: KeyboardEvent) => {
      if (isAlone) return;
      if (event.target instanceof Element && event.target.matches("input, textarea, select"))
        return;
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const isMirrored = getComputedStyle(this).direction === "rtl";
      const steps = { ArrowRight: isMirrored ? -1 : 1, ArrowLeft: isMirrored ? 1 : -1 };
      const by = steps[event.key as keyof typeof steps];
      if (by === undefined) return;
      event.preventDefault();
      this.move(by);
    };
    const title = oneLine(written(step.title, drawn));
    // What a language's words do not say stands as the analysis says it, in English.
    const own = step.id === handId ? { title: "", sentence: "" } : words.steps[step.id];
    const english = (said: string | undefined) => (said === undefined ? "en" : nothing);
    return html`
      <div class="content" @keydown=${move}>
        ${isAlone ? nothing : this.#ways(steps, place, drawn)}
        <section aria-label=${title}>
          <h3 aria-live="polite" lang=${english(own?.title)}>${inRoles(title, explained)}</h3>
          <p lang=${english(own?.sentence)}>${inRoles(written(step.sentence, drawn), explained)}</p>
          <p class="formula" dir="ltr">${fromTheLeft(oneLine(written(step.formula, drawn)))}</p>
          ${
            step.leftOut === undefined
              ? html`${pictureOf(drawn)}${this.#below(drawn)}`
              : html`<p class="toy">${words.leftOut}: ${this.#leftOut(step.leftOut, drawn)}</p>`
          }
        </section>
      </div>`;
  }

  /** Why a step is left out; in English where the language has no phrase for it. */
  #leftOut(reason: string, drawn: DrawnStep): TemplateResult {
    const said = written(reason, drawn);
    const isOwn =
      drawn.words.say !== undefined && said !== written(reason, { ...drawn, words: {} });
    return html`<span lang=${isOwn ? nothing : "en"} dir=${isOwn ? nothing : "ltr"}>${inRoles(said, drawn.explained)}.</span>`;
  }

  /** Forth and back, and all steps. */
  #ways(steps: readonly ExplainedStep[], place: number, drawn: DrawnStep): TemplateResult {
    const { words } = this.#given;
    const go = (to: number) => {
      const next = steps[to];
      if (next) this.#open(next.id);
    };
    return html`
        <div class="moves by-hand">
          <button type="button" class="plain" aria-disabled=${String(place === 0)} @click=${() => go(place - 1)}>${words.back}</button>
          <span class="count">${filled(words.step, { number: place + 1, count: steps.length })}</span>
          <button type="button" class="plain" aria-disabled=${String(place === steps.length - 1)} @click=${() => go(place + 1)}>${words.next}</button>
        </div>
        <details class="list by-hand">
          <summary>${words.list}</summary>
          <ol>
            ${steps.map(
              (one, n) => html`
                <li>
                  <button type="button" aria-current=${n === place ? "step" : nothing} @click=${() => go(n)}>
                    <span class="place">${n + 1}</span><span class=${one.leftOut === undefined ? "" : "quiet"}>${oneLine(written(one.title, drawn))}${one.leftOut === undefined ? nothing : ` (${words.leftOut})`}</span>
                  </button>
                </li>`,
            )}
          </ol>
        </details>`;
  }

  #below(drawn: DrawnStep): TemplateResult | typeof nothing {
    const { step, words, explained, notation } = drawn;
    if (step.values.length === 0) return nothing;
    const copied = this.#copied?.step === step.id ? this.#copied : undefined;
    const copy = async () => {
      const latex = stepLatex(explained, step, { notation });
      let isDone = true;
      try {
        await navigator.clipboard.writeText(latex);
      } catch {
        isDone = false;
      }
      this.#copied = { step: step.id, latex, isDone };
      this.requestUpdate();
    };
    const select = (event: Event) => (event.target as HTMLTextAreaElement).select();
    return html`
      <details class="all by-hand">
        <summary>${words.numbers}</summary>
        ${tablesOf(step.values, drawn)}
      </details>
      <p class="copy by-hand">
        <button type="button" class="plain" @click=${copy}>${words.copyLatex}</button>
        <span role="status" class="quiet">${copied ? (copied.isDone ? words.copied : words.notCopied) : ""}</span>
      </p>
      ${copied && !copied.isDone ? html`<textarea class="latex by-hand" readonly aria-label=${words.copyLatex} .value=${copied.latex} @focus=${select}></textarea>` : nothing}`;
  }

  /** Takes over what the element carries itself. */
  #readOwn(): void {
    const given = this.explained;
    (this.constructor as typeof StepsElement).ownSteps(this).then(
      (explained) => {
        if (!explained || this.explained !== given) return;
        this.#refused = undefined;
        this.explained = explained;
      },
      (error: unknown) => {
        this.#refused = error instanceof Error ? error.message : String(error);
        this.requestUpdate();
      },
    );
  }

  #open(step: string): void {
    if (step === this.#given.step) return;
    this.step = step;
    this.#say("heed-step", { step });
  }

  #say(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  #give(given: Partial<Given>): void {
    this.#given = { ...this.#given, ...given };
    this.requestUpdate();
  }
}

/** One number by hand, then the steps of the run; in a language's own words where it has some. */
function allSteps(explained: Explained, words: StepWords): ExplainedStep[] {
  const hand: ExplainedStep = {
    id: handId,
    title: words.handTitle,
    formula: words.handFormula,
    sentence: words.handSentence,
    values: [],
  };
  const { query, target, against, numbers } = explained;
  const names = {
    word: quote(query.text),
    first: quote(target.text),
    second: against ? quote(against.text) : "",
    width: numbers?.q.length ?? "",
    count: numbers?.keys.length ?? "",
  };
  return [...(numbers ? [hand] : []), ...explained.steps].map((step) => {
    const own = words.steps[step.id];
    if (!own) return step;
    const { title = step.title, sentence = step.sentence } = own;
    return { ...step, title: filled(title, names), sentence: filled(sentence, names) };
  });
}
