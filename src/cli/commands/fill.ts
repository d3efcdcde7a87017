import type { Model } from "../../model.ts";
import { predictionsText } from "../../views/text/predictions.ts";
import { deliverEach, type Found, lineFormats } from "../each-line.ts";
import { idsIn, type Line, type LineOptions, readLines, textOf, textsIn } from "../input/lines.ts";
import { endPhase, loadModel, type ModelOptions } from "../loading.ts";
import { modelJson, textJson } from "../model-json.ts";
import { wholeNumber } from "../named.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { expectTask } from "../task.ts";
import { terminalOf } from "../terminal/terminal.ts";
import { warn } from "../terminal/warnings.ts";

const usualCount = 10;

export interface FillCommand
  extends ModelOptions,
    FormatOptions,
    Pick<LineOptions, "lines" | "ids"> {
  readonly topK?: string;
  readonly targets?: readonly string[];
}

/** `heed fill "The cat sat on the [MASK]."`: the most probable words for every mask. */
export async function fill(given: string | undefined, options: FillCommand): Promise<void> {
  const format = formatOf(options, lineFormats);
  const topK = options.topK === undefined ? usualCount : wholeNumber(options.topK, "--top-k");
  const lines = await readLines(given, { lines: options.lines, ids: options.ids });
  const model = await loadModel(options);
  if (!model.fillsMasks) expectTask(model, "fill", ["masked language modeling"]);
  await deliverEach(lines, { ...options, format }, (line) =>
    filled(model, line, { ...options, most: topK }),
  );
}

async function filled(
  model: Model,
  line: Line,
  options: FillCommand & { readonly most: number },
): Promise<Found> {
  const ids = idsIn(line);
  const text = ids ? textsIn(model, line)[0]! : textOf(line, "fill");
  const { rows, runs } = await model.fill(ids ? [ids] : text, {
    topK: options.most,
    targets: options.targets,
    onWarning: warn,
  });
  endPhase("run");
  const { tokenizer } = model;
  const masks = rows[0]!.map(({ token, fillings }) => ({
    token,
    predictions: fillings.map(({ id, text: own, score, sequence }) => ({
      id,
      name: own.trim() || (tokenizer?.idToToken(id) ?? `#${id}`),
      probability: score,
      text: own,
      sequence,
    })),
  }));
  return {
    text: () =>
      masks
        .map(({ token, predictions }) =>
          predictionsText(
            { title: masks.length > 1 ? `${text} (token ${token})` : text, predictions },
            terminalOf(process.stdout),
          ),
        )
        .join("\n\n"),
    json: () => ({
      model: modelJson(model, options),
      ...textJson(ids ? [] : [text], runs[0]!),
      text,
      masks,
    }),
    columns: ["token", "id", "name", "probability"],
    rows: () =>
      masks.flatMap(({ token, predictions }) =>
        predictions.map(({ id, name, probability }) => [token, id, name, probability]),
      ),
  };
}
