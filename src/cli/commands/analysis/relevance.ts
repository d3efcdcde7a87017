import { nounIn } from "../../../analysis/explain/context.ts";
import { attentionTimesGradient } from "../../../analysis/gradients/attention-times-gradient.ts";
import {
  type HeadGradients,
  headGradients,
  headImportance,
} from "../../../analysis/gradients/head-importance.ts";
import { relevance } from "../../../analysis/gradients/relevance.ts";
import { tokenSaid } from "../../../analysis/interventions/names.ts";
import { Subject } from "../../../analysis/interventions/subject.ts";
import { InputError } from "../../../errors/errors.ts";
import type { Model } from "../../../model.ts";
import { formatHead, type HeadAddress, parseHead } from "../../../probe/head-address.ts";
import { labelOf } from "../../../views/from-run/run.ts";
import type { NumberGrid } from "../../../views/measured/number-grid.ts";
import { numberGridSvg } from "../../../views/measured/number-grid-svg.ts";
import { numberGridText } from "../../../views/measured/number-grid-text.ts";
import { countOf, formatNumber } from "../../../views/numbers.ts";
import {
  headNames,
  labelsOfTokens,
  layerNames,
  type StackOptions,
  stackNamed,
} from "../../analysis/attention-run.ts";
import {
  expectSlope,
  heldNotes,
  type MetricOptions,
  metricAsked,
  saidMetric,
} from "../../analysis/gradient-metric.ts";
import { matrixSvg, matrixText } from "../../analysis/matrix.ts";
import { patchFormats } from "../../analysis/patch-values.ts";
import {
  expectInput,
  factsOfInput,
  inputJson,
  type ReadInput,
  readInputs,
} from "../../analysis/readout-words.ts";
import { type Attributed, attributionFound, deliverPictureOf } from "../../analysis/word-values.ts";
import { namingLine } from "../../each-line.ts";
import { type DrawnFound, deliverEachOrDrawn, figure } from "../../figure.ts";
import { underHeading } from "../../heading.ts";
import { allOf } from "../../input/inputs.ts";
import type { LineOptions } from "../../input/lines.ts";
import { namesPicture, readsOf } from "../../input/text-input.ts";
import { endPhase, loadModel, type ModelOptions } from "../../loading.ts";
import { modelJson } from "../../model-json.ts";
import { type FormatOptions, formatOf } from "../../options/format.ts";
import { refuseIdle } from "../../options/idle-options.ts";
import { csv, deliver, json } from "../../output.ts";
import { terminalOf } from "../../terminal/terminal.ts";
import { warn } from "../../terminal/warnings.ts";

export interface RelevanceCommandOptions
  extends ModelOptions,
    FormatOptions,
    LineOptions,
    MetricOptions,
    StackOptions {
  readonly head?: string;
  readonly heads?: boolean;
  readonly perLayer?: boolean;
}

const formats = ["text", "json", "jsonl", "csv", "svg"] as const;
const headFormats = ["text", "json", "csv", "svg"] as const;

/** `heed relevance TEXT|PICTURE`: what of the input a number of the output goes back to, through every layer's attention and its gradients. */
export async function relevanceCommand(
  given: string | undefined,
  options: RelevanceCommandOptions,
): Promise<void> {
  const isPicture = given !== undefined && namesPicture(given);
  const isDrawn = isPicture && !options.heads;
  const format = formatOf(options, isDrawn ? patchFormats : options.heads ? headFormats : formats);
  refuseIdle("relevance", { ...options, format }, [isPicture && "a picture"]);
  const head = options.head === undefined ? undefined : parseHead(options.head);
  const inputs = await readInputs(given, options);
  const model = await loadModel(options, readsOf(given));
  expectInput(model, given, inputs.first);
  if (options.heads) return deliverHeads(model, given, await allOf(inputs), options);
  if (isPicture) {
    const found = await attributed(model, inputs.first, options);
    endPhase("run");
    return deliverPictureOf(model, given, inputs.first.image!, found, options, format);
  }
  await deliverEachOrDrawn(
    inputs,
    options,
    format,
    async (input) => {
      const about = inputJson(model, given, input);
      const found = head
        ? await linksFound(model, input, head, about, options)
        : attributionFound(model, await attributed(model, input, options), about, options);
      endPhase("run");
      return found;
    },
    (input) => factsOfInput(model, given, input),
  );
}

async function subjectAsked(model: Model, { input }: ReadInput, options: RelevanceCommandOptions) {
  const subject = new Subject(model, input, { onWarning: warn });
  const metric = await metricAsked(subject, options);
  expectSlope(subject, metric, ["heed saliency (integrated gradients explain a vector by itself)"]);
  return { subject, metric };
}

async function attributed(
  model: Model,
  input: ReadInput,
  options: RelevanceCommandOptions,
): Promise<Attributed> {
  const { subject, metric } = await subjectAsked(model, input, options);
  const found = await relevance(subject, metric);
  const noun = nounIn(model, true);
  const last = found.sides.at(-1)!;
  const names = found.queries.map((query) => {
    const token = last.tokens[query]!;
    return tokenSaid({ surface: labelOf(token).text, special: token.special });
  });
  const read = names.length > 3 ? countOf(names.length, "token") : names.join(", ");
  return {
    run: await subject.clean(),
    found,
    title: `What ${saidMetric(found)} goes back to, ${noun} by ${noun}: relevance`,
    unit: "relevance",
    facts: { method: "relevance", queries: found.queries },
    notes: [
      `It is ${formatNumber(found.value)} here, read at ${read}.`,
      ...heldNotes(metric),
      "Weights times their gradients, heads cut at 0, then averaged, layer on layer (Chefer et al. 2021). What feed-forward layers do, and what speaks against, it does not know.",
    ],
  };
}

