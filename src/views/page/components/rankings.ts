import { formatWeight } from "../../numbers.ts";
import { element } from "./element.ts";
import type { Model } from "./model.ts";
import type { Palette } from "./palette.ts";
import type { Part } from "./sentence.ts";
import type { State, View } from "./state.ts";

const most = 8;

interface Row {
  readonly label: string;
  readonly weight: number;
  readonly change: Partial<View>;
}

/** Two tables: what the word looks at most in this head, and the heads that look most at the chosen key. */
export function createRankings({ data, weight, queryNames, keyNames }: Model, state: State): Part {
  const keys = createTable("word", state);
  const heads = createTable("head", state);
  const root = element("div", { class: "rankings" }, [keys.root, heads.root]);
  return {
    root,
    draw(view, palette) {
      const { query, key, layer, head } = view;
      const word = queryNames[query]!;
      const keyRows = keyNames.map(
        (label, index): Row => ({
          label,
          weight: weight(layer, head, query, index),
          change: { key: index },
        }),
      );
      keys.draw(
        `In L${layer}H${head} "${word}" looks at`,
        keyRows,
        (row) => row.change.key === key,
        palette,
      );
      const headRows: Row[] = [];
      for (let layer = 0; layer < data.layers; layer++)
        for (let head = 0; head < data.heads; head++)
          headRows.push({
            label: `L${layer}H${head}`,
            weight: weight(layer, head, query, key),
            change: { layer, head },
          });
      const isChosen = ({ change }: Row): boolean => change.layer === layer && change.head === head;
      heads.draw(`Heads where "${word}" looks at "${keyNames[key]}"`, headRows, isChosen, palette);
    },
  };
}

interface Table {
  readonly root: HTMLElement;
  draw(
    caption: string,
    rows: readonly Row[],
    isChosen: (row: Row) => boolean,
    palette: Palette,
  ): void;
}

function createTable(title: string, state: State): Table {
  const caption = element("caption");
  const body = element("tbody");
  const header = element("thead", {}, [
    element("tr", {}, [
      element("th", { scope: "col", text: title }),
      element("th", { scope: "col", class: "number", text: "weight" }),
      element("th", { "aria-hidden": "true" }),
    ]),
  ]);
  return {
    root: element("table", {}, [caption, header, body]),
    draw(text, rows, isChosen, palette) {
      caption.textContent = text;
      const shown = rows
        .filter((row) => row.weight > 0)
        .sort((a, b) => b.weight - a.weight)
        .slice(0, most);
      body.replaceChildren(...shown.map((row) => rowOf(row, isChosen(row), palette, state)));
    },
  };
}

function rowOf(
  { label, weight, change }: Row,
  isChosen: boolean,
  palette: Palette,
  state: State,
): HTMLElement {
  const button = element("button", {
    type: "button",
    class: "link",
    dir: "auto",
    text: label,
    "aria-pressed": isChosen,
  });
  button.setAttribute("aria-pressed", String(isChosen));
  button.addEventListener("click", () => state.set(change));
  const bar = element("span", { class: "bar" });
  bar.style.width = `${Math.round(weight * 100)}%`;
  const { ground } = palette.colorsOf(Math.max(0.15, weight));
  bar.style.backgroundColor = ground;
  return element("tr", { class: isChosen ? "chosen" : "" }, [
    element("td", {}, [button]),
    element("td", { class: "number", text: formatWeight(weight) }),
    element("td", { class: "track", "aria-hidden": "true" }, [bar]),
  ]);
}
