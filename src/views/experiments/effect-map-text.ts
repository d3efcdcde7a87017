import { formatFixed, formatNumber } from "../numbers.ts";
import { isolated, oneLine, surface } from "../surface.ts";
import { type ModelSummary, modelLine, textLines } from "../text/focus.ts";
import { displayWidth, packColumns, pad, shorten, wrap } from "../text/layout.ts";
import { paint, type Terminal } from "../text/terminal.ts";

/** One number for each layer and column (heads, or words); rows are layers. */
export interface EffectMap {
  /** "log P(mat) − log P(rug) at [MASK]: share of the way from this text to the other" */
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  /** (rows, columns) row-major; NaN where there is none. */
  readonly values: ArrayLike<number>;
  /** What stands at full colour: 1 for shares, the largest absolute value if not given. */
  readonly full?: number;
}

/** Several maps over one text. */
export interface EffectMapReport {
  readonly texts: readonly string[];
  readonly model: ModelSummary;
  readonly said: string;
  readonly maps: readonly EffectMap[];
  readonly notes: readonly string[];
}

/** Maps of effects as tables of numbers on coloured ground. */
export function effectMapText(report: EffectMapReport, terminal: Terminal): string {
  const { texts, model, said, maps, notes } = report;
  return [
    ...texts.flatMap((text) => textLines(text, terminal)),
    ...wrap(modelLine(model, terminal.unicode), terminal.width).map((line) =>
      paint(line, { quiet: true }, terminal),
    ),
    "",
    ...wrap(oneLine(said), terminal.width),
    ...maps.flatMap((map) => ["", ...mapLines(map, terminal)]),
    "",
    ...notes.flatMap((note) =>
      wrap(oneLine(note), terminal.width, " ").map((line) =>
        paint(line, { quiet: true }, terminal),
      ),
    ),
  ].join("\n");
}

/** The value that is drawn in full colour. */
export function fullValue({ values, full }: EffectMap): number {
  if (full !== undefined) return full;
  return Array.from(values).reduce(
    (most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most),
    1e-12,
  );
}

function mapLines(map: EffectMap, terminal: Terminal): string[] {
  const { title, columns, rows, values } = map;
  const most = fullValue(map);
  const texts = Array.from(values, (value) => cellText(value, most));
  const side = Math.max(...rows.map(displayWidth));
  const heads = columns.map((column) => shorten(isolated(surface(column)), 8, terminal.unicode));
  const widths = heads.map((head, column) =>
    Math.max(
      displayWidth(head),
      ...rows.map((_, row) => texts[row * columns.length + column]!.length),
    ),
  );
  const lines = wrap(oneLine(title), terminal.width).map((line) =>
    paint(line, { strong: true }, terminal),
  );
  for (const { start, end } of packColumns(widths, 1, terminal.width - side - 2)) {
    const block = heads.slice(start, end);
    const header = block.map((head, n) => pad(head, widths[start + n]!, "right")).join(" ");
    lines.push(paint(` ${" ".repeat(side)} ${header}`, { quiet: true }, terminal));
    for (const [row, label] of rows.entries()) {
      const cells = block.map((_, n) => {
        const at = row * columns.length + start + n;
        const share = Math.min(1, Math.abs(values[at]!) / most);
        return paint(pad(texts[at]!, widths[start + n]!, "right"), { weight: share }, terminal);
      });
      lines.push(
        ` ${paint(pad(label, side, "right"), { quiet: true }, terminal)} ${cells.join(" ")}`,
      );
    }
  }
  return [...lines, ...wrap(strongest(map), terminal.width, " ")];
}

/** As many decimals as tell the larger half of the cells apart: ".12", "-.0031" */
function cellText(value: number, most: number): string {
  if (Number.isNaN(value)) return "-";
  const decimals = Math.max(2, Math.min(6, 2 - Math.ceil(Math.log10(most))));
  return formatFixed(value, decimals).replace(/^(-?)0\./, "$1.");
}

function strongest({ columns, rows, values }: EffectMap): string {
  const order = Array.from(values, (value, index) => ({ value, index }))
    .filter(({ value }) => Number.isFinite(value) && value !== 0)
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, 5)
    .map(({ value, index }) => {
      const row = rows[Math.floor(index / columns.length)]!;
      const column = columns[index % columns.length]!;
      const name = /^H\d+$/.test(column)
        ? `${row}${column}`
        : `${row} ${isolated(surface(column))}`;
      return `${name} ${Math.abs(value) >= 0.01 ? formatFixed(value, 3) : formatNumber(value, 2)}`;
    });
  return order.length === 0 ? "Nothing changes." : `Strongest: ${order.join(", ")}.`;
}
