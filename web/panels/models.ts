import { forgetModel, type KeptEntry, keptModels } from "heed";
import { html, nothing, type TemplateResult } from "lit-html";
import { AppElement } from "../app/app-element.ts";
import type { AppContext } from "../app/context.ts";
import { type GivenFiles, givenIn, openGiven } from "../app/dropped.ts";
import { appStyles, css } from "../app/styles.ts";

/** Small models of the hub that show something, to begin with. */
const suggested: readonly string[] = [
  "sentence-transformers/all-MiniLM-L6-v2",
  "distilbert/distilbert-base-uncased",
  "openai-community/gpt2",
  "google-bert/bert-base-uncased",
  "google-t5/t5-small",
  "google/vit-base-patch16-224",
];

/** Which model answers: the one that comes with heed, one of the hub, or files that are dropped or chosen; and what the browser keeps. */
export class ModelsElement extends AppElement {
  static readonly tag = "heed-app-models";
  static override readonly styles = [
    appStyles,
    css`
      form {
        display: grid;
        grid-template-columns: minmax(0, 320px) 150px minmax(150px, auto) auto;
        gap: 8px 12px;
        align-items: end;
        justify-content: start;
        margin-block-end: 20px;
      }
      label {
        display: flex;
        flex-direction: column;
        gap: 2px;
        color: var(--quiet);
        font-size: 14px;
      }
      input:not([type="file"]) {
        min-height: 38px;
        inline-size: 100%;
        padding: 4px 10px;
        border: 1px solid var(--line);
        border-radius: 8px;
        background: var(--card);
        color: var(--ink);
        font-size: 16px;
      }
      @media (max-width: 700px) {
        form {
          grid-template-columns: minmax(0, 1fr);
        }
        form button {
          justify-self: start;
        }
      }
      .drop {
        margin-block-end: 20px;
        padding: 18px;
        border: 2px dashed var(--line);
        border-radius: 10px;
        text-align: center;
      }
      .drop.over {
        border-color: var(--mark);
        background: var(--card);
      }
      .drop p {
        margin-inline: auto;
      }
      .picks {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        justify-content: center;
      }
      .picks.start {
        justify-content: flex-start;
      }
      input[type="file"] {
        position: absolute;
        inline-size: 1px;
        block-size: 1px;
        opacity: 0;
      }
      .pick {
        display: inline-flex;
        flex-direction: row;
        align-items: center;
        min-height: 36px;
        padding: 6px 14px;
        border: 1px solid var(--line);
        border-radius: 8px;
        background: var(--card);
        color: var(--ink);
        font-size: 16px;
        cursor: pointer;
      }
      .pick:focus-within {
        outline: 2px solid var(--mark);
        outline-offset: 2px;
      }
      li {
        display: flex;
        flex-wrap: wrap;
        gap: 6px 12px;
        align-items: center;
        margin-block-end: 6px;
        overflow-wrap: anywhere;
      }
      ul {
        padding: 0;
        list-style: none;
      }
    `,
  ];
  #kept: readonly KeptEntry[] | undefined;
  #isOver = false;
  #said = "";
  #counting: Promise<void> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#look();
  }

  protected override content(app: AppContext): unknown {
    const { words, state, model } = app;
    const own = words.models;
    return html`
      <p>${model ? own.now(model.said.label, model.said.type, model.said.backend) : own.loads}</p>
      <p class="picks start">
        ${(["embedded", "stories"] as const).map((kind) =>
          state.model.kind === kind
            ? nothing
            : html`<button type="button" @click=${() => app.open({ kind })}>${own[kind]}</button>`,
        )}
      </p>
      <h3>${own.hub}</h3>
      <form @submit=${(event: Event) => this.#submit(event, app)}>
        <label>${own.id}
          <input name="id" required pattern="[\\w.\\-]+(/[\\w.\\-]+)?" list="suggested" spellcheck="false" autocapitalize="off"
            .value=${state.model.kind === "hub" ? state.model.id : ""} />
        </label>
        <datalist id="suggested">${suggested.map((id) => html`<option value=${id}></option>`)}</datalist>
        <label>${own.revision}
          <input name="revision" pattern="[\\w./\\-]*" placeholder="main" spellcheck="false" autocapitalize="off" />
        </label>
        <label>${own.token}
          <input name="token" type="password" autocomplete="off" />
        </label>
        <button type="submit" class="main">${own.load}</button>
      </form>
      <p class="quiet">${own.hubSays}</p>
      <h3>${own.files}</h3>
      ${this.#drop(app)}
      <h3>${own.kept}</h3>
      ${this.#keptList(app)}
      <p role="status">${this.#said}</p>
      ${this.#planner(app)}`;
  }

  /** What models take comes when the panel is opened: its table and its curves are for those who look for them. */
  #planner(app: AppContext): TemplateResult {
    if (customElements.get("heed-app-planner"))
      return html`<heed-app-planner .app=${app}></heed-app-planner>`;
    this.#counting ??= import("./models/planner.ts").then(
      ({ PlannerElement }) => {
        customElements.define(PlannerElement.tag, PlannerElement);
        this.requestUpdate();
      },
      (error: unknown) => {
        this.#said = `${app.words.models.planner.failed} ${error}`;
        this.requestUpdate();
      },
    );
    return html`<p class="quiet">${app.words.models.planner.waits}</p>`;
  }

  #submit(event: Event, app: AppContext): void {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const text = (name: string) => String(form.get(name) ?? "").trim() || undefined;
    app.open(
      { kind: "hub", id: text("id")!, revision: text("revision") },
      { token: text("token") },
    );
  }

  #drop(app: AppContext): TemplateResult {
    const own = app.words.models;
    const over = (isOver: boolean) => (event: DragEvent) => {
      event.preventDefault();
      this.#isOver = isOver;
      this.requestUpdate();
    };
    const take = (given: GivenFiles | undefined) => {
      const refused = given && openGiven(app, given);
      if (refused === undefined) return;
      this.#said = refused;
      this.requestUpdate();
    };
    const chosen = (event: Event) => {
      const { files } = event.target as HTMLInputElement;
      const [first] = files ?? [];
      if (!files || !first) return;
      const [folder] = first.webkitRelativePath.split("/");
      take({ files, name: folder || first.name, first, isAlone: files.length === 1 });
    };
    return html`<div
      class="drop ${this.#isOver ? "over" : ""}"
      @dragover=${over(true)}
      @dragleave=${over(false)}
      @drop=${(event: DragEvent) => {
        over(false)(event);
        take(givenIn(event));
      }}
    >
      <p>${own.drop}</p>
      <div class="picks">
        <label class="pick">${own.pickFolder}<input type="file" webkitdirectory multiple @change=${chosen} /></label>
        <label class="pick">${own.pickFiles}<input type="file" multiple @change=${chosen} /></label>
      </div>
    </div>`;
  }

  #keptList({ words }: AppContext): TemplateResult {
    const own = words.models;
    if (!this.#kept || this.#kept.length === 0)
      return html`<p class="quiet">${own.nothingKept}</p>`;
    return html`<ul>
      ${this.#kept.map(
        ({ source, bytes }) => html`<li>
          <span>${source}</span>
          <span class="quiet">${own.size(Math.max(1, Math.round(bytes / 1e6)))}</span>
          <button type="button" aria-label=${own.removeNamed(source)} @click=${() => this.#forget(source, own.removed(source))}>${own.remove}</button>
        </li>`,
      )}
    </ul>`;
  }

  async #forget(source: string, said: string): Promise<void> {
    await forgetModel(source);
    this.#said = said;
    await this.#look();
  }

  /** What is kept; browsers without a cache keep nothing. */
  async #look(): Promise<void> {
    try {
      this.#kept = await keptModels();
    } catch (error) {
      this.#kept = [];
      this.#said = error instanceof Error ? error.message : String(error);
    }
    this.requestUpdate();
  }
}
