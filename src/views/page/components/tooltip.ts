import { element } from "./element.ts";

/** A small box that follows the pointer. */
export interface Tooltip {
  show(text: string, x: number, y: number): void;
  hide(): void;
}

/** The page's one tooltip; (x, y) are viewport coordinates of the pointer. */
export function createTooltip(): Tooltip {
  const box = element("div", { class: "tooltip", role: "tooltip", hidden: true });
  document.body.append(box);
  return {
    show(text, x, y) {
      box.textContent = text;
      box.hidden = false;
      const { width, height } = box.getBoundingClientRect();
      const left = x + 14 + width > innerWidth ? Math.max(4, x - width - 14) : x + 14;
      const top = y + 16 + height > innerHeight ? Math.max(4, y - height - 12) : y + 16;
      box.style.transform = `translate(${left}px, ${top}px)`;
    },
    hide() {
      box.hidden = true;
    },
  };
}
