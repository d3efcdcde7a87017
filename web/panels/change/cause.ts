import { html, nothing, type TemplateResult } from "lit-html";
import type { AppContext } from "../../app/context.ts";
import { headText, weightText } from "../../app/numbers.ts";
import { ownTokens } from "../../app/own-tokens.ts";
import { filled } from "./filled.ts";
import type { TokenNames } from "./names.ts";
import { keysShown } from "./row.ts";
import { type Choices, changeOf, type Place, type Tool, tools } from "./tools.ts";

/** What the left side is drawn from, and what it asks for. */
export interface Cause {
  readonly app: AppContext;
  readonly choices: Choices;
  readonly place: Place;
  readonly names: TokenNames;
  /** What the query looks at in the head on screen, with a weight that is being dragged. */
  readonly row: Float32Array | undefined;
  /** Keys that stay listed: those changed, and one that is being dragged. */
  readonly kept: readonly number[];
  readonly showsAll: boolean;
  choose(change: Partial<Choices>): void;
  showAll(): void;
  cut(key: number): void;
  /** While a weight is dragged, and when it is let go. */
  drag(key: number, value: number): void;
  drop(key: number, value: number, isByKeys: boolean): void;
  apply(): void;
}

/** Keys listed before all are asked for. */
const mostKeys = 8;

/** The left side: what is changed, and how. */
export function causeView(cause: Cause): TemplateResult {
  const { choices, choose, app } = cause;
  const words = app.words.change;
  const views: Readonly<Record<Tool, (cause: Cause) => unknown>> = {
    link: linkView,
    head: headView,
    layer: layerView,
    word: wordView,
    swap: swapView,
  };
  return html`
    <div class="tools" role="group" aria-label=${words.tool}>
      ${tools.map(
        (tool) => html`<button
          type="button"
          aria-pressed=${String(tool === choices.tool)}
          @click=${() => choose({ tool })}
        >${words.tools[tool]}</button>`,
      )}
    </div>
    ${views[choices.tool](cause)}`;
}

function linkView(cause: Cause): unknown {
  const { app, choices, choose, place, names, row, showsAll } = cause;
  const words = app.words.change;
  if (!row) return nothing;
  const keys = showsAll
    ? Array.from({ length: row.length }, (_, key) => key)
    : keysShown(row, [...new Set([...pinnedIn(cause), ...cause.kept])], mostKeys);
  const head = headText(place, app.state);
  return html`
    <p>${filled(words.linkIntro, { head: { text: head }, query: queryOf(cause) })}</p>
    <ul class="links">${keys.map((key) => linkRow(cause, row, key))}</ul>
    ${
      keys.length < row.length
        ? html`<p><button type="button" class="small" @click=${cause.showAll}>${words.showAll(names.keys.length)}</button></p>`
        : nothing
    }
    <details>
      <summary>${words.settings}</summary>
    ${select(words.dragged, String(choices.shares), { true: words.othersShare, false: words.othersKeep }, (shares) => choose({ shares: shares === "true" }))}
    ${select(words.cutHow, choices.how, words.how, (how) => choose({ how: how as Choices["how"] }))}
    ${select(
      words.cutWhere,
      choices.where,
      {
        head: words.thisHead(head),
        layer: words.thisLayer(layerText(cause)),
        everywhere: words.everywhere,
      },
      (where) => choose({ where: where as Choices["where"] }),
    )}
    </details>`;
}

/** The pinned keys as the head's layer has them. */
function pinnedIn({ app: { seen, state }, place }: Cause): readonly number[] {
  return seen ? state.keys.map(ownTokens(seen, place.layer).own) : state.keys;
}

function linkRow(cause: Cause, row: Float32Array, key: number): TemplateResult {
  const { app, names, place } = cause;
  const words = app.words.change;
  const weight = row[key]!;
  const name = names.keys[key]!;
  const query = names.queries[place.query]!;
  const role = ["first", "second"][pinnedIn(cause).indexOf(key)] ?? "";
  const valueAt = (event: Event) => Number((event.target as HTMLInputElement).value) / 100;
  if (Number.isNaN(weight))
    return html`<li><span class="word" dir="auto">${name}</span><span class="hatched"></span><span class="number">–</span><span class="quiet">${words.hidden}</span></li>`;
  return html`<li class=${role}>
    <span class="word" dir="auto" title=${name}>${name}</span>
    <input
      type="range"
      min="0"
      max="100"
      step="1"
      .value=${String(Math.round(weight * 100))}
      ?disabled=${app.model === undefined}
      aria-label=${words.drag(query, name)}
      aria-valuetext=${weightText(weight)}
      @input=${(event: Event) => cause.drag(key, valueAt(event))}
      @pointerdown=${hold}
      @keydown=${letGo}
      @change=${(event: Event) => cause.drop(key, valueAt(event), !isHeld(event.target))}
    />
    <span class="number">${weightText(weight)}</span>
    <button
      type="button"
      class="cut small"
      ?disabled=${app.model === undefined || weight === 0}
      aria-label=${words.cutName(query, name)}
      @click=${() => cause.cut(key)}
    >${words.cut}</button>
  </li>`;
}

/** Sliders that a hand holds, not keys. */
const held = new WeakSet<EventTarget>();
const isHeld = (slider: EventTarget | null) => slider !== null && held.has(slider);
const hold = ({ target }: Event) => void (target && held.add(target));
const letGo = ({ target }: Event) => void (target && held.delete(target));

