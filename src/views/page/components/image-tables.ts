import type { ImageView } from "../image-page-data.ts";
import { element } from "./element.ts";
import type { ImagePart } from "./image-map.ts";
import {
  type ImageModel,
  onPatches,
  placeName,
  strongestPatch,
  weightText,
} from "./image-model.ts";
import type { ImageState } from "./image-state.ts";

const most = 8;

interface Row {
  readonly label: string;
  readonly cells: readonly string[];
  readonly change: Partial<ImageView>;
  readonly isChosen: boolean;
}

/** Two tables: the patches a token looks at most in this head, and the heads that look most at one patch. */
export function createImageRankings(model: ImageModel, state: ImageState): ImagePart {
  const { data, leading } = model;
  const patches = createTable(["patch", "weight"], state);
  const heads = createTable(["head", "most at", "weight", "all patches"], state);
  return {
    root: element("div", { class: "rankings" }, [patches.root, heads.root]),
    draw() {
      const { view } = state;
      const row = model.row(view);
      const strongest = Array.from({ length: model.patches }, (_, patch) => leading + patch)
        .sort((a, b) => row[b]! - row[a]!)
        .slice(0, most);
      patches.draw(
        `In L${view.layer}H${view.head} ${model.nameOf(view.token)} looks at`,
        strongest.map((token) => ({
          label: placeName(data, token),
          cells: [weightText(row[token]!, data)],
          change: { token },
          isChosen: token === view.token,
        })),
      );
      const all = Array.from({ length: data.layers * data.heads }, (_, index) => {
        const layer = Math.floor(index / data.heads);
        const head = index % data.heads;
        const row = model.row({ ...view, layer, head });
        const best = strongestPatch(model, row);
        return { layer, head, best, weight: row[best]!, onPatches: onPatches(model, row) };
      }).sort((a, b) => b.weight - a.weight);
      heads.draw(
        `Heads where ${model.nameOf(view.token)} looks most at one patch`,
        all.slice(0, most).map(({ layer, head, best, weight, onPatches }) => ({
          label: `L${layer}H${head}`,
          cells: [placeName(data, best), weightText(weight, data), onPatches.toFixed(2)],
          change: { layer, head },
          isChosen: layer === view.layer && head === view.head,
        })),
      );
    },
  };
}

function createTable(titles: readonly string[], state: ImageState) {
  const caption = element("caption");
  const body = element("tbody");
  const header = element("tr", {}, [
    ...titles.map((text, index) =>
      element("th", { scope: "col", class: index > 0 ? "number" : "", text }),
    ),
  ]);
  return {
    root: element("table", {}, [caption, element("thead", {}, [header]), body]),
    draw(text: string, rows: readonly Row[]): void {
      caption.textContent = text;
      body.replaceChildren(
        ...rows.map(({ label, cells, change, isChosen }) => {
          const button = element("button", { type: "button", class: "link", text: label });
          button.setAttribute("aria-pressed", String(isChosen));
          button.addEventListener("click", () => state.set(change));
          return element("tr", { class: isChosen ? "chosen" : "" }, [
            element("td", {}, [button]),
            ...cells.map((cell) => element("td", { class: "number", text: cell })),
          ]);
        }),
      );
    },
  };
}

/** Every patch's weight as a table, in the order of the image; filled when it is opened. */
export function createNumbers(model: ImageModel, state: ImageState): ImagePart {
  const { data, leading } = model;
  const summary = element("summary");
  const content = element("div", {
    class: "sideways",
    tabindex: 0,
    role: "region",
    "aria-label": "Weights of all patches, scrolls sideways",
  });
  const root = element("details", { class: "card" }, [summary, content]);
  const fill = (): void => {
    const row = model.row(state.view);
    const titles = Array.from({ length: data.columns }, (_, column) =>
      element("th", { scope: "col", text: String(column) }),
    );
    const lines = Array.from({ length: data.rows }, (_, line) =>
      element("tr", {}, [
        element("th", { scope: "row", text: String(line) }),
        ...Array.from({ length: data.columns }, (_, column) => {
          const token = leading + line * data.columns + column;
          const weight = row[token]!;
          const text = weight === 0 ? "0" : weightText(weight, data);
          return element("td", { class: token === state.view.token ? "chosen" : "", text });
        }),
      ]),
    );
    content.replaceChildren(
      element("table", { class: "weights" }, [
        element("thead", {}, [element("tr", {}, [element("td"), ...titles])]),
        element("tbody", {}, lines),
      ]),
    );
  };
  root.addEventListener("toggle", () => root.open && fill());
  return {
    root,
    draw() {
      const { token, layer, head } = state.view;
      summary.textContent = `All numbers: what ${model.nameOf(token)} looks at in L${layer}H${head}`;
      if (root.open) fill();
    },
  };
}
