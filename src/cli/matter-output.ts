import { nounIn } from "../analysis/explain/context.ts";
import type { MetricChoice } from "../analysis/interventions/default-metrics.ts";
import { defaultMetrics } from "../analysis/interventions/default-metrics.ts";
import type { ExperimentFile, MatterPlan } from "../analysis/interventions/experiment.ts";
import type { Link } from "../analysis/interventions/links.ts";
import { isCosineToItself, type Metric } from "../analysis/interventions/metric.ts";
import type { Subject } from "../analysis/interventions/subject.ts";
import { linkNorms } from "../analysis/matter/link-norms.ts";
import type { Matter } from "../analysis/matter/matter.ts";
import { leastTexts, type MatterOverTexts } from "../analysis/matter/over-texts.ts";
import { type MatterResult, runMatter } from "../analysis/matter/run-matter.ts";
import { SiteError } from "../errors/errors.ts";
import type { Model } from "../model.ts";
import type { Run } from "../models/run.ts";
import { formatHead } from "../probe/head-address.ts";
import { type Noun, sourceOf } from "../probe/noun.ts";
import type { MatterHead, MatterReport } from "../views/experiments/matter-text.ts";
import {
  type CarryingOut,
  carriedOut,
  sharedExperiment,
  subjectOf,
  titlesOf,
} from "./experiment.ts";
import { figure, figureFacts } from "./figure.ts";
import type { ModelOptions } from "./loading.ts";
import { modelJson } from "./model-json.ts";
import type { Format, FormatOptions } from "./options/format.ts";
import { csv, deliver, json } from "./output.ts";
import { summaryOf } from "./picture.ts";
import { terminalOf } from "./terminal/terminal.ts";
import { warn } from "./terminal/warnings.ts";

type MatterFile = ExperimentFile & { readonly do: MatterPlan };

/** The file with the word and the metrics that are followed, where they are the same in every text. */
export async function withMetrics(
  model: Model,
  file: MatterFile,
  choice: Omit<MetricChoice, "word"> = {},
): Promise<MatterFile> {
  const word = file.word ?? 0;
  // Over several texts a metric that names a place would name another word in each.
  const isOne = textsOf(file) === 1;
  const metrics =
    file.metrics ??
    (isOne
      ? await defaultMetrics(await subjectOf(model, file.input), {
          word,
          stack: file.do.stack,
          ...choice,
        })
      : namedMetrics(choice));
  return { ...file, word, ...(metrics && { metrics }) };
}

/** Finds what links matter, and delivers it. */
export async function carriedOutMatter(
  model: Model,
  file: MatterFile,
  how: Pick<CarryingOut<MatterResult>, "runs" | "save" | "deliver">,
): Promise<void> {
  const { word = 0, metrics, seed, do: plan } = file;
  const normsOf = linkNorms(model, plan.stack);
  const canNorm = await hasOutputMatrix(model, normsOf, file);
  const first = await subjectOf(model, file.input);
  await carriedOut(first, file, {
    ...how,
    counted: textsOf(file) === 1 ? "runs" : "texts",
    find: (running) =>
      runMatter(
        async (input) =>
          (input === file.input ? first : await subjectOf(model, input)).followed({
            signal: running.signal,
          }),
        [file.input, ...(plan.texts ?? [])],
        { do: plan, word, seed, ...(metrics && { metrics }) },
        { ...running, onWarning: warn, ...(canNorm && { normsOf }) },
      ),
  });
}

/** How many texts there are, those that are predicted too. */
function textsOf({ do: { texts, predict } }: MatterFile): number {
  return 1 + (texts?.length ?? 0) + (predict?.length ?? 0);
}

/** What was named to be followed, which is the same in every text; undefined where each text has its own. */
function namedMetrics({ answers, label }: Omit<MetricChoice, "word">): Metric[] | undefined {
  if (answers) {
    const [token, minus] = answers;
    return [{ kind: "logProbability", token: token!, ...(minus === undefined ? {} : { minus }) }];
  }
  return label === undefined ? undefined : [{ kind: "class", label }];
}

