import type { HeadAddress } from "../../../probe/address.ts";
import { element } from "./element.ts";
import { isDarkNow } from "./palette.ts";

/** A framed part of the page. */
export function card(title: string, hint: string, children: readonly Node[]): HTMLElement {
  return element("section", { class: "card" }, [
    element("h3", { text: title }),
    element("p", { class: "hint", text: hint }),
    ...children,
  ]);
}

/** Two menus that follow the view. */
export interface Choosers {
  readonly root: HTMLElement;
  show(head: HeadAddress): void;
}

/** Two menus for the layer and the head. */
export function headChoosers(
  layers: number,
  heads: number,
  set: (change: Partial<HeadAddress>) => void,
): Choosers {
  const menu = (count: number, changed: (value: number) => void): HTMLSelectElement => {
    const options = Array.from({ length: count }, (_, index) =>
      element("option", { value: index, text: String(index) }),
    );
    const select = element("select", {}, options);
    select.addEventListener("change", () => changed(Number(select.value)));
    return select;
  };
  const layerMenu = menu(layers, (layer) => set({ layer }));
  const headMenu = menu(heads, (head) => set({ head }));
  const label = (text: string, select: HTMLElement): HTMLElement =>
    element("label", {}, [element("span", { text }), select]);
  return {
    root: element("div", { class: "choosers" }, [
      label("layer", layerMenu),
      label("head", headMenu),
    ]),
    show({ layer, head }) {
      layerMenu.value = String(layer);
      headMenu.value = String(head);
    },
  };
}

/** A button that turns the page light or dark. */
export function themeSwitch(changed: () => void): HTMLElement {
  const button = element("button", { type: "button", class: "theme" });
  const name = (): void => {
    button.textContent = isDarkNow() ? "light" : "dark";
    button.setAttribute("aria-label", `Show on a ${isDarkNow() ? "light" : "dark"} ground`);
  };
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDarkNow() ? "light" : "dark";
    name();
    changed();
  });
  name();
  return button;
}
