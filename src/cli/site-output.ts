import { InputError } from "../errors/errors.ts";
import type { Run } from "../models/run.ts";
import { tokensOf } from "../models/site-tokens.ts";
import { type Axis, parseSite, siteKinds } from "../probe/sites.ts";
import { indicesOf } from "../probe/words.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { labelOf } from "../views/from-run/run.ts";
import { matrixText } from "../views/text/tensor.ts";
import { inputOf } from "./analysis/attention-run.ts";
import { readLines } from "./input/lines.ts";
import { namesPicture, readsOf } from "./input/text-input.ts";
import { endPhase, loadModel, type ModelOptions } from "./loading.ts";
import { modelJson } from "./model-json.ts";
import { expectTexts } from "./named.ts";
import { type FormatOptions, formatOf } from "./options/format.ts";
import { refuseIdle } from "./options/idle-options.ts";
import { csv, deliver, json } from "./output.ts";
import { isRunFormat, type NamesOptions, runFile, runFormats } from "./run-file.ts";
import { terminalOf } from "./terminal/terminal.ts";
import { warn } from "./terminal/warnings.ts";

interface SiteOptions extends ModelOptions, FormatOptions, NamesOptions {
  readonly site: string;
  readonly head?: string;
  readonly pair?: string;
  readonly ids?: string;
  readonly decoder?: string;
}

/** `heed TEXT|PICTURE --site layers.5.q`: the numbers of one site, or of all that a pattern means. */
export async function printSite(given: string | undefined, options: SiteOptions): Promise<void> {
  const { site, head, pair, ids, decoder } = options;
  const format = formatOf(
    options,
    ["text", "json", "csv", ...runFormats] as const,
    "the numbers of a site are written as",
  );
  const isPicture = given !== undefined && namesPicture(given);
  const facts = ["an axis of heads", "a site of the decoder", isPicture && "a picture"];
  refuseIdle("site", { ...options, format }, facts);
  const input = isPicture
    ? await (await import("../images/read-image.node.ts")).readImage(given)
    : inputOf((await readLines(given, { pair, ids })).first, { decoder });
  const model = await loadModel(options, readsOf(given));
  if (!isPicture) expectTexts(model, given);
  const run = await model.run(input, { read: [site], output: false, onWarning: warn });
  endPhase("run");
  const { sites } = run.trace;
  if (!sites.some((name) => axesOf(name).includes("H"))) refuseIdle("site", { head });
  // The logits are the decoder's too.
  if (sites.every((name) => name.startsWith("encoder."))) refuseIdle("site", { decoder });
  if (head !== undefined) expectLayer(head, sites);
  const tensors = sites.map((name) => [name, run.trace.get(name)] as const);
  if (isRunFormat(format)) return deliver(await runFile(run, format, options), options, format);
  const content =
    format === "json"
      ? json(
          tensors.map(([name, tensor]) => ({
            model: modelJson(model, options),
            site: name,
            axes: axesOf(name),
            shape: tensor.shape,
            values: tensor.toNested(),
          })),
        )
      : format === "csv"
        ? csv(["site", "indices", "value"], rowsOf(tensors))
        : tensors.map(([name, tensor]) => siteText(name, tensor, run, head)).join("\n");
  await deliver(content, options, format);
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
  // A layer may have tokens of its own, and keys more than queries.
  const own = tokensOf(run, site);
  const labels = { T: own.queries, S: own.keys };
  const names = (axis: Axis | undefined, length: number) =>
    (axis === "T" || axis === "S") && labels[axis].length === length
      ? labels[axis].map((token) => labelOf(token).text)
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

/** Throws InputError where "L5H11" names another layer than a site. */
function expectLayer(head: string, sites: readonly string[]): void {
  const [, layer] = /^L(\d+)H/i.exec(head) ?? [];
  const other = sites.find((site) => (/layers\.(\d+)\./.exec(site)?.[1] ?? layer) !== layer);
  if (layer !== undefined && other !== undefined)
    throw new InputError(
      `--head ${head} is in layer ${layer}, and --site names ${other}. Write --head ${headNumber(head)} for that head of every site`,
    );
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
