/** A small box that follows the pointer. */
export interface Tooltip {
  /** (x, y) are viewport coordinates of the pointer. */
  show(text: string, x: number, y: number): void;
  hide(): void;
}

/** Makes `box`, which is placed by `position: fixed` at 0, 0, a tooltip. */
export function tooltipIn(box: HTMLElement): Tooltip {
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
