import { html, nothing, type TemplateResult } from "lit-html";
import { type Attention, attentionOf } from "../state/state.ts";
import { AppElement } from "./app-element.ts";
import type { AppContext } from "./context.ts";
import { appStyles, css } from "./styles.ts";

const attentions: readonly Attention[] = ["encoder", "decoder", "cross"];

/** Which part of a model is looked at, where it has several: its tower of pictures or of texts; what it reads, what it writes, or the looks from one to the other. */
export class PartsElement extends AppElement {
  static readonly tag = "heed-app-parts";
  static override readonly styles = [
    appStyles,
    css`
      :host {
        margin-block-end: 8px;
      }
      div {
        display: flex;
        flex-wrap: wrap;
        gap: 4px;
        align-items: center;
      }
      button {
        min-height: 36px;
        padding-inline: 12px;
        font-size: 15px;
      }
      p {
        margin-block: 6px 0;
      }
      /* On a lecture's screen the one that is looked at is named. */
      :host([presents]) button[aria-pressed="false"],
      :host([presents]) p {
        display: none;
      }
      @media (max-width: 480px) {
        button {
          padding-inline: 8px;
          font-size: 14px;
        }
      }
    `,
  ];

  protected override content(app: AppContext): unknown {
    const { hasTowers, state, model, words, set } = app;
    const own = words.parts;
    const attention = attentionOf(state, model?.said);
    if (hasTowers) {
      const tower = (name: "text" | undefined, text: string) =>
        choice(text, state.tower === name, () => set({ tower: name, changes: [] }));
      return html`<div role="group" aria-label=${own.towers}>
        ${tower(undefined, own.vision)} ${tower("text", own.text)}
      </div>`;
    }
    if (attention === undefined) return nothing;
    return html`<div role="group" aria-label=${own.attentions}>
        ${attentions.map((name) =>
          choice(own[name], attention === name, () =>
            set({ attention: name === "encoder" ? undefined : name }),
          ),
        )}
      </div>
      ${state.panel === undefined ? html`<p class="quiet">${own.says[attention]}</p>` : nothing}`;
  }
}

/** A button that is pressed where it says what is chosen. */
export function choice(text: string, isChosen: boolean, choose: () => void): TemplateResult {
  return html`<button type="button" aria-pressed=${String(isChosen)} @click=${choose}>${text}</button>`;
}
