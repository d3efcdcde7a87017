import { html, type TemplateResult } from "lit-html";
import { leftToRight, weightText } from "../../app/numbers.ts";
import type { Words } from "../../words/words.ts";
import { type Pair, pairWeights } from "./pairs.ts";

/** Pairs that are shown at most. */
const most = 24;

/** What a row gives each pair of words in both texts, with its difference as a bar around the middle. */
export function weightsTable(
  pairs: readonly Pair[],
  rows: readonly [Float32Array, Float32Array],
  own: Words["compare"],
  isChange: boolean,
): TemplateResult {
  const all = pairWeights(pairs, ...rows);
  const size = ({ difference }: (typeof all)[number]): number => Math.abs(difference);
  const least = [...all].sort((a, b) => size(b) - size(a))[most - 1];
  const kept =
    all.length <= most ? all : all.filter((one) => size(one) >= size(least!)).slice(0, most);
  const largest = Math.max(0.05, ...kept.map(size));
  const nameOf = ({ first, second, isSame }: Pair): string =>
    isSame || isChange
      ? (first?.text ?? "")
      : `${first?.text ?? own.missing} / ${second?.text ?? own.missing}`;
  return html`
    <p class="quiet">${own.looksSays}</p>
    <table>
      <thead>
        <tr>
          <th scope="col">${own.word}</th>
          <th scope="col" class="number">${isChange ? own.beforeColumn : own.inFirst}</th>
          <th scope="col" class="number">${isChange ? own.afterColumn : own.inSecond}</th>
          <th scope="col" class="number">${own.difference}</th>
          <th class="bars" aria-hidden="true"></th>
        </tr>
      </thead>
      <tbody>
        ${kept.map(
          ({ pair, first, second, difference }) => html`
            <tr>
              <td dir="auto">${nameOf(pair)}</td>
              <td class="number">${pair.first ? weightText(first) : own.missing}</td>
              <td class="number">${pair.second ? weightText(second) : own.missing}</td>
              <td class="number">${signed(difference)}</td>
              <td class="bars" aria-hidden="true">${bar(difference, largest)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${kept.length < all.length ? html`<p class="quiet">${own.leftOut(String(all.length - kept.length))}</p>` : ""}`;
}

function bar(difference: number, largest: number): TemplateResult {
  const share = (100 * Math.abs(difference)) / largest;
  const side = difference < 0 ? "less" : "more";
  return html`<span class="track"><span class=${side} style="width: ${share.toFixed(1)}%"></span></span>`;
}

/** "+.12", "−.05", "0". */
function signed(difference: number): string {
  if (Math.abs(difference) < 0.005) return "0";
  return leftToRight(`${difference < 0 ? "−" : "+"}${weightText(Math.abs(difference))}`);
}