async function linksFound(
  model: Model,
  input: ReadInput,
  head: HeadAddress,
  about: object,
  options: RelevanceCommandOptions,
): Promise<DrawnFound> {
  const { subject, metric } = await subjectAsked(model, input, options);
  const stack = stackNamed(options.stack);
  const { name, value, maps } = await attentionTimesGradient(subject, metric, {
    ...(stack && { stack }),
  });
  if (head.layer >= maps.layers || head.head >= maps.heads)
    throw new InputError(
      `--head ${formatHead(head)}: there are layers 0 to ${maps.layers - 1} of ${maps.heads} heads`,
    );
  const [rows, columns] = [maps.queries, maps.keys].map(labelsOfTokens);
  const numbers = maps.matrix(head);
  const notes = [
    `It is ${formatNumber(value)} here. A large weight that leads nowhere has a small number.`,
    ...heldNotes(metric),
  ];
  const grid: NumberGrid = {
    title: `What each link of ${formatHead(head)} brings to ${saidMetric({ name })}, to first order: attention × gradient`,
    rows: rows!.map(({ text }) => text),
    columns: columns!.map(({ text }) => text),
    values: numbers,
    isSigned: true,
    notes,
  };
  const S = columns!.length;
  return {
    text: () => matrixText(grid),
    svg: (drawing) => matrixSvg(grid, drawing),
    json: () => ({
      model: modelJson(model, options),
      ...about,
      ...{ metric, name, value, method: "attention × gradient", head: formatHead(head) },
      queries: maps.queries,
      keys: maps.keys,
      links: rows!.map((_, query) => Array.from(numbers.subarray(query * S, (query + 1) * S))),
      notes,
    }),
    columns: ["query", "query_token", "key", "key_token", "value"],
    rows: () =>
      Array.from(numbers, (number, place) => {
        const [query, key] = [Math.floor(place / S), place % S];
        return [query, rows![query]!.text, key, columns![key]!.text, number];
      }),
  };
}

/** Every head's importance, the mean over the lines. */
async function deliverHeads(
  model: Model,
  given: string | undefined,
  inputs: readonly ReadInput[],
  options: RelevanceCommandOptions,
): Promise<void> {
  const format = formatOf(options, headFormats);
  const stack = stackNamed(options.stack);
  const texts: HeadGradients[] = [];
  for (const input of inputs) {
    const found = await subjectAsked(model, input, options)
      .then(({ subject, metric }) => headGradients(subject, metric, { ...(stack && { stack }) }))
      .catch(namingLine(input.line));
    texts.push(found);
  }
  endPhase("run");
  const scale = options.perLayer ? "layer" : "none";
  const heads = headImportance(texts, { scale });
  const layers = Math.max(...heads.map(({ layer }) => layer)) + 1;
  const width = Math.max(...heads.map(({ head }) => head)) + 1;
  const values = new Float64Array(layers * width).fill(Number.NaN);
  for (const { layer, head, importance } of heads) values[layer * width + head] = importance;
  const [first] = texts as [HeadGradients];
  const of = texts.length === 1 ? saidMetric(first) : `the prediction, over ${texts.length} texts`;
  const notes = [
    `How much turning a head down a little would change ${texts.length === 1 ? `it (${formatNumber(first.value)} here)` : "it"}: |Σ output × gradient|, ${texts.length === 1 ? "" : "the mean of each text's own size, "}as Michel et al. 2019 have it${options.perLayer ? ", each layer's divided by the root of its squares' sum" : ""}.`,
    "It foretells small changes; heed matter silences each head and says what comes of it.",
  ];
  const grid: NumberGrid = {
    title: `How important each head is for ${of}`,
    rows: layerNames(layers),
    columns: headNames(width),
    values,
    notes,
  };
  const object = () => ({
    model: modelJson(model, options),
    ...(texts.length === 1
      ? { ...inputJson(model, given, inputs[0]!), metric: first.metric, name: first.name }
      : { texts: texts.map(({ metric, name, value }) => ({ metric, name, value })) }),
    method: "head importance",
    scale,
    heads: heads.map(({ importance, ...head }, n) => ({
      head: formatHead(head),
      importance,
      ...(texts.length === 1 && { value: first.heads[n]!.value }),
    })),
    notes,
  });
  if (format === "json") return deliver(json(object()), options, format);
  if (format === "csv") {
    const rows = heads.map(({ importance, ...head }) => [formatHead(head), importance]);
    return deliver(csv(["head", "importance"], rows), options, format);
  }
  const ofFirst = factsOfInput(model, given, inputs[0]!);
  const facts =
    texts.length === 1 ? ofFirst : { ...ofFirst, texts: [countOf(texts.length, "text")] };
  const drawn =
    format === "svg"
      ? numberGridSvg(grid, figure(options, facts, object))
      : underHeading(facts, numberGridText(grid, terminalOf(process.stdout)));
  await deliver(drawn, options, format);
}
