import { headNumbers } from "../../analysis/explain/head-numbers.ts";
import { placeOf } from "../../analysis/explain/question.ts";
import { scoreParts } from "../../analysis/explain/score-parts.ts";
import { chooseFocus, targetsOf } from "../../analysis/words/focus.ts";
import { allHeads, labelsOfUnits } from "../../analysis/words/word-weights.ts";
import type { Model } from "../../model.ts";
import type { Run } from "../../models/run.ts";
import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import { gridSvg } from "../../views/svg/grid.ts";
import { headSvg } from "../../views/svg/head.ts";
import { type Derivation, derivationText } from "../../views/text/derivation.ts";
import { gridText } from "../../views/text/grid.ts";
import { headText } from "../../views/text/head.ts";
import { type FigureFacts, figure } from "../figure.ts";
import { readLines, runInput, textsIn } from "../input/lines.ts";
import { namesPicture } from "../input/text-input.ts";
import { endPhase, loadModel, type ModelOptions } from "../loading.ts";
import { type ModelJson, modelJson, textJson } from "../model-json.ts";
import { expectTexts, headOf, unitNamed, wordsOfRun } from "../named.ts";
import { type Format, type FormatOptions, formatOf } from "../options/format.ts";
import { refuseIdle } from "../options/idle-options.ts";
import { csv, deliver, json } from "../output.ts";
import {
  headWeights,
  labelsOf,
  readWeights,
  stackOf,
  weightColumns,
  weightRows,
} from "../picture.ts";
import { terminalOf } from "../terminal/terminal.ts";
import { warn } from "../terminal/warnings.ts";

export interface ShowOptions extends ModelOptions, FormatOptions {
  readonly word?: string;
  readonly to?: readonly string[];
  readonly pair?: string;
  readonly ids?: string;
}

const formats = ["text", "json", "csv", "svg"] as const;
/** What `headNumbers` takes of a layer, as far as the model has it. */
const derivationSites =
  "q,k,v,mixed,input,normed,scores,scores.position,scores.bias,global.q,global.k,global.v";

/** `heed show L5H11 "…"`: one head whole, with every number from a word's vector to what it takes; without a head, all of them. */
export async function show(
  head: string | undefined,
  given: string | undefined,
  options: ShowOptions,
): Promise<void> {
  if (given !== undefined && namesPicture(given)) {
    const { lookAtImage } = await import("./look-image.ts");
    return lookAtImage(given, { ...options, only: head, isGrid: head === undefined });
  }
  const format = formatOf(options, formats);
  refuseIdle("show", { ...options, format }, [head !== undefined && "a head"]);
  const { pair, ids } = options;
  const { first } = await readLines(given, { pair, ids });
  const model = await loadModel(options);
  expectTexts(model, given);
  const address = head === undefined ? undefined : headOf(model, head);
  const isGridSvg = address === undefined && format === "svg";
  const read = [readWeights(model, options.word !== undefined && !isGridSvg)];
  if (address) read.push(`${stackOf(model)}layers.${address.layer}.{${derivationSites}}`);
  const run = await model.run(runInput(first!), { read, output: false, onWarning: warn });
  endPhase("run");
  const about = { model: modelJson(model, options), ...textJson(textsIn(model, first!), run) };
  const content = address
    ? await headContent(model, run, address, { ...options, format, about })
    : gridContent(model, run, { ...options, format, about });
  await deliver(content, options, format);
}

/** What JSON says of the run besides its numbers. */
type About = { readonly model: ModelJson } & ReturnType<typeof textJson>;

interface Shown extends ShowOptions {
  readonly format: Format;
  readonly about: About;
}

/** What a picture's caption says of it. */
function factsOf({ texts, model }: About, of?: string): FigureFacts {
  return { texts, model: model.name, of };
}

/** The words of a picture as JSON has them. */
function wordsJson({ weights, focus, target }: ReturnType<typeof unitsOfRun>) {
  const names = labelsOfUnits(weights.units);
  const unit = (index: number) => ({ label: names[index]!, tokens: weights.units[index]!.tokens });
  return { word: unit(focus), targets: [unit(target)] };
}

