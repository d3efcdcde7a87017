import { html, nothing } from "lit-html";
import { scalePosition } from "../../scale.ts";
import { type DrawnWords, drawnEnglish } from "../base/drawn-words.ts";
import { HeedElement } from "../base/heed-element.ts";
import { paletteOf } from "../base/palette.ts";
import { css, hostStyles, stripStyles } from "../base/styles.ts";
import type { TextSource } from "../source/source.ts";

/** `<heed-legend>`: the colour scale with weights at their places; it is not linear. */
export class LegendElement extends HeedElement<TextSource> {
  static readonly tag = "heed-legend";
  static override readonly styles = [
    hostStyles,
    stripStyles,
    css`
      .legend {
        display: flex;
        flex-wrap: wrap;
        align-items: flex-start;
        gap: 10px;
        margin: 6px 4px 14px;
      }
      .hint {
        margin: -5px 0 0;
      }
      .scale {
        width: 220px;
      }
      .ticks {
        position: relative;
        height: 16px;
        color: var(--quiet);
        font-size: max(11px, var(--heed-smallest, 0px));
      }
      .ticks span {
        position: absolute;
        transform: translateX(-50%);
      }
    `,
  ];

  #words = drawnEnglish;

  /** What it says in words; English if not given. */
  get words(): DrawnWords {
    return this.#words;
  }

  set words(words: DrawnWords | undefined) {
    this.#words = words ?? drawnEnglish;
    this.requestUpdate();
  }

  protected override content(source: TextSource): unknown {
    const palette = paletteOf(source.colors, this.shade);
    const stops = Array.from({ length: 17 }, (_, index) => {
      const position = index / 16;
      return `${palette.colorsOf(position * position).ground} ${position * 100}%`;
    });
    const ticks = [0, 0.05, 0.25, 0.5, 1].map(
      (weight) => html`<span .style=${`left: ${scalePosition(weight) * 100}%`}>${weight}</span>`,
    );
    return html`
      <div class="legend">
        <span class="hint">${this.#words.weight}</span>
        <div class="scale" role="img" aria-label=${this.#words.scale}>
          <div class="strip" .style=${`background: linear-gradient(to right, ${stops.join(", ")})`}></div>
          <div class="ticks">${ticks}</div>
        </div>
        ${precisionNote(source)}
      </div>`;
  }
}

/** What a page of a long text keeps of its weights. */
function precisionNote({ decimals, smallest = 0, keys }: TextSource): unknown {
  if (decimals === undefined) return nothing;
  return html`<span class="hint">of ${keys.length} tokens, to ${decimals} decimals; those under ${smallest} are left out</span>`;
}
