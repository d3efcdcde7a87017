import type { LoadedModel } from "../../models/loaded-model.ts";
import type { Run } from "../../models/run.ts";
import { type Noun, pluralOf } from "../../probe/noun.ts";
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

/** What a token stands for in sentences: of what a model sees, patches, of what it hears, moments; what a decoder writes is words. */
export function nounIn(
  { images, audio }: Partial<Pick<LoadedModel, "images" | "audio">>,
  isInput: boolean,
): Noun {
  if (images) return "patch";
  return audio && isInput ? "moment" : "word";
}

/** What a key stands for in sentences. */
export function nounOf({ model, numbers }: Pick<Context, "model" | "numbers">): Noun {
  return nounIn(model, numbers.place.stack !== "decoder.");
}

/** What the part of a stream that holds its content is called: a token has one of a table, a patch and a moment one of their own. */
export function contentOf(context: Pick<Context, "model" | "numbers">): "token" | Noun {
  const noun = nounOf(context);
  return noun === "word" ? "token" : noun;
}

/** The same of several. */
export function nounsOf(context: Pick<Context, "model" | "numbers">): string {
  return pluralOf(nounOf(context));
}

/** What the query stands for in sentences. */
export function queryNounOf({ model, numbers }: Pick<Context, "model" | "numbers">): Noun {
  return nounIn(model, !numbers.place.stack.startsWith("decoder."));
}

/** "384 × 32" */
export function size(...lengths: readonly number[]): string {
  return `(${lengths.join(" × ")})`;
}
