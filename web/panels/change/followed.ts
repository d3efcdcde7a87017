import type { Effect, Intervention } from "heed/analysis";
import type { Exploring, Seen } from "heed/explore";
import { ownTokens } from "../../app/own-tokens.ts";
import type { HeadOutput } from "./consequence.ts";
import { tokenNames } from "./names.ts";

/** Whether an attention is one of what is written, as questions and changes name it. */
export function isOfWritten(stack: string | undefined): boolean {
  return stack !== undefined && /^(decoder|cross)/.test(stack);
}

/** The name of the one token that a change of another text than that on screen is made at. */
export async function nameInOther(
  model: Exploring,
  { changes: _, ...asked }: Parameters<Exploring["effect"]>[0],
  changed: Intervention | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!changed || !("query" in changed) || changed.query === undefined) return undefined;
  if (typeof changed.query !== "number") return String(changed.query);
  const isWritten = isOfWritten("stack" in changed ? changed.stack : undefined);
  const stack = isWritten ? "decoder." : "";
  const { run, queries } = await model.see({ ...asked, stack }, { signal });
  model.forget(run);
  return tokenNames(queries)[changed.query];
}

/** What the one head that was changed gives the word in two runs; undefined where not one head was changed first. */
export async function outputOf(
  model: Exploring,
  { stations: [first] }: Effect,
  word: number | undefined,
  runs: readonly [before: Seen, after: Seen],
  signal: AbortSignal,
): Promise<HeadOutput | undefined> {
  const [head, ...others] = (first?.kind === "heads" && first.heads) || [];
  if (head === undefined || others.length > 0 || word === undefined) return undefined;
  const address = { layer: first!.layer!, head };
  const given = async (seen: Seen) => {
    const own = ownTokens(seen, address.layer).own(word);
    const { steps } = await model.explain(seen.run, { head: address, word: own }, { signal });
    const values = steps.find(({ id }) => id === "values")?.values ?? [];
    return values.find((value) => value.kind === "vector")?.values;
  };
  const [before, after] = [await given(runs[0]), await given(runs[1])];
  return before && after && { before, after };
}
