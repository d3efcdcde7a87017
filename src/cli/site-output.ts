import { InputError } from "../errors/errors.ts";
import type { ImageInput } from "../images/image.ts";
import type { Model } from "../model.ts";
import type { TextInput } from "../models/inputs.ts";
import type { Run } from "../models/run.ts";
import { indicesOf } from "../probe/address.ts";
import { type Axis, parseSite, siteKinds } from "../probe/sites.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { matrixText } from "../views/text/tensor.ts";
import { endPhase, warn } from "./loading.ts";
import { csv, deliver, json, type OutputOptions } from "./output.ts";
import { labelsOf } from "./picture.ts";
import { terminalOf } from "./terminal.ts";

interface SiteOptions extends OutputOptions {
  readonly site: string;
  readonly head?: string;
}

/** `heed TEXT --site layers.5.q`: the numbers of one site, or of all that a pattern means. */
export async function printSite(
  model: Model,
  input: TextInput | ImageInput,
  options: SiteOptions,
): Promise<void> {
  const { site, format } = options;
  if (format !== "text" && format !== "json" && format !== "csv")
    throw new InputError(
      `--format ${format}: the numbers of a site are written as text, json or csv`,
    );
  const run = await model.run(input, { read: [site], output: false, onWarning: warn });
  endPhase("run");
  const tensors = run.trace.sites.map((name) => [name, run.trace.get(name)] as const);
  const content =
    format === "json"
      ? json(
          tensors.map(([name, tensor]) => ({
            site: name,
            axes: axesOf(name),
            shape: tensor.shape,
            values: tensor.toNested(),
          })),
        )
      : format === "csv"
        ? csv(["site", "indices", "value"], rowsOf(tensors))
        : tensors.map(([name, tensor]) => siteText(name, tensor, run, options.head)).join("\n");
  await deliver(content, { ...options, format });
}

/** The axes of a site, for titles. */
export function axesOf(site: string): readonly Axis[] {
  return parseSite(site)?.kind.axes ?? siteKinds[0]!.axes;
}

/** One line for every number: its site, its indices (as wide as the tensor has axes), itself. */
function* rowsOf(tensors: readonly (readonly [string, Tensor])[]): Generator<(string | number)[]> {
  for (const [site, tensor] of tensors) {
    const indices = new Array<number>(tensor.shape.length).fill(0);
    for (const value of tensor.data) {
      yield [site, indices.join(" "), Number.isFinite(value) ? value : String(value)];
      for (let axis = indices.length - 1; axis >= 0; axis--) {
        indices[axis]! += 1;
        if (indices[axis]! < tensor.shape[axis]!) break;
        indices[axis] = 0;
      }
    }
  }
}

/** The first text's numbers, head by head: rows are tokens, columns keys or numbers of a vector. */
function siteText(site: string, tensor: Tensor, run: Run, head: string | undefined): string {
  const terminal = terminalOf(process.stdout);
  const axes = axesOf(site).slice(0, tensor.shape.length);
  const labels = labelsOf(run).map(({ text }) => text);
  const names = (axis: Axis | undefined, length: number) =>
    (axis === "T" || axis === "S") && labels.length === length
      ? labels
      : Array.from(
          { length },
          (_, index) => `${axis === "V" ? "" : "["}${index}${axis === "V" ? "" : "]"}`,
        );
  const picture = (title: string, part: Tensor, partAxes: readonly Axis[]) => {
    const [rows, columns] = part.shape.length === 2 ? part.shape : [1, part.shape[0]!];
    const [rowAxis, columnAxis] = part.shape.length === 2 ? partAxes : [undefined, partAxes[0]];
    return matrixText(
      {
        title: `${title} (${partAxes.join(", ")}) = (${part.shape.join(", ")})`,
        rows: rowAxis === undefined ? [""] : names(rowAxis, rows!),
        columns: names(columnAxis, columns!),
        values: part.data,
      },
      terminal,
    );
  };
  const first = tensor.select(0);
  if (first.shape.length < 3) return picture(site, first, axes.slice(1));
  const heads = indicesOf(
    head === undefined ? { start: 0, end: first.shape[0]! } : headNumber(head),
    first.shape[0]!,
    "--head",
  );
  return heads.map((h) => picture(`${site}, head ${h}`, first.select(h), axes.slice(2))).join("\n");
}

/** "L5H11" or "11" → 11: the site already says the layer. */
function headNumber(text: string): number {
  const match = /^(?:L\d+H)?(\d+)$/i.exec(text);
  if (!match)
    throw new InputError(
      `--head ${text}: a head is written L5H11, or 11 where the site names the layer`,
    );
  return Number(match[1]);
}
