import { html, nothing, svg, type TemplateResult } from "lit-html";
import type { ExplainedRole } from "../../explain/explained.ts";
import { surface } from "../../surface.ts";
import { classOf, type DrawnStep, said } from "./drawn-step.ts";
import { foldOf, lineLength } from "./fold.ts";
import { filled } from "./step-words.ts";

/** So few rows have room to be taller. */
const tallRows = 4;

/** A row of numbers as bars up and down. */
export interface BarRow {
  readonly label: string;
  readonly role?: ExplainedRole;
  readonly special?: boolean;
  /** The key that a tap on the label pins. */
  readonly key?: number;
  readonly values: readonly number[];
  /** What stands behind the row: its sum. */
  readonly end?: string;
  readonly isTotal?: boolean;
  /** What is said of a number; "{label}: {place} = {value}" if not given. */
  say?(place: number): string;
}

/** Rows on one scale. */
export interface BarBlock {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly BarRow[];
  /** A number's name: "number 3". */
  place(place: number): string;
  /** A place that is lit in every row. */
  readonly lit?: number;
  choose?(place: number): void;
}

/** A line of bars: a row, or a part of an unfolded one. */
interface Line {
  readonly row: BarRow;
  readonly label: string;
  readonly isFirst: boolean;
  readonly per: number;
  readonly places: readonly number[];
}

/** Draws rows of numbers; every number is said when it is pointed at, tapped or reached by keys. */
export function barsOf(block: BarBlock, drawn: DrawnStep): TemplateResult {
  const { words, passing } = drawn;
  const isUnfolded = passing.unfolded.has(block.id);
  const lines = block.rows.flatMap((row) => linesOf(row, isUnfolded, block));
  const largest = Math.max(
    ...block.rows.flatMap(({ values }) => values.map(Math.abs).filter(Number.isFinite)),
    Number.MIN_VALUE,
  );
  const at = passing.at?.block === block.id ? passing.at : undefined;
  const here = at && lines[at.row]?.places[at.bar] !== undefined ? at : undefined;
  const longest = Math.max(...block.rows.map(({ values }) => foldOf(values).per));
  const isLong = longest > 1 || isUnfolded;
  const go = (row: number, bar: number) => {
    const line = Math.max(0, Math.min(lines.length - 1, row));
    const last = lines[line]!.places.length - 1;
    drawn.pass({ at: { block: block.id, row: line, bar: Math.max(0, Math.min(last, bar)) } });
  };
  const point = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * lines.length);
    const line = lines[Math.max(0, Math.min(lines.length - 1, row))]!;
    const share = (event.clientX - box.left) / box.width;
    go(row, Math.floor(share * line.places.length));
  };
  const choose = () => {
    const place = here && lines[here.row]!.places[here.bar];
    if (place !== undefined) block.choose?.(place);
  };
  const move = (event: KeyboardEvent) => {
    const [row, bar] = [here?.row ?? 0, here?.bar ?? 0];
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ArrowRight: [row, here ? bar + 1 : 0],
      ArrowLeft: [row, bar - 1],
      ArrowDown: [here ? row + 1 : 0, bar],
      ArrowUp: [row - 1, bar],
      Home: [row, 0],
      End: [row, Number.POSITIVE_INFINITY],
    };
    const to = moves[event.key];
    if (event.key === "Enter" || event.key === " ") choose();
    else if (to) go(...to);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const readout = here ? sayOf(lines[here.row]!, here.bar, block, drawn) : undefined;
  return html`
    <figure class="bars" aria-label=${block.title}>
      <figcaption>${block.title}</figcaption>
      <div class=${`block ${lines.length <= tallRows ? "tall" : ""}`}>
        <div class="labels">${lines.map((line) => labelOf(line, drawn))}</div>
        <div
          class="strips"
          role="slider"
          tabindex="0"
          aria-readonly="true"
          aria-label=${block.title}
          aria-valuemin="0"
          aria-valuemax=${lines.length * (lines[0]?.places.length ?? 1) - 1}
          aria-valuenow=${here ? here.row * lines[0]!.places.length + here.bar : 0}
          aria-valuetext=${readout ?? `${words.point} ${words.pointBy}`}
          @pointermove=${(event: PointerEvent) => point(event)}
          @pointerdown=${(event: PointerEvent) => point(event)}
          @click=${choose}
          @keydown=${move}
        >${lines.map((line, row) => stripOf(line, largest, here?.row === row ? here.bar : undefined, block.lit))}</div>
        ${
          lines.some(({ row }) => row.end !== undefined)
            ? html`<div class="ends">${lines.map(({ row, isFirst }) => html`<span class=${`${classOf(row.role)} ${row.isTotal ? "total" : ""}`}>${isFirst ? (row.end ?? "") : ""}</span>`)}</div>`
            : nothing
        }
      </div>
      <p class=${`readout ${readout === undefined ? "idle" : ""}`}>${readout ?? html`${words.point} <span class="by-hand">${words.pointBy}</span>`}</p>
      ${isLong ? foldButton(block, longest, isUnfolded, drawn) : nothing}
    </figure>`;
}

