import { outcomePlaces, outcomesOf } from "../analysis/interventions/outcome.ts";
import type { Subject } from "../analysis/interventions/subject.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import { tokensOf } from "../models/site-tokens.ts";
import type { Held } from "./held-run.ts";
import type { AskOptions, Saying } from "./questions.ts";

/** What the head of a model says of a run with its changes; nothing for models without one. */
export async function sayingsOf(
  model: LoadedModel,
  { run, patches }: Held,
  subject: Subject,
  { signal }: AskOptions,
): Promise<readonly Saying[]> {
  const places = await outcomePlaces(subject, undefined);
  if (!places) return [];
  const clean = await subject.clean(["logits"]);
  const own =
    patches.length === 0
      ? clean
      : await model.run(subject.input, {
          read: ["logits"],
          patch: patches,
          output: false,
          after: run,
          signal,
          onWarning: () => {},
        });
  const { queries } = tokensOf(clean, "logits");
  const outcomes = outcomesOf(model, places, clean.trace, { trace: own.trace, row: 0 }, queries);
  return outcomes.map(({ of, choices }) => ({
    of,
    choices: choices
      .map(({ name, after }) => ({ name, share: after }))
      .sort((a, b) => b.share - a.share),
  }));
}
