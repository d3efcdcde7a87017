import { attributionReads } from "../../../analysis/output/attribution.ts";
import { headLens } from "../../../analysis/output/head-lens.ts";
import { type LensLayer, lensSites, logitLens } from "../../../analysis/output/logit-lens.ts";
import { InputError } from "../../../errors/errors.ts";
import { dimensionsIn } from "../../../families/family.ts";
import type { Model } from "../../../model.ts";
import { formatHead, type HeadAddress } from "../../../probe/head-address.ts";
import type { TextToken } from "../../../probe/words.ts";
import type { NumberGrid } from "../../../views/measured/number-grid.ts";
import { numberGridSvg } from "../../../views/measured/number-grid-svg.ts";
import { numberGridText } from "../../../views/measured/number-grid-text.ts";
import type { WordBars } from "../../../views/measured/word-bars.ts";
import { wordBarsSvg } from "../../../views/measured/word-bars-svg.ts";
import { wordBarsText } from "../../../views/measured/word-bars-text.ts";
import { formatFixed, formatNarrowWeight } from "../../../views/numbers.ts";
import { surface } from "../../../views/surface.ts";
import { shorten } from "../../../views/text/layout.ts";
import { headNames, labelsOfTokens, type StackOptions } from "../../analysis/attention-run.ts";
import {
  expectInput,
  factsOfInput,
  inputJson,
  placeNamed,
  type ReadInput,
  readInputs,
  readoutNames,
  streamTokens,
} from "../../analysis/readout-words.ts";
import { type DrawnFound, deliverEachOrDrawn } from "../../figure.ts";
import type { LineOptions } from "../../input/lines.ts";
import { readsOf } from "../../input/text-input.ts";
import { endPhase, loadWriter, type ModelOptions } from "../../loading.ts";
import { modelJson } from "../../model-json.ts";
import { headOf, wholeNumber } from "../../named.ts";
import { type FormatOptions, formatOf } from "../../options/format.ts";
import { refuseIdle } from "../../options/idle-options.ts";
import { terminalOf } from "../../terminal/terminal.ts";
import { warn } from "../../terminal/warnings.ts";

export interface LensOptions
  extends ModelOptions,
    FormatOptions,
    LineOptions,
    Pick<StackOptions, "decoder"> {
  readonly word?: string;
  readonly head?: string;
  readonly count?: string;
}

const formats = ["text", "json", "jsonl", "csv", "svg"] as const;
const usualCount = 5;
const longestWord = 9;

/** `heed lens TEXT`: what the head would say after each layer, or what one head alone says. */
export async function lens(given: string | undefined, options: LensOptions): Promise<void> {
  const format = formatOf(options, formats);
  refuseIdle("lens", { ...options, format });
  const count = options.count === undefined ? usualCount : wholeNumber(options.count, "--count");
  const inputs = await readInputs(given, options);
  const model = await loadWriter(options, readsOf(given));
  expectInput(model, given, inputs.first);
  const address =
    options.head === undefined
      ? undefined
      : headOf(model, options.head, (await model.readout()).stack || undefined);
  const find = (input: ReadInput) =>
    address
      ? oneHead(model, given, input, { ...options, count, address })
      : allLayers(model, given, input, { ...options, count });
  await deliverEachOrDrawn(inputs, options, format, find, (input) =>
    factsOfInput(model, given, input),
  );
}

interface Asked extends Omit<LensOptions, "count"> {
  readonly count: number;
}

async function allLayers(
  model: Model,
  given: string | undefined,
  input: ReadInput,
  { count, word, theme, ...options }: Asked,
): Promise<DrawnFound> {
  const { stack } = await model.readout();
  const run = await model.run(input.input, {
    read: lensSites(stack),
    output: false,
    onWarning: warn,
  });
  const tokens = streamTokens(run, stack);
  const place = placeNamed(run, tokens, word);
  const layers = await logitLens(model, run, {
    stack,
    count,
    positions: place === undefined ? undefined : [place],
  });
  endPhase("run");
  const names = readoutNames(model);
  const grid =
    place === undefined
      ? gridOfTokens(layers, tokens, names, model)
      : gridOfPlace(layers, tokens[place]!, names);
  return {
    text: () => numberGridText(grid, terminalOf(process.stdout)),
    svg: (drawing) => numberGridSvg(grid, drawing),
    json: () => ({
      model: modelJson(model, options),
      ...inputJson(model, given, input),
      tokens,
      layers: layers.map(({ name, places }) => ({
        layer: name,
        places: places.map(({ position, predictions, last, divergence }) => ({
          position,
          predictions: predictions.map(({ index, logit, probability }) => ({
            id: index,
            text: names(index),
            logit,
            probability,
          })),
          last: {
            id: last.index,
            text: names(last.index),
            probability: last.probability,
            rank: last.rank,
          },
          divergence,
        })),
      })),
      notes: grid.notes,
    }),
    columns: ["layer", "position", "token", "rank", "id", "text", "probability", "divergence"],
    rows: () =>
      layers.flatMap(({ name, places }) =>
        places.flatMap(({ position, predictions, divergence }) =>
          predictions.map(({ index, probability }, rank) => [
            name,
            position,
            tokens[position]!.surface,
            rank + 1,
            index,
            names(index),
            probability,
            divergence,
          ]),
        ),
      ),
  };
}

