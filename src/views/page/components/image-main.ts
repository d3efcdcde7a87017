import { formatNumber } from "../../numbers.ts";
import { card, headChoosers, themeSwitch } from "./controls.ts";
import { element, onceAFrame } from "./element.ts";
import { createImageGrid } from "./image-grid.ts";
import { createImageMap, type ImagePart } from "./image-map.ts";
import {
  type ImageModel,
  onPatches,
  readImageModel,
  strongestPatch,
  weightText,
} from "./image-model.ts";
import { readImagePaint } from "./image-paint.ts";
import { createImageState, type ImageState } from "./image-state.ts";
import { createImageRankings, createNumbers } from "./image-tables.ts";
import { createTooltip } from "./tooltip.ts";

/** Builds the page from what its document carries. */
async function main(): Promise<void> {
  const model = readImageModel();
  const { data } = model;
  const paint = await readImagePaint(data);
  const state = createImageState(data);
  const tooltip = createTooltip();
  const headline = element("h2", { "aria-live": "polite" });
  const map = createImageMap(model, state, tooltip, paint);
  const tokens = createTokens(model, state);
  const legend = createLegend(model, state, paint.gradient);
  const grid = createImageGrid(model, state, tooltip, paint);
  const rankings = createImageRankings(model, state);
  const numbers = createNumbers(model, state);
  const choosers = headChoosers(data.layers, data.heads, (change) => state.set(change));
  const parts: ImagePart[] = [map, tokens, legend, grid, rankings, numbers];
  const redraw = onceAFrame(() => {
    headline.textContent = sentenceOf(model, state);
    choosers.show(state.view);
    for (const part of parts) part.draw();
  });
  const plainSwitch = element("button", {
    type: "button",
    class: "theme",
    "aria-pressed": "false",
    text: "picture only",
  });
  plainSwitch.addEventListener("click", () => {
    map.showsWeights = !map.showsWeights;
    plainSwitch.setAttribute("aria-pressed", String(!map.showsWeights));
    redraw();
  });
  choosers.root.append(plainSwitch);

  document.getElementById("app")!.append(
    element("header", {}, [
      element("div", {}, [
        element("h1", { text: data.name, dir: "auto" }),
        element("p", {
          class: "hint",
          text: `${data.model}; ${data.rows} × ${data.columns} patches, named row,column from 0,0 at the top left`,
        }),
      ]),
      themeSwitch(redraw),
    ]),
    headline,
    element("div", { class: "columns" }, [
      card("One head", "Choose the patch that looks; colours show what it looks at.", [
        choosers.root,
        map.root,
        tokens.root,
        legend.root,
      ]),
      element("div", {}, [
        card(
          "All heads",
          "A row a layer, a column a head, each in the colours of its own strongest patch. Choose one to open it.",
          [grid.root],
        ),
        element("section", { class: "card" }, [rankings.root]),
      ]),
    ]),
    numbers.root,
    element("p", {
      class: "hint",
      text: `This page keeps weights to within 1 %, and those under ${formatNumber(data.smallest, 2)} as 0.`,
    }),
  );
  state.listen(redraw);
  addEventListener("resize", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  redraw();
}

function sentenceOf(model: ImageModel, { view }: ImageState): string {
  const row = model.row(view);
  const best = strongestPatch(model, row);
  const from = model.nameOf(view.token);
  return `${from.replace(/^p/, "P")} looks most at ${model.nameOf(best)}: ${weightText(row[best]!, model.data)} in L${view.layer}H${view.head} (layer ${view.layer}, head ${view.head})`;
}

/** A button for each token that is no patch, with what it gets. */
function createTokens(model: ImageModel, state: ImageState): ImagePart {
  const { data } = model;
  const buttons = data.leading.map((text, token) => {
    const button = element("button", { type: "button", text });
    button.addEventListener("click", () => state.set({ token }));
    return button;
  });
  const share = element("span", { class: "share" });
  return {
    root: element("div", { class: "tokens" }, [...buttons, share]),
    draw() {
      const row = model.row(state.view);
      for (const [token, button] of buttons.entries())
        button.setAttribute("aria-pressed", String(token === state.view.token));
      const others = data.leading.map((name, token) => `${name} ${weightText(row[token]!, data)}`);
      const together = `all patches together ${formatNumber(onPatches(model, row), 2)}`;
      share.textContent = `gives ${[...others, together].join(", ")}`;
    },
  };
}

/** The colours of the map with the weight they end at. */
function createLegend(model: ImageModel, state: ImageState, gradient: string): ImagePart {
  const strip = element("div", { class: "strip" });
  strip.style.backgroundImage = gradient;
  const end = element("span");
  return {
    root: element("div", { class: "heat" }, [
      strip,
      element("div", { class: "ends" }, [
        element("span", { text: "0" }),
        element("span", { text: "weight" }),
        end,
      ]),
    ]),
    draw() {
      const row = model.row(state.view);
      end.textContent = weightText(row[strongestPatch(model, row)]!, model.data);
    },
  };
}

void main();
