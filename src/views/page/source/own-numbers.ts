import type { HeadAddress } from "../../../probe/head-address.ts";
import { parseHead } from "../../../probe/head-address.ts";
import type { HeedElement } from "../base/heed-element.ts";
import { type ViewChange, ViewStore } from "../state/view.ts";
import { attentionSource } from "./from-attention.ts";
import type { TextSource } from "./source.ts";

/** What an element was read from, so that it is read once. */
const read = new WeakMap<Element, string>();
/** Files that several elements of a page name. */
const files = new Map<string, Promise<TextSource>>();
/** Listeners of elements that keep their own view. */
const stores = new WeakMap<Element, ViewStore>();
/** Views that elements share. */
const groups = new WeakMap<TextSource, Map<string, ViewStore>>();

/**
 * Gives an element the numbers it carries itself, if it does: JSON in its attribute `data`, the file at its attribute `src`, or JSON in a
 * `<script type="application/json">` within it; each as `readAttention` takes it. `start` says what is shown first: "L5H11", "it", "it L5H11",
 * or words by number, "8 L5H11". From then on the element keeps its own view.
 */
export function readOwnNumbers(element: HeedElement<TextSource>): void {
  const [data, src] = [element.getAttribute("data"), element.getAttribute("src")];
  const inline = element.querySelector('script[type="application/json"]')?.textContent;
  const from = data ?? src ?? inline;
  if (from === null || from === undefined || read.get(element) === from) return;
  read.set(element, from);
  const begin = (source: TextSource): void => {
    if (read.get(element) === from) keepView(element, source);
  };
  const fail = (error: unknown): void => {
    if (read.get(element) === from)
      element.fail(error instanceof Error ? error : new Error(String(error)));
  };
  if (data === null && src !== null) {
    fileAt(new URL(src, element.baseURI).href).then(begin, fail);
    return;
  }
  try {
    begin(attentionSource(from));
  } catch (error) {
    fail(error);
  }
}

/**
 * Gives an element a source and a view that it keeps itself: what `start` says, else `usual`. Elements of the same source that name the same
 * `group` share their view.
 */
export function keepView(
  element: HeedElement<TextSource>,
  source: TextSource,
  usual: ViewChange = {},
): void {
  const isNew = !stores.has(element);
  const start = { ...usual, ...startOf(element.getAttribute("start") ?? "", source) };
  const store = storeOf(source, element.getAttribute("group"), start);
  stores.set(element, store);
  Object.assign(element, { source, view: store.view });
  store.listen((view) => {
    if (stores.get(element) === store) element.view = view;
  });
  if (isNew)
    element.addEventListener("heed-view", ({ detail }) => stores.get(element)?.set(detail));
}

function storeOf(source: TextSource, group: string | null, start: ViewChange): ViewStore {
  if (group === null) return new ViewStore(source, start);
  const known = groups.get(source) ?? new Map<string, ViewStore>();
  groups.set(source, known);
  const store = known.get(group) ?? new ViewStore(source, start);
  known.set(group, store);
  return store;
}

/** "it L5H11" as a view. */
function startOf(text: string, { queries }: TextSource): ViewChange {
  const parts = text.split(/\s+/).filter((part) => part !== "");
  const isHead = (part: string): boolean => /^L\d+H\d+$/i.test(part);
  const head: Partial<HeadAddress> = parts.some(isHead) ? parseHead(parts.find(isHead)!) : {};
  const word = parts.find((part) => !isHead(part));
  if (word === undefined) return head;
  const named = queries.findIndex(({ text, name }) => text === word || name === word);
  const query = named < 0 && /^\d+$/.test(word) ? Number(word) : named;
  return query < 0 ? head : { ...head, query };
}

function fileAt(address: string): Promise<TextSource> {
  const known = files.get(address);
  if (known) return known;
  const answer = fetch(address).then(async (response) => {
    if (!response.ok) throw new Error(`${address}: ${response.status} ${response.statusText}`);
    return attentionSource(new Uint8Array(await response.arrayBuffer()));
  });
  files.set(address, answer);
  answer.catch(() => files.delete(address));
  return answer;
}
