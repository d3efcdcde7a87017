import { chooseFocus, focusOn } from "../../analysis/words/focus.ts";
import { allHeads, type WordWeights } from "../../analysis/words/word-weights.ts";
import { InputError } from "../../errors/errors.ts";
import type { Model } from "../../model.ts";
import type { Run } from "../../models/run.ts";
import { formatHead } from "../../probe/head-address.ts";
import type { TextToken } from "../../probe/words.ts";
import type { FocusReport } from "../../views/text/focus.ts";
import { deliverEach, type Found } from "../each-line.ts";
import { figure } from "../figure.ts";
import { focusReport } from "../focus-report.ts";
import { type Line, type LineOptions, readLines, runInput, textsIn } from "../input/lines.ts";
import { namesPicture } from "../input/text-input.ts";
import { endPhase, loadModel, type ModelOptions } from "../loading.ts";
import { modelJson, textJson } from "../model-json.ts";
import { expectTexts, headOf, unitNamed, withHeadName, wordsOfRun } from "../named.ts";
import { type Format, type FormatOptions, formatOf } from "../options/format.ts";
import { refuseIdle } from "../options/idle-options.ts";
import { deliver, formatBytes } from "../output.ts";
import {
  queryWeights,
  readWeights,
  type WeightRow,
  weightColumns,
  weightRows,
} from "../picture.ts";
import { commandMeant } from "../program/command-names.ts";
import { isRunFormat, type RunFormat, runFile, runFormats } from "../run-file.ts";
import { warn } from "../terminal/warnings.ts";

export interface LookOptions extends ModelOptions, FormatOptions, LineOptions {
  readonly word?: string;
  readonly to?: readonly string[];
  readonly head?: string;
  readonly near?: boolean;
  readonly site?: string;
}

const formats = ["text", "json", "jsonl", "csv", "svg", "html", ...runFormats] as const;
const nearWords = 2;
/** Bytes of a page that is slow to send and to open. */
const largePage = 10_000_000;

/** `heed "…"`: what a word looks at, in which heads. */
export async function look(given: string | undefined, options: LookOptions): Promise<void> {
  const { lines, ids, pair } = options;
  if (given !== undefined && namesPicture(given))
    return (await import("./look-image.ts")).lookAtImage(given, options);
  if (options.site !== undefined)
    return (await import("../site-output.ts")).printSite(given, { ...options, site: options.site });
  const format = formatOf(options, formats);
  refuseIdle("look", { ...options, format });
  if (given !== undefined) expectNoCommand(given);
  const inputs = await readLines(given, { lines, ids, pair });
  // What writes the text is evaluated while the weights are read.
  if (format === "text") void import("./look-text.ts");
  const model = await loadModel(options);
  expectTexts(model, given);
  if (isRunFormat(format))
    return deliver(await weightsFile(model, inputs.first, format), options, format);
  if (format !== "svg" && format !== "html")
    return deliverEach(inputs, { ...options, format }, async (line) =>
      foundOf(await lookedAt(model, line, { ...options, format }), options),
    );
  const looked = await lookedAt(model, inputs.first, { ...options, format });
  const content = await drawn(looked, { ...options, format });
  const bytes = Buffer.byteLength(content);
  if (format === "html" && bytes > largePage)
    warn(
      `the page takes ${formatBytes(bytes)}: it holds every head of every layer. A shorter text makes it smaller; heed show ${formatHead(looked.report.head)} draws one head (--out head.svg)`,
    );
  await deliver(content, options, format);
}

/** The weights of every head, whole, with what went in. */
async function weightsFile(model: Model, line: Line, format: RunFormat): Promise<Uint8Array> {
  const read = [readWeights(model, false)];
  const run = await model.run(runInput(line), { read, output: false, onWarning: warn });
  endPhase("run");
  return runFile(run, format);
}

interface Looked {
  readonly model: Model;
  readonly run: Run;
  readonly report: FocusReport;
  readonly weights: WordWeights;
  readonly near: number;
}

async function lookedAt(
  model: Model,
  line: Line,
  options: LookOptions & { readonly format: Format },
): Promise<Looked> {
  const input = runInput(line);
  const run = await model.run(input, {
    read:
      options.format === "html"
        ? (await import("../page.ts")).pageReads(model, input)
        : [readWeights(model, options.word !== undefined)],
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
  const report = focusReport({ model, run, texts: textsIn(model, line) }, weights, focus, near);
  return { model, run, report, weights, near };
}

function foundOf({ model, run, report, weights, near }: Looked, options: LookOptions): Found {
  return {
    text: async () =>
      (await import("./look-text.ts")).lookText(report, weights, near, options.word === undefined),
    json: () => lookJson(model, run, report, options),
    columns: weightColumns,
    rows: () => lookRows(model, run, report),
  };
}

async function drawn(
  { model, run, report, weights }: Looked,
  options: LookOptions & { readonly format: Format },
): Promise<string> {
  const { format, theme } = options;
  if (format === "html")
    // The page carries its script: only who asks for a page loads it.
    return (await import("../page.ts")).attentionPage(model, run, report, weights, { theme });
  const { sentenceSvg } = await import("../../views/svg/sentence.ts");
  return sentenceSvg(
    {
      ...report.head,
      tokens: report.tokens,
      weights: report.weights,
      focus: report.focus.tokens,
      word: report.focus.label,
    },
    figure(
      options,
      { texts: report.texts, model: report.model.name, of: formatHead(report.head) },
      () => lookJson(model, run, report, options),
    ),
  );
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

function lookJson(model: Model, run: Run, report: FocusReport, options: ModelOptions): object {
  const { texts, focus, targets, head, weights, heads, mean, habits, unranked } = report;
  return {
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
  };
}

/** Every head's weights from the focus word: a row a key. */
function lookRows(model: Model, run: Run, report: FocusReport): readonly WeightRow[] {
  return allHeads(model.dimensions).flatMap((address) =>
    report.focus.tokens.flatMap((query) =>
      weightRows(address, report.tokens, queryWeights(run, model, address, query), query),
    ),
  );
}
