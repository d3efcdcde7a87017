import { InputError, SiteError } from "../../errors/errors.ts";
import { expectKeys } from "../../errors/options.ts";
import { tokensOf } from "../../models/site-tokens.ts";
import { tokensNamed } from "../../probe/words.ts";
import { defaultMetrics } from "../interventions/default-metrics.ts";
import type { MatterPlan } from "../interventions/experiment.ts";
import type { OtherInput } from "../interventions/intervention.ts";
import type { Link } from "../interventions/links.ts";
import type { Metric } from "../interventions/metric.ts";
import {
  finishedUnder,
  type NumbersOptions,
  numbersOptions,
} from "../interventions/row-numbers.ts";
import { type Subject, siteIn } from "../interventions/subject.ts";
import { type Matter, type MatterOptions, matterOf } from "./matter.ts";
import {
  type MatterOverTexts,
  matterOverTexts,
  type Prediction,
  predictedBy,
} from "./over-texts.ts";

/** Everything that says what is found, but the texts. */
export interface MatterExperiment {
  readonly do: MatterPlan;
  readonly word: number | string;
  readonly metrics?: readonly Metric[];
  readonly seed: number;
}

/** What carries it out. */
export interface RunMatterOptions extends NumbersOptions {
  /** What links of a subject bring to the stream, where that can be known. */
  readonly normsOf?: (subject: Subject, links: readonly Link[]) => Promise<readonly number[]>;
  /** Told of every text that is left out, and why. */
  readonly onWarning?: (message: string) => void;
}

/** What was found: of one text, and where there are several over all of them. */
export interface MatterResult {
  readonly kind: "matter";
  readonly matters: readonly Matter[];
  readonly over: MatterOverTexts | undefined;
  readonly prediction: Prediction | undefined;
}

/** Finds what the links of a word matter, in every text; a text without the word, or without another word to look at, is left out, which is said. */
export async function runMatter(
  open: (input: OtherInput) => Promise<Subject>,
  inputs: readonly OtherInput[],
  experiment: MatterExperiment,
  options: RunMatterOptions = {},
): Promise<MatterResult> {
  expectKeys(options, { ...numbersOptions, normsOf: true, onWarning: true }, "runMatter");
  const { onWarning, normsOf, finished, ...rows } = options;
  const { predict } = experiment.do;
  const all = inputs.length + (predict?.length ?? 0);
  let done = 0;
  const found = async (list: readonly OtherInput[], name: string): Promise<Matter[]> => {
    const matters: Matter[] = [];
    for (const [place, input] of list.entries()) {
      rows.signal?.throwIfAborted();
      const subject = await open(input);
      try {
        const onProgress = all === 1 ? rows.onProgress : undefined;
        matters.push(
          await matterIn(subject, experiment, {
            ...rows,
            finished: finishedUnder(finished, `${name} ${place + 1}`),
            onProgress,
            intervals: all === 1,
            ...(normsOf && { normsOf: (links) => normsOf(subject, links) }),
          }),
        );
      } catch (error) {
        // Of one text an error is the answer.
        const isOfText = error instanceof InputError || error instanceof SiteError;
        if (all === 1 || !isOfText) throw error;
        onWarning?.(`text ${place + 1} is left out: ${error.message}`);
      }
      done += 1;
      if (all > 1) rows.onProgress?.(done, all);
    }
    if (matters.length === 0)
      throw new InputError(
        `matter: none of ${list.length} texts has "${experiment.word}" with another word to look at`,
      );
    return matters;
  };
  const matters = await found(inputs, "text");
  const others = predict && (await found(predict, "predicted text"));
  return {
    kind: "matter",
    matters,
    over: inputs.length > 1 ? matterOverTexts(matters, experiment.seed) : undefined,
    prediction: others && predictedBy(matters, others, experiment.seed),
  };
}

async function matterIn(
  subject: Subject,
  { do: plan, word, metrics, seed }: MatterExperiment,
  rows: Pick<MatterOptions, keyof NumbersOptions | "intervals"> & {
    readonly normsOf?: (links: readonly Link[]) => Promise<readonly number[]>;
  },
): Promise<Matter> {
  const { stack = "encoder", to, links, by, controls } = plan;
  const run = await subject.clean();
  const { queries, keys } = tokensOf(run, siteIn(subject.model, stack, 0, "weights"));
  return matterOf(subject, {
    ...rows,
    word: [...new Set(tokensNamed(word, queries, "--word"))],
    ...(to !== undefined && { to: [...new Set(tokensNamed(to, keys, "--to"))] }),
    ...(links && { links }),
    by,
    controls: by === "cut" ? controls : 0,
    seed,
    stack,
    metrics: metrics ?? (await defaultMetrics(subject, { word, stack })),
  });
}
