// Prints what the heads of a small model do, in a wide terminal and in a narrow one.
import type { HeadNames } from "../src/views/measured/head-names.ts";
import { headNamesText } from "../src/views/measured/head-names-text.ts";
import { show } from "./data/show.ts";

/** Two layers of four heads, three of which stand out. */
export function namedHeads(): HeadNames {
  const previous = { short: "prev", excess: 0.99 };
  return {
    title: "What each head does, where it stands out, in 6 texts",
    layers: 2,
    heads: 4,
    names: [
      undefined,
      undefined,
      previous,
      undefined,
      { short: "next", excess: 0.82 },
      undefined,
      undefined,
      { short: "dup", excess: 0.4 },
    ],
    listed: [
      {
        what: "looks at the token before",
        strongest: { layer: 0, head: 2, score: 0.99, chance: 0.07, spread: 0.01 },
        others: [{ layer: 1, head: 1 }],
      },
      {
        what: "looks at the token after",
        strongest: { layer: 1, head: 0, score: 0.83, chance: 0.07, spread: 0.03 },
        others: [],
      },
      {
        what: "looks at the same token elsewhere",
        strongest: { layer: 1, head: 3, score: 0.45, chance: 0.09, habit: 0.08, spread: 0.2 },
        others: [],
      },
    ],
    notes: ["A head is named where its score covers 0.3 of the way from chance to 1."],
  };
}

/** The names in 80 columns and in 44. */
export function picture(): string {
  return [80, 44]
    .map((width) => headNamesText(namedHeads(), { width, color: 0, unicode: true }))
    .join("\n\n\n");
}

show(import.meta.url, picture);
