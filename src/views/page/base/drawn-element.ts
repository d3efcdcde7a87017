import { render } from "lit-html";
import type { Theme } from "../../scale.ts";
import { standsOnDark } from "./palette.ts";
import { hostStyles } from "./styles.ts";

/** Where there is no document the classes can be imported all the same. */
const BrowserElement = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

const sheets = new Map<string, CSSStyleSheet>();

/**
 * A picture that is drawn once however much of it changed. Its attribute `theme` is light or dark; without it, it is drawn for the page's
 * `color-scheme`. With the attribute `still` it is a picture alone, for a lecture's screen: without buttons, sliders and hints for a hand.
 */
export abstract class DrawnElement extends BrowserElement {
  static readonly styles: readonly string[] = [hostStyles];
  static readonly observedAttributes: readonly string[] = ["theme"];

  readonly #root: ShadowRoot;
  #isWaiting = false;
  #systemTheme: MediaQueryList | undefined;
  readonly #update = (): void => this.requestUpdate();

  constructor() {
    super();
    this.#root = this.attachShadow({ mode: "open" });
    const { styles } = this.constructor as typeof DrawnElement;
    this.#root.adoptedStyleSheets = styles.map(sheetOf);
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
      if (!this.isConnected) return;
      this.toggleAttribute("dark", this.shade === "dark");
      render(this.template(), this.#root, { host: this });
      this.updated();
    });
  }

  /** What stands in the element. */
  protected abstract template(): unknown;

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
}

function sheetOf(styles: string): CSSStyleSheet {
  const sheet = sheets.get(styles) ?? new CSSStyleSheet();
  if (!sheets.has(styles)) sheet.replaceSync(styles);
  sheets.set(styles, sheet);
  return sheet;
}
