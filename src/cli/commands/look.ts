import { chooseFocus, focusOn } from "../../analysis/focus.ts";
import { allHeads, type WordWeights } from "../../analysis/word-weights.ts";
import { InputError } from "../../errors/errors.ts";
import type { Model } from "../../model.ts";
import type { Run } from "../../models/run.ts";
import { formatHead } from "../../probe/head-address.ts";
import type { TextToken } from "../../probe/words.ts";
import type { FocusReport } from "../../views/text/focus.ts";
import { focusReport } from "../focus-report.ts";
import { endPhase, loadModel, type ModelOptions, warn } from "../loading.ts";
import { modelJson, textJson } from "../model-json.ts";
import { expectTexts, headOf, unitNamed, withHeadName, wordsOfRun } from "../named.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { refuseIdle } from "../options/idle-options.ts";
import { csv, deliver, json } from "../output.ts";
import {
  queryWeights,
  readWeights,
  type WeightRow,
  weightColumns,
  weightRows,
} from "../picture.ts";
import { commandMeant } from "../program/command-names.ts";
import { namesPicture, readText, textsOf } from "../text-input.ts";

export interface LookOptions extends ModelOptions, FormatOptions {
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
  if (namesPicture(text)) return (await import("./look-image.ts")).lookAtImage(text, options);
  if (options.site !== undefined)
    return (await import("../site-output.ts")).printSite(text, { ...options, site: options.site });
  const format = formatOf(options, formats);
  refuseIdle("look", { ...options, format });
  expectNoCommand(text);
  const input = await readText(text, options.pair);
  // What writes the text is evaluated while the weights are read.
  if (format === "text") void import("./look-text.ts");
  const model = await loadModel(options);
  expectTexts(model, text);
  // The page carries its script: only who asks for a page loads it.
  const page = format === "html" ? await import("../page.ts") : undefined;
  const run = await model.run(input, {
    read: page ? page.pageReads(model, input) : [readWeights(model, options.word !== undefined)],
    output: false,
    onWarning: warn,
  });
  endPhase("run");
  const near = options.near ? 0 : nearWords;
  const weights = wordsOfRun(model, run, { "--word": [options.word], "--to": options.to });
  const focus = focusOn(weights, focusUnit(weights, run.tokens[0]!, options.word, near), {
    targets: options.to?.map((word) => unitNamed(weights, run.tokens[0]!, word, "--to")),
    head: options.head === undefined ? undefined : headOf(model, options.head),
    near,
  });
  const report = focusReport({ model, run, texts: textsOf(input) }, weights, focus, near);
  const content = {
    text: async () =>
      (await import("./look-text.ts")).lookText(report, weights, near, options.word === undefined),
    json: () => lookJson(model, run, report, options),
    csv: () => lookCsv(model, run, report),
    svg: async () =>
      (await import("../../views/svg/sentence.ts")).sentenceSvg({
        ...report.head,
        tokens: report.tokens,
        weights: report.weights,
        focus: report.focus.tokens,
        word: report.focus.label,
      }),
    html: () => page!.attentionPage(model, run, report, weights),
  }[format];
  await deliver(await content(), { ...options, format });
}

/** Throws InputError for a misspelt command: as a text, one word has nothing to look at. */
function expectNoCommand(text: string): void {
  const meant = commandMeant(text);
  if (meant)
    throw new InputError(
      `"${text}" is one word, with no other word to look at. Did you mean heed ${meant}?`,
    );
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

function lookJson(model: Model, run: Run, report: FocusReport, options: ModelOptions): string {
  const { texts, focus, targets, head, weights, heads, mean, habits, unranked } = report;
  return json({
    model: { ...modelJson(model, options), tokens: report.model.tokens },
    ...textJson(texts, run),
    word: focus,
    targets,
    head: formatHead(head),
    weights,
    heads: heads.map(({ weights, ...address }) => withHeadName({ ...address, ...weights })),
    mean,
    habits: habits.map(withHeadName),
    unranked: {
      near: unranked.near,
      looks: unranked.looks.map(withHeadName),
    },
  });
}

/** Every head's weights from the focus word: a row a key. */
function lookCsv(model: Model, run: Run, report: FocusReport): string {
  function* rows(): Generator<WeightRow> {
    for (const address of allHeads(model.dimensions)) {
      for (const query of report.focus.tokens)
        yield* weightRows(address, report.tokens, queryWeights(run, model, address, query), query);
    }
  }
  return csv(weightColumns, rows());
}
