import type { LoadedModel } from "../../models/loaded-model.ts";
import type { Run } from "../../models/run.ts";
import type { HeadNumbers } from "./head-numbers.ts";
import type { OutputNumbers } from "./output-numbers.ts";
import type { ScoreParts } from "./score-parts.ts";
import type { ScoreSources } from "./score-sources.ts";
import type { NamedToken, Role, RowName } from "./step.ts";

/** What every step is made from. */
export interface Context {
  readonly model: LoadedModel;
  readonly run: Run;
  readonly numbers: HeadNumbers;
  readonly parts: ScoreParts;
  readonly sources: ScoreSources;
  readonly output: OutputNumbers;
  readonly query: NamedToken;
  readonly target: NamedToken;
  /** Undefined where there is no other key to look at. */
  readonly against: NamedToken | undefined;
  readonly keys: readonly NamedToken[];
}

/** What a key is in the question. */
function roleOf({ target, against }: Context, key: number): Role | undefined {
  if (key === target.token) return "target";
  return key === against?.token ? "against" : undefined;
}

/** A key's name in a table. */
export function rowOf(context: Context, key: number): RowName {
  const { text, special } = context.keys[key]!;
  return { label: text, role: roleOf(context, key), special };
}

/** Keys, the one with the largest weight first. */
export function keysByWeight({ numbers: { weights }, keys }: Context): number[] {
  return keys.map(({ token }) => token).sort((a, b) => weights[b]! - weights[a]! || a - b);
}

/** What a token stands for in sentences. */
export function nounOf({ model }: Pick<Context, "model">): "word" | "patch" {
  return model.images ? "patch" : "word";
}

/** The same of several. */
export function nounsOf({ model }: Pick<Context, "model">): "words" | "patches" {
  return model.images ? "patches" : "words";
}

/** "384 × 32" */
export function size(...lengths: readonly number[]): string {
  return `(${lengths.join(" × ")})`;
}
