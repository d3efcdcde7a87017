import { html, type TemplateResult } from "lit-html";
import { HeedElement } from "../base/heed-element.ts";
import { css, hostStyles } from "../base/styles.ts";
import type { AttentionSource } from "../source/source.ts";
import type { View, ViewChange } from "../state/view.ts";

/** `<heed-head-chooser>`: two menus, for the layer and the head. */
export class HeadChooserElement extends HeedElement {
  static readonly tag = "heed-head-chooser";
  static override readonly styles = [
    hostStyles,
    css`
      .choosers {
        display: flex;
        gap: 16px;
      }
      span {
        margin-right: 6px;
        color: var(--quiet);
      }
      select {
        padding: 2px 6px;
        border: 1px solid var(--line);
        border-radius: 6px;
        background: var(--ground);
      }
    `,
  ];

  protected override content({ layers, heads, headsOf }: AttentionSource, view: View): unknown {
    const own = headsOf?.[view.layer] ?? heads;
    return html`
      <div class="choosers">
        ${this.#menu("layer", layers, view.layer, (layer) => ({ layer }))}
        ${this.#menu("head", own, view.head, (head) => ({ head }))}
      </div>`;
  }

  #menu(
    name: string,
    count: number,
    chosen: number,
    change: (value: number) => ViewChange,
  ): TemplateResult {
    const choose = ({ target }: Event): void =>
      this.change(change(Number((target as HTMLSelectElement).value)));
    const options = Array.from(
      { length: count },
      (_, index) => html`<option value=${index} .selected=${index === chosen}>${index}</option>`,
    );
    return html`<label><span>${name}</span><select @change=${choose}>${options}</select></label>`;
  }
}
