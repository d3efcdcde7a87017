import { defineAll, type NamedElement } from "../base/define.ts";
import type { PageElement } from "../base/page-element.ts";
import type { AttentionSource } from "../source/source.ts";
import { type Addressed, keepInAddress } from "../state/address.ts";
import { ViewStore } from "../state/view.ts";
import type { Frozen } from "./read-page.ts";

/**
 * Fills the document with a page over what it carries; the address keeps the view. The page's own element is the last of `elements`.
 * What keeps it from being read is said in its place.
 */
export async function openPage<Source extends AttentionSource>(
  read: (document: Document) => Promise<Frozen<Source & Addressed>>,
  elements: readonly NamedElement[],
): Promise<void> {
  const app = document.getElementById("app")!;
  try {
    app.replaceChildren(pageOver(await read(document), elements));
  } catch (error) {
    app.querySelector("p:last-child")!.textContent = `This page could not be read: ${error}`;
    throw error;
  }
}

function pageOver<Source extends AttentionSource>(
  { source, start }: Frozen<Source & Addressed>,
  elements: readonly NamedElement[],
): HTMLElement {
  defineAll(elements);
  const store = new ViewStore(source, start);
  const page = document.createElement(elements.at(-1)!.tag) as PageElement<Source>;
  keepInAddress(store, source);
  page.source = source;
  page.view = store.view;
  store.listen((view) => {
    page.view = view;
  });
  page.addEventListener("heed-view", ({ detail }) => store.set(detail));
  page.addEventListener("heed-theme", ({ detail }) => {
    document.documentElement.dataset.theme = detail;
  });
  return page;
}