function headView(cause: Cause): TemplateResult {
  const words = cause.app.words.change;
  const head = headText(cause.place, cause.app.state);
  return html`
    <p>${filled(words.headIntro, { head: { text: head } })}</p>
    ${fillChoice(cause)} ${whomChoice(cause)} ${applyButton(cause, words.silence(head))}`;
}

function layerView(cause: Cause): TemplateResult {
  const { choices, choose, app } = cause;
  const words = app.words.change;
  const layer = layerText(cause);
  return html`
    <p>${words.layerIntro(layer)}</p>
    ${select(words.partLabel, choices.part, words.part, (part) => choose({ part: part as Choices["part"] }))}
    ${fillChoice(cause)} ${whomChoice(cause)}
    ${applyButton(cause, words.silence(words.partOfLayer(words.part[choices.part], layer)))}`;
}

function wordView(cause: Cause): TemplateResult {
  const { choices, choose, app, names, place } = cause;
  const words = app.words.change;
  // A word that is looked at is one of those that are read; a vector is that of a word that looks.
  const own = choices.mask === "looks" ? names.keys : names.queries;
  const word =
    choices.word ?? (choices.mask === "looks" ? (place.key ?? place.query) : place.query);
  return html`
    <p>${words.wordIntro}</p>
    ${select(words.wordLabel, String(word), optionsOf(own), (chosen) => choose({ word: Number(chosen) }))}
    ${select(words.maskHow, choices.mask, { vector: words.maskVector, looks: words.maskLooks }, (mask) => choose({ mask: mask as Choices["mask"] }))}
    ${choices.mask === "vector" ? fillChoice(cause) : nothing}
    ${applyButton(cause, words.mask(own[word] ?? ""))}`;
}

function swapView(cause: Cause): TemplateResult {
  const { choices, choose, app, names, place } = cause;
  const words = app.words.change;
  const own = /^[kv]$/.test(choices.site) ? names.keys : names.queries;
  const at = choices.at ?? (own === names.keys ? (place.key ?? place.query) : place.query);
  const head = headText(place, app.state);
  const of = words.swapOf.split("{head}");
  return html`
    <p>${words.swapIntro}</p>
    ${select(words.swapWhat, choices.site, words.site, (site) => choose({ site: site as Choices["site"] }))}
    ${select(of.join(head), String(at), optionsOf(own), (chosen) => choose({ at: Number(chosen) }))}
    ${select(
      words.swapFrom,
      String(choices.from ?? ""),
      { "": "…", ...(app.image || app.sound ? {} : { other: words.swapOther }), ...optionsOf(own) },
      (from) => choose({ from: from === "other" ? from : from === "" ? undefined : Number(from) }),
    )}
    ${choices.from === "other" ? otherSentence(cause) : nothing}
    ${applyButton(cause, words.swap)}
    ${
      choices.from !== undefined && changeOf(choices, place) === undefined
        ? html`<p class="quiet">${words.noSelf}</p>`
        : nothing
    }`;
}

function fillChoice(cause: Cause): unknown {
  const { choices, choose, app } = cause;
  const words = app.words.change;
  const { zero, mean, resample } = words.by;
  // Another sentence says nothing to a model that reads pictures or sound.
  const by: Record<string, string> =
    app.image || app.sound ? { zero, mean } : { zero, mean, resample };
  return html`
    ${select(words.byLabel, choices.by, by, (by) => choose({ by: by as Choices["by"] }))}
    ${choices.by === "resample" ? otherSentence(cause) : nothing}`;
}

function whomChoice({ choices, choose, app, names, place }: Cause): TemplateResult {
  const words = app.words.change;
  const whom = { all: words.allWords, query: words.onlyFor(names.queries[place.query] ?? "") };
  return select(words.forLabel, choices.whom, whom, (chosen) =>
    choose({ whom: chosen as Choices["whom"] }),
  );
}

function otherSentence({ choices, choose, app }: Cause): TemplateResult {
  return html`<p><input
    type="text"
    dir="auto"
    maxlength="2000"
    .value=${choices.other}
    aria-label=${app.words.change.otherSentence}
    placeholder=${app.words.change.otherSentence}
    @input=${(event: Event) => choose({ other: (event.target as HTMLInputElement).value })}
  /></p>`;
}

function applyButton({ app, choices, place, apply }: Cause, text: string): TemplateResult {
  return html`<p><button
    type="button"
    class="main"
    ?disabled=${app.model === undefined || changeOf(choices, place) === undefined}
    @click=${apply}
  >${text}</button></p>`;
}

/** One choice of several, with its name before it. */
function select(
  label: string,
  value: string,
  options: Readonly<Record<string, string>>,
  choose: (value: string) => void,
): TemplateResult {
  return html`<label class="choice">
    <span>${label}</span>
    <select @change=${(event: Event) => choose((event.target as HTMLSelectElement).value)}>
      ${Object.entries(options)
        // Keys that are numbers come first in an object, whatever their order.
        .sort(([a], [b]) => Number(/^\d+$/.test(a)) - Number(/^\d+$/.test(b)))
        .map(
          ([name, text]) =>
            html`<option value=${name} .selected=${name === value}>${text}</option>`,
        )}
    </select>
  </label>`;
}

function optionsOf(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, token) => [String(token), name]));
}

function queryOf({ names, place }: Cause) {
  return { text: names.queries[place.query] ?? "", role: "query" };
}

function layerText({ place, app }: Cause): string {
  return String(place.layer + (app.state.countsFromOne ? 1 : 0));
}
