import { html, nothing } from "lit-html";
import { formatHead } from "../../../probe/head-address.ts";
import { HeedElement } from "../base/heed-element.ts";
import type { SeenRow } from "../base/seen-row.ts";
import { cardStyles, css, hostStyles, tableStyles } from "../base/styles.ts";
import { type Answer, whenAnswered } from "../source/answer.ts";
import type { HeadVectors, TextSource } from "../source/source.ts";
import type { View } from "../state/view.ts";
import { stepsOf } from "./way-steps.ts";

/** The vectors of a view, with the weights the run used. */
interface SeenVectors extends SeenRow {
  readonly vectors: HeadVectors;
}

/** `<heed-way>`: every number on the way to one weight: q and k, their products, the score, softmax, and the mix of values. */
export class WayElement extends HeedElement<TextSource> {
  static readonly tag = "heed-way";
  static override readonly styles = [
    hostStyles,
    cardStyles,
    tableStyles,
    css`
      h4 {
        margin: 16px 0 4px;
        font-size: 14px;
        font-weight: 600;
      }
      .line {
        margin: 2px 0;
        font-size: 14px;
      }
      .vectors {
        width: auto;
      }
      .vectors td {
        padding: 2px 6px;
        min-width: 56px;
        font-size: max(13px, var(--heed-smallest, 0px));
      }
      .vectors th {
        position: sticky;
        left: 0;
        padding-right: 12px;
        background: var(--card);
      }
      .softmax {
        width: auto;
      }
      .softmax td,
      .softmax th {
        padding: 2px 14px 2px 0;
      }
      .total td,
      .total th {
        border-top: 1px solid var(--line);
        color: var(--quiet);
      }
      tbody th {
        max-width: 14em;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .softmax tbody th {
        font-size: max(13px, var(--heed-smallest, 0px));
      }
    `,
  ];

  readonly #seen = this.question<SeenVectors>();
  #isOpen = true;

  protected override content(source: TextSource, view: View): unknown {
    const { vectorsNote } = source;
    if (!source.vectors)
      return vectorsNote === undefined ? nothing : html`<p class="hint">${vectorsNote}</p>`;
    const { layer, head, query } = view;
    if (this.#isOpen)
      this.#seen.ask([source, layer, head, query], () =>
        askVectors(source, { layer, head, query }),
      );
    const from = source.queries[query]!.name;
    const to = view.key === undefined ? "…" : source.keys[view.key]!.name;
    const toggle = ({ target }: Event): void => {
      const { open } = target as HTMLDetailsElement;
      if (open === this.#isOpen) return;
      this.#isOpen = open;
      this.requestUpdate();
    };
    return html`
      <details class="card" ?open=${this.#isOpen} @toggle=${toggle}>
        <summary>Every number from "${from}" to "${to}" in ${formatHead(view)}</summary>
        <div class="way">${this.#steps(source, view)}</div>
      </details>`;
  }

  #steps(source: TextSource, { key }: View): unknown {
    const seen = this.#seen.value;
    if (!this.#isOpen || !seen || key === undefined) return nothing;
    return stepsOf({
      ...seen.vectors,
      weights: Array.from(seen.row),
      from: source.queries[seen.query]!.name,
      names: source.keys.map(({ name }) => name),
      key,
    });
  }
}

function askVectors(
  source: TextSource,
  seen: { readonly layer: number; readonly head: number; readonly query: number },
): Answer<SeenVectors> {
  return whenAnswered(source.row(seen, seen.query), (row) =>
    whenAnswered(source.vectors!(seen, seen.query), (vectors) => ({ ...seen, row, vectors })),
  );
}
