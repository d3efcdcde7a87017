import { html, type TemplateResult } from "lit-html";
import { HeedElement } from "../base/heed-element.ts";
import { type Palette, paletteOf } from "../base/palette.ts";
import { around, partOf, reveal } from "../base/reveal.ts";
import { askRow, type SeenRow } from "../base/seen-row.ts";
import { css, hostStyles } from "../base/styles.ts";
import { exactWeight, shortWeight } from "../base/weight-text.ts";
import type { SourceToken, TextSource } from "../source/source.ts";
import type { View, ViewChange } from "../state/view.ts";

/** A row of words as a group of buttons of which one is chosen. */
interface WordRow {
  readonly label: string;
  readonly tokens: readonly SourceToken[];
  readonly chosen: number | undefined;
  /** What a chosen word asks for. */
  change(index: number): ViewChange;
  /** How the word is drawn, and what is said of it. */
  look(index: number): WordLook;
}

interface WordLook {
  readonly classes?: string;
  readonly style?: string;
  readonly label?: string;
  readonly title?: string;
  readonly value?: TemplateResult;
}

const moves: Readonly<Record<string, (index: number, count: number) => number>> = {
  ArrowRight: (index) => index + 1,
  ArrowDown: (index) => index + 1,
  ArrowLeft: (index) => index - 1,
  ArrowUp: (index) => index - 1,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/** `<heed-sentence>`: the words as buttons. Choose one that looks; all are coloured by how much it looks at them. */
export class SentenceElement extends HeedElement<TextSource> {
  static readonly tag = "heed-sentence";
  static override readonly styles = [
    hostStyles,
    css`
      .words {
        display: flex;
        flex-wrap: wrap;
        gap: 4px;
        max-height: max(340px, 60vh);
        overflow: auto;
        padding: 4px;
      }
      .token {
        display: flex;
        flex-direction: column;
        align-items: center;
        max-width: 100%;
        min-width: 38px;
        padding: 0;
        border: 0;
        background: none;
        cursor: pointer;
      }
      .word {
        display: block;
        max-width: min(22em, 100%);
        padding: 3px 8px;
        border: 2px solid transparent;
        border-radius: 6px;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        font-size: 17px;
        background-clip: padding-box;
      }
      .token:hover .word {
        border-color: var(--line);
      }
      .token.key .word {
        border: 2px dashed var(--mark);
      }
      .token[aria-checked="true"] .word {
        border: 2px solid var(--mark);
      }
      .value {
        min-height: 1.45em;
        color: var(--quiet);
        font-size: max(12px, var(--heed-smallest, 0px));
      }
      .value.large {
        color: var(--ink);
        font-weight: 600;
      }
    `,
  ];

  readonly #row = this.question<SeenRow>();
  /** The view whose words were last scrolled to. */
  #revealed: View | undefined;

  protected override content(source: TextSource, view: View): unknown {
    const seen = askRow(this.#row, source, view);
    const palette = paletteOf(source.colors, this.shade);
    const look = (key: number) => lookOf(source, view, key, seen, palette);
    const { queries, keys } = source;
    const isSelf = queries === keys;
    const lookedAt = this.#words({
      label: isSelf ? "Words: choose the one that looks" : "Words that are looked at",
      tokens: keys,
      chosen: isSelf ? view.query : view.key,
      change: (index) => (isSelf ? { query: index } : { key: index }),
      look,
    });
    if (isSelf) return lookedAt;
    const looking = this.#words({
      label: "Words that look",
      tokens: queries,
      chosen: view.query,
      change: (query) => ({ query }),
      look: () => ({}),
    });
    return html`<p class="hint">looks</p>${looking}<p class="hint">is looked at</p>${lookedAt}`;
  }

  /** Scrolls to the words of a view that is new: on opening to both that it names, later to the one that was chosen. */
  protected override updated(): void {
    const { view } = this;
    if (!view || view === this.#revealed || view.key === undefined) return;
    const isFirst = this.#revealed === undefined;
    this.#revealed = view;
    for (const box of this.findAll(".words")) {
      const chosen = box.querySelector('[aria-checked="true"]');
      if (!chosen) continue;
      const part = partOf(box, chosen);
      const key = isFirst ? box.querySelector(".key") : null;
      const both = key ? around(part, partOf(box, key)) : part;
      reveal(box, both.height <= box.clientHeight ? both : part);
    }
  }

  #words({ label, tokens, chosen, change, look }: WordRow): TemplateResult {
    const choose = ({ target }: Event): void => {
      const index = indexOf(target);
      if (index !== undefined) this.change(change(index));
    };
    const move = (event: KeyboardEvent): void => {
      const index = indexOf(event.target);
      const next = index === undefined ? undefined : moves[event.key]?.(index, tokens.length);
      if (next === undefined || !tokens[next]) return;
      event.preventDefault();
      this.change(change(next));
      const group = event.currentTarget as HTMLElement;
      (group.children[next] as HTMLElement).focus();
    };
    const buttons = tokens.map(({ text, isSpecial }, index) => {
      const { classes = "", style = "", label = text, title = "", value } = look(index);
      // At least one word can always be reached by Tab.
      const isReached = index === (chosen ?? 0);
      return html`
        <button
          type="button"
          role="radio"
          class="token ${classes} ${isSpecial ? "special" : ""}"
          data-index=${index}
          title=${title}
          aria-label=${label}
          aria-checked=${String(index === chosen)}
          tabindex=${isReached ? 0 : -1}
        >
          <span class="word" dir="auto" .style=${style}>${text}</span>${value}
        </button>`;
    });
    return html`
      <div class="words" role="radiogroup" aria-label=${label} @click=${choose} @keydown=${move}>
        ${buttons}
      </div>`;
  }
}

function indexOf(target: EventTarget | null): number | undefined {
  const button = target instanceof Element ? target.closest<HTMLElement>("[data-index]") : null;
  return button ? Number(button.dataset.index) : undefined;
}

/** How much a word is looked at. */
function lookOf(
  source: TextSource,
  view: View,
  key: number,
  seen: SeenRow | undefined,
  palette: Palette,
): WordLook {
  const { queries, keys } = source;
  const classes = key === view.key ? "key" : "";
  if (!seen) return { classes, value: html`<span class="value"></span>` };
  const weight = seen.row[key]!;
  const isHidden = Number.isNaN(weight);
  const { ground, ink } = palette.colorsOf(weight);
  const { text, name } = keys[key]!;
  return {
    classes,
    style: isHidden
      ? "background-color: transparent; color: var(--quiet)"
      : `background-color: ${ground}; color: ${ink}`,
    label: `${text}, ${isHidden ? "cannot be looked at" : `looked at ${shortWeight(weight, source)}`}`,
    title: `${queries[seen.query]!.name} → ${name}: ${exactWeight(weight, source)}`,
    value: html`<span class="value ${weight >= 0.05 ? "large" : ""}">${shortWeight(weight, source)}</span>`,
  };
}
