import { html, type TemplateResult } from "lit-html";
import { type DrawnStep, said } from "./drawn-step.ts";
import { productPicture } from "./product-picture.ts";
import { filled } from "./step-words.ts";

/** The toy's inputs as they are at first, and its weights. */
export const handInputs: readonly number[] = [1, 0.5, -1, 2];
export const handWeights: readonly number[] = [0.8, -0.6, 0.3, 0.5];
const most = 2;
const largest = handWeights.reduce((sum, weight) => sum + most * Math.abs(weight), 0);

/** One number by hand: four inputs times four weights, added up; then the run's own, unfolded. */
export function handPicture(drawn: DrawnStep): TemplateResult {
  const { words, passing, pass, numbers } = drawn;
  const { inputs } = passing;
  const products = inputs.map((value, n) => value * handWeights[n]!);
  const sum = products.reduce((total, value) => total + value, 0);
  const drag = (n: number) => (event: Event) => {
    const value = Number((event.target as HTMLInputElement).value);
    pass({ inputs: inputs.map((old, place) => (place === n ? value : old)) });
  };
  const { x, q, queryMap } = numbers ?? {};
  const toggle =
    x && q && queryMap
      ? html`<button type="button" class="plain" aria-expanded=${String(passing.isReal)} @click=${() => pass({ isReal: !passing.isReal })}>
          ${passing.isReal ? words.foldHand : filled(words.unfoldHand, { inputs: x.length, outputs: q.length })}
        </button>`
      : "";
  if (passing.isReal && x && q && queryMap)
    return html`<p class="by-hand">${toggle}</p>${productPicture(drawn)}`;
  return html`
    <p class="by-hand">${words.handDrag}</p>
    <p class="toy">${words.toy}</p>
    <div class="hand">
      ${inputs.map((value, n) => {
        const name = filled(words.input, { number: n + 1 });
        return html`
          <label class="drag">
            <span class="label">${name}</span>
            <input type="range" class="by-hand" min=${-most} max=${most} step="0.1" .value=${String(value)} aria-valuetext=${`${value.toFixed(1)} × ${handWeights[n]!.toFixed(1)} = ${said(products[n]!)}`} @input=${drag(n)}>
          </label>
          <span class="times" dir="ltr"><b>${value.toFixed(1).replace("-", "−")}</b> × ${handWeights[n]!.toFixed(1).replace("-", "−")} =</span>
          <span class="ends">${products[n]!.toFixed(2).replace("-", "−")}</span>
          ${levelOf(products[n]!)}`;
      })}
      <span class="total label">${words.sum}</span>
      <span></span>
      <output class="total ends" aria-live="polite">${sum.toFixed(2).replace("-", "−")}</output>
      ${levelOf(sum, "total")}
    </div>
    <p class="by-hand">
      <button type="button" class="plain" @click=${() => pass({ inputs: handInputs })}>${words.reset}</button>
      ${toggle}
    </p>`;
}

function levelOf(value: number, name = ""): TemplateResult {
  const length = Math.min(50, (Math.abs(value) / largest) * 50);
  const place = `left:${(value < 0 ? 50 - length : 50).toFixed(1)}%;width:${length.toFixed(1)}%`;
  return html`<span class="level ${name}" aria-hidden="true"><i class=${value < 0 ? "below" : "above"} .style=${place}></i></span>`;
}
