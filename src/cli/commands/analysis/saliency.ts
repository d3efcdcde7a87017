import { nounIn } from "../../../analysis/explain/context.ts";
import { type Baseline, baselines, saidBaseline } from "../../../analysis/gradients/baseline.ts";
import type { InputAttribution } from "../../../analysis/gradients/gradient-run.ts";
import { inputTimesGradient } from "../../../analysis/gradients/input-times-gradient.ts";
import {
  type IntegratedGradients,
  integratedGradients,
} from "../../../analysis/gradients/integrated-gradients.ts";
import { saliency, type saliencyNorms } from "../../../analysis/gradients/saliency.ts";
import { isOfItself, type Metric } from "../../../analysis/interventions/metric.ts";
import { Subject } from "../../../analysis/interventions/subject.ts";
import { InputError } from "../../../errors/errors.ts";
import type { Model } from "../../../model.ts";
import type { Noun } from "../../../probe/noun.ts";
import { formatNumber } from "../../../views/numbers.ts";
import type { StackOptions } from "../../analysis/attention-run.ts";
import {
  expectSlope,
  heldNotes,
  type MetricOptions,
  metricAsked,
  saidMetric,
} from "../../analysis/gradient-metric.ts";
import { patchFormats } from "../../analysis/patch-values.ts";
import {
  expectInput,
  factsOfInput,
  inputJson,
  type ReadInput,
  readInputs,
} from "../../analysis/readout-words.ts";
import { type Attributed, attributionFound, deliverPictureOf } from "../../analysis/word-values.ts";
import { progressLine } from "../../experiment.ts";
import { deliverEachOrDrawn } from "../../figure.ts";
import type { LineOptions } from "../../input/lines.ts";
import { namesPicture, readsOf } from "../../input/text-input.ts";
import { endPhase, loadModel, type ModelOptions } from "../../loading.ts";
import { wholeNumber } from "../../named.ts";
import { type FormatOptions, formatOf } from "../../options/format.ts";
import { refuseIdle } from "../../options/idle-options.ts";
import { warn } from "../../terminal/warnings.ts";

export interface SaliencyCommandOptions
  extends ModelOptions,
    FormatOptions,
    LineOptions,
    MetricOptions,
    Pick<StackOptions, "decoder"> {
  readonly method?: Method;
  readonly norm?: (typeof saliencyNorms)[number];
  readonly baseline?: string;
  readonly steps?: string;
}

/** What `--method` can name. */
export const saliencyMethods = [
  "gradient",
  "input-times-gradient",
  "integrated-gradients",
] as const;
type Method = (typeof saliencyMethods)[number];

const formats = ["text", "json", "jsonl", "csv", "svg"] as const;

/** `heed saliency TEXT|PICTURE`: which words a number of the output hangs on, by gradients. */
export async function saliencyCommand(
  given: string | undefined,
  options: SaliencyCommandOptions,
): Promise<void> {
  const isPicture = given !== undefined && namesPicture(given);
  const format = formatOf(options, isPicture ? patchFormats : formats);
  refuseIdle("saliency", { ...options, format }, [isPicture && "a picture"]);
  const inputs = await readInputs(given, options);
  const model = await loadModel(options, readsOf(given));
  expectInput(model, given, inputs.first);
  const find = (input: ReadInput) => attributed(model, input, options);
  if (isPicture) {
    const found = await find(inputs.first);
    endPhase("run");
    return deliverPictureOf(model, given, inputs.first.image!, found, options, format);
  }
  await deliverEachOrDrawn(
    inputs,
    options,
    format,
    async (input) => {
      const found = await find(input);
      endPhase("run");
      return attributionFound(model, found, inputJson(model, given, input), options);
    },
    (input) => factsOfInput(model, given, input),
  );
}

async function attributed(
  model: Model,
  { input }: ReadInput,
  options: SaliencyCommandOptions,
): Promise<Attributed> {
  const subject = new Subject(model, input, { onWarning: warn });
  const metric = await metricAsked(subject, options);
  const method = methodOf(options, metric);
  if (method !== "integrated-gradients")
    expectSlope(subject, metric, ["--method integrated-gradients"]);
  const run = await subject.clean();
  const noun = nounIn(model, true);
  if (method === "integrated-gradients") {
    const progress = progressLine("steps");
    const { steps } = options;
    const found = await integratedGradients(subject, metric, {
      ...(options.baseline !== undefined && { baseline: baselineOf(options.baseline) }),
      ...(steps !== undefined && { steps: wholeNumber(steps, "--steps") }),
      onProgress: progress.show,
    }).finally(() => progress.end());
    const { baseline, rule, baselineValue, delta } = found;
    return {
      run,
      found,
      title: `What each ${noun} brings to ${saidMetric(found)}: integrated gradients`,
      unit: "brings",
      facts: { method, baseline, steps: found.steps, rule, baselineValue, delta },
      notes: [saidCompleteness(found, noun), ...heldNotes(metric)],
    };
  }
  if (method === "input-times-gradient") {
    const found = await inputTimesGradient(subject, metric);
    return {
      run,
      found,
      title: `What each ${noun} brings to ${saidMetric(found)}, to first order: input × gradient`,
      unit: "brings",
      facts: { method },
      notes: [
        saidValue(found),
        ...heldNotes(metric),
        `Each ${noun}'s vector times the gradient there. They add up to nothing in particular; integrated gradients do.`,
      ],
    };
  }
  const { norm = "l2" } = options;
  const found = await saliency(subject, metric, { norm });
  return {
    run,
    found,
    title: `How much ${saidMetric(found)} changes with each ${noun}'s vector: the size of the gradient`,
    unit: { l2: "‖gradient‖", l1: "mean |gradient|", max: "largest |gradient|" }[norm],
    facts: { method, norm },
    notes: [
      saidValue(found),
      ...heldNotes(metric),
      `A size says how sensitive the number is to a ${noun}, not which way, and not what the ${noun} has brought: --method integrated-gradients says that.`,
    ],
  };
}

/** The method named, or meant: only integrated gradients have a baseline and steps, and explain a vector that is compared with itself. */
function methodOf(
  { method, baseline, steps, norm }: SaliencyCommandOptions,
  metric: Metric,
): Method {
  if (method) return method;
  const isMeant = baseline !== undefined || steps !== undefined;
  if (isMeant || (isOfItself(metric) && norm === undefined)) return "integrated-gradients";
  return "gradient";
}

function baselineOf(name: string): Baseline {
  const known = baselines.find((one) => one === name);
  if (known) return known;
  if (name.trim() === "") throw new InputError("--baseline needs a name or a token");
  return { token: /^#\d+$/.test(name) ? Number(name.slice(1)) : name };
}

/** "log P(mat) at [MASK] is -2.44 here." */
function saidValue(found: InputAttribution): string {
  const name = saidMetric(found);
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)} is ${formatNumber(found.value)} here.`;
}

function saidCompleteness(found: IntegratedGradients, noun: Noun): string {
  const { value, baselineValue, baseline, delta, steps } = found;
  const start = {
    padding: `every ${noun} the padding token`,
    mask: `every ${noun} the mask`,
    zero: "vectors of zeros",
    grey: "an even grey",
  };
  const from =
    typeof baseline === "string" ? start[baseline] : `every ${noun} the ${saidBaseline(baseline)}`;
  return `They add up from ${formatNumber(baselineValue)} (${from}) to ${formatNumber(value)}, ${saidMetric(found)} here; with ${steps} steps they are off by ${formatNumber(delta, 2)}.`;
}
