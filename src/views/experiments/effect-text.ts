import { formatFixed, formatNumber } from "../numbers.ts";
import { isolated, oneLine, surface } from "../surface.ts";
import { lyingBar } from "../text/bar.ts";
import { type ModelSummary, modelLine, textLines } from "../text/focus.ts";
import { wrap } from "../text/layout.ts";
import { type Column, tableLines } from "../text/table.ts";
import { paint, type Terminal } from "../text/terminal.ts";

/** The middle of what controls do, and where 5 and 95 of 100 lie below. */
export interface ControlSpread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** A station on the way of a change. */
export interface EffectStation {
  /** `output of L3H1 at "it"` */
  readonly name: string;
  /** Of its numbers before and after; NaN where there is no direction. */
  readonly cosine: number;
  /** The length of the difference, as a share of the length before. */
  readonly change: number;
  readonly controls?: { readonly cosine: ControlSpread; readonly change: ControlSpread };
}

/** A measure of the output, before and after. */
export interface EffectMeasure {
  readonly name: string;
  /** Cosines are 1 before; of other measures the difference counts. */
  readonly isCosine: boolean;
  readonly before: number;
  readonly after: number;
  /** The change as gradients foretell it. */
  readonly foretold?: number;
  readonly controls?: ControlSpread;
  /** How many controls have an effect at least as large. */
  readonly asLarge: number;
}

/** What a model with a head says, before and after. */
export interface EffectOutcome {
  readonly of: string;
  readonly choices: readonly {
    readonly name: string;
    readonly before: number;
    readonly after: number;
  }[];
}

/** What a change of a run did. */
export interface EffectReport {
  readonly texts: readonly string[];
  readonly model: ModelSummary;
  /** The changes in words. */
  readonly said: readonly string[];
  readonly stations: readonly EffectStation[];
  readonly measures: readonly EffectMeasure[];
  readonly outcomes: readonly EffectOutcome[];
  /** "random cuts of links of like weight (0.34 to 0.74) in layer 3" and how many. */
  readonly controls: { readonly said: string; readonly count: number };
  readonly notes: readonly string[];
}

/** Of so many controls in a hundred an effect may be surpassed and still be told apart from them. */
const usualShare = 0.05;

/** What changed at every station from the changed place to the end, beside what controls change. */
export function effectText(report: EffectReport, terminal: Terminal): string {
  const { texts, model, said, stations, outcomes, notes } = report;
  const strong = (text: string) =>
    wrap(text, terminal.width).map((line) => paint(line, { strong: true }, terminal));
  const lines = [
    ...texts.flatMap((text) => textLines(text, terminal)),
    ...wrap(modelLine(model, terminal.unicode), terminal.width).map((line) =>
      paint(line, { quiet: true }, terminal),
    ),
    "",
    ...said.flatMap((one) => strong(sentence(oneLine(one)))),
  ];
  if (stations.length > 0)
    lines.push(
      "",
      ...strong("How far it travelled"),
      ...tableLines(stationColumns(report, terminal), terminal),
    );
  const measures = report.measures.filter(({ isCosine }) => !isCosine);
  if (measures.length > 0)
    lines.push(
      "",
      ...strong("What it did to the output"),
      ...tableLines(measureColumns(measures), terminal),
    );
  for (const outcome of outcomes)
    lines.push(
      "",
      ...strong(sentence(outcome.of)),
      ...tableLines(outcomeColumns(outcome, terminal), terminal),
    );
  lines.push(
    "",
    ...report.measures.flatMap((measure) => wrap(verdict(measure, report), terminal.width, " ")),
  );
  return [
    ...lines,
    ...notes.flatMap((note) =>
      wrap(oneLine(note), terminal.width, " ").map((line) =>
        paint(line, { quiet: true }, terminal),
      ),
    ),
  ].join("\n");
}

/** A sentence's first letter is a capital one. */
function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** A cosine with as many decimals as tell it from 1; a vector of zeros has none. */
export function formatCosine(cosine: number): string {
  if (Number.isNaN(cosine)) return "none";
  const far = 1 - Math.abs(cosine);
  if (far < 1e-7) return formatFixed(cosine, 3);
  return formatFixed(cosine, Math.max(3, Math.min(7, Math.ceil(-Math.log10(far)))));
}

function stationColumns({ stations, controls }: EffectReport, terminal: Terminal): Column[] {
  const columns: Column[] = [
    {
      title: "",
      align: "left",
      flexible: true,
      wraps: true,
      cells: stations.map(({ name }) => ({ text: oneLine(name) })),
    },
    {
      title: "cosine",
      align: "right",
      cells: stations.map(({ cosine }) => ({ text: formatCosine(cosine) })),
    },
    {
      title: "change",
      align: "right",
      cells: stations.map(({ change }) => ({
        text: formatShare(change),
        style: { inkWeight: Math.min(1, change) },
      })),
    },
  ];
  if (controls.count > 0)
    columns.push({
      title: "controls (5 to 95 of 100)",
      align: "right",
      cells: stations.map(({ controls: others }) => ({
        text: others ? spreadSaid(others.change, formatShare) : "",
        style: { quiet: true },
      })),
    });
  const room = Math.min(24, terminal.width - 74);
  if (room >= 8)
    columns.push({
      title: "",
      align: "left",
      cells: stations.map(({ change }) => ({
        text: lyingBar(change, room, terminal.unicode),
        style: { inkWeight: Math.min(1, change) },
      })),
    });
  return columns;
}