/** Whether the family's output matrix can be taken apart by heads. */
async function hasOutputMatrix(
  model: Model,
  normsOf: (subject: Subject, links: readonly Link[]) => Promise<readonly number[]>,
  { input, do: { stack } }: MatterFile,
): Promise<boolean> {
  try {
    const subject = await subjectOf(model, input);
    await normsOf(subject, [{ layer: 0, head: 0, query: [0], key: [0], weight: 1 }]);
    return true;
  } catch (error) {
    if (!(error instanceof SiteError)) throw error;
    warn(`norms are not shown${stack ? ` of the ${stack}` : ""}: ${error.message}`);
    return false;
  }
}

/** Writes what was found, in the format asked for. */
export async function deliverMatter(
  model: Model,
  file: MatterFile,
  result: MatterResult,
  options: ModelOptions & FormatOptions,
  format: Format,
): Promise<void> {
  const { matters, over, prediction } = result;
  const object = () => ({
    model: modelJson(model, options),
    experiment: sharedExperiment(file),
    ...(over ? { overTexts: over } : matters[0]!),
    ...(prediction && { prediction }),
  });
  if (format === "json") return deliver(json(object()), options, format);
  if (format === "csv") return deliver(csv(...table(result)), options, format);
  const report = await reportOf(model, file, result);
  const drawing = figure(options, figureFacts(model, report.texts), object);
  await deliver(
    format === "svg"
      ? (await import("../views/experiments/matter-svg.ts")).matterSvg(report, drawing)
      : (await import("../views/experiments/matter-text.ts")).matterText(
          report,
          terminalOf(process.stdout),
        ),
    options,
    format,
  );
}

function table({ matters, over }: MatterResult): [string[], (string | number)[][]] {
  const kinds = matters[0]!.metrics.map(({ metric }) => metric.kind);
  const given = (number: number | undefined) => number ?? "";
  if (over)
    return [
      [
        "head",
        "weight",
        "norm",
        ...kinds.flatMap((kind) => [
          kind,
          `${kind}_gradient`,
          `${kind}_times`,
          `${kind}_p`,
          `${kind}_q`,
        ]),
      ],
      over.heads.map(({ weight, norm, effects, gradients, times, p, q, ...address }) => [
        formatHead(address),
        weight,
        given(norm),
        ...effects.flatMap((effect, n) => [
          effect,
          given(gradients[n]),
          given(times[n]),
          given(p[n]),
          given(q[n]),
        ]),
      ]),
    ];
  return [
    [
      "head",
      "key",
      "weight",
      "norm",
      ...kinds.flatMap((kind) => [
        kind,
        `${kind}_gradient`,
        `${kind}_controls_median`,
        `${kind}_controls_as_large`,
      ]),
    ],
    matters[0]!.rows.map(({ key, weight, norm, effects, gradients, controls, ...address }) => [
      formatHead(address),
      key,
      weight,
      given(norm),
      ...effects.flatMap((effect, n) => [
        effect,
        given(gradients[n]),
        given(controls[n]?.median),
        given(controls[n]?.asLarge),
      ]),
    ]),
  ];
}

async function reportOf(
  model: Model,
  file: MatterFile,
  { matters, over, prediction }: MatterResult,
): Promise<MatterReport> {
  const run = await (await subjectOf(model, file.input)).clean();
  const [one] = matters as [Matter, ...Matter[]];
  const { byWeight, byNorm, byGradient } = over ?? one;
  const heads: MatterHead[] = over
    ? over.heads.map((head) => ({ ...head }))
    : one.rows.map(({ controls, ...row }) => ({
        ...row,
        asLarge: controls.map(({ asLarge }) => asLarge),
      }));
  const count = Math.max(0, ...one.rows.map(({ controls }) => controls[0]?.count ?? 0));
  const all = 1 + (file.do.texts?.length ?? 0);
  return {
    texts: over
      ? [`${over.texts} of ${all} texts; the first: ${titlesOf(model, file.input)[0]}`]
      : titlesOf(model, file.input),
    model: summaryOf(model, run),
    title: titleOf(model, file, over !== undefined),
    ...(file.do.by !== "cut" && { done: "silencing the head" }),
    heads,
    measures: one.metrics.map(({ metric, name }, n) => ({
      name,
      isCosine: isCosineToItself(metric),
      byWeight: byWeight[n]!,
      byNorm: byNorm?.[n],
      byGradient: byGradient[n],
      ...(prediction && {
        predicted: {
          byEffect: prediction.byEffect[n]!,
          byWeight: prediction.byWeight[n]!,
          byNorm: prediction.byNorm?.[n],
        },
      }),
    })),
    controls: count,
    notes: [
      ...notesOf(file, nounIn(model, (file.do.stack ?? "encoder") === "encoder"), over, {
        hasNone: !over && one.rows.some(({ effects }) => effects.every((effect) => effect === 0)),
        hasCosines: one.metrics.some(({ metric }) => isCosineToItself(metric)),
        hasNorms: byNorm !== undefined,
        hasGradients: byGradient.some((found) => found !== undefined),
        controls: count,
      }),
      ...mergedNotes(run, one),
    ],
  };
}

