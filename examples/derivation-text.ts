// Prints every number on the way from the vector of "it" to what head L5H11 takes from the sentence.
import { type Derivation, derivationText } from "../src/views/text/derivation.ts";
import head from "./data/cat-sat-L5H11.json" with { type: "json" };
import { show } from "./data/show.ts";

const width = 32;

/** What L5H11 does with "it", from real vectors of all-MiniLM-L6-v2. */
export function derivation(): Derivation {
  const { layer, query, k, v } = head;
  const q = head.q.slice(query * width, (query + 1) * width);
  const scale = 1 / Math.sqrt(width);
  const scores = head.tokens.map((_, key) =>
    q.reduce((sum, value, d) => sum + value * k[key * width + d]! * scale, 0),
  );
  const powers = scores.map((score) => Math.exp(score));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return {
    layer,
    head: head.head,
    query: { word: "it", token: query },
    keys: head.tokens.map((text) => ({ text, special: text.startsWith("[") })),
    projection: { input: head.input, matrix: head.queryMatrix, bias: head.queryBias },
    q,
    k,
    v,
    scale,
    weights: powers.map((power) => power / total),
    mixed: head.mixed,
  };
}

/** Every number on the way, in a terminal of 100 columns without colour. */
export function picture(): string {
  return derivationText(derivation(), { width: 100, color: 0, unicode: true });
}

show(import.meta.url, picture);
