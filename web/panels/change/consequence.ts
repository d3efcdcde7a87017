import type { Effect } from "heed/analysis";
import { html, nothing, type TemplateResult } from "lit-html";
import type { AppContext } from "../../app/context.ts";
import type { Words } from "../../words/words.ts";
import { filled } from "./filled.ts";
import { angleText, cosineText, endOf, firstOf, sizeOf, type Turn, turnsOf } from "./verdict.ts";

type Said = Words["change"];

/** What the right side shows: an effect, with or without its controls yet. */
export interface Shown {
  readonly effect: Effect;
  /** The token it is followed at. */
  readonly word: number;
  readonly isComparing: boolean;
}

/** The right side: first where it was changed, then layer by layer, then the end; each beside random changes. */
export function consequence(
  app: AppContext,
  { effect, isComparing }: Shown,
  names: readonly string[],
): TemplateResult {
  const words = app.words.change;
  const turns = turnsOf(effect);
  const widest = Math.max(
    10,
    ...turns.flatMap(({ angle, controls }) => [angle, controls?.high ?? 0]).filter(Number.isFinite),
  );
  return html`
    <p class="verdict" aria-live="polite">${verdictOf(turns, app)}</p>
    <p class="quiet">${filled(words.at, { query: { text: names[app.state.query] ?? "", role: "query" } })}</p>
    <ol class="strip">
      ${turns.map((turn, index) => stationRow(turn, effect.stations[index]!.cosine, index, widest, app))}
    </ol>
    ${legend(words, turns)}
    <p class="quiet">${
      isComparing
        ? words.comparing
        : effect.controls.count > 0
          ? words.besides(effect.controls.count, effect.controls.said)
          : words.noControls
    }</p>
    ${outcomes(effect, words)}`;
}

function stationRow(
  turn: Turn,
  cosine: number,
  index: number,
  widest: number,
  app: AppContext,
): TemplateResult {
  const words = app.words.change;
  const { angle, controls } = turn;
  const at = (degrees: number) => `${Math.min(100, (degrees / widest) * 100).toFixed(2)}%`;
  const said = controls
    ? words.turnedBeside(
        angleText(angle),
        cosineText(cosine),
        angleText(controls.median),
        angleText(controls.low),
        angleText(controls.high),
      )
    : words.turned(angleText(angle), cosineText(cosine));
  return html`<li title=${said}>
    <span class=${index === 0 ? "first-place" : ""}>${stationName(turn, app)}</span>
    <span class="track" aria-hidden="true">
      <span class="bar" style="inline-size: ${Number.isNaN(angle) ? "0%" : at(angle)}"></span>
      ${
        controls
          ? html`<span class="range" style="inset-inline-start: ${at(controls.low)}; inline-size: calc(${at(controls.high)} - ${at(controls.low)})"></span>
              <span class="middle" style="inset-inline-start: ${at(controls.median)}"></span>`
          : nothing
      }
    </span>
    <span class="number" aria-hidden="true">${angleText(angle)}</span>
    <span class="unseen">${said}</span>
  </li>`;
}

function stationName({ kind, layer, heads }: Turn, { words, state }: AppContext): string {
  const { station } = words.change;
  const from = state.countsFromOne ? 1 : 0;
  switch (kind) {
    case "heads":
      return heads && layer !== undefined
        ? station.heads(heads.map((head) => `L${layer + from}H${head + from}`).join(", "))
        : station.someHeads;
    case "attention":
      return station.attention(String(layer! + from));
    case "layer":
      return station.layer(String(layer! + from));
    default:
      return station[kind];
  }
}

/** How large it is at the end of its way, beside random ones, and why it is small where it began large. */
function verdictOf(turns: readonly Turn[], app: AppContext): string {
  const words = app.words.change;
  const end = endOf(turns);
  if (!end) return "";
  const what = stationName(end, app);
  const { angle, controls } = end;
  const size = sizeOf(end);
  if (!size || !controls) return words.plain(what, angleText(angle));
  const beside = size === "large" ? controls.high : controls.median;
  const said = words[size](what, angleText(angle), angleText(beside));
  return size === "small" ? `${said} ${reasonOf(turns, app)}`.trim() : said;
}

function reasonOf(turns: readonly Turn[], { words, clean }: AppContext): string {
  const [head, together, vector] = (["heads", "attention", "layer"] as const).map((kind) =>
    firstOf(turns, kind),
  );
  const isOne = head?.heads?.length === 1;
  if (!isOne || !together || !vector || !(head.angle > together.angle)) return "";
  return words.change.why(
    `L${head.layer}H${head.heads![0]}`,
    angleText(head.angle),
    clean?.heads ?? 0,
    angleText(together.angle),
    angleText(vector.angle),
  );
}

function legend(words: Said, turns: readonly Turn[]): TemplateResult {
  const hasControls = turns.some(({ controls }) => controls);
  return html`<p class="legend">
    <span><i class="bar"></i>${words.thisChange}</span>
    ${
      hasControls
        ? html`<span><i class="middle"></i>${words.randomMiddle}</span>
            <span><i class="range"></i>${words.randomRange}</span>`
        : nothing
    }
  </p>`;
}

/** What the head over words or classes says before and after, where the model has one. */
function outcomes({ outcomes, metrics }: Effect, words: Said): unknown {
  const told = metrics.filter(({ metric }) => !/Cosine$/.test(metric.kind));
  if (outcomes.length === 0 && told.length === 0) return nothing;
  return html`<h4>${words.outcomes}</h4>
    ${outcomes.map(
      ({ of, choices }) => html`<table class="outcome">
        <thead>
          <tr>
            <th scope="col">${outcomeName(of, words)}</th>
            <th scope="col">${words.before}</th>
            <th scope="col">${words.after}</th>
          </tr>
        </thead>
        <tbody>
          ${choices.map(
            ({ name, before, after }) => html`<tr>
              <th scope="row" dir="auto">${name}</th>
              <td style="--share: ${before * 100}">${percent(before)}</td>
              <td style="--share: ${after * 100}">${percent(after)}</td>
            </tr>`,
          )}
        </tbody>
      </table>`,
    )}
    ${told.map(
      ({ name, before, after, controls, asLarge }) => html`<p class="quiet">
        ${words.metric(name, before.toFixed(2), after.toFixed(2))}
        ${controls ? words.asLarge(asLarge, controls.count) : nothing}
      </p>`,
    )}`;
}

function outcomeName(of: string, words: Said): string {
  if (of === "next word") return words.nextWord;
  return of === "class" ? words.asClass : of;
}

function percent(share: number): string {
  return `${share >= 0.1 ? (share * 100).toFixed(0) : (share * 100).toFixed(1)} %`;
}
