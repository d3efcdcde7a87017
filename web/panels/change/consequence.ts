import type { Effect } from "heed/analysis";
import { html, nothing, svg, type TemplateResult } from "lit-html";
import type { AppContext } from "../../app/context.ts";
import { headText, signedText } from "../../app/numbers.ts";
import { nameOfToken } from "../../app/own-tokens.ts";
import { placeSaid } from "../../app/place-said.ts";
import { percent } from "../../app/says.ts";
import { withBlanks } from "../../app/spaces.ts";
import type { Words } from "../../words/words.ts";
import { filled } from "./filled.ts";
import { changedAt } from "./tools.ts";
import { angleText, cosineText, endOf, firstOf, sizeOf, type Turn, turnsOf } from "./verdict.ts";

type Said = Words["change"];

/** What the right side shows: an effect, with or without its controls yet. */
export interface Shown {
  readonly effect: Effect;
  readonly isComparing: boolean;
  /** What the changed head gives the word, before and after; undefined where not one head was changed. */
  readonly output: HeadOutput | undefined;
  readonly followed: Followed;
}

/** The word whose vectors are followed. */
export interface Followed {
  readonly name: string;
  /** Whether it is of another text than the words on screen: then it is the one that was changed. */
  readonly isOther: boolean;
}

/** The numbers one head gives one word, before and after. */
export interface HeadOutput {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** Views of what comes of a change, one after another on a lecture's screen: what is to be said, then the way through the layers, then numbers and what the model says. */
export const consequenceViews = [undefined, "layers", "numbers"] as const;

/** Whether there are numbers to be seen behind the way through the layers. */
export function hasNumbers({ effect, output }: Shown): boolean {
  return output !== undefined || effect.outcomes.length > 0;
}

/** The right side: first where it was changed, then layer by layer, then the end; each beside random changes. */
export function consequence(
  app: AppContext,
  { effect, isComparing, output, followed }: Shown,
): TemplateResult {
  const words = app.words.change;
  const { presents, step } = app.state;
  const isShown = (view: (typeof consequenceViews)[number]) =>
    !presents || consequenceViews.find((one) => one === step) === view;
  const turns = turnsOf(effect);
  const widest = Math.max(
    10,
    ...turns.flatMap(({ angle, controls }) => [angle, controls?.high ?? 0]).filter(Number.isFinite),
  );
  return html`
    <p class="verdict" aria-live="polite" ?hidden=${!isShown(undefined)}>${verdictOf(turns, followed, app)}</p>
    ${isShown(undefined) ? reasonOf(turns, app) : nothing}
    ${isShown("layers") ? wayThrough() : nothing}
    ${isShown("numbers") && output && turns[0] ? vectors(output, stationHead(turns[0], app), followed.name, words) : nothing}
    ${isShown("numbers") ? outcomes(effect, app.words) : nothing}`;

  function wayThrough(): TemplateResult {
    return html`
    <p class="quiet">${filled(words.at, { query: { text: followed.name, role: followed.isOther ? "" : "query" } })}</p>
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
    }</p>`;
  }
}

/** The numbers of a head before and after, as bars up and down on one scale. */
function vectors(
  { before, after }: HeadOutput,
  head: string,
  word: string,
  words: Said,
): TemplateResult {
  const largest = Math.max(...before.map(Math.abs), ...after.map(Math.abs), 1e-9);
  const bars = (values: readonly number[], name: string) => html`<div class="numbers ${name}">
    <span>${name === "after" ? words.after : words.before}</span>
    <svg
      viewBox="0 0 ${values.length} 2"
      preserveAspectRatio="none"
      role="img"
      aria-label=${values.map((value) => signedText(value, 2)).join(", ")}
    >
      <line x1="0" x2=${values.length} y1="1" y2="1"></line>
      ${values.map((value, index) => {
        const size = Math.abs(value) / largest;
        return svg`<rect x=${index + 0.12} width="0.76" y=${value > 0 ? 1 - size : 1} height=${size}><title>${signedText(value, 3)}</title></rect>`;
      })}
    </svg>
  </div>`;
  return html`<figure>
    <figcaption>${words.numbers(head, word, before.length)}</figcaption>
    ${bars(before, "before")} ${bars(after, "after")}
  </figure>`;
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
  const isGone = Number.isNaN(angle);
  const said = isGone
    ? words.gone
    : controls
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
    <span class="track ${isGone ? "gone" : ""}" aria-hidden="true">
      <span class="bar" style="inline-size: ${isGone ? "0" : at(angle)}"></span>
      ${
        controls
          ? html`<span class="range" style="inset-inline-start: ${at(controls.low)}; inline-size: calc(${at(controls.high)} - ${at(controls.low)})"></span>
              <span class="middle" style="inset-inline-start: ${at(controls.median)}"></span>`
          : nothing
      }
    </span>
    <span class="number" aria-hidden="true">${isGone ? "0" : angleText(angle)}</span>
    <span class="unseen">${said}</span>
  </li>`;
}

/** The heads of a station, as the reader counts them. */
function stationHead({ layer, heads }: Turn, { state }: AppContext): string {
  return (heads ?? []).map((head) => headText({ layer: layer ?? 0, head }, state)).join(", ");
}

/** What a station is called. */
export function stationName(turn: Turn, app: AppContext): string {
  const { kind, layer, heads } = turn;
  const { station } = app.words.change;
  const from = app.state.countsFromOne ? 1 : 0;
  switch (kind) {
    case "heads":
      return heads ? station.heads(stationHead(turn, app)) : station.someHeads;
    case "attention":
      return station.attention(String(layer! + from));
    case "layer":
      return station.layer(String(layer! + from));
    default:
      return station[kind];
  }
}

/** How large it is at the end of its way, beside random ones, and why it is small where it began large. */
function verdictOf(turns: readonly Turn[], followed: Followed, app: AppContext): string {
  const words = app.words.change;
  const end = endOf(turns);
  if (!end) return "";
  const [first] = turns;
  const what = stationName(end, app);
  const { angle, controls } = end;
  const size = sizeOf(end);
  const beside = controls && (size === "large" ? controls.high : controls.median);
  return [
    first && first !== end ? firstSaid(first, followed, app) : "",
    size && beside !== undefined
      ? words[size](what, angleText(angle), angleText(beside))
      : words.plain(what, angleText(angle)),
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
}

/** What comes of a change where it was made. */
function firstSaid(first: Turn, { isOther }: Followed, app: AppContext): string {
  const words = app.words.change;
  const place = changedAt(app.state.changes.at(-1));
  const isHere = isOther || place === undefined || place === app.state.query;
  const where = isHere
    ? words.here
    : words.there(nameOfToken(app, app.seen?.queries[app.state.query]?.text ?? ""));
  const [what, angle] = [stationName(first, app), angleText(first.angle)];
  if (Number.isNaN(first.angle)) return words.firstGone(where, what);
  return first.controls
    ? words.firstBeside(where, what, angle, angleText(first.controls.median))
    : words.firstAt(where, what, angle);
}

/** Why a change that began large is small at its end. */
function reasonOf(turns: readonly Turn[], app: AppContext): unknown {
  const end = endOf(turns);
  if (!end || sizeOf(end) !== "small") return nothing;
  const [head, together, vector] = (["heads", "attention", "layer"] as const).map((kind) =>
    firstOf(turns, kind),
  );
  const isOne = head?.heads?.length === 1;
  if (!isOne || !together || !vector || !(head.angle > together.angle)) return nothing;
  const said = app.words.change.why(
    stationHead(head, app),
    angleText(head.angle),
    app.clean?.heads ?? 0,
    angleText(together.angle),
    angleText(vector.angle),
  );
  return html`<p>${said}</p>`;
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
function outcomes({ outcomes, metrics }: Effect, { change: words, says }: Words): unknown {
  const isReached = ({ isOutOfReach }: Effect["outcomes"][number]) => !isOutOfReach;
  const unreached = outcomes.filter((outcome) => !isReached(outcome));
  // What a change cannot reach is no effect to be held against others.
  const told = metrics.filter(
    ({ metric, before, after }) =>
      !/Cosine$/.test(metric.kind) && !(unreached.length > 0 && before === after),
  );
  if (outcomes.length === 0 && told.length === 0) return nothing;
  return html`<h4>${words.outcomes}</h4>
    ${
      unreached.length === 0
        ? nothing
        : html`<p>${words.outOfReach(unreached.map(({ of }) => outcomeName(of, words, says)).join(", "))}</p>`
    }
    ${outcomes.filter(isReached).map(
      ({ of, choices }) => html`<table class="outcome">
        <thead>
          <tr>
            <th scope="col">${outcomeName(of, words, says)}</th>
            <th scope="col">${words.before}</th>
            <th scope="col">${words.after}</th>
          </tr>
        </thead>
        <tbody>
          ${choices.map(
            ({ name, before, after }) => html`<tr>
              <th scope="row" dir="auto">${withBlanks(name)}</th>
              <td style="--share: ${before * 100}">${percent(before)}</td>
              <td style="--share: ${after * 100}">${percent(after)}</td>
            </tr>`,
          )}
        </tbody>
      </table>`,
    )}
    ${told.map(
      ({ name, before, after, foretold, controls, asLarge }) => html`<p class="quiet">
        ${words.metric(name, signedText(before, 2), signedText(after, 2))}<br />
        ${foretold === undefined ? nothing : html`${words.foretold(signedText(before + foretold, 2))}<br />`}
        ${controls ? words.asLarge(asLarge, controls.count) : nothing}
      </p>`,
    )}`;
}

function outcomeName(of: string, words: Said, says: Words["says"]): string {
  if (of === "next word") return words.nextWord;
  return of === "class" ? words.asClass : placeSaid(of, says);
}
