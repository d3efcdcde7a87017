import { labelsOfUnits } from "../../analysis/words/word-weights.ts";
import type { Model } from "../../model.ts";
import { shortName } from "../../models/short-name.ts";
import { compareSvg } from "../../views/svg/compare.ts";
import { compareText } from "../../views/text/compare.ts";
import { type AskedWords, textComparison } from "../analysis/text-comparison.ts";
import { type DrawnFound, deliverEachOrDrawn } from "../figure.ts";
import { readTextPairs, type TextPair } from "../input/text-pairs.ts";
import { endPhase, loadModel, type ModelOptions } from "../loading.ts";
import { modelJson } from "../model-json.ts";
import { expectTexts, withHeadName } from "../named.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { refuseIdle } from "../options/idle-options.ts";
import { terminalOf } from "../terminal/terminal.ts";

export interface CompareOptions extends ModelOptions, FormatOptions, AskedWords {
  /** A second model, to compare with on one text. */
  readonly with?: string;
  readonly lines?: boolean;
}

const formats = ["text", "json", "jsonl", "csv", "svg"] as const;
const headsShown = 8;

/** `heed compare TEXT1 TEXT2`: the same word in two texts, where it looks otherwise, and how far its vector moves. */
export async function compare(
  first: string | undefined,
  second: string | undefined,
  options: CompareOptions,
): Promise<void> {
  if (options.with !== undefined) {
    const { compareTwoModels } = await import("./explaining/compare-models.ts");
    return compareTwoModels(first, second, { ...options, with: options.with });
  }
  const format = formatOf(options, formats);
  refuseIdle("compare", { ...options, format });
  const pairs = await readTextPairs(first, second, options);
  const model = await loadModel(options);
  expectTexts(model, first);
  await deliverEachOrDrawn(
    pairs,
    options,
    format,
    (pair) => compared(model, pair, options),
    ({ texts }) => ({ texts, model: shortName(model.label) }),
  );
}

/** What comes of comparing two texts. */
async function compared(
  model: Model,
  { texts }: TextPair,
  options: CompareOptions,
): Promise<DrawnFound> {
  const { sides, report } = await textComparison(model, texts, options);
  endPhase("run");
  const shown = { ...report, heads: report.heads.slice(0, headsShown) };
  return {
    isHeaded: true,
    text: () => compareText(shown, terminalOf(process.stdout)),
    svg: (drawing) => compareSvg(shown, drawing),
    json: () => ({
      ...report,
      model: { ...modelJson(model, options), tokens: report.model.tokens },
      sides: sides.map(({ run, weights, focus }, n) => ({
        text: report.texts[n],
        tokens: run.tokens[0],
        word: {
          label: labelsOfUnits(weights.units)[focus],
          tokens: weights.units[focus]!.tokens,
        },
      })),
      heads: report.heads.map(withHeadName),
      differing: (report.differing ?? []).map(({ heads, ...pair }) => ({
        ...pair,
        heads: heads.map(withHeadName),
      })),
    }),
    columns: ["layer", "head", "target", "first", "second"],
    rows: () =>
      report.heads.flatMap(({ layer, head, first, second }) =>
        report.targets.map((target, n) => [layer, head, target, first[n]!, second[n]!]),
      ),
  };
}
