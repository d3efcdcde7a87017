import { nounIn } from "../../analysis/explain/context.ts";
import { type Alignment, alignWords } from "../../analysis/interventions/align-words.ts";
import type { Effect } from "../../analysis/interventions/effect.ts";
import type { ExperimentFile } from "../../analysis/interventions/experiment.ts";
import { stackChanged } from "../../analysis/interventions/run-experiment.ts";
import { type Subject, siteIn } from "../../analysis/interventions/subject.ts";
import type { Model } from "../../model.ts";
import { tokensOf } from "../../models/site-tokens.ts";
import { sourceOf } from "../../probe/noun.ts";

/** What is to be known of an experiment's changes, whatever they did. */
export function changeNotes(model: Model, { do: what }: ExperimentFile): string[] {
  const written = JSON.stringify(what);
  const notes: string[] = [];
  if (/"by":"zero"/.test(written))
    notes.push(
      "Zeros may be far from anything the model has seen there, so a part of this effect may be that of a strange input. --mean and --resample stay nearer.",
    );
  if (what.kind === "patch" && what.interventions.some(({ kind }) => kind === "cut")) {
    const stack = stackChanged(what) ?? "encoder";
    notes.push(
      `A control is judged by the ${nounIn(model, stack === "encoder")} whose link it changes. Change is the length of the difference over the length before.`,
    );
  }
  return notes;
}

/** Why a change may leave a number as it was, bit for bit. */
export function unreachedNotes({ metrics, stations }: Effect): string[] {
  if (!metrics.some(({ before, after }) => before === after)) return [];
  return stations.some(({ change }) => change > 0)
    ? [
        "Where nothing changed, the change does not reach the place that is read: in the last layer it stays where it is made, and in a causal model it reaches later words alone.",
      ]
    : [
        "Nothing changed anywhere: what is put there is what was there. A link that a window or a mask hides has no weight to cut.",
      ];
}

/** Which words stay as they are where a patch takes from another text. */
export async function aloneNotes(
  subject: Subject,
  { do: what }: ExperimentFile,
): Promise<string[]> {
  if (what.kind !== "patch") return [];
  const notes: string[] = [];
  for (const one of what.interventions) {
    const takesAll = one.kind === "path" || (one.kind === "transplant" && one.query === undefined);
    if (!takesAll) continue;
    const { stack = "encoder" } = one;
    const site = siteIn(subject.model, stack, 0, "mixed");
    const [run, other] = [await subject.clean(), await subject.runOf(one.from, [])];
    const found = alignWords(tokensOf(run, site).queries, tokensOf(other, site).queries);
    if (found.alone.length + found.othersAlone.length > 0)
      notes.push(
        `Words ${aloneSaid(found, sourceOf(nounIn(subject.model, stack === "encoder")))}.`,
      );
  }
  return [...new Set(notes)];
}

/** Which words have no partner: "without a partner in the other text, and so left as they are: this text's cat; the other's dog, ran". */
export function aloneSaid(
  { alone, othersAlone }: Pick<Alignment, "alone" | "othersAlone">,
  source: string,
): string {
  const sides = [
    alone.length > 0 ? `this ${source}'s ${alone.join(", ")}` : "",
    othersAlone.length > 0 ? `the other's ${othersAlone.join(", ")}` : "",
  ].filter((side) => side !== "");
  return `without a partner in the other ${source}, and so left as they are: ${sides.join("; ")}`;
}

/** What a cosine that is none is. */
export function directionNotes({ stations }: Effect): string[] {
  return stations.some(({ cosine }) => Number.isNaN(cosine))
    ? ['Cosine "none": the vector is all zeros, before or after, and zeros have no direction.']
    : [];
}
