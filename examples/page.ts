// Writes page.html: a page where every word of the sentence can be asked, in the last two layers.
import { pageHtml } from "../src/views/page/page.ts";
import { heads, layers, text, tokens, weightsOf } from "./data/cat-sat.ts";
import { show } from "./data/show.ts";

/** The page of the sentence, its last two layers only, to keep the file small. */
export function picture(): string {
  const shown = [layers - 2, layers - 1];
  const weights = shown.map((layer) =>
    Array.from({ length: heads }, (_, head) => weightsOf(layer, head)).flat(),
  );
  const model = { name: "all-MiniLM-L6-v2", layers: shown.length, heads, tokens: tokens.length };
  const start = { query: 8, layer: 1, head: 11 };
  return pageHtml({ texts: [text], model, queries: tokens, weights, start });
}

show(import.meta.url, picture);
