import { focusOn, strongestLook } from "../../analysis/words/focus.ts";
import { neighbours, type StandingLook } from "../../analysis/words/standing-out.ts";
import type { WordWeights } from "../../analysis/words/word-weights.ts";
import { InputError } from "../../errors/errors.ts";
import { dimensionsIn, layerDimensions } from "../../families/family.ts";
import type { Model } from "../../model.ts";
import type { Run } from "../../models/run.ts";
import { allHeads, formatHead, type HeadAddress } from "../../probe/head-address.ts";
import { attentionOf } from "../../views/from-run/run.ts";
import type { FocusReport } from "../../views/text/focus.ts";
import { inputOf, type StackOptions, stackPrefix } from "../analysis/attention-run.ts";
import { deliverEach, type Found } from "../each-line.ts";
import { figure } from "../figure.ts";
import { focusReport, type LookedRun } from "../focus-report.ts";
import { type Line, type LineOptions, readHeard, textsIn } from "../input/lines.ts";
import { namesPicture } from "../input/text-input.ts";
import { endPhase, loadModel, type ModelOptions } from "../loading.ts";
import { modelJson, textJson } from "../model-json.ts";
import {
  expectTexts,
  focusUnit,
  headOf,
  isCausalText,
  layerCount,
  openingLook,
  targetUnits,
  withHeadName,
  wordsOfRun,
} from "../named.ts";
import { type Format, type FormatOptions, formatOf } from "../options/format.ts";
import { refuseIdle } from "../options/idle-options.ts";
import { layersOf } from "../options/intervention-options.ts";
import { deliver, formatBytes } from "../output.ts";
import {
  headIn,
  readWeights,
  stackJson,
  type WeightRow,
  weightColumns,
  weightRows,
} from "../picture.ts";
import { commandMeant } from "../program/command-names.ts";
import {
  isRunFormat,
  type NamesOptions,
  type RunFormat,
  runFile,
  runFormats,
} from "../run-file.ts";
import { warn } from "../terminal/warnings.ts";

export interface LookOptions
  extends ModelOptions,
    FormatOptions,
    LineOptions,
    StackOptions,
    NamesOptions {
  readonly word?: string;
  readonly to?: readonly string[];
  readonly head?: string;
  /** What a page holds of the model. */
  readonly heads?: readonly string[];
  readonly layers?: string;
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
  const inputs = await readHeard(given, { lines, ids, pair });
  // What writes the text is evaluated while the weights are read.
  if (format === "text") void import("./look-text.ts");
  const model = await loadModel(options);
  expectTexts(model, given);
  if (isRunFormat(format))
    return deliver(await weightsFile(model, inputs.first, { ...options, format }), options, format);
  if (format !== "svg" && format !== "html")
    return deliverEach(inputs, { ...options, format }, async (line) =>
      foundOf(await lookedAt(model, line, { ...options, format }), options),
    );
  const only = headsHeld(model, options);
  const looked = await lookedAt(model, inputs.first, { ...options, format }, only);
  const content = await drawn(looked, { ...options, format, only });
  const bytes = Buffer.byteLength(content);
  if (format === "html" && bytes > largePage) warn(largeSaid(looked, options, bytes));
  await deliver(content, options, format);
}

/** What makes a large page smaller. */
function largeSaid(
  { report: { head } }: Looked,
  { heads, layers }: LookOptions,
  bytes: number,
): string {
  const isPart = heads !== undefined || layers !== undefined;
  const [holds, smaller] = isPart
    ? ["all weights of the heads asked for", "Fewer of them, or a shorter text, make it smaller"]
    : [
        "every head of every layer",
        `--layers ${head.layer} or --heads ${formatHead(head)} writes a part of it, a shorter text makes it smaller`,
      ];
  return `the page takes ${formatBytes(bytes)}: it holds ${holds}. ${smaller}; heed show ${formatHead(head)} draws one head (--out head.svg)`;
}

/** The heads a page is asked to hold; undefined for all. Throws InputError for a head to show that is none of them. */
function headsHeld(
  model: Model,
  { heads, layers, head, ...options }: LookOptions,
): readonly HeadAddress[] | undefined {
  if (heads === undefined && layers === undefined) return undefined;
  const stack = stackPrefix(model, options.stack);
  const named = (heads ?? []).map((text) => headOf(model, text, stack));
  const whole = (layers === undefined ? [] : layersOf(layers)).flatMap((layer) => {
    const first = headOf(model, `L${layer}H0`, stack);
    const { heads } = layerDimensions(dimensionsIn(model.dimensions, stack), layer);
    return Array.from({ length: heads }, (_, head) => ({ ...first, head }));
  });
  const held = [
    ...new Map([...whole, ...named].map((one) => [formatHead(one), one] as const)).values(),
  ];
  const shown = head === undefined ? undefined : headOf(model, head, stack);
  if (shown && !held.some((one) => formatHead(one) === formatHead(shown)))
    throw new InputError(
      `--head ${head}: the page would not hold it. Name it in --heads or --layers, or leave one of them out`,
    );
  return held;
}

