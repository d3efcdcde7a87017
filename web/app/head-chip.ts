import type { Seen } from "heed/explore";
import { html, nothing } from "lit-html";
import { AppElement } from "./app-element.ts";
import type { AppContext } from "./context.ts";
import { Latest } from "./latest.ts";
import { headText, weightText } from "./numbers.ts";
import { nameOfToken, ownTokens } from "./own-tokens.ts";
import { appStyles, css } from "./styles.ts";

/** The head on screen, and all others in a grid that opens under it: the darker, the more the pinned word looks at the pinned key there. */
export class HeadChipElement extends AppElement {
  static readonly tag = "heed-app-head-chip";
  static override readonly styles = [
    appStyles,
    css`
      :host {
        display: inline-block;
        position: relative;
      }
      /* Beside the ways on, names of five and six letters too. */
      @media (max-width: 480px) {
        button.main {
          padding-inline: 8px;
        }
      }
      /* On a lecture's screen it is the head's name. */
      :host([presents]) button.main {
        padding-inline: 0;
        border-color: transparent;
        background: none;
        box-shadow: none;
        pointer-events: none;
      }
      .grid {
        position: fixed;
        margin: 0;
        inset: auto;
        padding: 12px;
        border: 1px solid var(--line);
        border-radius: 10px;
        background: var(--ground);
        color: var(--ink);
        box-shadow: 0 8px 30px rgb(0 0 0 / 18%);
        max-inline-size: min(96vw, 560px);
        max-block-size: 70vh;
        overflow: auto;
      }
      .row {
        display: flex;
        gap: 2px;
        margin-block-end: 2px;
      }
      .cell {
        flex: none;
        /* All heads of a layer are seen at once on a phone too. */
        inline-size: clamp(20px, calc((100vw - 84px) / var(--heads)), 36px);
        min-block-size: 36px;
        padding: 0;
        border-radius: 4px;
        font-size: max(13px, var(--smallest, 0px));
        background: color-mix(in srgb, var(--first) calc(var(--share) * 1%), var(--card));
      }
      .cell.chosen {
        outline: 2px solid var(--mark);
        outline-offset: -2px;
      }
      .layer {
        flex: none;
        inline-size: 28px;
        font-size: max(13px, var(--smallest, 0px));
        line-height: 36px;
        color: var(--quiet);
      }
    `,
  ];
  readonly #rows = new Latest<Float32Array>(() => this.requestUpdate());

  protected override content(app: AppContext): unknown {
    const { state, seen, words } = app;
    const name = headText(state, state);
    return html`
      <button
        type="button"
        class="main"
        popovertarget="heads"
        aria-label=${words.first.headChip(name)}
        @click=${() => this.#place()}
      >${name} <span class="chrome" aria-hidden="true">▾</span></button>
      <div id="heads" class="grid" popover @toggle=${() => this.requestUpdate()}>
        ${seen && this.#isOpen() ? this.#grid(app, seen) : nothing}
      </div>`;
  }

  #isOpen(): boolean {
    return this.root.querySelector("#heads")?.matches(":popover-open") ?? false;
  }

  #place(): void {
    const grid = this.root.querySelector<HTMLElement>("#heads");
    const box = this.getBoundingClientRect();
    if (!grid) return;
    grid.style.top = `${Math.min(box.bottom + 6, innerHeight * 0.3)}px`;
    grid.style.left = `${Math.max(8, Math.min(box.left, innerWidth - 540))}px`;
  }

  #grid(app: AppContext, seen: Seen): unknown {
    const { state, words } = app;
    const key = state.keys[0];
    const { source } = app;
    const rows = source && this.#rows.ask([source, state.query], () => source.rows(state.query));
    const S = seen.keys.length;
    const shareAt = (layer: number, head: number) =>
      key === undefined
        ? Number.NaN
        : (rows?.[(layer * seen.heads + head) * S + ownTokens(seen, layer).own(key)] ?? Number.NaN);
    const from = state.countsFromOne ? 1 : 0;
    return html`
      <p class="quiet">
        ${
          key === undefined
            ? words.first.headGridPlain
            : words.first.headGrid(
                nameOfToken(app, seen.queries[state.query]!.text),
                nameOfToken(app, seen.keys[key]!.text),
              )
        }
      </p>
      <div role="radiogroup" style=${`--heads:${seen.heads}`} aria-label=${words.first.allHeads} @keydown=${this.#move}>
        ${Array.from(
          { length: seen.layers },
          (_, layer) => html`<div class="row">
            <span class="layer">L${layer + from}</span>
            ${Array.from({ length: seen.headsOf?.[layer] ?? seen.heads }, (_, head) => {
              const share = shareAt(layer, head);
              const isChosen = layer === state.layer && head === state.head;
              const name = headText({ layer, head }, state);
              return html`<button
                type="button"
                role="radio"
                class="cell ${isChosen ? "chosen" : ""}"
                data-head=${`${layer},${head}`}
                aria-checked=${String(isChosen)}
                tabindex=${isChosen ? 0 : -1}
                aria-label=${words.first.headCell(name, weightText(share))}
                title=${words.first.headCell(name, weightText(share))}
                style=${`--share:${Number.isNaN(share) ? 0 : Math.round(share * 80)}`}
                @click=${() => {
                  this.root.querySelector<HTMLElement>("#heads")?.hidePopover();
                  app.set({ layer, head });
                }}
              >${head + from}</button>`;
            })}
          </div>`,
        )}
      </div>`;
  }

  readonly #move = (event: KeyboardEvent): void => {
    const { app } = this;
    const steps: Readonly<Record<string, readonly [number, number]>> = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
    };
    const step = steps[event.key];
    if (!step || !app?.seen) return;
    event.preventDefault();
    const layer = app.state.layer + step[0];
    const most = app.seen.headsOf?.[layer] ?? app.seen.heads;
    const head = Math.min(app.state.head + step[1], step[1] === 0 ? most - 1 : most);
    app.set({ layer, head });
    requestAnimationFrame(() =>
      this.root.querySelector<HTMLElement>(`[data-head="${layer},${head}"]`)?.focus(),
    );
  };
}
