import { dot } from "../../linear/vectors.ts";
import { type Context, contentOf, nounOf, nounsOf } from "../context.ts";
import type { HeadPart } from "../score-sources.ts";
import type { Step, StepValue } from "../step.ts";
import { contrast } from "./score-steps.ts";

/** Which parts of the two vectors carry the score: tables in layer 0, what earlier layers wrote in others. */
export function sourcesStep(context: Context): Step {
  const { model, numbers, sources, target, against } = context;
  const { scale, q, k, width: D, place } = numbers;
  const isTurned = numbers.projection?.isTurned ?? false;
  const isFirst = place.layer === 0 && place.stack !== "decoder.cross.";
  const content = contentOf(context);
  const base = {
    id: "sources" as const,
    title: isFirst ? "What it is, and where it stands" : "Who wrote what makes the score",
    formula: isFirst
      ? `q · k = Σ over pairs: ${content} · ${content}, ${content} · position, …`
      : "q · k = Σ over what wrote the key's stream (then the query's)",
    sentence: isFirst
      ? "x is a sum of what it is and where it stands, so the score is a sum too: one part for each pair."
      : "The stream is a sum of everything that was written into it, so the score can be split by who wrote it: the embedding, each earlier head, each feed-forward.",
  };
  if (sources.reason !== undefined) return { ...base, values: [], leftOut: sources.reason };
  if (isFirst && sources.query.length === 1)
    return {
      ...base,
      values: [],
      leftOut: `only what the ${nounOf(context)} is enters layer 0 of ${model.type}; where it stands comes in ${isTurned ? "by turning queries and keys" : "beside the products"}`,
    };
  const keyParts = (key: number | undefined) =>
    key === undefined ? undefined : sources.keys.get(key);
  const first = keyParts(target.token)!;
  const second = keyParts(against?.token);
  const norm =
    sources.norms > 0
      ? `Norms on the way are taken as the linear maps they are for these ${nounsOf(context)}' own statistics; learned biases are one part.`
      : "No norm stands between the parts and the score.";
  const values: StepValue[] = [];
  if (isFirst)
    values.push(
      contrast(
        context,
        "score by query's part · key's part",
        sources.query.flatMap((asking) =>
          besideOneAnother(first, second).map(({ label, vectors }) => ({
            label: `${plain(asking.label, content)} · ${plain(label, content)}`,
            first: scale * along(asking.vector, vectors[0]),
            second: scale * along(asking.vector, vectors[1]),
          })),
        ),
      ),
    );
  else {
    const difference = Float64Array.from(
      { length: D },
      (_, d) => k[target.token * D + d]! - (against ? k[against.token * D + d]! : 0),
    );
    values.push(
      contrast(
        context,
        "score by what wrote the key",
        besideOneAnother(first, second).map(({ label, vectors }) => ({
          label,
          first: scale * along(q, vectors[0]),
          second: scale * along(q, vectors[1]),
        })),
      ),
      {
        kind: "sum",
        name: against ? "the lead, by what wrote the query" : "the score, by what wrote the query",
        terms: sources.query
          .map(({ label, vector }) => ({ label, value: scale * dot(vector, difference) }))
          .sort((a, b) => Math.abs(b.value) - Math.abs(a.value)),
        total: scale * dot(q, difference),
      },
    );
  }
  return { ...base, values: [...values, { kind: "note", text: norm }] };
}

/** The parts of two keys by who wrote them: a token of padding, which some families blot out, has fewer. */
function besideOneAnother(first: readonly HeadPart[], second: readonly HeadPart[] = []) {
  const labels = new Set([...first, ...second].map(({ label }) => label));
  return [...labels].map((label) => ({
    label,
    vectors: [first, second].map((parts) => parts.find((part) => part.label === label)?.vector),
  }));
}

/** q · k of a part; 0 of none. */
function along(vector: ArrayLike<number>, part: ArrayLike<number> | undefined): number {
  return part ? dot(vector, part) : 0;
}

function plain(label: string, content: string): string {
  return label.replace("embedding: ", "").replace(/^token$/, content);
}
