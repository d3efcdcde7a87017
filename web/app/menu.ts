import { html, type TemplateResult } from "lit-html";
import { type Example, examples } from "../examples/examples.ts";
import type { Panel } from "../state/state.ts";
import { languages } from "../words/languages.ts";
import { AppElement } from "./app-element.ts";
import type { AppContext } from "./context.ts";
import { appStyles, choiceStyles, css } from "./styles.ts";

/** Everything that is not on the first screen: examples, comparing, models, the language and how things are drawn. */
export class MenuElement extends AppElement {
  static readonly tag = "heed-app-menu";
  static override readonly styles = [
    appStyles,
    choiceStyles,
    css`
      :host {
        display: flex;
        gap: 4px;
      }
      .sheet {
        inset: 56px 8px auto auto;
        margin: 0;
        inline-size: min(420px, calc(100vw - 16px));
        max-block-size: calc(100vh - 72px);
        overflow: auto;
        padding: 14px;
        border: 1px solid var(--line);
        border-radius: 10px;
        background: var(--ground);
        color: var(--ink);
        box-shadow: 0 8px 30px rgb(0 0 0 / 18%);
      }
      :host-context([dir="rtl"]) .sheet {
        inset: 56px auto auto 8px;
      }
      .sheet button {
        display: block;
        inline-size: 100%;
        margin-block-end: 4px;
        text-align: start;
      }
      h3:not(:first-child) {
        margin-block-start: 12px;
      }
      summary {
        min-height: 40px;
        padding-block: 8px;
        font-weight: 600;
        cursor: pointer;
      }
      .says {
        display: block;
        color: var(--quiet);
        font-size: 14px;
      }
    `,
  ];

  protected override content(app: AppContext): unknown {
    const { words } = app;
    return html`
      <button type="button" class="plain" popovertarget="examples">${words.menu.examples}</button>
      <button type="button" class="plain" popovertarget="menu" aria-label=${words.menu.open} title=${words.menu.open}>☰</button>
      <div id="examples" class="sheet" popover tabindex="-1">
        <h3>${words.menu.works}</h3>
        ${examples.filter(({ isRight }) => isRight).map((one) => this.#example(one, app))}
        <h3>${words.menu.fails}</h3>
        ${examples.filter(({ isRight }) => !isRight).map((one) => this.#example(one, app))}
      </div>
      <div id="menu" class="sheet" popover tabindex="-1">
        ${this.#panel("learn", app)} ${this.#panel("train", app)} ${this.#panel("compare", app)} ${this.#panel("models", app)} ${this.#panel("talk", app)}
        ${this.#fold(words.exports.title, html`<heed-app-export .app=${app}></heed-app-export>`)}
        ${this.#fold(words.menu.shown, this.#settings(app))}
      </div>`;
  }

  #example(example: Example, app: AppContext): TemplateResult {
    const says = app.words.examples[example.id as keyof typeof app.words.examples];
    return html`<button type="button" @click=${() => this.#show(example)}>
      <span dir="auto">${example.text}</span><span class="says">${says}</span>
    </button>`;
  }

  /** The words of an example are pinned when its run is there: until then the text alone is known. */
  #show({ text, head, word, meant, other }: Example): void {
    const { app } = this;
    if (!app) return;
    this.#close();
    app.set({
      text,
      ...head,
      changes: [],
      panel: undefined,
      other: undefined,
      pin: { word, keys: [meant, other] },
    });
  }

  #panel(panel: Panel, app: AppContext): TemplateResult {
    const text = app.words.menu[panel as "learn" | "train" | "compare" | "models" | "talk"];
    return html`<button
      type="button"
      @click=${() => {
        this.#close();
        app.set({ panel });
      }}
    >${text}</button>`;
  }

  /** A part of the menu: on a phone it is folded, so that the whole menu is seen at once. */
  #fold(title: string, content: TemplateResult): TemplateResult {
    return html`<details ?open=${matchMedia("(min-width: 701px)").matches}>
      <summary>${title}</summary>
      ${content}
    </details>`;
  }

  #settings(app: AppContext): TemplateResult {
    const { state, words, set } = app;
    const choice = (
      label: string,
      value: string,
      options: readonly (readonly [string, string])[],
      take: (value: string) => void,
    ) => html`<label>${label}
      <select @change=${(event: Event) => take((event.target as HTMLSelectElement).value)}>
        ${options.map(
          ([option, text]) =>
            html`<option value=${option} ?selected=${option === value}>${text}</option>`,
        )}
      </select>
    </label>`;
    return html`
      ${choice(
        words.menu.language,
        state.language,
        languages.map(
          ({ tag, name, draft }) =>
            [tag, draft === undefined ? name : `${name} (${draft})`] as const,
        ),
        (language) => set({ language }),
      )}
      ${choice(
        words.menu.theme,
        state.theme ?? "",
        [
          ["", words.menu.themeAuto],
          ["light", words.menu.themeLight],
          ["dark", words.menu.themeDark],
        ],
        (theme) => set({ theme: theme === "" ? undefined : (theme as "light" | "dark") }),
      )}
      ${choice(
        words.menu.notation,
        state.notation,
        [
          ["rows", "x · W"],
          ["columns", "W · x"],
        ],
        (notation) => set({ notation: notation as "rows" | "columns" }),
      )}
      ${choice(
        words.menu.counting,
        state.countsFromOne ? "1" : "0",
        [
          ["0", words.menu.fromZero],
          ["1", words.menu.fromOne],
        ],
        (from) => set({ countsFromOne: from === "1" }),
      )}
      <button type="button" @click=${() => {
        this.#close();
        set({ presents: true });
      }}>${words.menu.present}</button>`;
  }

  #close(): void {
    for (const sheet of this.root.querySelectorAll<HTMLElement>(".sheet:popover-open"))
      sheet.hidePopover();
  }
}
