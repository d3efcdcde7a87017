import {
  attributionReads,
  type LogitAttribution,
  type LogitPart,
  logitAttribution,
} from "../../../analysis/output/attribution.ts";
import type { Model } from "../../../model.ts";
import type { Run } from "../../../models/run.ts";
import type { NumberGrid } from "../../../views/measured/number-grid.ts";
import { numberGridSvg } from "../../../views/measured/number-grid-svg.ts";
import { numberGridText } from "../../../views/measured/number-grid-text.ts";
import { formatFixed } from "../../../views/numbers.ts";
import { surface } from "../../../views/surface.ts";
import { layerNames, type StackOptions } from "../../analysis/attention-run.ts";
import {
  expectInput,
  factsOfInput,
  inputJson,
  placeNamed,
  type ReadInput,
  readInputs,
  readoutNamed,
  readoutNames,
  streamTokens,
} from "../../analysis/readout-words.ts";
import { type DrawnFound, deliverEachOrDrawn } from "../../figure.ts";
import type { LineOptions } from "../../input/lines.ts";
import { readsOf } from "../../input/text-input.ts";
import { endPhase, loadWriter, type ModelOptions } from "../../loading.ts";
import { modelJson } from "../../model-json.ts";
import { type FormatOptions, formatOf } from "../../options/format.ts";
import { refuseIdle } from "../../options/idle-options.ts";
import { terminalOf } from "../../terminal/terminal.ts";
import { warn } from "../../terminal/warnings.ts";

export interface AttributeOptions
  extends ModelOptions,
    FormatOptions,
    LineOptions,
    Pick<StackOptions, "decoder"> {
  readonly word?: string;
  readonly token?: string;
  readonly against?: string;
}

const formats = ["text", "json", "jsonl", "csv", "svg"] as const;

/** `heed attribute TEXT --token mat`: how much each head and each feed-forward layer wrote of a logit. */
export async function attribute(
  given: string | undefined,
  options: AttributeOptions,
): Promise<void> {
  const format = formatOf(options, formats);
  refuseIdle("attribute", { ...options, format });
  const inputs = await readInputs(given, options);
  const model = await loadWriter(options, readsOf(given));
  expectInput(model, given, inputs.first);
  const find = (input: ReadInput) => attributed(model, given, input, options);
  await deliverEachOrDrawn(inputs, options, format, find, (input) =>
    factsOfInput(model, given, input),
  );
}

async function attributed(
  model: Model,
  given: string | undefined,
  input: ReadInput,
  options: AttributeOptions,
): Promise<DrawnFound> {
  const { stack } = await model.readout();
  const names = readoutNames(model);
  const plain = await model.run(input.input, { read: [], onWarning: warn });
  const tokens = streamTokens(plain, stack);
  const position = placeNamed(plain, tokens, options.word) ?? tokens.length - 1;
  const token =
    options.token === undefined
      ? best(plain, position)
      : readoutNamed(model, options.token, "--token");
  const against =
    options.against === undefined ? undefined : readoutNamed(model, options.against, "--against");
  const run = await model.run(input.input, {
    read: await attributionReads(model, position),
    output: false,
  });
  const found = await logitAttribution(model, run, { token, against, position });
  endPhase("run");
  const of =
    against === undefined
      ? `"${surface(names(token))}"`
      : `"${surface(names(token))}" against "${surface(names(against))}"`;
  const grid = gridOf(found, {
    title: `What wrote the logit of ${of} at "${surface(tokens[position]!.surface)}"`,
    isDifference: against !== undefined,
  });
  return {
    text: () => numberGridText(grid, terminalOf(process.stdout)),
    svg: (drawing) => numberGridSvg(grid, drawing),
    json: () => ({
      model: modelJson(model, options),
      ...inputJson(model, given, input),
      tokens,
      position,
      token: { id: token, text: names(token) },
      ...(against !== undefined && { against: { id: against, text: names(against) } }),
      total: found.total,
      parts: found.parts,
      notes: grid.notes,
    }),
    columns: ["part", "kind", "layer", "head", "value"],
    rows: () =>
      found.parts.map(({ name, kind, layer, head, value }) => [
        name,
        kind,
        layer ?? "",
        head ?? "",
        value,
      ]),
  };
}

/** What the head holds most probable there; of a classifier its label. */
function best({ output }: Run, position: number): number {
  const logits = output.logits!;
  const V = logits.shape.at(-1)!;
  const start = logits.shape.length === 3 ? position * V : 0;
  const row = logits.data.subarray(start, start + V);
  return row.indexOf(row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY));
}

interface Shown {
  readonly title: string;
  readonly isDifference: boolean;
}

/** Layers by heads and feed-forward; what is of no layer stands below. */
function gridOf({ parts, total }: LogitAttribution, { title, isDifference }: Shown): NumberGrid {
  const layers = Math.max(...parts.map(({ layer = -1 }) => layer)) + 1;
  const columnOf = ({ kind, head }: LogitPart) =>
    kind === "head" ? `H${head}` : kind === "cross head" ? `cross H${head}` : kind;
  const own = parts.filter(({ layer }) => layer !== undefined);
  const columns = [...new Set(own.map(columnOf))];
  const values = Array.from({ length: layers * columns.length }, (_, place) => {
    const [layer, column] = [Math.floor(place / columns.length), columns[place % columns.length]];
    // Biases of self- and cross attention stand in one column.
    const found = own.filter((part) => part.layer === layer && columnOf(part) === column);
    return found.length === 0 ? Number.NaN : found.reduce((sum, { value }) => sum + value, 0);
  });
  const rest = parts.filter(({ layer }) => layer === undefined);
  const said = rest.map(({ name, value }) => `${name} ${formatFixed(value, 2)}`).join(", ");
  return {
    title,
    rows: layerNames(layers),
    columns,
    values,
    isSigned: true,
    notes: [
      `Beside the layers: ${said}. All together ${formatFixed(total, 2)}, ${isDifference ? "the difference of the two logits" : "the logit"}.`,
      "The last norm divides by a size that all parts made together; it is held at the run's, so that they add up. What a part does through later layers is not in its number.",
    ],
  };
}
