import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import { countOf, formatFixed, formatNumber, formatWeight } from "../numbers.ts";
import { isolated, oneLine, surface } from "../surface.ts";
import { type ModelSummary, modelLine, textLines } from "../text/focus.ts";
import { wrap } from "../text/layout.ts";
import { type Column, tableLines } from "../text/table.ts";
import { paint, type Terminal } from "../text/terminal.ts";

/** One head's link (of one text), or one head (over texts). */
export interface MatterHead extends HeadAddress {
  /** What it looks at; undefined over texts. */
  readonly key?: string;
  readonly weight: number;
  readonly norm?: number;
  /** |after − before| of every measure. */
  readonly effects: readonly number[];
  /** The same foretold by gradients, where they can. */
  readonly gradients?: readonly (number | undefined)[];
  /** Of one text: how many of its controls have an effect at least as large. */
  readonly asLarge?: readonly number[];
  /** Over texts: how many times the effect of what it is set beside, and the false discovery rate. */
  readonly times?: readonly (number | undefined)[];
  readonly q?: readonly (number | undefined)[];
}

/** How well one order is another: a rank correlation, and where most draws lie. */
export interface MatterCorrelation {
  readonly rho: number;
  readonly low?: number;
  readonly high?: number;
}

/** A measure of the output. */
export interface MatterMeasure {
  readonly name: string;
  readonly isCosine: boolean;
  readonly byWeight: MatterCorrelation;
  readonly byNorm?: MatterCorrelation;
  readonly byGradient?: MatterCorrelation;
  /** Where an order on some texts is held against effects on others. */
  readonly predicted?: {
    readonly byEffect: MatterCorrelation;
    readonly byWeight: MatterCorrelation;
    readonly byNorm?: MatterCorrelation;
  };
}

/** What the links of a word matter. */
export interface MatterReport {
  /** Its text, or what its texts are. */
  readonly texts: readonly string[];
  readonly model: ModelSummary;
  readonly title: string;
  /** What is done, "the cut" if not given. */
  readonly done?: string;
  readonly heads: readonly MatterHead[];
  readonly measures: readonly MatterMeasure[];
  /** How many controls each row has in a text; 0 for none: then heads are set beside the other heads. */
  readonly controls: number;
  /** What is said of the intervals, of the ways to cut, of what one text cannot say. */
  readonly notes: readonly string[];
  /** Rows to print. */
  readonly most?: number;
}

const usualRows = 12;

/** A table of heads by what cutting them does, with their places in the orders of weight and of norm, and how well these orders agree. */
export function matterText(report: MatterReport, terminal: Terminal): string {
  const { texts, model, title, measures, notes, most = usualRows } = report;
  const last = measures.length - 1;
  const order = [...report.heads].sort((a, b) => b.effects[last]! - a.effects[last]!);
  const shown = order.slice(0, most);
  const left = order.length - shown.length;
  const quiet = (line: string) => paint(line, { quiet: true }, terminal);
  return [
    ...texts.flatMap((text) => textLines(text, terminal)),
    ...wrap(modelLine(model, terminal.unicode), terminal.width).map(quiet),
    "",
    ...wrap(oneLine(title), terminal.width).map((line) => paint(line, { strong: true }, terminal)),
    ...tableLines(columnsOf(report, shown), terminal),
    ...(left > 0 ? [` ${terminal.unicode ? "…" : "..."} ${countOf(left, "more row")}`] : []),
    "",
    ...measures.flatMap((measure) => correlationLines(measure, terminal)),
    ...notes.flatMap((note) => wrap(oneLine(note), terminal.width, " ").map(quiet)),
  ].join("\n");
}

