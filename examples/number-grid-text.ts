// Prints the entropy of every head of a small model, beside what uniform attention would have.
import type { NumberGrid } from "../src/views/measured/number-grid.ts";
import { numberGridText } from "../src/views/measured/number-grid-text.ts";
import { show } from "./data/show.ts";

/** Three layers of four heads over a text of 13 tokens. */
export function entropyGrid(): NumberGrid {
  return {
    title: "How widely each head looks: entropy of its rows",
    unit: "nats",
    rows: ["L0", "L1", "L2"],
    columns: ["H0", "H1", "H2", "H3"],
    values: [2.31, 2.3, 0.001, 2.32, 1.13, 0.79, 1.7, 1.8, 0.98, 1.19, 1.47, 1.64],
    beside: { title: "uniform", values: [2.56, 2.56, 2.56] },
    notes: ["0 where one key gets all, ln N where all N keys get alike."],
  };
}

/** The grid as a terminal of 80 columns shows it. */
export function picture(): string {
  return numberGridText(entropyGrid(), { width: 80, color: 0, unicode: true });
}

show(import.meta.url, picture);
