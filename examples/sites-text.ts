// Prints a few sites of a model, and why it lacks one.
import { sitesText } from "../src/views/text/sites.ts";
import { show } from "./data/show.ts";

/** A few sites of a model without a head of its own. */
export function picture(): string {
  return sitesText(
    "all-MiniLM-L6-v2",
    [
      { name: "embeddings", axes: "B T C", widths: "C=384", meaning: "what enters layer 0" },
      {
        name: "layers.L.q",
        axes: "B H T D",
        widths: "H=12 D=32",
        meaning: "exactly what enters the dot product, before scaling",
      },
      {
        name: "layers.L.weights",
        axes: "B H T S",
        widths: "H=12",
        meaning: "after softmax; each row sums to 1",
      },
      {
        name: "logits",
        axes: "B T V",
        meaning: "the head's output",
        absent: "this checkpoint has no language-model head",
      },
    ],
    { width: 90, color: 0, unicode: true },
  );
}

show(import.meta.url, picture);
