import { nounIn } from "../../analysis/explain/context.ts";
import { headNumbers } from "../../analysis/explain/head-numbers.ts";
import { placeOf, type StackPrefix } from "../../analysis/explain/question.ts";
import { scoreParts } from "../../analysis/explain/score-parts.ts";
import { targetsOf } from "../../analysis/words/focus.ts";
import { labelsOfUnits, type Unit } from "../../analysis/words/word-weights.ts";
import type { Model } from "../../model.ts";
import type { Run } from "../../models/run.ts";
import { allHeads, formatHead, type HeadAddress } from "../../probe/head-address.ts";
import { attentionOf, type RunAttention } from "../../views/from-run/run.ts";
import { gridSvg } from "../../views/svg/grid.ts";
import { headSvg } from "../../views/svg/head.ts";
import { type Derivation, derivationText } from "../../views/text/derivation.ts";
import { gridText } from "../../views/text/grid.ts";
import { headText } from "../../views/text/head.ts";
import { inputOf, type StackOptions, stackPrefix } from "../analysis/attention-run.ts";
import { deliverEach, type Found } from "../each-line.ts";
import { type FigureFacts, figure } from "../figure.ts";
import { underHeading } from "../heading.ts";
import { type Line, type LineOptions, readHeard, textsIn } from "../input/lines.ts";
import { namesPicture } from "../input/text-input.ts";
import { endPhase, loadModel, type ModelOptions } from "../loading.ts";
import { type ModelJson, modelJson, textJson } from "../model-json.ts";
import { expectTexts, focusUnit, headOf, targetUnits, wordsOfRun } from "../named.ts";
import { type Format, type FormatOptions, formatOf } from "../options/format.ts";
import { refuseIdle } from "../options/idle-options.ts";
import { deliver } from "../output.ts";
import {
  attentionName,
  attentionSite,
  headIn,
  readWeights,
  stackJson,
  weightColumns,
  weightRows,
} from "../picture.ts";
import { terminalOf } from "../terminal/terminal.ts";
import { warn } from "../terminal/warnings.ts";

export interface ShowOptions extends ModelOptions, FormatOptions, LineOptions, StackOptions {
  readonly word?: string;
  readonly to?: readonly string[];
}

const formats = ["text", "json", "jsonl", "csv", "svg"] as const;
/** What `headNumbers` takes of a layer, as far as the model has it. */
const ofAttention = [
  ...["q", "k", "v", "mixed", "normed", "scores", "scores.position", "scores.bias"],
  ...["global.q", "global.k", "global.v"],
];

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
  const inputs = await readHeard(given, options);
  const model = await loadModel(options);
  expectTexts(model, given);
  const stack = stackPrefix(model, options.stack);
  const address = head === undefined ? undefined : headOf(model, head, stack);
  const shownOf = (line: Line) => runShown(model, line, { ...options, stack, address, format });
  if (format !== "svg")
    return deliverEach(inputs, { ...options, format }, async (line) => {
      const shown = await shownOf(line);
      return address ? headFound(address, shown) : gridFound(shown);
    });
  const shown = await shownOf(inputs.first);
  await deliver(address ? headDrawn(address, shown) : gridDrawn(shown), options, format);
}

interface Asked extends Omit<ShowOptions, "stack"> {
  readonly stack: StackPrefix;
  readonly address: HeadAddress | undefined;
  readonly format: Format;
}

/** Runs one input for what is shown of it. */
async function runShown(
  model: Model,
  line: Line,
  { stack, address, format, ...options }: Asked,
): Promise<Shown> {
  const isGridSvg = address === undefined && format === "svg";
  const read = [readWeights(model, options.word !== undefined && !isGridSvg, stack)];
  if (address) read.push(...derivationReads(stack, address));
  const run = await model.run(inputOf(line, options), { read, output: false, onWarning: warn });
  endPhase("run");
  const texts = textsIn(model, line);
  return {
    ...options,
    ...{ model, run, stack },
    attention: attentionOf(run, "show", { stack }),
    texts: [...texts, ...(options.decoder === undefined ? [] : [options.decoder])],
    about: {
      model: modelJson(model, options),
      ...textJson(texts, run, line.audio !== undefined),
      ...stackJson(stack, run),
    },
  };
}

/** What `headNumbers` needs of a head's layer. */
function derivationReads(stack: StackPrefix, { layer }: HeadAddress): string[] {
  const isCross = stack === "decoder.cross.";
  const own = ofAttention.map((name) => (isCross ? `cross.${name}` : name));
  const streams = isCross ? ["input", "middle"] : ["input"];
  const layers = isCross ? "decoder." : stack;
  return [
    `${layers}layers.${layer}.{${[...own, ...streams].join(",")}}`,
    ...(isCross ? ["encoder.final"] : []),
  ];
}

/** A run of which something is shown. */
interface Shown extends Omit<ShowOptions, "model"> {
  readonly model: Model;
  readonly run: Run;
  readonly stack: StackPrefix;
  readonly attention: RunAttention;
  /** What was read, the decoder's text too. */
  readonly texts: readonly string[];
  /** What JSON says of the run besides its numbers. */
  readonly about: { readonly model: ModelJson } & ReturnType<typeof textJson>;
}