function unitsOfRun(model: Model, run: Run, { word, to }: ShowOptions) {
  const weights = wordsOfRun(model, run, { "--word": [word], "--to": to });
  const focus =
    word === undefined ? chooseFocus(weights) : unitNamed(weights, run.tokens[0]!, word, "--word");
  const targets = to?.map((name) => unitNamed(weights, run.tokens[0]!, name, "--to"));
  return { weights, focus, target: targets?.[0] ?? targetsOf(weights, focus)[0] ?? focus };
}

async function headContent(
  model: Model,
  run: Run,
  address: HeadAddress,
  { format, about, ...options }: Shown,
): Promise<string> {
  const labels = labelsOf(run);
  const weights = headWeights(run, model, address);
  const units = unitsOfRun(model, run, options);
  const { weights: words, focus, target } = units;
  const query = words.units[focus]!.tokens[0]!;
  const picture = { ...address, queries: labels, keys: labels, weights, focus: query };
  if (format === "svg") {
    const numbers = () => ({ ...about, ...wordsJson(units), head: formatHead(address), weights });
    return headSvg(picture, figure(options, factsOf(about, formatHead(address)), numbers));
  }
  if (format === "csv")
    return csv(
      weightColumns,
      labels.flatMap((_, row) => {
        const start = row * labels.length;
        return weightRows(address, labels, weights.subarray(start, start + labels.length), row);
      }),
    );
  const derivation = await deriveHead(model, run, address, query, words.units[target]!.tokens[0]!);
  if (format === "json")
    return json({
      ...about,
      ...wordsJson(units),
      head: formatHead(address),
      weights: run.trace
        .get(`${stackOf(model)}layers.${address.layer}.weights`)
        .select(0, address.head)
        .toNested(),
      derivation,
    });
  const terminal = terminalOf(process.stdout);
  const heat = headText(picture, terminal).trimEnd();
  return `${heat}\n\n${derivationText(derivation, terminal)}`;
}

/** Every number of one query in one head: what `heed explain` makes its steps from. */
async function deriveHead(
  model: Model,
  run: Run,
  address: HeadAddress,
  query: number,
  followed: number,
): Promise<Derivation> {
  const place = placeOf(model, { head: address });
  const numbers = await headNumbers(model, run, place, query);
  const { added, masked } = scoreParts(numbers);
  const { q, k, v, scale, queryBias, projection, weights, mixed } = numbers;
  return {
    ...address,
    query: { word: run.tokens[0]![query]!.surface, token: query },
    keys: labelsOf(run),
    followed,
    // What a head adds to every query of its own is one more bias of the projection.
    projection: projection && { ...projection, bias: projection.bias ?? queryBias },
    q,
    k,
    v,
    scale,
    bias: added.some((value) => value !== 0) ? added : undefined,
    masked,
    weights,
    mixed,
  };
}

function gridContent(model: Model, run: Run, { format, about, ...options }: Shown): string {
  const units = unitsOfRun(model, run, options);
  const { weights, focus, target } = units;
  const { layers, heads: across } = model.dimensions;
  const labels = labelsOf(run);
  const addresses = allHeads({ layers, heads: across });
  const values = addresses.map((address) => weights.weight(address, focus, target));
  const names = labelsOfUnits(weights.units);
  const title = `"${names[focus]}" looks at "${names[target]}"`;
  const best = addresses[values.indexOf(Math.max(...values))];
  const heads = addresses.map((address, index) => ({
    head: formatHead(address),
    weight: values[index],
  }));
  if (format === "svg")
    return gridSvg(
      {
        title,
        layers,
        heads: across,
        queries: labels,
        keys: labels,
        weightsOf: (address) => headWeights(run, model, address),
        focus: best,
      },
      figure(options, factsOf(about), () => ({ ...about, ...wordsJson(units), title, heads })),
    );
  if (format === "csv")
    return csv(
      ["layer", "head", "weight"],
      addresses.map(({ layer, head }, index) => [layer, head, values[index]!]),
    );
  if (format === "json") return json({ ...about, ...wordsJson(units), title, heads });
  return gridText(
    { title, layers, heads: across, values, focus: best },
    terminalOf(process.stdout),
  );
}
