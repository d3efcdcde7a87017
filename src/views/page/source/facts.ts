import type { ImagePageData } from "../image-page-data.ts";
import type { PageData } from "../page-data.ts";
import { sparseDecimals } from "../sparse-weights.ts";
import type { Facts } from "./held.ts";
import { namedTokens } from "./names.ts";
import type { ImageSource, SourceToken, TextSource } from "./source.ts";

/** What a page's data say of its source. */
export function factsOf(data: PageData): Facts<TextSource> {
  const { texts, model, layers, heads, only, rest, words, colors, smallest, vectorsNote } = data;
  const queries = namedTokens({ texts: data.queries, words, special: data.specialQueries });
  const keys = data.isSelf
    ? queries
    : namedTokens({ texts: data.keys, words, special: data.specialKeys });
  const decimals = smallest === undefined ? undefined : sparseDecimals;
  const shape = { layers, heads, ...(only && { only }), ...(rest && { rest }) };
  return { texts, model, ...shape, queries, keys, colors, smallest, decimals, vectorsNote };
}

/** What the data of a page about an image say of its source. */
export function imageFactsOf(data: ImagePageData): Facts<ImageSource> {
  const { name, model, layers, heads, leading, smallest } = data;
  const { picture, width, height, rows, columns, covered, colors, windows } = data;
  const patches = Array.from({ length: rows * columns }, (_, patch): SourceToken => {
    const text = `${Math.floor(patch / columns)},${patch % columns}`;
    return { text, name: `patch ${text}` };
  });
  const tokens = [
    ...leading.map((text): SourceToken => ({ text, name: text, isSpecial: true })),
    ...patches,
  ];
  return {
    texts: [name],
    model,
    layers,
    heads,
    ...(windows && { headsOf: windows.map((layer) => layer.heads) }),
    queries: tokens,
    keys: tokens,
    smallest,
    image: {
      address: picture,
      width,
      height,
      rows,
      columns,
      covered,
      leading: leading.length,
      colors,
      ...(windows && {
        ofLayers: windows.map(({ rows, columns, covered, merged }) => ({
          ...{ rows, columns, covered, merged },
        })),
      }),
    },
  };
}
