import { basename } from "node:path";
import { attentionDrawn } from "../../../analysis/layers/drawn.ts";
import { type MeasureOverTexts, overTexts } from "../../../analysis/layers/head-measure.ts";
import { InputError } from "../../../errors/errors.ts";
import { readImage } from "../../../images/read-image.node.ts";
import type { Model } from "../../../model.ts";
import { sharedName } from "../../../models/short-name.ts";
import { formatHead, headAt } from "../../../probe/head-address.ts";
import { type Noun, pluralOf } from "../../../probe/noun.ts";
import type { NumberGrid } from "../../../views/measured/number-grid.ts";
import { numberGridSvg } from "../../../views/measured/number-grid-svg.ts";
import { numberGridText } from "../../../views/measured/number-grid-text.ts";
import type { WordBars } from "../../../views/measured/word-bars.ts";
import { wordBarsSvg } from "../../../views/measured/word-bars-svg.ts";
import { wordBarsText } from "../../../views/measured/word-bars-text.ts";
import { countOf } from "../../../views/numbers.ts";
import type { SvgOptions } from "../../../views/svg/frame.ts";
import {
  attentionOfLines,
  attentionRun,
  headNames,
  labelsOfTokens,
  layerNames,
  ofMoments,
  type StackOptions,
  stackPrefix,
  stageNumber,
} from "../../analysis/attention-run.ts";
import {
  expectMeasure,
  headMeasures,
  type MeasureChoice,
  type Measured,
  shareMeasures,
} from "../../analysis/measures.ts";
import { figure, figureFacts } from "../../figure.ts";
import { underHeading } from "../../heading.ts";
import { allOf } from "../../input/inputs.ts";
import { type Line, type LineOptions, readHeard, textsIn } from "../../input/lines.ts";
import { namesPicture, readsOf } from "../../input/text-input.ts";
import { endPhase, loadModel, type ModelOptions } from "../../loading.ts";
import { modelJson } from "../../model-json.ts";
import { expectTexts, headOf } from "../../named.ts";
import { type FormatOptions, formatOf } from "../../options/format.ts";
import { refuseIdle } from "../../options/idle-options.ts";
import { csv, deliver, json } from "../../output.ts";
import { terminalOf } from "../../terminal/terminal.ts";

export interface MeasureOptions
  extends ModelOptions,
    FormatOptions,
    LineOptions,
    StackOptions,
    MeasureChoice {
  readonly of?: string;
  readonly class?: string;
  readonly head?: string;
  readonly tags?: readonly string[];
}

const formats = ["text", "json", "csv", "svg"] as const;

/** What came out, in the ways it is written. */
interface Result {
  readonly text: () => string;
  readonly svg: (drawing: SvgOptions) => string;
  readonly json: () => object;
  readonly csv: () => string;
}

/** `heed measure TEXT|PICTURE --of entropy|distance|…`: a number for each head; of many texts, the mean. */
export async function measure(given: string | undefined, options: MeasureOptions): Promise<void> {
  const { of = "entropy" } = options;
  const format = formatOf(options, formats);
  const isPicture = given !== undefined && namesPicture(given);
  const moments = ofMoments(given, options);
  const noun = isPicture ? "patch" : moments ? "moment" : "word";
  expectMeasure(of, noun);
  refuseIdle("measure", { ...options, of, format }, [isPicture && "a picture", moments]);
  const lines = isPicture ? undefined : await allOf(await readHeard(given, options));
  const model = await loadModel(options, readsOf(given));
  if (!isPicture) expectTexts(model, given);
  const texts = isPicture ? pictureText(model, given, options) : lineTexts(model, lines!, options);
  const about = {
    model: modelJson(model, options),
    image: isPicture ? sharedName(given!) : undefined,
    texts: lines?.map((line) => textsIn(model, line)),
    measure: of,
  };
  const [first] = isPicture ? [[basename(given!)]] : about.texts!;
  const facts = figureFacts(model, lines && lines.length > 1 ? [`${lines.length} texts`] : first!);
  const result = await resultOf(of, texts, { ...options, noun, model });
  endPhase("run");
  const content =
    format === "json"
      ? json({ ...about, ...result.json() })
      : format === "svg"
        ? result.svg(figure(options, facts, () => ({ ...about, ...result.json() })))
        : format === "text"
          ? underHeading(facts, result.text())
          : result.csv();
  await deliver(content, options, format);
}

interface Context extends Omit<MeasureOptions, "model"> {
  readonly noun: Noun;
  readonly model: Model;
}

