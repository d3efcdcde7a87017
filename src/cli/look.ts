import { chooseFocus, focusOn, looksOfWords } from "../analysis/focus.ts";
import { labelsOfUnits, type WordWeights, wordWeights } from "../analysis/word-weights.ts";
import {
  findWord,
  formatHead,
  type HeadAddress,
  parseHead,
  type TextToken,
} from "../attention/address.ts";
import { InputError, SiteError } from "../errors.ts";
import type { Model } from "../models/model.ts";
import type { Run } from "../models/run.ts";
import { isImage } from "../tokens/image.ts";
import { type FocusReport, focusText } from "../views/focus-text.ts";
import { sentenceSvg } from "../views/sentence-svg.ts";
import { wordsText } from "../views/words-text.ts";
import { focusReport } from "./focus-report.ts";
import { endPhase, loadModel, type ModelOptions, timingText, warn } from "./loading.ts";
import { csv, deliver, formatOf, json, type OutputOptions } from "./output.ts";
import { attentionPage } from "./page.ts";
import { headWeights, shortName, stackOf } from "./picture.ts";
import { printSite } from "./site-output.ts";
import { terminalOf } from "./terminal.ts";
import { pictureName, readInput } from "./text-input.ts";

export interface LookOptions extends ModelOptions, OutputOptions {
  readonly word?: string;
  readonly to?: readonly string[];
  readonly head?: string;
  readonly near?: boolean;
  readonly site?: string;
  readonly pair?: string;
}

const formats = ["text", "json", "csv", "svg", "html"] as const;
const nearWords = 2;

/** `heed "…"`: what a word looks at, in which heads. */
export async function look(text: string, options: LookOptions): Promise<void> {
  const { input, titles } = await readInput(text, options.pair);
  if (isImage(input))
    return (await import("./look-image.ts")).lookAtImage(input, titles[0]!, options);
  const format = formatOf(options, formats);
  const model = await loadModel(options);
  expectTexts(model, text);
  if (options.site !== undefined)
    return printSite(model, input, { ...options, site: options.site, format });
  const run = await model.run(input, {
    read: [
      `${stackOf(model)}layers.*.${format === "html" ? "{q,k,v,weights,scores,scores.content}" : "weights"}`,
    ],
    output: false,
    onWarning: warn,
  });
  endPhase("run");
  const near = options.near ? 0 : nearWords;
  const weights = wordWeights(layersOf(model, run), run.tokens[0]!, { isCausal: model.isCausal });
  const focus = focusOn(weights, focusUnit(weights, run.tokens[0]!, options.word, near), {
    targets: options.to?.map((word) => unitNamed(weights, run.tokens[0]!, word, "--to")),
    head: options.head === undefined ? undefined : headOf(model, options.head),
    near,
  });
  const report = focusReport({ model, run, texts: titles }, weights, focus, near);
  const content = {
    text: () => lookText(report, weights, near, options.word === undefined),
    json: () => lookJson(model, run, report),
    csv: () => lookCsv(model, run, report),
    svg: () =>
      sentenceSvg({
        ...report.head,
        tokens: report.tokens,
        weights: report.weights,
        focus: report.focus.tokens,
        word: report.focus.label,
      }),
    html: () => attentionPage(model, run, report, weights),
  }[format];
  await deliver(content(), { ...options, format });
  endPhase("print");
  if (options.timing) process.stderr.write(`${timingText()}\n`);
}

/** Throws InputError where a model of pictures was given a text, or the name of a picture that is not there. */
export function expectTexts(model: Model, given: string): void {
  if (!model.images) return;
  const name = shortName(model.label);
  throw new InputError(
    pictureName.test(given)
      ? `${given}: there is no such file; ${name} reads pictures`
      : `${name} reads pictures, not texts. Name a PNG, JPEG or WebP file: heed cat.png`,
  );
}

/** Weights of every layer, in order. Throws SiteError for models whose attention is not one square a head. */
export function layersOf(model: Model, run: Run) {
  return Array.from({ length: model.dimensions.layers }, (_, layer) =>
    run.trace.get(`${stackOf(model)}layers.${layer}.weights`),
  );
}

/** A head's address, checked against the model. */
export function headOf(model: Model, text: string): HeadAddress {
  const address = parseHead(text);
  const { layers, heads } = model.dimensions;
  if (address.layer >= layers || address.head >= heads)
    throw new SiteError(
      `${formatHead(address)}: ${shortName(model.label)} has layers 0 to ${layers - 1} and heads 0 to ${heads - 1}`,
    );
  return address;
}

/** The unit a word names. */
export function unitNamed(
  { units }: WordWeights,
  tokens: readonly TextToken[],
  word: string,
  place: string,
): number {
  const [first] = findWord(word, tokens, place).tokens;
  return units.findIndex((unit) => unit.tokens.includes(first!));
}

function focusUnit(
  weights: WordWeights,
  tokens: readonly TextToken[],
  word: string | undefined,
  near: number,
) {
  return word === undefined
    ? chooseFocus(weights, near)
    : unitNamed(weights, tokens, word, "--word");
}

function lookText(
  report: FocusReport,
  weights: WordWeights,
  near: number,
  listsWords: boolean,
): string {
  const terminal = terminalOf(process.stdout);
  const text = focusText(report, terminal);
  if (!listsWords) return text;
  const names = labelsOfUnits(weights.units);
  const looks = looksOfWords(weights, near).map(({ unit, look }) => ({
    word: names[unit]!,
    at: names[look.unit]!,
    weight: look.weight,
    layer: look.layer,
    head: look.head,
  }));
  const note =
    near > 0
      ? `Special tokens and the ${near} words on either side are not ranked; --near ranks those words too.`
      : "Special tokens are not ranked.";
  return `${text.trimEnd()}\n\n${wordsText({ looks, note }, terminal)}`;
}

function lookJson(model: Model, run: Run, report: FocusReport): string {
  const { texts, focus, targets, head, weights, heads, mean, habits, unranked } = report;
  return json({
    texts,
    model: { ...report.model, label: model.label, type: model.type },
    tokens: run.tokens[0],
    word: focus,
    targets,
    head: formatHead(head),
    weights,
    heads: heads.map(({ layer, head, weights }) => ({
      head: formatHead({ layer, head }),
      ...weights,
    })),
    mean,
    habits: habits.map(({ layer, head, ...habit }) => ({
      head: formatHead({ layer, head }),
      ...habit,
    })),
    unranked: {
      near: unranked.near,
      looks: unranked.looks.map(({ layer, head, ...look }) => ({
        head: formatHead({ layer, head }),
        ...look,
      })),
    },
  });
}

/** Every head's weights from the focus word: a row a key. */
function lookCsv(model: Model, run: Run, report: FocusReport): string {
  const { layers, heads } = model.dimensions;
  const width = report.tokens.length;
  function* rows(): Generator<(string | number)[]> {
    for (let layer = 0; layer < layers; layer++)
      for (let head = 0; head < heads; head++) {
        const weights = headWeights(run, model, { layer, head });
        for (const query of report.focus.tokens)
          for (let key = 0; key < width; key++) {
            const weight = weights[query * width + key]!;
            const names = [report.tokens[query]!.text, report.tokens[key]!.text];
            yield [
              layer,
              head,
              query,
              names[0]!,
              key,
              names[1]!,
              Number.isNaN(weight) ? "" : weight,
            ];
          }
      }
  }
  return csv(["layer", "head", "query", "query_token", "key", "key_token", "weight"], rows());
}
