import { html, type TemplateResult } from "lit-html";
import type { HeadAddress } from "../../../probe/head-address.ts";
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

  protected override content(
    { layers, heads, headsOf, only }: AttentionSource,
    view: View,
  ): unknown {
    const own = headsOf?.[view.layer] ?? heads;
    const inLayer = only?.filter(({ layer }) => layer === view.layer);
    return html`
      <div class="choosers">
        ${this.#menu("layer", numbersOf(layers, only, "layer"), view.layer, (layer) => ({ layer }))}
        ${this.#menu("head", numbersOf(own, inLayer, "head"), view.head, (head) => ({ head }))}
      </div>`;
  }

  #menu(
    name: string,
    numbers: readonly number[],
    chosen: number,
    change: (value: number) => ViewChange,
  ): TemplateResult {
    const choose = ({ target }: Event): void =>
      this.change(change(Number((target as HTMLSelectElement).value)));
    const options = numbers.map(
      (number) => html`<option value=${number} .selected=${number === chosen}>${number}</option>`,
    );
    return html`<label><span>${name}</span><select @change=${choose}>${options}</select></label>`;
  }
}

/** Numbers up to a count, of heads that are held only theirs. */
function numbersOf(
  count: number,
  only: readonly HeadAddress[] | undefined,
  part: keyof HeadAddress,
): number[] {
  return Array.from({ length: count }, (_, number) => number).filter(
    (number) => !only || only.some((one) => one[part] === number),
  );
}