/** The weights of every head, whole, with what went in. */
async function weightsFile(
  model: Model,
  line: Line,
  options: LookOptions & { readonly format: RunFormat },
): Promise<Uint8Array> {
  const { format, stack } = options;
  const read = [readWeights(model, false, stackPrefix(model, stack))];
  const input = inputOf(line, options);
  const run = await model.run(input, { read, output: false, onWarning: warn });
  endPhase("run");
  return runFile(run, format, options);
}

interface Looked extends LookedRun {
  readonly line: Line;
  readonly run: Run;
  readonly report: FocusReport;
  readonly weights: WordWeights;
  /** How many words on either side the list of words leaves out. */
  readonly far: number;
  /** Of a causal text, the look of a word that neither places nor habits explain: what the list of words has. */
  readonly lookOf?: (unit: number) => StandingLook | undefined;
}

async function lookedAt(
  model: Model,
  line: Line,
  options: LookOptions & { readonly format: Format },
  only?: readonly HeadAddress[],
): Promise<Looked> {
  const input = inputOf(line, options);
  const stack = stackPrefix(model, options.stack);
  const { word, to, decoder } = options;
  const run = await model.run(input, {
    read:
      options.format === "html"
        ? (await import("../page.ts")).pageReads(model, input, stack, only)
        : [readWeights(model, word !== undefined, stack)],
    output: false,
    onWarning: warn,
  });
  endPhase("run");
  // No word of one text stands beside a word of the other.
  const far = options.near || stack === "decoder.cross." ? 0 : nearWords;
  const weights = wordsOfRun(model, run, { "--word": [word], "--to": to }, stack, only);
  const unit = focusUnit(weights, run, stack, { word, near: far });
  const isOpen = to === undefined && options.head === undefined && !options.near;
  const opening = isOpen ? openingLook(model, run, weights, unit, stack) : undefined;
  const near = opening ? neighbours : far;
  const focus = focusOn(weights, unit, {
    targets: targetUnits(weights, run, stack, to),
    head: options.head === undefined ? undefined : headOf(model, options.head, stack),
    look: opening,
    near,
  });
  const looked = {
    ...{ model, line, run, stack, weights, far },
    ...(!options.near &&
      isCausalText(model, stack) && {
        lookOf: (unit: number) => openingLook(model, run, weights, unit, stack),
      }),
    // Layers that were not read are the model's too.
    attention: { ...attentionOf(run, "heed", { stack }), layers: layerCount(model, stack) },
    texts: [...textsIn(model, line), ...(decoder === undefined ? [] : [decoder])],
  };
  const strongest = opening && strongestLook(weights, unit, near);
  return { ...looked, report: focusReport(looked, weights, focus, { near, strongest }) };
}

function foundOf(looked: Looked, options: LookOptions): Found {
  return {
    text: async () => (await import("./look-text.ts")).lookText(looked, options.word === undefined),
    json: () => lookJson(looked, options),
    columns: weightColumns,
    rows: () => lookRows(looked),
  };
}

async function drawn(
  looked: Looked,
  options: LookOptions & {
    readonly format: Format;
    readonly only: readonly HeadAddress[] | undefined;
  },
): Promise<string> {
  const { format, theme, only } = options;
  const { report, weights, stack } = looked;
  if (format === "html")
    // The page carries its script: only who asks for a page loads it.
    return (await import("../page.ts")).attentionPage(looked, report, weights, { theme, only });
  const { sentenceSvg } = await import("../../views/svg/sentence.ts");
  return sentenceSvg(
    {
      ...report.head,
      tokens: report.tokens,
      weights: report.weights,
      // Who looks is marked where it stands among those that are looked at.
      focus: report.queries === undefined ? report.focus.tokens : [],
      word: report.focus.label,
    },
    figure(
      options,
      { texts: report.texts, model: report.model.name, of: headIn(stack, report.head) },
      () => lookJson(looked, options),
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

function lookJson({ model, run, stack, report, line }: Looked, options: ModelOptions): object {
  const { focus, targets, head, weights, heads, mean, habits, unranked } = report;
  return {
    model: { ...modelJson(model, options), tokens: report.model.tokens },
    ...textJson(textsIn(model, line), run, line.audio !== undefined),
    ...stackJson(stack, run),
    word: focus,
    targets,
    head: formatHead(head),
    weights,
    heads: heads.map(({ weights, ...address }) => withHeadName({ ...address, ...weights })),
    mean,
    habits: habits.map(withHeadName),
    unranked: {
      near: unranked.near,
      rest: unranked.rest,
      looks: unranked.looks.map(withHeadName),
    },
  };
}

/** Every head's weights from the focus word: a row a key. */
function lookRows({ attention, report }: Looked): readonly WeightRow[] {
  return allHeads(attention).flatMap((address) =>
    report.focus.tokens.flatMap((query) =>
      weightRows(address, attention, attention.row(address, [query]), query),
    ),
  );
}
