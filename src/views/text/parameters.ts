import { countOf, formatCount } from "../numbers.ts";
import { oneLine } from "../surface.ts";
import { wrap } from "./layout.ts";
import { type Column, tableLines } from "./table.ts";
import { expectTerminal, paint, type Terminal } from "./terminal.ts";

/** One learned matrix or vector. */
export interface ParameterRow {
  /** heed's name: "layers.3.q". */
  readonly name: string;
  /** Its name in the checkpoint file. */
  readonly stored: string;
  readonly shape: readonly number[];
  /** How it is stored: "F16". */
  readonly type?: string;
  /** What it is, a phrase: "W^Q, all heads side by side". */
  readonly meaning?: string;
}

/** All learned values of a model. */
export interface ParameterList {
  readonly model: string;
  readonly parameters: readonly ParameterRow[];
  /** One line for each, instead of one for all layers alike. */
  readonly isFull?: boolean;
}

interface ParameterGroup extends ParameterRow {
  readonly layers: readonly number[];
}

/** The learned matrices: name, name in the checkpoint, shape, count; layers that are alike in one line. */
export function parametersText(
  { model, parameters, isFull = false }: ParameterList,
  terminal: Terminal,
): string {
  expectTerminal(terminal, "parametersText");
  const groups = isFull ? parameters.map((row) => ({ ...row, layers: [] })) : grouped(parameters);
  const text = (
    title: string,
    of: (group: ParameterGroup) => string,
    flexible = false,
  ): Column => ({
    title,
    align: "left",
    flexible,
    cells: groups.map((group) => ({ text: of(group) })),
  });
  const times = terminal.unicode ? " × " : " x ";
  const total = parameters.reduce((sum, { shape }) => sum + valuesOf(shape), 0);
  const columns: Column[] = [
    text("name", ({ name }) => name),
    text("shape", ({ shape }) => shape.join(times)),
    {
      title: "values",
      align: "right",
      cells: groups.map(({ shape, layers }) => {
        const each = formatCount(valuesOf(shape));
        return { text: layers.length > 1 ? `${layers.length}${times}${each}` : each };
      }),
    },
  ];
  if (groups.some(({ type }) => type)) columns.push(text("stored", ({ type }) => type ?? ""));
  columns.push(text("in the checkpoint", ({ stored }) => stored, true));
  if (groups.some(({ meaning }) => meaning))
    columns.push(text("what it is", ({ meaning }) => meaning ?? "", true));
  const ranges = groups.some(({ layers }) => layers.length > 1)
    ? ["L stands for the layers, counted from 0."]
    : [];
  const title = `${oneLine(model)}: ${countOf(parameters.length, "learned matrix or vector", "learned matrices and vectors")}, ${formatCount(total)} values`;
  return [
    ...wrap(title, terminal.width).map((line) => paint(line, { strong: true }, terminal)),
    ...tableLines(columns, terminal),
    ...[...ranges, "Show one: heed parameters L3H1.q (a head's W^Q), or any name above."].flatMap(
      (line) =>
        wrap(line, terminal.width, " ").map((line) => paint(line, { quiet: true }, terminal)),
    ),
  ].join("\n");
}

/** Rows that differ only in the layer's number, together; at the place of the first. */
function grouped(parameters: readonly ParameterRow[]): ParameterGroup[] {
  const groups = new Map<
    string,
    { first: ParameterRow; name: string; stored: string; layers: number[] }
  >();
  for (const first of parameters) {
    const match = /^(.*\blayers\.)(\d+)(\..*)$/.exec(first.name);
    const name = match ? `${match[1]}L${match[3]}` : first.name;
    const stored = match ? first.stored.replace(`.${match[2]}.`, ".L.") : first.stored;
    const key = JSON.stringify([name, stored, first.shape, first.type]);
    const group = groups.get(key) ?? { first, name, stored, layers: [] };
    if (match) group.layers.push(Number(match[2]));
    groups.set(key, group);
  }
  return [...groups.values()].map(({ first, name, stored, layers }) =>
    layers.length > 1 ? { ...first, name, stored, layers } : { ...first, layers },
  );
}

function valuesOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