const normNote =
  "Each layer's stream goes through the last norm, where the family has one, and the head, as if no layers came behind it. In models whose norms come last (bert) early layers were never meant to be read so.";

/** Layers by tokens: the most probable word in each place. */
function gridOfTokens(
  layers: readonly LensLayer[],
  tokens: readonly TextToken[],
  names: (id: number) => string,
  model: Model,
): NumberGrid {
  const [first] = layers;
  return {
    title: `What the head would say after each layer${model.task === "language modeling" ? ": the most probable next token behind each token" : ": the most probable in each place"}`,
    rows: layers.map(({ name }) => name),
    columns: labelsOfTokens(first!.places.map(({ position }) => tokens[position]!)).map(
      ({ text }) => surface(text),
    ),
    values: layers.flatMap(({ places }) =>
      places.map(({ predictions }) => predictions[0]!.probability),
    ),
    labels: layers.flatMap(({ places }) =>
      places.map(({ predictions }) => shorten(surface(names(predictions[0]!.index)), longestWord)),
    ),
    range: [0, 1],
    hasEnds: false,
    notes: [normNote, "Colours are probabilities. --word shows one place with more words."],
  };
}

/** Layers by rank: the most probable words in one place, and how far they are from the last layer's. */
function gridOfPlace(
  layers: readonly LensLayer[],
  token: TextToken,
  names: (id: number) => string,
): NumberGrid {
  const places = layers.map(({ places: [place] }) => place!);
  const count = places[0]!.predictions.length;
  const last = places.at(-1)!.last;
  return {
    title: `What the head would say at "${surface(token.surface)}" after each layer`,
    rows: layers.map(({ name }) => name),
    columns: Array.from({ length: count }, (_, rank) => String(rank + 1)),
    values: places.flatMap(({ predictions }) => predictions.map(({ probability }) => probability)),
    labels: places.flatMap(({ predictions }) =>
      predictions.map(
        ({ index, probability }) =>
          `${shorten(surface(names(index)), longestWord)} ${formatNarrowWeight(probability)}`,
      ),
    ),
    range: [0, 1],
    hasEnds: false,
    beside: { title: "KL", values: places.map(({ divergence }) => divergence) },
    notes: [
      normNote,
      `KL: how far each layer is from what the last one says, in nats. The last one's "${surface(names(last.index))}" has rank ${places.map((place) => place.last.rank).join(", ")} from top to bottom.`,
    ],
  };
}

async function oneHead(
  model: Model,
  given: string | undefined,
  input: ReadInput,
  { count, word, theme, address, ...options }: Asked & { readonly address: HeadAddress },
): Promise<DrawnFound> {
  const { stack } = await model.readout();
  const plain = await model.run(input.input, { read: [], output: false, onWarning: warn });
  const tokens = streamTokens(plain, stack);
  const position = placeNamed(plain, tokens, word) ?? tokens.length - 1;
  const run = await model.run(input.input, {
    read: await attributionReads(model, position),
    output: false,
  });
  const [found] = await headLens(model, run, { position, heads: [address], count });
  endPhase("run");
  if (!found)
    throw new InputError(
      `${formatHead(address)}: the head reads a stack without that head; it has ${headNames(dimensionsIn(model.dimensions, stack).heads).join(", ")}`,
    );
  const names = readoutNames(model);
  const shares = [...found.raised, ...[...found.lowered].reverse()];
  const bars: WordBars = {
    title: `What ${formatHead(address)} adds to the logits at "${surface(tokens[position]!.surface)}"`,
    unit: "logit",
    rows: shares.map(({ index, value }) => ({ text: names(index), value })),
    notes: [
      `The ${count} it raises most, then the ${count} it lowers most: what the head wrote, through the last norm, its size held at the run's, and the head over words.`,
    ],
  };
  return {
    text: () => wordBarsText(bars, terminalOf(process.stdout)),
    svg: (drawing) => wordBarsSvg(bars, drawing),
    json: () => ({
      model: modelJson(model, options),
      ...inputJson(model, given, input),
      tokens,
      position,
      head: formatHead(address),
      raised: found.raised.map(({ index, value }) => ({ id: index, text: names(index), value })),
      lowered: found.lowered.map(({ index, value }) => ({ id: index, text: names(index), value })),
      notes: bars.notes,
    }),
    columns: ["head", "position", "id", "text", "value"],
    rows: () =>
      shares.map(({ index, value }) => [
        formatHead(address),
        position,
        index,
        names(index),
        Number(formatFixed(value, 6)),
      ]),
  };
}
