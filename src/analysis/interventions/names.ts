import { InputError } from "../../errors/errors.ts";
import { nearest } from "../../errors/nearest.ts";
import { labelCount, labelNames } from "../../families/family.ts";
import type { Run } from "../../models/run.ts";
import { type TextToken, tokensNamed, type Which } from "../../probe/words.ts";
import { namesOf } from "../explain/question.ts";
import type { Stack } from "../layers/attention-maps.ts";
import { labelOfUnit, unitsOf } from "../words/word-weights.ts";
import type { TokenNames } from "./intervention.ts";
import type { ExperimentModel } from "./subject.ts";

/** A token by its id, or as it stands in a text: "mat". */
export type TokenName = number | string;

/**
 * A token's id by its spelling in the vocabulary, or by what a text with it is cut into: "mat" is " mat" where the vocabulary has it with the
 * blank before, or by its id: "#42". Throws InputError for what is several tokens, and names them.
 */
export function tokenNamed(
  { label, tokenizer }: ExperimentModel,
  name: TokenName,
  place: string,
): number {
  if (typeof name === "number") return name;
  const id = (tokenizer ? /^#(\d+)$/ : /^#?(\d+)$/).exec(name)?.[1];
  if (id !== undefined) return Number(id);
  if (!tokenizer)
    throw new InputError(
      `${place}: ${label} has no tokenizer here, so "${name}" names no token. Give its id: #42`,
    );
  const cut = [` ${name.trimStart()}`, name].map(
    (text) => tokenizer.encode(text, { addSpecialTokens: false }).ids,
  );
  // Inside a text a word has its blank before it; a name that begins with one means just that.
  const unknown = tokenizer.specialTokens.unknown?.id;
  const whole = cut.find((ids) => ids.length === 1 && ids[0] !== unknown);
  if (whole) return whole[0]!;
  const known = tokenizer.tokenToId(name);
  if (known !== undefined) return known;
  const pieces = cut[1]!.map((id) => `${JSON.stringify(tokenizer.idToToken(id))} (${id})`);
  throw new InputError(
    `${place}: "${name}" is ${cut[1]!.length} tokens of ${label}: ${pieces.join(", ")}. Name one of them, or its id: #${cut[1]![0]}`,
  );
}

/** What the numbers of a head that is none over words are called; of answers their two ends, of electra's discriminator whether a token was replaced. */
export function headLabels({
  task,
  config,
}: Pick<ExperimentModel, "task" | "config">): readonly string[] {
  if (task === "question answering") return ["start", "end"];
  return task === "replaced token detection" ? ["replaced"] : labelNames(config);
}

/** A class by its name or its number. Throws InputError that says the nearest. */
export function labelNamed(
  model: ExperimentModel,
  label: number | string,
  count: number,
  place: string,
): number {
  if (typeof label === "number") return label;
  const names = headLabels(model);
  const all = Array.from({ length: count }, (_, index) => names[index] ?? `LABEL_${index}`);
  const found = all.findIndex((name) => name.toLowerCase() === label.toLowerCase());
  if (found >= 0) return found;
  throw new InputError(
    `${place}: ${model.label} has no class "${label}"${nearest(label, all)}. It has ${labelCount(model.config)}`,
  );
}

/** A token or a class as a metric names it. */
export function choiceSaid(
  model: ExperimentModel,
  name: number | string,
  isClass: boolean,
): string {
  const isId = !isClass && !model.tokenizer && /^\d+$/.test(`${name}`);
  if (isId) return `#${name}`;
  if (typeof name === "string") return inPrint(name);
  const text = isClass ? headLabels(model)[name] : model.tokenizer?.decode([name]);
  return text ? inPrint(text) : isClass ? `${name}` : `#${name}`;
}

/** A text without the blanks around it; of blanks alone what they are. */
function inPrint(text: string): string {
  return text.trim() || JSON.stringify(text);
}

/** A token as a sentence names it: in quotes, but for special ones, which have brackets, and ids without a text. */
export function tokenSaid({ surface, special }: Pick<TextToken, "surface" | "special">): string {
  return special || /^(\[.+\]|<.+>|#\d+)$/su.test(surface) ? surface : `"${surface}"`;
}

/** A word as a metric names it: places by the word that stands there, a special token without quotes. */
export function wordSaidIn(word: Which, tokens: readonly TextToken[]): string {
  if (typeof word === "string") return `"${word}"`;
  const places = tokensNamed(word, tokens, "metric");
  const units = unitsOf(tokens);
  return units
    .flatMap(({ tokens: pieces, isSpecial }, unit) => {
      if (!pieces.some((piece) => places.includes(piece))) return [];
      return [tokenSaid({ surface: labelOfUnit(units, unit), special: isSpecial })];
    })
    .join(" ");
}

/** What the tokens of a run are called where an intervention names them by their places; a picture's whose patches become one on the way have none. */
export function tokenNames(run: Run, stack: Stack | undefined): TokenNames | undefined {
  if (run.layerTokens) return undefined;
  const [main, decoder] = [run.tokens[0]!, run.decoderTokens?.[0]];
  const isWritten = stack === "decoder" || stack === "cross";
  const queries = (isWritten ? decoder : undefined) ?? main;
  return { query: namesIn(queries), key: namesIn(stack === "cross" ? main : queries) };
}

function namesIn(tokens: readonly TextToken[]): (token: number) => string {
  const names = namesOf(tokens);
  return (token) => {
    const name = names[token];
    return name ? tokenSaid({ surface: name.text, special: name.special }) : `token ${token}`;
  };
}