/** "31% (14% to 110%)"; of controls that are all alike, or one, what they do. */
function spreadSaid(
  { median, low, high }: ControlSpread,
  format: (value: number) => string,
): string {
  const [least, most] = [format(low), format(high)];
  return least === most ? format(median) : `${format(median)} (${least} to ${most})`;
}

/** A share of 1 as percent: "82%", "0.78%". */
export function formatShare(share: number): string {
  if (!Number.isFinite(share)) return formatFixed(share, 0);
  const value = 100 * share;
  return value === 0 ? "0%" : `${value >= 10 ? formatFixed(value, 0) : formatNumber(value, 2)}%`;
}

function measureColumns(measures: readonly EffectMeasure[]): Column[] {
  const number = (value: number) => ({ text: formatFixed(value, 3) });
  const columns: Column[] = [
    {
      title: "",
      align: "left",
      flexible: true,
      wraps: true,
      cells: measures.map(({ name }) => ({ text: oneLine(name) })),
    },
    { title: "before", align: "right", cells: measures.map(({ before }) => number(before)) },
    { title: "after", align: "right", cells: measures.map(({ after }) => number(after)) },
    {
      title: "change",
      align: "right",
      cells: measures.map(({ before, after }) => ({ text: formatChange(before, after) })),
    },
  ];
  if (measures.some(({ foretold }) => foretold !== undefined))
    columns.push({
      title: "foretold",
      align: "right",
      cells: measures.map(({ foretold }) =>
        foretold === undefined ? { text: "" } : number(foretold),
      ),
    });
  if (measures.some(({ controls }) => controls))
    columns.push({
      title: "controls, without sign",
      align: "right",
      cells: measures.map(({ controls }) => ({
        text: controls ? spreadSaid(controls, formatNumber) : "",
        style: { quiet: true },
      })),
    });
  return columns;
}

/** How far a number moved, in the digits it is printed with; where those show nothing, in its own. */
function formatChange(before: number, after: number): string {
  const [was, is] = [formatFixed(before, 3), formatFixed(after, 3)];
  if (was === is && before !== after) return formatNumber(after - before, 2);
  const moved = Number.isFinite(after - before) ? Number(is) - Number(was) : after - before;
  return formatFixed(moved, 3);
}

function outcomeColumns({ choices }: EffectOutcome, terminal: Terminal): Column[] {
  const bar = Math.max(0, Math.min(16, terminal.width - 50));
  return [
    {
      title: "",
      align: "right",
      flexible: true,
      cells: choices.map(({ name }) => ({ text: isolated(surface(name)) })),
    },
    {
      title: "before",
      align: "right",
      cells: choices.map(({ before }) => ({ text: formatFixed(before, 3) })),
    },
    {
      title: "after",
      align: "right",
      cells: choices.map(({ after }) => ({ text: formatFixed(after, 3) })),
    },
    {
      title: "",
      align: "left",
      cells: choices.map(({ after }) => ({ text: lyingBar(after, bar, terminal.unicode) })),
    },
  ];
}

/** Whether an effect is told apart from its controls, in a sentence. */
export function verdict(
  { name, isCosine, before, after, asLarge }: EffectMeasure,
  { controls }: Pick<EffectReport, "controls">,
): string {
  const what = isCosine
    ? `${sentence(name)}: cosine ${formatCosine(after)}`
    : `${sentence(name)}: ${formatFixed(before, 3)} → ${formatFixed(after, 3)}`;
  const { said, count } = controls;
  if (before === after) return oneLine(`${what}: nothing changed.`);
  if (count === 0)
    return oneLine(
      `${what} (${/^no controls/.test(said) ? said : `no controls: there are no ${said}`}).`,
    );
  const change = asLarge === 1 ? "changes" : "change";
  if (count === 1)
    return oneLine(
      asLarge === 0
        ? `${what}. Its one control, of ${said}, changes it less.`
        : `${what}, a small effect beside its like: its one control, of ${said}, changes it as much or more.`,
    );
  if (asLarge === 0) return oneLine(`${what}. None of ${count} ${said} changes it as much.`);
  if (asLarge <= usualShare * count)
    return oneLine(
      `${what}, more than most: of ${count} ${said}, ${asLarge} ${change} it as much or more.`,
    );
  return oneLine(
    `${what}, a small effect beside its like: of ${count} ${said}, ${asLarge} ${change} it as much or more.`,
  );
}