/** What a picture's caption says of it. */
function factsOf({ texts, about }: Shown, of?: string): FigureFacts {
  return { texts, model: about.model.name, of };
}

/** The words of a picture as JSON has them. */
function wordsJson({ weights, focus, target }: ReturnType<typeof unitsOfRun>) {
  const { units: keys } = weights.keys ?? weights;
  const unit = (units: readonly Unit[], index: number) => ({
    label: labelsOfUnits(units)[index]!,
    tokens: units[index]!.tokens,
  });
  return { word: unit(weights.units, focus), targets: [unit(keys, target)] };
}

function unitsOfRun({ model, run, stack, word, to }: Shown) {
  const weights = wordsOfRun(model, run, { "--word": [word], "--to": to }, stack);
  const focus = focusUnit(weights, run, stack, { word });
  const [named] = targetUnits(weights, run, stack, to) ?? [];
  // A word that has no other to look at looks at itself.
  return {
    weights,
    focus,
    target: named ?? targetsOf(weights, focus)[0] ?? (weights.keys ? 0 : focus),
  };
}

/** A head as pictures show it, and the words it is shown for. */
function pictureOf(address: HeadAddress, shown: Shown) {
  const { stack, attention } = shown;
  const { queries, keys } = attention;
  const units = unitsOfRun(shown);
  const focus = units.weights.units[units.focus]!.tokens[0]!;
  const name = headIn(stack, address);
  const noun = nounIn(shown.model, !stack.startsWith("decoder."));
  const weights = attention.weights(address);
  return { units, picture: { ...address, name, queries, keys, weights, focus, noun } };
}

function headDrawn(address: HeadAddress, shown: Shown): string {
  const { units, picture } = pictureOf(address, shown);
  const { name, weights } = picture;
  return headSvg(
    picture,
    figure(shown, factsOf(shown, name), () => ({
      ...shown.about,
      ...wordsJson(units),
      head: formatHead(address),
      weights,
    })),
  );
}

async function headFound(address: HeadAddress, shown: Shown): Promise<Found> {
  const { run, stack, attention, about } = shown;
  const { units, picture } = pictureOf(address, shown);
  const { name, weights, queries, keys } = picture;
  const followed = (units.weights.keys ?? units.weights).units[units.target]!.tokens[0]!;
  const derive = () => deriveHead(address, shown, picture.focus, followed);
  return {
    text: async () => {
      const terminal = terminalOf(process.stdout);
      const heat = headText(picture, terminal).trimEnd();
      return underHeading(
        factsOf(shown),
        `${heat}\n\n${derivationText({ ...(await derive()), name }, terminal)}`,
      );
    },
    json: async () => ({
      ...about,
      ...wordsJson(units),
      head: formatHead(address),
      weights: run.trace
        .get(attentionSite(stack, address.layer, "weights"))
        .select(0, address.head)
        .toNested(),
      derivation: await derive(),
    }),
    columns: weightColumns,
    rows: () =>
      queries.flatMap((_, row) => {
        const start = row * keys.length;
        return weightRows(address, attention, weights.subarray(start, start + keys.length), row);
      }),
  };
}

/** Every number of one query in one head: what `heed explain` makes its steps from. */
async function deriveHead(
  address: HeadAddress,
  { model, run, stack, attention }: Shown,
  query: number,
  followed: number,
): Promise<Derivation> {
  const place = placeOf(model, { head: address, stack: stack || undefined });
  const numbers = await headNumbers(model, run, place, query);
  const { added, masked } = scoreParts(numbers);
  const { q, k, v, scale, queryBias, projection, weights, mixed } = numbers;
  return {
    ...address,
    query: { word: attention.queryTokens[query]!.surface, token: query },
    keys: attention.keys,
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

/** All heads for one word that looks at another. */
function gridOf(shown: Shown) {
  const { stack, attention, about } = shown;
  const units = unitsOfRun(shown);
  const { weights, focus, target } = units;
  const { layers, heads: across } = attention;
  const addresses = allHeads({ layers, heads: across });
  const values = addresses.map((address) => weights.weight(address, focus, target));
  const words = wordsJson(units);
  const where = stack.startsWith("decoder.") ? ` in ${attentionName(stack)}` : "";
  const title = `"${words.word.label}" looks at "${words.targets[0]!.label}"${where}`;
  const heads = addresses.map((address, index) => ({
    head: formatHead(address),
    weight: values[index],
  }));
  return {
    grid: { title, layers, heads: across, focus: addresses[values.indexOf(Math.max(...values))] },
    addresses,
    values,
    object: () => ({ ...about, ...words, title, heads }),
  };
}

function gridDrawn(shown: Shown): string {
  const { grid, object } = gridOf(shown);
  const { queries, keys, weights } = shown.attention;
  return gridSvg(
    { ...grid, queries, keys, weightsOf: weights },
    figure(shown, factsOf(shown), object),
  );
}

function gridFound(shown: Shown): Found {
  const { grid, addresses, values, object } = gridOf(shown);
  return {
    text: () =>
      underHeading(factsOf(shown), gridText({ ...grid, values }, terminalOf(process.stdout))),
    json: object,
    columns: ["layer", "head", "weight"],
    rows: () => addresses.map(({ layer, head }, index) => [layer, head, values[index]!]),
  };
}