type Texts = AsyncIterable<Measured>;

async function* pictureText(model: Model, path: string, options: MeasureOptions): Texts {
  const stage = stageNumber(options.stage);
  yield { model, stage, ...(await attentionRun(model, await readImage(path), options)) };
}

async function* lineTexts(model: Model, lines: readonly Line[], options: MeasureOptions): Texts {
  for await (const found of attentionOfLines(model, lines, options)) yield { model, ...found };
}

async function resultOf(of: string, texts: Texts, context: Context): Promise<Result> {
  if (of === "drawn") return drawnResult(texts, context);
  if (shareMeasures[of]) return shareResult(of, texts, context);
  const named = headMeasures[of]!;
  const all = overTexts();
  let firstLayer = 0;
  for await (const measured of texts) {
    all.add(named.take(measured, context));
    firstLayer = measured.maps.firstLayer;
  }
  return headResult(all.result(), {
    firstLayer,
    title: named.title(context),
    unit: named.unit(context),
    notes: [named.note(context), uniformNote],
  });
}

const uniformNote =
  "Beside each layer: what it would be if every query gave all the keys it may see alike.";

interface Shown extends Pick<NumberGrid, "title" | "unit"> {
  readonly notes: readonly string[];
  /** The model's number of the first layer measured. */
  readonly firstLayer?: number;
}

/** A number for each head: the grid of layers and heads. */
function headResult(result: MeasureOverTexts, shown: Shown): Result {
  const { layers, heads, values, uniform, spread, texts } = result;
  const { firstLayer = 0, ...drawn } = shown;
  const grid: NumberGrid = {
    ...drawn,
    title: texts > 1 ? `${shown.title}, the mean of ${countOf(texts, "text")}` : shown.title,
    rows: layerNames(layers, firstLayer),
    columns: headNames(heads),
    values,
    beside: { title: "uniform", values: uniform },
    notes: [...shown.notes, ...(texts > 1 ? [spreadNote(result)] : [])],
  };
  const row = (place: number) => Math.floor(place / heads);
  const address = (place: number) => ({ layer: firstLayer + row(place), head: place % heads });
  return {
    text: () => numberGridText(grid, terminalOf(process.stdout)),
    svg: (drawing) => numberGridSvg(grid, drawing),
    json: () => ({
      unit: shown.unit ?? null,
      count: texts,
      heads: Array.from(values, (value, place) => ({
        head: formatHead(address(place)),
        value,
        uniform: uniform[row(place)],
        ...(texts > 1 && { spread: spread[place] }),
      })),
      notes: grid.notes,
    }),
    csv: () =>
      csv(
        ["layer", "head", "value", "uniform", "spread", "texts"],
        Array.from(values, (value, place) => {
          const { layer, head } = address(place);
          return [layer, head, value, uniform[row(place)]!, texts > 1 ? spread[place]! : "", texts];
        }),
      ),
  };
}

function spreadNote({ spread, texts }: MeasureOverTexts): string {
  const mean = spread.reduce((sum, value) => sum + value, 0) / spread.length;
  return `Between the ${texts} texts a head's number varies by ${mean.toPrecision(2)} (standard deviation, the mean of all heads).`;
}