function foldButton(
  { id, rows }: BarBlock,
  per: number,
  isUnfolded: boolean,
  { words, passing, pass }: DrawnStep,
): TemplateResult {
  const count = Math.max(...rows.map(({ values }) => values.length));
  return html`
    <p class="hint">
      ${isUnfolded ? nothing : filled(words.folded, { count, per })}
      <button type="button" class="plain by-hand" aria-expanded=${String(isUnfolded)} @click=${() =>
        pass({ unfolded: toggled(passing.unfolded, id), at: undefined })}>
        ${isUnfolded ? words.fold : words.unfold}
      </button>
    </p>`;
}

/** A set with a name put in, or taken out. */
export function toggled(set: ReadonlySet<string>, name: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(name)) next.add(name);
  return next;
}

function linesOf(row: BarRow, isUnfolded: boolean, block: BarBlock): Line[] {
  const { per, places } = foldOf(row.values);
  const { label } = row;
  if (per === 1 || !isUnfolded) return [{ row, label, isFirst: true, per, places }];
  const count = Math.ceil(row.values.length / lineLength);
  return Array.from({ length: count }, (_, n) => {
    const start = n * lineLength;
    const length = Math.min(lineLength, row.values.length - start);
    const own = Array.from({ length }, (_, place) => start + place);
    return {
      row,
      label: n === 0 ? label : `… ${block.place(start)}`,
      isFirst: n === 0,
      per: 1,
      places: own,
    };
  });
}

function labelOf({ row, label, isFirst }: Line, { words, pin }: DrawnStep): TemplateResult {
  const { role, special, key, isTotal } = row;
  const names = `${classOf(role)} ${special ? "special" : ""} ${isTotal ? "total" : ""} ${isFirst ? "" : "special"}`;
  const text = html`<bdi>${surface(label)}</bdi>`;
  if (key === undefined || !isFirst)
    return html`<span class=${`label ${names}`} title=${surface(label)}>${text}</span>`;
  return html`
    <button
      type="button"
      class=${`label ${names}`}
      aria-pressed=${String(role === "target" || role === "against")}
      title=${filled(words.pin, { word: surface(label) })}
      @click=${() => pin(key)}
    >${text}</button>`;
}

function stripOf(
  { row, places }: Line,
  largest: number,
  at: number | undefined,
  lit: number | undefined,
): TemplateResult {
  const up: string[] = [];
  const down: string[] = [];
  for (const [bar, place] of places.entries()) {
    const value = row.values[place]!;
    const height = Math.round((Math.abs(value) / largest) * 950) / 100;
    if (!(height > 0)) continue;
    const x = bar * 4 + 0.5;
    if (value > 0) up.push(`M${x} 10h3v${-height}h-3z`);
    else down.push(`M${x} 10h3v${height}h-3z`);
  }
  const band = (bar: number, name: string) =>
    svg`<rect class=${name} x=${bar * 4} y="0" width="4" height="20"></rect>`;
  const litBar = lit === undefined ? -1 : places.indexOf(lit);
  return html`
    <svg class=${`strip ${classOf(row.role)} ${row.isTotal ? "total" : ""}`} viewBox="0 0 ${places.length * 4} 20" preserveAspectRatio="none" aria-hidden="true">
      ${litBar >= 0 ? band(litBar, "lit") : nothing}
      ${at === undefined ? nothing : band(at, "at")}
      <path class="zero" d="M0 10h${places.length * 4}"></path>
      <path class="up" d=${up.join("")}></path>
      <path class="down" d=${down.join("")}></path>
    </svg>`;
}

function sayOf(line: Line, bar: number, block: BarBlock, { words }: DrawnStep): string {
  const { row, per } = line;
  const place = line.places[bar]!;
  const value = row.say
    ? row.say(place)
    : `${surface(row.label)}, ${block.place(place)}: ${said(row.values[place]!)}`;
  if (per === 1) return value;
  const end = Math.min(row.values.length, (bar + 1) * per) - 1;
  const of = filled(words.foldedOf, { start: block.place(bar * per), end: block.place(end) });
  return `${value} (${of})`;
}
