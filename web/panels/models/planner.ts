import type { KnownModel, MemoryCurve, Planner } from "heed/explore";
import { html, nothing, type TemplateResult } from "lit-html";
import { AppElement } from "../../app/app-element.ts";
import type { AppContext } from "../../app/context.ts";
import { inEnglish } from "../../app/in-english.ts";
import { appStyles } from "../../app/styles.ts";
import { openPlanner } from "../../engine/open-planner.ts";
import { bytesText, countText } from "./amounts.ts";
import { knownTable } from "./known-table.ts";
import { memoryChart, memoryLines, placesOf } from "./memory-chart.ts";
import { plannerStyles } from "./planner-styles.ts";

const lengths = [128, 256, 512, 1024, 2048, 4096, 8192];
const longestDrawn = 8192;
const usual = 1024;
const widest = 680;

/** What models take: the memory of a pass by the length of its text, of the model on screen or of one of the table of known models below. */
export class PlannerElement extends AppElement {
  static readonly tag = "heed-app-planner";
  static override readonly styles = [appStyles, plannerStyles];
  #planner: Promise<Planner> | undefined;
  #known: readonly KnownModel[] | undefined;
  #chosen: KnownModel | undefined;
  #curve: MemoryCurve | undefined;
  #tokens = usual;
  /** Of a chosen model of two towers, the one that is counted. */
  #tower: "vision" | "text" = "vision";
  /** What the curve was asked for. */
  #asked: readonly unknown[] = [];
  #failure: string | undefined;
  readonly #resized = new ResizeObserver(() => this.requestUpdate());

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resized.observe(this);
    this.#planner = openPlanner();
    this.#asked = [];
    this.#planner
      .then((planner) => planner.known())
      .then(
        (known) => {
          this.#known = known;
          this.requestUpdate();
        },
        (error: unknown) => this.#fail(error),
      );
  }

  disconnectedCallback(): void {
    this.#resized.disconnect();
    void this.#planner?.then(
      (planner) => planner.dispose(),
      () => {},
    );
    this.#planner = undefined;
  }

  protected override content(app: AppContext): unknown {
    const own = app.words.models.planner;
    const name = this.#chosen?.title ?? app.model?.said.label;
    return html`
      <h3>${own.title}</h3>
      <p class="quiet">${own.says}</p>
      ${name === undefined ? nothing : this.#memory(app, name)}
      ${this.#failure === undefined ? nothing : html`<p role="alert">${own.failed} ${inEnglish(this.#failure)}</p>`}
      ${
        this.#known
          ? knownTable(this.#known, app, (chosen) => this.#choose(chosen))
          : html`<p class="quiet">${own.waits}</p>`
      }`;
  }

  protected override updated(): void {
    const model = this.#chosen?.name ?? this.app?.model?.said.config;
    const tower = this.#chosen?.kind === "towers" ? this.#tower : undefined;
    const asked = [model, this.#tokens, tower];
    if (model === undefined || asked.every((one, place) => one === this.#asked[place])) return;
    if (model !== this.#asked[0] || tower !== this.#asked[2]) this.#curve = undefined;
    this.#asked = asked;
    this.#failure = undefined;
    this.#planner
      ?.then((planner) => planner.memory(model, this.#tokens, tower))
      .then(
        (curve) => {
          if (this.#asked !== asked) return;
          this.#curve = curve;
          this.requestUpdate();
        },
        (error: unknown) => this.#asked === asked && this.#fail(error),
      );
  }

  #fail(error: unknown): void {
    if (!this.isConnected) return;
    this.#failure = error instanceof Error ? error.message : String(error);
    this.requestUpdate();
  }

  #choose(model: KnownModel | undefined): void {
    this.#chosen = model;
    this.requestUpdate();
    this.root.querySelector<HTMLElement>("h4")?.focus();
  }

  #memory(app: AppContext, name: string): TemplateResult {
    const own = app.words.models.planner;
    const { hub, revision } = this.#chosen ?? {};
    return html`<h4 tabindex="-1">${own.memoryOf(name)}</h4>
      <div class="bar">
        ${this.#chosen?.kind === "towers" ? this.#towerChoice(app) : nothing}
        ${this.#lengthChoice(app)}
        ${
          hub === undefined
            ? nothing
            : html`<button type="button" @click=${() => app.open({ kind: "hub", id: hub, ...(revision !== undefined && { revision }) })}>${own.load(hub)}</button>`
        }
        ${
          this.#chosen && app.model
            ? html`<button type="button" @click=${() => this.#choose(undefined)}>${own.backTo(app.model.said.label)}</button>`
            : nothing
        }
      </div>
      ${this.#curve ? this.#drawn(app, name, this.#curve) : html`<p class="quiet">${own.waits}</p>`}`;
  }

  #towerChoice({ words }: AppContext): TemplateResult {
    const choice = (tower: "vision" | "text") => html`<button
      type="button"
      aria-pressed=${String(this.#tower === tower)}
      @click=${() => {
        this.#tower = tower;
        this.requestUpdate();
      }}
    >${words.parts[tower]}</button>`;
    return html`<span role="group" aria-label=${words.parts.towers}>${choice("vision")} ${choice("text")}</span>`;
  }

  #lengthChoice({ words, state }: AppContext): TemplateResult | typeof nothing {
    const curve = this.#curve;
    if (curve?.by !== "tokens") return nothing;
    const { longest = longestDrawn } = curve;
    const last = Math.min(longest, longestDrawn);
    const choices = [...lengths.filter((length) => length < last), last];
    const chosen = curve.counts.at(-1)!.tokens;
    const take = (event: Event) => {
      this.#tokens = Number((event.target as HTMLSelectElement).value);
      this.requestUpdate();
    };
    return html`<label>${words.models.planner.upTo}
      <select name="tokens" @change=${take}>
        ${choices.map((length) => html`<option value=${length} ?selected=${length === chosen}>${countText(length, state.language)}</option>`)}
      </select>
    </label>`;
  }

  #drawn({ words, state }: AppContext, name: string, curve: MemoryCurve): TemplateResult {
    const own = words.models.planner;
    const bytes = (amount: number) => bytesText(amount, state.language);
    const count = (amount: number) => countText(amount, state.language);
    const lines = memoryLines(curve);
    const places = placesOf(curve);
    const axis = own[curve.by];
    const parts = lines.map((line) => `${own.lines[line.name]} ${bytes(line.bytes.at(-1)!)}`);
    const label = `${own.memoryOf(name)} ${own.at(count(places.at(-1)!), axis)} ${parts.join(", ")}`;
    const width = Math.min(widest, Math.max(240, this.clientWidth));
    return html`${memoryChart(curve, width, { label, axis, bytes, count })}
      <ul class="legend">
        ${lines.map(
          ({ name: line }) => html`<li>
            <svg width="34" height="8" aria-hidden="true"><path class=${line} d="M0 4H34"></path></svg>${own.lines[line]}
          </li>`,
        )}
      </ul>
      <p class="quiet">${own.legend}</p>
      <details>
        <summary>${own.numbers}</summary>
        <div class="wide" role="region" tabindex="0" aria-label=${own.numbers}>
          <table class="numbers">
            <thead>
              <tr>
                <th scope="col" class="number">${axis}</th>
                ${lines.map(({ name: line }) => html`<th scope="col" class="number">${own.lines[line]}</th>`)}
              </tr>
            </thead>
            <tbody>
              ${places.map(
                (at, place) => html`<tr>
                  <th scope="row" class="number">${count(at)}</th>
                  ${lines.map((line) => html`<td class="number">${bytes(line.bytes[place]!)}</td>`)}
                </tr>`,
              )}
            </tbody>
          </table>
        </div>
      </details>`;
  }
}