/** A number for each head and class: layers by classes, or the heads of one class. */
async function shareResult(of: string, texts: Texts, context: Context): Promise<Result> {
  const named = shareMeasures[of]!;
  const all = new Map<string, ReturnType<typeof overTexts>>();
  let count = 0;
  for await (const measured of texts) {
    count += 1;
    for (const [name, own] of named.take(measured)) {
      if (!all.has(name)) all.set(name, overTexts());
      all.get(name)!.add(own);
    }
  }
  const classes = [...all.keys()].sort();
  const results = new Map(classes.map((name) => [name, all.get(name)!.result()] as const));
  const { class: chosen } = context;
  if (chosen !== undefined) {
    const name = classes.find((own) => own === chosen || own.replace("→", ">") === chosen);
    if (name === undefined)
      throw new InputError(`--class ${chosen}: the texts have ${classes.join(", ")}`);
    const title = `What each head gives ${of === "sentences" ? name : `tokens of class "${name}"`}`;
    return headResult(results.get(name)!, {
      title,
      unit: undefined,
      notes: [named.note, uniformNote],
    });
  }
  const { layers, heads } = results.get(classes[0]!)!;
  const meanOf = ({ values }: MeasureOverTexts, layer: number) =>
    values.subarray(layer * heads, (layer + 1) * heads).reduce((a, b) => a + b, 0) / heads;
  const values = Array.from({ length: layers }, (_, layer) =>
    classes.map((name) => meanOf(results.get(name)!, layer)),
  ).flat();
  const grid: NumberGrid = {
    title: `${named.title}: the mean of its heads${count > 1 ? ` and of ${countOf(count, "text")}` : ""}`,
    rows: layerNames(layers),
    columns: classes,
    values,
    range: [0, 1],
    hasEnds: false,
    notes: [named.note, `--class "${classes[0]!.replace("→", ">")}" shows each head.`],
  };
  return {
    text: () => numberGridText(grid, terminalOf(process.stdout)),
    svg: (drawing) => numberGridSvg(grid, drawing),
    json: () => ({
      count,
      classes: classes.map((name) => {
        const own = results.get(name)!;
        return {
          class: name,
          count: own.texts,
          heads: Array.from(own.values, (value, place) => ({
            head: formatHead(headAt(place, { heads })),
            value,
            uniform: own.uniform[Math.floor(place / heads)],
            ...(own.texts > 1 && { spread: own.spread[place] }),
          })),
        };
      }),
      notes: [named.note],
    }),
    csv: () =>
      csv(
        ["class", "layer", "head", "value", "uniform", "spread", "texts"],
        classes.flatMap((name) => {
          const own = results.get(name)!;
          return Array.from(own.values, (value, place) => {
            const layer = Math.floor(place / heads);
            return [
              name,
              layer,
              place % heads,
              value,
              own.uniform[layer]!,
              own.texts > 1 ? own.spread[place]! : "",
              own.texts,
            ];
          });
        }),
      ),
  };
}

const drawnNote = (noun: Noun) =>
  `The mean weight over the queries that may see the ${noun}, and over the heads. Beside it: what the mask alone would give, every query looking at all it may see alike.`;
const wordsListed = 30;

/** Which words draw attention; of many texts, each word over all its places. */
async function drawnResult(texts: Texts, context: Context): Promise<Result> {
  const { head, model, noun, stack } = context;
  const address = head === undefined ? undefined : headOf(model, head, stackPrefix(model, stack));
  const rows: WordBars["rows"][number][] = [];
  let count = 0;
  for await (const { maps } of texts) {
    count += 1;
    const { values, uniform } = attentionDrawn(maps, address && { heads: [address] });
    rows.push(
      ...labelsOfTokens(maps.keys).map((label, key) => ({
        ...label,
        value: values[key]!,
        beside: uniform[key]!,
      })),
    );
  }
  const shown = count > 1 ? byWord(rows) : rows;
  const where = address ? `in ${formatHead(address)}` : "in all heads";
  const bars: WordBars = {
    title: `What draws attention ${where}${count > 1 ? `, in ${countOf(count, "text")}` : ""}`,
    noun,
    unit: "weight",
    besideTitle: "if uniform",
    rows: count > 1 ? shown.slice(0, wordsListed) : shown,
    notes: [
      drawnNote(noun),
      ...(count > 1 && shown.length > wordsListed
        ? [
            `The ${wordsListed} most drawing of ${shown.length} ${pluralOf(noun)}; JSON and CSV hold all.`,
          ]
        : []),
    ],
  };
  return {
    text: () => wordBarsText(bars, terminalOf(process.stdout)),
    svg: (drawing) => wordBarsSvg(bars, drawing),
    json: () => ({
      count,
      words: shown.map(({ text, value, beside }) => ({ word: text, value, uniform: beside })),
      notes: bars.notes,
    }),
    csv: () =>
      csv(
        ["word", "value", "uniform"],
        shown.map(({ text, value, beside }) => [text, value, beside!]),
      ),
  };
}

/** Words of one spelling as one, the most drawing first. */
function byWord(rows: readonly WordBars["rows"][number][]): WordBars["rows"][number][] {
  const all = new Map<
    string,
    { row: WordBars["rows"][number]; value: number; beside: number; count: number }
  >();
  for (const row of rows) {
    const name = row.text.toLowerCase();
    const own = all.get(name) ?? { row, value: 0, beside: 0, count: 0 };
    own.value += row.value;
    own.beside += row.beside ?? 0;
    own.count += 1;
    all.set(name, own);
  }
  return [...all.values()]
    .map(({ row, value, beside, count }) => ({
      ...row,
      value: value / count,
      beside: beside / count,
    }))
    .sort((a, b) => b.value - a.value);
}
