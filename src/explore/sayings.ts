import { outcomePlaces, outcomesOf } from "../analysis/interventions/outcome.ts";
import type { Subject } from "../analysis/interventions/subject.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import { tokensOf } from "../models/site-tokens.ts";
import type { Held } from "./held-run.ts";
import type { Saying, SaysOptions } from "./questions.ts";

/** What the head of a model says of a run with its changes; nothing for models without one. */
export async function sayingsOf(
  model: LoadedModel,
  { run, patches }: Held,
  subject: Subject,
  { signal, tokens }: SaysOptions,
): Promise<readonly Saying[]> {
  const labelled = model.task === "token classification" ? tokens : undefined;
  const places = await outcomePlaces(subject, labelled);
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
  const changed = { trace: own.trace, row: 0 };
  const isNext = places.places.some(({ of }) => of === "next word");
  const last = queries.at(-1);
  const before = last?.special ? undefined : last?.id;
  const specials = new Set<string>();
  const nameOf = (id: number) => {
    const name = continuedBy(model, before, id);
    if (model.tokenizer?.decode([id], { skipSpecialTokens: true }) === "") specials.add(name);
    return name;
  };
  const outcomes = isNext
    ? outcomesOf(model, places, clean.trace, changed, queries, nameOf)
    : outcomesOf(model, places, clean.trace, changed, queries);
  return outcomes.map(({ of, choices }) => ({
    of,
    choices: choices
      .map(({ name, after }) => ({
        name,
        share: after,
        ...(specials.has(name) && { isSpecial: true as const }),
      }))
      .sort((a, b) => b.share - a.share),
  }));
}

/** What a token adds to a text that ends with the token `before`: with its blank, which a tokenizer leaves out where a text begins. */
function continuedBy({ tokenizer }: LoadedModel, before: number | undefined, id: number): string {
  const alone = tokenizer?.decode([id]) || `#${id}`;
  if (!tokenizer || before === undefined) return alone;
  const [first, both] = [tokenizer.decode([before]), tokenizer.decode([before, id])];
  return both.length > first.length && both.startsWith(first) ? both.slice(first.length) : alone;
}
