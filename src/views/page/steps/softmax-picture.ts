import { html, nothing, type TemplateResult } from "lit-html";
import type { ExplainedSoftmax } from "../../explain/explained.ts";
import { surface } from "../../surface.ts";
import { toggled } from "./bars.ts";
import { classOf, type DrawnStep, said } from "./drawn-step.ts";
import { shownWords } from "./fold.ts";
import { filled } from "./step-words.ts";
import { isChanged, noWhatIf, scoresIf, weightsIf } from "./what-if.ts";

const margin = 2;
const id = "softmax";

/** From scores to weights, every score to be dragged: the run's weights stay as outlines. */
export function softmaxPicture(softmax: ExplainedSoftmax, drawn: DrawnStep): TemplateResult {
  const { words, passing, pass, explained, numbers } = drawn;
  const { whatIf } = passing;
  const run = numbers?.weights ?? softmax.weights;
  const scores = scoresIf(softmax, whatIf);
  const weights = weightsIf(softmax, whatIf);
  const changed = isChanged(whatIf);
  const still = scoresIf(softmax, { ...noWhatIf, isScaled: whatIf.isScaled }).filter(
    Number.isFinite,
  );
  const [least, most] = [
    Math.floor(Math.min(...still) - margin),
    Math.ceil(Math.max(...still) + margin),
  ];
  const isUnfolded = passing.unfolded.has(id);
  const shown = shownWords(
    run,
    (key) => softmax.rows[key]!.role !== undefined,
    isUnfolded ? run.length : undefined,
  );
  const hidden = run.length - shown.length;
  const width = Math.round(1 / softmax.scale ** 2);
  const drag = (key: number) => (event: Event) => {
    const value = Number((event.target as HTMLInputElement).value);
    const base = scores[key]! - (whatIf.moved.get(key) ?? 0);
    pass({ whatIf: { ...whatIf, moved: new Map(whatIf.moved).set(key, value - base) } });
  };
  const temperature = (event: Event) => {
    const value = 2 ** Number((event.target as HTMLInputElement).value);
    pass({ whatIf: { ...whatIf, temperature: value } });
  };
  return html`
    <p class=${changed ? "toy" : "toy by-hand"} role="status">${changed ? words.mine : words.mineOff}</p>
    <div class="row controls by-hand">
      <label class="drag wide">
        <span>${words.temperature} ${whatIf.temperature.toFixed(2)}</span>
        <input type="range" min="-3" max="3" step="0.1" .value=${String(Math.log2(whatIf.temperature))} aria-valuetext=${whatIf.temperature.toFixed(2)} @input=${temperature}>
      </label>
      ${
        softmax.scale === 1
          ? nothing
          : html`<label class="check"><input type="checkbox" .checked=${whatIf.isScaled} @change=${() => pass({ whatIf: { ...whatIf, isScaled: !whatIf.isScaled } })}> ${filled(words.scaling, { width })}</label>`
      }
      <button type="button" class="plain" ?disabled=${!changed} @click=${() => pass({ whatIf: noWhatIf })}>${words.reset}</button>
    </div>
    <div class="softmax ${changed ? "changed" : ""}">
      <div class="line quiet">
        <span></span><span>${words.score}</span><i class="by-hand"></i><span class="weights">${words.weight}</span>
        <span class="ends">${words.run}</span><span class="ends">${changed ? words.yours : ""}</span>
      </div>
      ${shown.map((key) => rowOf(key))}
    </div>
    ${
      hidden > 0 || isUnfolded
        ? html`<p><button type="button" class="plain told" aria-expanded=${String(isUnfolded)} @click=${() => pass({ unfolded: toggled(passing.unfolded, id) })}>${isUnfolded ? words.fewerTokens : filled(words.moreTokens, { count: hidden })}</button></p>`
        : nothing
    }`;

  function rowOf(key: number): TemplateResult {
    const { label, role, special } = softmax.rows[key]!;
    const word = surface(label);
    const name = `${classOf(role)} ${special ? "special" : ""}`;
    const isMasked = softmax.masked[key]!;
    const weight = weights[key]!;
    return html`
      <div class="line ${name}">
      <button type="button" class="label ${name}" aria-pressed=${String(role !== undefined)} title=${filled(words.pin, { word })} @click=${() => drawn.pin(key)}><bdi>${word}</bdi></button>
      ${
        isMasked
          ? html`<span class="hatched"></span><span class="ends">−∞</span>`
          : html`<input type="range" class="by-hand" min=${least} max=${most} step="0.01" .value=${String(scores[key])} aria-label=${filled(words.scoreOf, { word })} aria-valuetext=${`${said(scores[key]!)} → ${weight.toFixed(4)}`} @input=${drag(key)}>
            <span class="ends">${scores[key]!.toFixed(2).replace("-", "−")}</span>`
      }
      <span class="level ${name}" title=${`${word}: ${explained.head} ${run[key]!.toFixed(4)}`} aria-hidden="true">
        <i class="above" .style=${`left:0;width:${(weight * 100).toFixed(2)}%`}></i>
        <i class="outline" .style=${`left:0;width:${((run[key]! || 0) * 100).toFixed(2)}%`}></i>
      </span>
      <span class="ends ${name}">${run[key]!.toFixed(4)}</span>
      <span class="ends mine">${changed ? weight.toFixed(4) : ""}</span>
      </div>`;
  }
}
