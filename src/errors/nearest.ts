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

/** Letters to put in, take out or exchange until one name is the other (Levenshtein). Written out: every picture's bundle carries it. */
function distance(name: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, place) => place);
  for (const letter of name) {
    let [left, corner] = [row[0]! + 1, row[0]!];
    row = row.map((above, place) => {
      if (place > 0) {
        left = Math.min(above + 1, left + 1, corner + Number(letter !== other[place - 1]));
        corner = above;
      }
      return left;
    });
  }
  return row.at(-1)!;
}
