import { distance } from "fastest-levenshtein";

/** `; nearest: a, b` for a message about a name that is not there, or nothing when there are no names. */
export function nearest(name: string, names: Iterable<string>, count = 3): string {
  const close = [...names]
    .map((candidate) => ({ candidate, far: distance(name, candidate) }))
    .sort((a, b) => a.far - b.far)
    .slice(0, count);
  return close.length === 0
    ? ""
    : `; nearest: ${close.map(({ candidate }) => candidate).join(", ")}`;
}
