import { scalePosition } from "../../scale.ts";
import { element } from "./element.ts";
import type { Palette } from "./palette.ts";
import type { Part } from "./sentence.ts";
import type { View } from "./state.ts";

/** The colour scale with weights at their places; it is not linear. */
export function createLegend(): Part {
  const strip = element("div", { class: "strip" });
  const ticks = [0, 0.05, 0.25, 0.5, 1].map((weight) => {
    const tick = element("span", { text: String(weight) });
    tick.style.left = `${scalePosition(weight) * 100}%`;
    return tick;
  });
  const scale = element("div", { class: "scale" }, [
    strip,
    element("div", { class: "ticks" }, ticks),
  ]);
  const name = element("span", { class: "hint", text: "weight" });
  const root = element(
    "div",
    { class: "legend", role: "img", "aria-label": "Colour scale of the weights from 0 to 1" },
    [name, scale],
  );
  return {
    root,
    draw(_view: View, palette: Palette) {
      const stops = Array.from({ length: 17 }, (_, index) => {
        const position = index / 16;
        return `${palette.colorsOf(position * position).ground} ${position * 100}%`;
      });
      strip.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
    },
  };
}
