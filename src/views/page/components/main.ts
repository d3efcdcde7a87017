import { formatWeight } from "../../numbers.ts";
import { card, headChoosers, themeSwitch } from "./controls.ts";
import { element, onceAFrame } from "./element.ts";
import { createHeadGrid } from "./head-grid.ts";
import { createHeatMap } from "./heat-map.ts";
import { createLegend } from "./legend.ts";
import { type Model, readModel } from "./model.ts";
import { readPalette } from "./palette.ts";
import { createRankings } from "./rankings.ts";
import { createSentence, type Part } from "./sentence.ts";
import { createState, type View } from "./state.ts";
import { createTooltip } from "./tooltip.ts";
import { createWay } from "./way.ts";

/** Builds the page from what its document carries. */
function main(): void {
  const model = readModel();
  const { data } = model;
  const state = createState(data, (view) => strongestKey(model, view));
  const tooltip = createTooltip();
  const headline = element("h2", { "aria-live": "polite" });
  const sentence = createSentence(model, state);
  const heatMap = createHeatMap(model, state, tooltip);
  const grid = createHeadGrid(model, state, tooltip);
  const rankings = createRankings(model, state);
  const legend = createLegend();
  const way = createWay(model);
  const choosers = headChoosers(data.layers, data.heads, (change) => state.set(change));
  const parts: Part[] = [sentence, heatMap, grid, rankings, legend, ...(way ? [way] : [])];
  let palette = readPalette(data);

  document.getElementById("app")!.append(
    element("header", {}, [
      element("div", {}, [
        ...data.texts.map((text) =>
          element("h1", { text, dir: "auto", class: text.length > 120 ? "long" : "" }),
        ),
        element("p", { class: "hint", text: data.model }),
      ]),
      themeSwitch(() => {
        palette = readPalette(data);
        draw();
      }),
    ]),
    headline,
    element("p", {
      class: "hint",
      text: "Choose the word that looks; the colours and numbers show what it looks at.",
    }),
    sentence.root,
    legend.root,
    element("div", { class: "columns" }, [
      card("One head", "Rows look, columns are looked at. Choose a cell to follow its numbers.", [
        choosers.root,
        heatMap.root,
      ]),
      element("div", {}, [
        card("All heads", "A row a layer, a column a head. Choose one to open it.", [grid.root]),
        element("section", { class: "card" }, [rankings.root]),
      ]),
    ]),
    ...(way ? [way.root] : []),
    ...(data.vectorsNote === undefined
      ? []
      : [element("p", { class: "hint", text: data.vectorsNote })]),
  );

  const draw = (): void => {
    const { view } = state;
    headline.textContent = sentenceOf(model, view);
    choosers.show(view);
    for (const part of parts) part.draw(view, palette);
  };
  const redraw = onceAFrame(draw);
  state.listen((view) => {
    headline.textContent = sentenceOf(model, view);
    redraw();
  });
  addEventListener("resize", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    palette = readPalette(data);
    redraw();
  });
  draw();
}

/** The key a query looks at most, special tokens and itself left out where there is another. */
function strongestKey({ data, weight }: Model, { query, layer, head }: Omit<View, "key">): number {
  const special = new Set(data.specialKeys);
  let best = 0;
  let most = -1;
  for (let key = 0; key < data.keys.length; key++) {
    const value = weight(layer, head, query, key);
    if (!special.has(key) && !(data.isSelf && key === query) && value > most) {
      most = value;
      best = key;
    }
  }
  return best;
}

function sentenceOf(
  { queryNames, keyNames, wholes, weight }: Model,
  { query, key, layer, head }: View,
): string {
  const value = weight(layer, head, query, key);
  const named = (names: readonly string[], index: number): string =>
    wholes[index] === undefined
      ? `"${names[index]}"`
      : `"${names[index]}" (a piece of "${wholes[index]}")`;
  const to = named(keyNames, key);
  const from = named(queryNames, query);
  const place = `in L${layer}H${head} (layer ${layer}, head ${head})`;
  if (Number.isNaN(value)) return `${from} cannot look at ${to} ${place}`;
  return `${from} looks at ${to}: ${formatWeight(value)} ${place}`;
}

main();
