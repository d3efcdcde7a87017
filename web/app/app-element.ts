import { nothing, render } from "lit-html";
import type { AppContext } from "./context.ts";
import { appStyles } from "./styles.ts";

/** What the focus can go to without a keyboard coming up on a screen that is touched. */
const reachable =
  "button:not(:disabled, [tabindex='-1']), a[href], summary, select, input:is([type=range], [type=checkbox], [type=radio]):not(:disabled)";

const sheets = new Map<string, CSSStyleSheet>();

/** A part of the page: draws the app it is given, once however much of it changed, and asks it for another state. */
export abstract class AppElement extends HTMLElement {
  static readonly styles: readonly string[] = [appStyles];
  #app: AppContext | undefined;
  #isWaiting = false;
  protected readonly root: ShadowRoot;

  constructor() {
    super();
    this.root = this.attachShadow({ mode: "open" });
    const { styles } = this.constructor as typeof AppElement;
    this.root.adoptedStyleSheets = styles.map(sheetOf);
  }

  get app(): AppContext | undefined {
    return this.#app;
  }

  set app(app: AppContext | undefined) {
    this.#app = app;
    this.toggleAttribute("presents", app?.state.presents === true);
    this.requestUpdate();
  }

  connectedCallback(): void {
    this.requestUpdate();
  }

  /** Draws the part again, soon and once. */
  requestUpdate(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    queueMicrotask(() => {
      this.#isWaiting = false;
      if (!this.isConnected) return;
      const held = this.root.activeElement;
      const place = held ? this.#reachable().indexOf(held) : -1;
      render(this.#app ? this.content(this.#app) : nothing, this.root, { host: this });
      this.updated();
      if (held && (!held.isConnected || held.matches(":disabled"))) this.rest(place);
    });
  }

  #reachable(): Element[] {
    return [...this.root.querySelectorAll(reachable)];
  }

  /** What had the focus is gone: it goes to what stands in that place now. */
  protected rest(place: number): void {
    const near =
      place < 0
        ? undefined
        : this.#reachable()
            .slice(0, place + 1)
            .at(-1);
    if (near instanceof HTMLElement) near.focus({ preventScroll: true });
  }

  /** Gives the focus to what has come, where something here has it. */
  protected enter(part: string): void {
    const find = () => this.root.querySelector<HTMLElement>(part);
    if (this.root.activeElement)
      requestAnimationFrame(() => find()?.focus({ preventScroll: true }));
  }

  /** What the part shows. */
  protected abstract content(app: AppContext): unknown;

  /** Called when the content is in the document. */
  protected updated(): void {}
}

function sheetOf(styles: string): CSSStyleSheet {
  const sheet = sheets.get(styles) ?? new CSSStyleSheet();
  if (!sheets.has(styles)) sheet.replaceSync(styles);
  sheets.set(styles, sheet);
  return sheet;
}
