import type { Explained } from "heed/elements";
import { html } from "lit-html";
import { signedText, weightText } from "../../app/numbers.ts";
import { rich } from "../../app/rich.ts";
import type { Words } from "../../words/words.ts";

/**
 * The two sentences that answer *Why?* in the page's own language: the weights, and the scores that they come from. Undefined where no second key is
 * pinned, or one of both cannot be looked at: the analysis says that itself. `named` is what a token is called, a patch of a picture say.
 */
export function answerIn(
  words: Words["steps"]["answer"],
  { query, target, against, steps }: Explained,
  head: string,
  named: (text: string) => string = (text) => text,
): readonly unknown[] | undefined {
  const softmax = steps
    .find(({ id }) => id === "softmax")
    ?.values.find((value) => value.kind === "softmax");
  if (!against || !softmax) return undefined;
  const place = (role: string) => softmax.rows.findIndex((row) => row.role === role);
  const score = (row: number) =>
    Number((softmax.products[row]! * softmax.scale + (softmax.added?.[row] ?? 0)).toFixed(2));
  const [one, other] = [place("target"), place("against")];
  if (one < 0 || other < 0 || softmax.masked[one] || softmax.masked[other]) return undefined;
  const lead = score(one) - score(other);
  const times = Math.exp(Math.abs(lead));
  const word = (text: string, role: string) =>
    html`<strong class=${role} dir="auto">${named(text)}</strong>`;
  const [first, second] = [word(target.text, "first"), word(against.text, "second")];
  const values = {
    query: word(query.text, "query"),
    ...{ first, second },
    firstWeight: weightText(softmax.weights[one]!),
    secondWeight: weightText(softmax.weights[other]!),
    firstScore: signedText(score(one), 2),
    secondScore: signedText(score(other), 2),
    leader: lead >= 0 ? first : second,
    lead: signedText(Math.abs(lead), 2),
    times: times < 10 ? signedText(times, 1) : String(Math.round(times)),
  };
  return [rich(words.weights(head), values), rich(words.scores, values)];
}
