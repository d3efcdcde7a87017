import { html, type TemplateResult } from "lit-html";
import { directionOf } from "../app/numbers.ts";

/** A row as a reader guesses it: shares that always add up to 1. */
export interface Guess {
  readonly words: readonly string[];
  readonly heights: readonly number[];
}

/** Every height divided by the sum of all; equal shares where all are 0. */
export function sharesOf(heights: readonly number[]): number[] {
  const sum = heights.reduce((total, height) => total + height, 0);
  return heights.map((height) => (sum > 0 ? height / sum : 1 / heights.length));
}

/** The row that an article on attention made up, for "cat" in "The cat sat on the mat". */
export const articleRow: readonly (readonly [word: string, weight: number])[] = [
  ["The", 0.1],
  ["cat", 0.5],
  ["sat", 0.2],
  ["on", 0.05],
  ["the", 0.1],
  ["mat", 0.05],
];

/** One slider a word, with the share that its height comes to. */
export function guessSliders(
  { words, heights }: Guess,
  label: (word: string) => string,
  print: (share: number) => string,
  take: (index: number, height: number) => void,
): TemplateResult {
  const shares = sharesOf(heights);
  return html`<div class="guess">
    ${words.map(
      (word, index) => html`<label class="guessed">
        <span dir="auto">${word}</span>
        <input
          type="range"
          min="0"
          max="100"
          aria-label=${label(word)}
          .value=${String(heights[index])}
          @input=${(event: Event) => take(index, Number((event.target as HTMLInputElement).value))}
        />
        <output>${print(shares[index]!)}</output>
      </label>`,
    )}
  </div>`;
}

/** Rows of weights under one another, one bar a word. */
export function rowsTable(
  words: readonly string[],
  rows: readonly { readonly name: string; readonly weights: readonly number[] }[],
  print: (share: number) => string,
): TemplateResult {
  return html`<div class="scroll"><table dir=${directionOf(words.filter((word) => !/^[[<]/.test(word)).join(" "))} style=${`--rows:${words.length + 1}`}>
    <thead><tr><td></td>${words.map((word) => html`<th scope="col" dir="auto">${word}</th>`)}</tr></thead>
    <tbody>
      ${rows.map(
        ({ name, weights }) => html`<tr>
          <th scope="row">${name}</th>
          ${weights.map(
            (weight) => html`<td>
              <span class="bar" style=${`--share:${weight.toFixed(3)}`}></span>${print(weight)}
            </td>`,
          )}
        </tr>`,
      )}
    </tbody>
  </table></div>`;
}
