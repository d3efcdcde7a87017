import { formatHead } from "../../../probe/head-address.ts";
import type { AttentionSource, SourceImage } from "../source/source.ts";
import type { View, ViewChange, ViewStore } from "./view.ts";

/** A source as its address names it: the tokens of an image by their texts, others by their numbers. */
export type Addressed = AttentionSource & { readonly image?: SourceImage };

/** "#word=8&head=L5H11&key=2"; of an image "#word=3,5&head=L5H11". */
export function addressOf({ image, queries }: Addressed, view: View): string {
  const head = `head=${formatHead(view)}`;
  if (image) return `#word=${nameInAddress(queries[view.query]!.text)}&${head}`;
  const key = view.key === undefined ? "" : `&key=${view.key}`;
  return `#word=${view.query}&${head}${key}`;
}

function nameInAddress(text: string): string {
  return encodeURIComponent(text).replaceAll("%2C", ",");
}

/** What an address asks for, as far as that exists; a view without a key is one that seeks it. */
export function viewAt(
  { image, queries, keys, layers, heads }: Addressed,
  hash: string,
): ViewChange {
  const asked = new URLSearchParams(hash.slice(1));
  const index = (name: string, count: number): number | undefined => {
    const text = asked.get(name) ?? "";
    return /^\d+$/.test(text) && Number(text) < count ? Number(text) : undefined;
  };
  const word = asked.get("word");
  const named = queries.findIndex(({ text }) => text === word);
  const query = image ? (named < 0 ? undefined : named) : index("word", queries.length);
  const [, layer, head] = (/^L(\d+)H(\d+)$/.exec(asked.get("head") ?? "") ?? []).map(Number);
  const isHead = layer !== undefined && head !== undefined && layer < layers && head < heads;
  const key = index("key", keys.length);
  // An address that says nothing leaves the page as it opens.
  if (query === undefined && !isHead && key === undefined) return {};
  return { ...(query === undefined ? {} : { query }), ...(isHead ? { layer, head } : {}), key };
}

/**
 * Keeps a store's view in the page's address, and follows the address where a reader changes it. A document that may not change its
 * address (in a frame's `srcdoc`, in a sandbox) keeps its view without it.
 */
export function keepInAddress(store: ViewStore, source: Addressed): void {
  store.set(viewAt(source, location.hash));
  store.listen((view) => showInAddress(addressOf(source, view)));
  addEventListener("hashchange", () => store.set(viewAt(source, location.hash)));
}

function showInAddress(address: string): void {
  try {
    history.replaceState(null, "", address);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}
