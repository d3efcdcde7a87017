import type { ImagePageData, ImageView } from "../image-page-data.ts";
import { placeName } from "./image-model.ts";

/** Holds the view, tells listeners when it changes, and keeps it in the address. */
export interface ImageState {
  readonly view: ImageView;
  /** Changes some of the view, unless that does not exist. */
  set(change: Partial<ImageView>): void;
  listen(listener: () => void): void;
}

/** The state the address asks for (#word=3,5&head=L5H3, #word=[CLS]), else the page's own start. */
export function createImageState(data: ImagePageData): ImageState {
  const listeners: (() => void)[] = [];
  const tokens = data.leading.length + data.rows * data.columns;
  const exists = ({ token, layer, head }: ImageView): boolean =>
    [
      [token, tokens],
      [layer, data.layers],
      [head, data.heads],
    ].every(([value, count]) => Number.isInteger(value) && value! >= 0 && value! < count!);
  let view = fromHash(data.start);

  function fromHash(otherwise: ImageView): ImageView {
    const asked = new URLSearchParams(location.hash.slice(1));
    const head = /^L(\d+)H(\d+)$/.exec(asked.get("head") ?? "");
    const token = tokenNamed(data, asked.get("word") ?? "");
    const found = {
      token: token ?? otherwise.token,
      layer: head ? Number(head[1]) : otherwise.layer,
      head: head ? Number(head[2]) : otherwise.head,
    };
    return exists(found) ? found : otherwise;
  }

  const announce = (): void => {
    for (const listener of listeners) listener();
  };
  addEventListener("hashchange", () => {
    view = fromHash(view);
    announce();
  });
  return {
    get view() {
      return view;
    },
    set(change) {
      const moved = { ...view, ...change };
      if (!exists(moved)) return;
      view = moved;
      const word =
        view.token < data.leading.length
          ? encodeURIComponent(data.leading[view.token]!)
          : placeName(data, view.token);
      history.replaceState(null, "", `#word=${word}&head=L${view.layer}H${view.head}`);
      announce();
    },
    listen(listener) {
      listeners.push(listener);
    },
  };
}

function tokenNamed({ leading, rows, columns }: ImagePageData, word: string): number | undefined {
  const named = leading.indexOf(word);
  if (named >= 0) return named;
  const [, row, column] = /^(\d+),(\d+)$/.exec(word) ?? [];
  if (row === undefined || Number(row) >= rows || Number(column) >= columns) return undefined;
  return leading.length + Number(row) * columns + Number(column);
}
