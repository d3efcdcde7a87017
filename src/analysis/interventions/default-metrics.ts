import { choiceOf, expectKeys } from "../../errors/options.ts";
import type { Run } from "../../models/run.ts";
import { type Stack, stacks } from "../layers/attention-maps.ts";
import { type Metric, maskPlaces } from "./metric.ts";
import type { TokenName } from "./names.ts";
import { realPlaces, realRows, type Subject } from "./subject.ts";

/** What of the default metrics a person may choose. */
export interface MetricChoice {
  /** The word whose vector is followed. */
  readonly word?: number | string;
  /** Two tokens: the log-probability of the first less that of the second is followed. */
  readonly answers?: readonly TokenName[];
  /** The class whose logit is followed. */
  readonly label?: number | string;
  /** Of an encoder-decoder: whose attention is changed, and so whose vectors are followed where no logits are; the encoder's if not given. */
  readonly stack?: Stack;
}

/**
 * What an experiment follows where nobody says it, by the model's head: the log-probability of one word less that of another (those named, or
 * the two likeliest); a class's logit (the one named, or the likeliest); of a model without a head, and of a masked one on a text without a
 * mask, the cosine of the word's final vector and that of the sentence's, both.
 */
export async function defaultMetrics(
  subject: Subject,
  options: MetricChoice = {},
): Promise<Metric[]> {
  expectKeys(options, { word: true, answers: true, label: true, stack: true }, "defaultMetrics");
  const { word, answers, label, stack = "encoder" } = options;
  choiceOf(stacks, stack, "defaultMetrics: stack");
  const { model } = subject;
  const whose = stack === "decoder" || stack === "cross" ? ({ stack: "decoder" } as const) : {};
  const vectors: Metric[] = [
    ...(word === undefined ? [] : [{ kind: "wordCosine", word, ...whose } as const]),
    { kind: "sentenceCosine", ...whose },
  ];
  if (!model.sites.has("logits")) {
    if (answers === undefined && label === undefined) return vectors;
    // Says why there is none.
    return answers ? tokenMetric(answers) : [{ kind: "class", label: label! }];
  }
  const run = await subject.clean(["logits"]);
  const logits = run.trace.get("logits");
  const rowAt = (place: number) => logits.select(0, place).data;
  switch (model.task) {
    case "language modeling":
    case "masked language modeling": {
      if (answers) return tokenMetric(answers);
      const isMasked = model.task === "masked language modeling";
      const [mask, ...more] = isMasked ? maskPlaces(run, model) : [];
      if (isMasked && mask === undefined) return vectors;
      if (more.length > 0) return [{ kind: "divergence", query: mask! }];
      const last = realRows(run, "logits").at(-1)!;
      const query = mask ?? last;
      return tokenMetric(largest(rowAt(query), 2), query);
    }
    case "sequence classification":
    case "image classification":
    case "multiple choice":
      return [{ kind: "class", label: label ?? largest(logits.select(0).data, 1)[0]! }];
    case "token classification": {
      const query = word ?? lastWord(run);
      if (label !== undefined) return [{ kind: "class", label, query }];
      return typeof query === "number"
        ? [{ kind: "class", label: largest(rowAt(query), 1)[0]!, query }]
        : [{ kind: "divergence", query }];
    }
    case "replaced token detection": {
      const query = word ?? lastWord(run);
      return [{ kind: "class", label: label ?? 0, query }];
    }
    case "question answering": {
      // Starts are the first of a token's two logits.
      const starts = realPlaces(run).map((place) => [place, logits.at(0, place, 0)] as const);
      const [query] = starts.reduce((best, one) => (one[1] > best[1] ? one : best));
      return [{ kind: "class", label: label ?? 0, query }];
    }
    default:
      return vectors;
  }
}

/** The last token that is of a word; of special tokens alone the last. */
function lastWord(run: Run): number {
  const places = realPlaces(run);
  return places.findLast((place) => !run.tokens[0]![place]!.special) ?? places.at(-1)!;
}

function tokenMetric([token, minus]: readonly TokenName[], query?: number): Metric[] {
  return [
    {
      kind: "logProbability",
      token: token!,
      ...(minus === undefined ? {} : { minus }),
      ...(query === undefined ? {} : { query }),
    },
  ];
}

/** The places of the largest numbers, in their order. */
export function largest(numbers: ArrayLike<number>, count: number): number[] {
  return Array.from(numbers, (value, index) => ({ value, index }))
    .sort((a, b) => b.value - a.value)
    .slice(0, count)
    .map(({ index }) => index);
}
