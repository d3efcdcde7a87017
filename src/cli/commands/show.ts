import { chooseFocus, targetsOf } from "../../analysis/words/focus.ts";
import { labelsOfUnits } from "../../analysis/words/word-weights.ts";
import type { Model } from "../../model.ts";
import { headMatrix } from "../../models/head-matrix.ts";
import type { Run } from "../../models/run.ts";
import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import { gridSvg } from "../../views/svg/grid.ts";
import { headSvg } from "../../views/svg/head.ts";
import { type Derivation, derivationText } from "../../views/text/derivation.ts";
import { gridText } from "../../views/text/grid.ts";
import { headText } from "../../views/text/head.ts";
import { wrap } from "../../views/text/layout.ts";
import { readLines, runInput, textsIn } from "../input/lines.ts";
import { namesPicture } from "../input/text-input.ts";
import { endPhase, loadModel, type ModelOptions, warn } from "../loading.ts";
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
import { closeEnough, isScaledProduct, numbersLeftOut } from "../scaled-product.ts";
import { terminalOf } from "../terminal/terminal.ts";

export interface ShowOptions extends ModelOptions, FormatOptions {
  readonly word?: string;
  readonly to?: readonly string[];
  readonly pair?: string;
  readonly ids?: string;
}

const formats = ["text", "json", "csv", "svg"] as const;

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
  const [first] = await readLines(given, { pair, ids });
  const model = await loadModel(options);
  expectTexts(model, given);
  const address = head === undefined ? undefined : headOf(model, head);
  const isGridSvg = address === undefined && format === "svg";
  const read = [readWeights(model, options.word !== undefined && !isGridSvg)];
  if (address)
    read.push(
      `${stackOf(model)}layers.${address.layer}.{q,k,v,mixed,${seenBy(model)},scores,scores.content}`,
    );
  const run = await model.run(runInput(first!), { read, output: false, onWarning: warn });
  endPhase("run");
  const about = { model: modelJson(model, options), ...textJson(textsIn(model, first!), run) };
  const content = address
    ? await headContent(model, run, address, { ...options, format, about })
    : gridContent(model, run, { ...options, format, about });
  await deliver(content, { ...options, format });
}

/** What JSON says of the run besides its numbers. */
type About = { readonly model: ModelJson } & ReturnType<typeof textJson>;

interface Shown extends ShowOptions {
  readonly format: Format;
  readonly about: About;
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
  if (format === "svg") return headSvg(picture, { theme: options.theme });
  if (format === "csv")
    return csv(
      weightColumns,
      labels.flatMap((_, row) => {
        const start = row * labels.length;
        return weightRows(address, labels, weights.subarray(start, start + labels.length), row);
      }),
    );
  const derivation = await deriveHead(model, run, address, query, words.units[target]!.tokens[0]!);
  if (!derivation) refuseIdle("show", { to: options.to }, ["scores of more than one product"]);
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
  const rest = derivation
    ? derivationText(derivation, terminal)
    : wrap(numbersLeftOut(model), terminal.width).join("\n");
  return `${heat}\n\n${rest}`;
}

/** Every number of one query in one head; undefined where its scores are not made from this q and these keys alone. */
async function deriveHead(
  model: Model,
  run: Run,
  { layer, head }: HeadAddress,
  query: number,
  followed: number,
): Promise<Derivation | undefined> {
  const scale = model.scoreScale(layer);
  if (scale === undefined) return undefined;
  const { heads, keyHeads } = model.dimensions;
  const keyHead = Math.floor(head / (heads / keyHeads));
  const site = (name: string) => run.trace.get(`${stackOf(model)}layers.${layer}.${name}`);
  const q = site("q").select(0, head, query).data;
  const k = site("k").select(0, keyHead).data;
  const content = site("scores.content").select(0, head, query).data;
  if (!isScaledProduct(content, { q, k, scale })) return undefined;
  const scores = site("scores").select(0, head, query).data;
  const bias = scores.map((score, key) => (score === -Infinity ? 0 : score - content[key]!));
  return {
    layer,
    head,
    query: { word: run.tokens[0]![query]!.surface, token: query },
    keys: labelsOf(run),
    followed,
    projection: await projectionOf(
      model,
      { layer, head },
      site(seenBy(model)).select(0, query).data,
      q,
    ),
    q,
    k,
    v: site("v").select(0, keyHead).data,
    scale,
    bias: bias.some((value) => value !== 0) ? bias : undefined,
    masked: Array.from(scores, (score) => score === -Infinity),
    weights: site("weights").select(0, head, query).data,
    mixed: site("mixed").select(0, head, query).data,
  };
}

/** The site the projections see: the stream, or the normed stream where a family's norm comes first. */
function seenBy(model: Model): "normed" | "input" {
  return model.sites.has(`${stackOf(model)}layers.0.normed`) ? "normed" : "input";
}

/** How q came about, from what the projection sees; undefined where it sees something that is no site (a bottleneck). */
async function projectionOf(
  model: Model,
  address: HeadAddress,
  input: Float32Array,
  q: Float32Array,
): Promise<Derivation["projection"]> {
  const { matrix, bias } = await headMatrix(model, address, "q", stackOf(model));
  const D = q.length;
  if (matrix.shape[0] !== input.length) return undefined;
  const made = Float64Array.from({ length: D }, (_, d) => {
    let sum = bias?.data[d] ?? 0;
    for (let c = 0; c < input.length; c++) sum += input[c]! * matrix.data[c * D + d]!;
    return sum;
  });
  const shown = { input, matrix: matrix.data, bias: bias?.data };
  if (made.every((value, d) => isClose(value, q[d]!))) return shown;
  // Turning by position changes no pair's length, so not the whole vector's either.
  const isTurned = isClose(Math.hypot(...made), Math.hypot(...q));
  return isTurned ? { ...shown, isTurned } : undefined;
}

function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= closeEnough * Math.max(1, Math.abs(b));
}

function gridContent(model: Model, run: Run, { format, about, ...options }: Shown): string {
  const units = unitsOfRun(model, run, options);
  const { weights, focus, target } = units;
  const { layers, heads } = model.dimensions;
  const labels = labelsOf(run);
  const addresses = Array.from({ length: layers * heads }, (_, index) => ({
    layer: Math.floor(index / heads),
    head: index % heads,
  }));
  const values = addresses.map((address) => weights.weight(address, focus, target));
  const names = labelsOfUnits(weights.units);
  const title = `"${names[focus]}" looks at "${names[target]}"`;
  const best = addresses[values.indexOf(Math.max(...values))];
  if (format === "svg")
    return gridSvg(
      {
        title,
        layers,
        heads,
        queries: labels,
        keys: labels,
        weightsOf: (address) => headWeights(run, model, address),
        focus: best,
      },
      { theme: options.theme },
    );
  if (format === "csv")
    return csv(
      ["layer", "head", "weight"],
      addresses.map(({ layer, head }, index) => [layer, head, values[index]!]),
    );
  if (format === "json")
    return json({
      ...about,
      ...wordsJson(units),
      title,
      heads: addresses.map((address, index) => ({
        head: formatHead(address),
        weight: values[index],
      })),
    });
  return gridText({ title, layers, heads, values, focus: best }, terminalOf(process.stdout));
}
