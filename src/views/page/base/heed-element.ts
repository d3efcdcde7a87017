import { html, nothing, render, type TemplateResult } from "lit-html";
import type { Theme } from "../../scale.ts";
import type { AttentionSource } from "../source/source.ts";
import type { View, ViewChange } from "../state/view.ts";
import { standsOnDark } from "./palette.ts";
import { Question } from "./question.ts";
import { hostStyles } from "./styles.ts";

declare global {
  interface HTMLElementEventMap {
    /** A reader asks for another view: set it on the elements that show it. */
    "heed-view": CustomEvent<ViewChange>;
  }
}

/** Where there is no document the classes can be imported all the same. */
const BrowserElement = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

const sheets = new Map<string, CSSStyleSheet>();

/**
 * A picture of a source, seen from a view. It holds neither: it draws what it is given, once however much of it changes, and says by
 * `heed-view` what a reader asks for. Its attribute `theme` is light or dark; without it, it is drawn for the page's `color-scheme`.
 */
export abstract class HeedElement<
  Source extends AttentionSource = AttentionSource,
> extends BrowserElement {
  static readonly styles: readonly string[] = [hostStyles];
  static readonly observedAttributes: readonly string[] = ["theme"];

  #given: { readonly source?: Source; readonly view?: View } = {};
  readonly #root: ShadowRoot;
  readonly #questions: Question<unknown>[] = [];
  #isWaiting = false;
  #systemTheme: MediaQueryList | undefined;
  readonly #update = (): void => this.requestUpdate();

  constructor() {
    super();
    this.#root = this.attachShadow({ mode: "open" });
    const { styles } = this.constructor as typeof HeedElement;
    this.#root.adoptedStyleSheets = styles.map(sheetOf);
  }

  /** Where the numbers come from; nothing is drawn without one. */
  get source(): Source | undefined {
    return this.#given.source;
  }

  set source(source: Source | undefined) {
    this.#give({ source });
  }

  /** Which query, head and key are shown. */
  get view(): View | undefined {
    return this.#given.view;
  }

  set view(view: View | undefined) {
    this.#give({ view });
  }

  /** The attribute `theme`: light or dark, else what the page's color-scheme says. */
  get theme(): Theme | undefined {
    const theme = this.getAttribute("theme");
    return theme === "light" || theme === "dark" ? theme : undefined;
  }

  set theme(theme: Theme | undefined) {
    if (theme === undefined) this.removeAttribute("theme");
    else this.setAttribute("theme", theme);
  }

  /** The browser's call when the element is put into a page. */
  connectedCallback(): void {
    // Properties that were set before the element had a name hide those of the class.
    for (const [name, value] of Object.entries(this)) {
      Reflect.deleteProperty(this, name);
      Reflect.set(this, name, value);
    }
    this.#systemTheme = globalThis.matchMedia?.("(prefers-color-scheme: dark)");
    this.#systemTheme.addEventListener("change", this.#update);
    this.requestUpdate();
  }

  /** The browser's call when the element is taken out of its page. */
  disconnectedCallback(): void {
    this.#systemTheme?.removeEventListener("change", this.#update);
  }

  /** The browser's call when `theme` changes. */
  attributeChangedCallback(): void {
    this.requestUpdate();
  }

  /** Draws the element again, soon and once. */
  requestUpdate(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    queueMicrotask(() => {
      this.#isWaiting = false;
      if (this.isConnected) this.#draw();
    });
  }

  /** What the element shows; asks its questions on the way. Whatever is not answered yet is left empty, in its place. */
  protected abstract content(source: Source, view: View): unknown;

  /** Called when the content is in the document. */
  protected updated(): void {}

  /** The theme it is drawn in. */
  protected get shade(): Theme {
    return this.theme ?? (standsOnDark(this) ? "dark" : "light");
  }

  /** The first element of the content that a selector fits. */
  protected find<Found extends Element>(selector: string): Found | null {
    return this.#root.querySelector<Found>(selector);
  }

  /** All elements of the content that a selector fits. */
  protected findAll(selector: string): Iterable<Element> {
    return this.#root.querySelectorAll(selector);
  }

  /** A question whose failure is said in place, and while which is pending the element is busy. */
  protected question<T>(): Question<T> {
    const question = new Question<T>(this.#update);
    this.#questions.push(question);
    return question;
  }

  /** Says that a reader asks for another view. */
  protected change(detail: ViewChange): void {
    this.dispatchEvent(new CustomEvent("heed-view", { detail, bubbles: true, composed: true }));
  }

  #give(given: { readonly source?: Source; readonly view?: View }): void {
    this.#given = { ...this.#given, ...given };
    this.requestUpdate();
  }

  #draw(): void {
    const { source, view } = this;
    this.toggleAttribute("dark", this.shade === "dark");
    const content = source && view ? this.content(source, view) : nothing;
    const shown = html`<div class="content">${content}</div>${this.#failure()}`;
    render(shown, this.#root, { host: this });
    this.setAttribute("aria-busy", String(this.#questions.some(({ isPending }) => isPending)));
    this.updated();
  }

  #failure(): TemplateResult | typeof nothing {
    const failed = this.#questions.find(({ error }) => error !== undefined);
    if (!failed) return nothing;
    const { error } = failed;
    const reason = error instanceof Error ? error.message : String(error);
    return html`<p class="failure" role="status">These numbers could not be read: ${reason}</p>`;
  }
}

function sheetOf(styles: string): CSSStyleSheet {
  const sheet = sheets.get(styles) ?? new CSSStyleSheet();
  if (!sheets.has(styles)) sheet.replaceSync(styles);
  sheets.set(styles, sheet);
  return sheet;
}
