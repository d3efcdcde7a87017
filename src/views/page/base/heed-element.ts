import { html, nothing, type TemplateResult } from "lit-html";
import type { AttentionSource, TextSource } from "../source/source.ts";
import type { View, ViewChange } from "../state/view.ts";
import { DrawnElement } from "./drawn-element.ts";
import { Question } from "./question.ts";

declare global {
  interface HTMLElementEventMap {
    /** A reader asks for another view: set it on the elements that show it. */
    "heed-view": CustomEvent<ViewChange>;
  }
}

/** What elements over a model say by attributes. */
export const liveAttributes = ["model", "text", "pair", "image", "group"] as const;

/**
 * A picture of a source, seen from a view. It holds neither: it draws what it is given, and says by `heed-view` what a reader asks for.
 */
export abstract class HeedElement<
  Source extends AttentionSource = AttentionSource,
> extends DrawnElement {
  static override readonly observedAttributes: readonly string[] = [
    ...DrawnElement.observedAttributes,
    "data",
    "src",
    "start",
    ...liveAttributes,
  ];
  /** What an element does that carries its numbers itself; undefined in pages whose script gives them. */
  static ownNumbers: ((element: HeedElement<TextSource>) => void) | undefined;

  #given: { readonly source?: Source; readonly view?: View } = {};
  #refused: Error | undefined;
  #waiting: string | undefined;
  readonly #questions: Question<unknown>[] = [];

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

  /** What the element shows; asks its questions on the way. Whatever is not answered yet is left empty, in its place. */
  protected abstract content(source: Source, view: View): unknown;

  /** A question whose failure is said in place, and while which is pending the element is busy. */
  protected question<T>(): Question<T> {
    const question = new Question<T>(() => this.requestUpdate());
    this.#questions.push(question);
    return question;
  }

  /** Says that a reader asks for another view. */
  protected change(detail: ViewChange): void {
    this.dispatchEvent(new CustomEvent("heed-view", { detail, bubbles: true, composed: true }));
  }

  protected override template(): unknown {
    const { source, view } = this;
    const content = source && view ? this.content(source, view) : nothing;
    this.setAttribute("aria-busy", String(this.#questions.some(({ isPending }) => isPending)));
    const waiting = this.#waiting;
    const line =
      waiting === undefined ? nothing : html`<p class="waiting" role="status">${waiting}</p>`;
    return html`<div class="content">${content}</div>${line}${this.#failure()}`;
  }

  /** Says what is waited for, until the numbers are there; undefined for nothing. */
  wait(message: string | undefined): void {
    if (message === this.#waiting) return;
    this.#waiting = message;
    this.requestUpdate();
  }

  /** Says why the numbers could not be had, in place of the picture. */
  fail(error: Error): void {
    this.#refused = error;
    this.#waiting = undefined;
    this.requestUpdate();
  }

  #readOwn(): void {
    const { ownNumbers } = this.constructor as typeof HeedElement;
    ownNumbers?.(this as unknown as HeedElement<TextSource>);
  }

  #give(given: { readonly source?: Source; readonly view?: View }): void {
    this.#given = { ...this.#given, ...given };
    this.#refused = undefined;
    this.requestUpdate();
  }

  #failure(): TemplateResult | typeof nothing {
    const failed = this.#questions.find(({ error }) => error !== undefined);
    const error = this.#refused ?? failed?.error;
    if (error === undefined) return nothing;
    const reason = error instanceof Error ? error.message : String(error);
    return html`<p class="failure" role="status">These numbers could not be read: ${reason}</p>`;
  }
}
