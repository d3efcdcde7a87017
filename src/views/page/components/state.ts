import type { PageData } from "../page-data.ts";

/** What is being looked at. */
export interface View {
  readonly query: number;
  readonly key: number;
  readonly layer: number;
  readonly head: number;
}

/** Holds the view, tells listeners when it changes, and keeps it in the address. */
export interface State {
  readonly view: View;
  /** Changes some of the view, unless that does not exist; a query without a key brings its strongest. */
  set(change: Partial<View>): void;
  listen(listener: (view: View) => void): void;
}

/** The state the address asks for, else the page's own start. `strongestKey` chooses a key for a query. */
export function createState(
  data: PageData,
  strongestKey: (view: Omit<View, "key">) => number,
): State {
  const listeners: ((view: View) => void)[] = [];
  const start = { ...data.start, key: strongestKey(data.start) };
  let view = fromHash(location.hash, start);
  const within = (value: number, count: number): boolean =>
    Number.isInteger(value) && value >= 0 && value < count;

  function fromHash(hash: string, otherwise: View): View {
    const asked = new URLSearchParams(hash.slice(1));
    const numberOf = (name: string, count: number, fallback: number): number => {
      const value = Number(asked.get(name) ?? Number.NaN);
      return Number.isInteger(value) && value >= 0 && value < count ? value : fallback;
    };
    const address = /^L(\d+)H(\d+)$/.exec(asked.get("head") ?? "");
    const isHead =
      address && Number(address[1]) < data.layers && Number(address[2]) < data.heads
        ? address
        : undefined;
    const query = numberOf("word", data.queries.length, otherwise.query);
    const layer = isHead ? Number(isHead[1]) : otherwise.layer;
    const head = isHead ? Number(isHead[2]) : otherwise.head;
    const key = numberOf("key", data.keys.length, strongestKey({ query, layer, head }));
    return { query, layer, head, key };
  }

  function announce(): void {
    for (const listener of listeners) listener(view);
  }

  addEventListener("hashchange", () => {
    view = fromHash(location.hash, view);
    announce();
  });

  return {
    get view() {
      return view;
    },
    set(change) {
      const moved = { ...view, ...change };
      const isOtherWord = change.query !== undefined && change.key === undefined;
      const exists =
        within(moved.query, data.queries.length) &&
        within(moved.key, data.keys.length) &&
        within(moved.layer, data.layers) &&
        within(moved.head, data.heads);
      if (!exists) return;
      view = isOtherWord ? { ...moved, key: strongestKey(moved) } : moved;
      const hash = `#word=${view.query}&head=L${view.layer}H${view.head}&key=${view.key}`;
      history.replaceState(null, "", hash);
      announce();
    },
    listen(listener) {
      listeners.push(listener);
    },
  };
}