/** What is to be known of patches that are merged on the way, and lie in windows. */
function mergedNotes({ layerTokens }: Run, { rows }: Matter): string[] {
  if (!layerTokens) return [];
  const leftOut = [...layerTokens.slice(0, -1).keys()].filter(
    (layer) => !rows.some((row) => row.layer === layer),
  );
  return [
    "Patches are merged on the way: the one that looks is that which holds it, and those looked at are named as their own layer has them.",
    ...(leftOut.length === 0
      ? []
      : [
          `Left out, as no such link lies in a window there: all heads of layer ${leftOut.join(", ")}.`,
        ]),
  ];
}

function titleOf(
  model: Model,
  { word, do: { to, links, by, stack } }: MatterFile,
  isOver: boolean,
): string {
  const noun = nounIn(model, stack !== "decoder");
  const done = by === "cut" ? "what cutting it does" : "what silencing the head does";
  const whose = `"${word}"`;
  const others = stack === "cross" ? `${noun} of the encoder's` : noun;
  const other = stack === "cross" ? `a ${others}` : `another ${noun}`;
  if (to !== undefined) return `How much ${whose} looks at "${to}" in every head, and ${done}`;
  if (links) return `How much ${whose} looks at every ${others} in every head, and ${done}`;
  return `${isOver ? "How strongly every head looks from" : "Every head's strongest look from"} ${whose} to ${other}, and ${done}`;
}

function notesOf(
  { do: { by } }: MatterFile,
  noun: Noun,
  over: MatterOverTexts | undefined,
  {
    hasNone,
    hasCosines,
    hasNorms,
    hasGradients,
    controls,
  }: {
    readonly hasNone: boolean;
    readonly hasCosines: boolean;
    readonly hasNorms: boolean;
    readonly hasGradients: boolean;
    readonly controls: number;
  },
): string[] {
  const notes = [
    `${hasCosines ? "A cosine turns by 1 − cosine; " : ""}#1 is the head with the largest weight${hasNorms ? " or norm, ‖w · v · W^O‖" : ""}. ρ is Spearman's, with where 95 of 100 bootstrap draws over ${over ? "texts" : "heads"} lie.`,
  ];
  if (hasNone)
    notes.push(
      "Where the effect is 0, the change does not reach the place that is read: in the last layer it stays where it is made, and in a causal model it reaches later words alone.",
    );
  if (hasGradients)
    notes.push(
      "The gradient foretells the effect to first order, from one pass back; where the two part, the cut is no small change.",
    );
  if (!over)
    notes.push(
      `One ${sourceOf(noun)} says nothing about others, and its heads are no sample${noun === "word" ? `: give a file of ${leastTexts} texts or more with --lines for tests` : ""}.`,
    );
  else if (!over.isTested)
    notes.push(
      `Nothing is tested below ${leastTexts} texts: the numbers are of these ${over.texts} alone.`,
    );
  else
    notes.push(
      `q is the false discovery rate (Benjamini–Hochberg) over all heads, of tests by random signs over ${over.texts} texts that the effect is that of ${controls > 0 ? "its controls" : "the other heads"}.`,
    );
  if (controls > 0)
    notes.push(
      `Controls are cuts of links of like weight in the same layer, each judged by its own ${noun}.`,
    );
  if (by === "zero")
    notes.push(
      "Zeros may be far from anything the model has seen there, so a part of these effects may be that of a strange input. --by mean and --by resample stay nearer.",
    );
  return notes;
}