function columnsOf(
  { heads, measures, controls }: MatterReport,
  shown: readonly MatterHead[],
): Column[] {
  const place = (of: (head: MatterHead) => number) => {
    const order = heads.map(of).sort((a, b) => b - a);
    return (head: MatterHead) => `#${order.indexOf(of(head)) + 1}`;
  };
  const byWeight = place(({ weight }) => weight);
  const byNorm = place(({ norm = 0 }) => norm);
  const columns: Column[] = [
    { title: "head", align: "left", cells: shown.map((head) => ({ text: formatHead(head) })) },
  ];
  if (shown.some(({ key }) => key !== undefined))
    columns.push({
      title: "looks at",
      align: "left",
      flexible: true,
      cells: shown.map(({ key = "" }) => ({ text: isolated(surface(key)) })),
    });
  columns.push({
    title: "weight",
    align: "right",
    cells: shown.map((head) => ({
      text: `${formatWeight(head.weight)} ${byWeight(head).padStart(3)}`,
      style: { inkWeight: head.weight },
    })),
  });
  if (shown.some(({ norm }) => norm !== undefined))
    columns.push({
      title: "norm",
      align: "right",
      cells: shown.map((head) => ({
        text:
          head.norm === undefined
            ? "-"
            : `${formatFixed(head.norm, 2)} ${byNorm(head).padStart(3)}`,
      })),
    });
  for (const [index, { name, isCosine }] of measures.entries()) {
    columns.push({
      title: isCosine ? `turns ${name}` : `moves ${name}`,
      align: "right",
      cells: shown.map(({ effects }) => ({ text: formatNumber(effects[index]!, 2) })),
    });
    if (shown.some(({ gradients }) => gradients?.[index] !== undefined)) {
      const byGradient = place(({ gradients }) => gradients?.[index] ?? 0);
      columns.push({
        title: "gradient",
        align: "right",
        cells: shown.map((head) => ({
          text: `${formatNumber(head.gradients![index]!, 2)} ${byGradient(head).padStart(3)}`,
        })),
      });
    }
    if (shown.some(({ asLarge }) => asLarge !== undefined && asLarge.length > 0))
      columns.push({
        title: `controls as much, of ${controls}`,
        align: "right",
        cells: shown.map(({ asLarge }) => ({ text: String(asLarge?.[index] ?? "") })),
      });
    if (shown.some(({ times }) => times?.[index] !== undefined))
      columns.push({
        title: `times ${controls > 0 ? "its controls" : "the other heads"}`,
        align: "right",
        cells: shown.map(({ times }) => ({ text: `${formatNumber(times![index]!, 2)}×` })),
      });
    if (shown.some(({ q }) => q?.[index] !== undefined))
      columns.push({
        title: "q",
        align: "right",
        cells: shown.map(({ q }) => ({ text: formatNumber(q![index]!, 2) })),
      });
  }
  return columns;
}

/** "ρ = 0.81 (0.70 to 0.88)" */
export function formatCorrelation({ rho, low, high }: MatterCorrelation): string {
  if (Number.isNaN(rho)) return "ρ is not known (all alike)";
  const range =
    low === undefined || high === undefined
      ? ""
      : ` (${formatFixed(low, 2)} to ${formatFixed(high, 2)})`;
  return `ρ = ${formatFixed(rho, 2)}${range}`;
}

/** How well the orders agree with that of effects, a sentence a measure. */
export function correlationSentences({
  name,
  byWeight,
  byNorm,
  byGradient,
  predicted,
}: MatterMeasure): string[] {
  const list = (parts: readonly (readonly [string, MatterCorrelation | undefined])[]) =>
    parts
      .filter(([, found]) => found)
      .map(([what, found]) => `${what} ${formatCorrelation(found!)}`)
      .join("; ");
  const on = /^(log|KL)/.test(name) ? name : `the ${name}`;
  return [
    `Effect on ${on}, against: ${list([
      ["the weight", byWeight],
      ["the norm", byNorm],
      ["the gradient", byGradient],
    ])}.`,
    ...(predicted
      ? [
          `Effect on ${on} in the other texts, against in these: ${list([
            ["the effect", predicted.byEffect],
            ["the weight", predicted.byWeight],
            ["the norm", predicted.byNorm],
          ])}.`,
        ]
      : []),
  ];
}

function correlationLines(measure: MatterMeasure, terminal: Terminal): string[] {
  return correlationSentences(measure).flatMap((sentence) =>
    wrap(oneLine(sentence), terminal.width, " "),
  );
}
