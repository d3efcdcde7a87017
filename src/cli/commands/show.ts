import { nounIn } from "../../analysis/explain/context.ts";
import { headNumbers } from "../../analysis/explain/head-numbers.ts";
import { placeOf, type StackPrefix } from "../../analysis/explain/question.ts";
import { scoreParts } from "../../analysis/explain/score-parts.ts";
import { targetsOf } from "../../analysis/words/focus.ts";
import { allHeads, labelsOfUnits, type Unit } from "../../analysis/words/word-weights.ts";
import type { Model } from "../../model.ts";
import type { Run } from "../../models/run.ts";
import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import { attentionOf, type RunAttention } from "../../views/from-run/run.ts";
import { gridSvg } from "../../views/svg/grid.ts";
import { headSvg } from "../../views/svg/head.ts";
import { type Derivation, derivationText } from "../../views/text/derivation.ts";
import { gridText } from "../../views/text/grid.ts";
import { headText } from "../../views/text/head.ts";
import { inputOf, type StackOptions, stackPrefix } from "../analysis/attention-run.ts";
import { type FigureFacts, figure } from "../figure.ts";
import { readHeard, textsIn } from "../input/lines.ts";
import { namesPicture } from "../input/text-input.ts";
import { endPhase, loadModel, type ModelOptions } from "../loading.ts";
import { type ModelJson, modelJson, textJson } from "../model-json.ts";
import { expectTexts, focusUnit, headOf, targetUnits, wordsOfRun } from "../named.ts";
import { type Format, type FormatOptions, formatOf } from "../options/format.ts";
import { refuseIdle } from "../options/idle-options.ts";
import { csv, deliver, json } from "../output.ts";
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

export interface ShowOptions extends ModelOptions, FormatOptions, StackOptions {
  readonly word?: string;
  readonly to?: readonly string[];
  readonly pair?: string;
  readonly ids?: string;
}

const formats = ["text", "json", "csv", "svg"] as const;
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
  const { pair, ids } = options;
  const { first } = await readHeard(given, { pair, ids });
  const model = await loadModel(options);
  expectTexts(model, given);
  const stack = stackPrefix(model, options.stack);
  const address = head === undefined ? undefined : headOf(model, head, stack);
  const isGridSvg = address === undefined && format === "svg";
  const read = [readWeights(model, options.word !== undefined && !isGridSvg, stack)];
  if (address) read.push(...derivationReads(stack, address));
  const input = inputOf(first!, options);
  const run = await model.run(input, { read, output: false, onWarning: warn });
  endPhase("run");
  const shown: Shown = {
    ...options,
    ...{ model, run, stack, format },
    attention: attentionOf(run, "show", { stack }),
    texts: [...textsIn(model, first!), ...(options.decoder === undefined ? [] : [options.decoder])],
    about: {
      model: modelJson(model, options),
      ...textJson(textsIn(model, first!), run, first!.audio !== undefined),
      ...stackJson(stack, run),
    },
  };
  const content = address ? await headContent(address, shown) : gridContent(shown);
  await deliver(content, options, format);
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
  readonly format: Format;
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

async function headContent(address: HeadAddress, shown: Shown): Promise<string> {
  const { model, run, stack, attention, format, about } = shown;
  const { queries, keys } = attention;
  const weights = attention.weights(address);
  const units = unitsOfRun(shown);
  const { weights: words, focus, target } = units;
  const query = words.units[focus]!.tokens[0]!;
  const name = headIn(stack, address);
  const noun = nounIn(model, !stack.startsWith("decoder."));
  const picture = { ...address, name, queries, keys, weights, focus: query, noun };
  if (format === "svg") {
    const numbers = () => ({ ...about, ...wordsJson(units), head: formatHead(address), weights });
    return headSvg(picture, figure(shown, factsOf(shown, name), numbers));
  }
  if (format === "csv")
    return csv(
      weightColumns,
      queries.flatMap((_, row) => {
        const start = row * keys.length;
        return weightRows(address, attention, weights.subarray(start, start + keys.length), row);
      }),
    );
  const followed = (words.keys ?? words).units[target]!.tokens[0]!;
  const derivation = await deriveHead(address, shown, query, followed);
  if (format === "json")
    return json({
      ...about,
      ...wordsJson(units),
      head: formatHead(address),
      weights: run.trace
        .get(attentionSite(stack, address.layer, "weights"))
        .select(0, address.head)
        .toNested(),
      derivation,
    });
  const terminal = terminalOf(process.stdout);
  const heat = headText(picture, terminal).trimEnd();
  return `${heat}\n\n${derivationText({ ...derivation, name }, terminal)}`;
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

function gridContent(shown: Shown): string {
  const { stack, attention, format, about } = shown;
  const units = unitsOfRun(shown);
  const { weights, focus, target } = units;
  const { layers, heads: across, queries, keys } = attention;
  const addresses = allHeads({ layers, heads: across });
  const values = addresses.map((address) => weights.weight(address, focus, target));
  const [word, other] = [wordsJson(units).word.label, wordsJson(units).targets[0]!.label];
  const where = stack.startsWith("decoder.") ? ` in ${attentionName(stack)}` : "";
  const title = `"${word}" looks at "${other}"${where}`;
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
        queries,
        keys,
        weightsOf: attention.weights,
        focus: best,
      },
      figure(shown, factsOf(shown), () => ({ ...about, ...wordsJson(units), title, heads })),
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
