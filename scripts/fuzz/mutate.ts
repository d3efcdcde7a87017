import type { Random } from "./random.ts";

const edges = [0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x22, 0x28, 0x2e, 0x7b, 0x7d];
const sizes = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

/** A file with a few bytes flipped, put in, taken out, moved, cut off, or overwritten by numbers that look like sizes. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  let mutant: Uint8Array = bytes.slice();
  for (let count = 1 + random.below(6); count > 0 && mutant.length > 0; count--) {
    const at = random.below(mutant.length);
    const before = mutant.subarray(0, at);
    const some = random.below(24);
    const changes: readonly (() => void)[] = [
      () => {
        mutant[at]! ^= 1 << random.below(8);
      },
      () => {
        mutant[at] = random.pick(edges);
      },
      () => {
        mutant[at] = random.below(256);
      },
      () => {
        mutant = mutant.slice(0, at);
      },
      () => {
        const noise = Uint8Array.from({ length: some }, () => random.below(256));
        mutant = joined(before, noise, mutant.subarray(at));
      },
      () => {
        mutant = joined(before, mutant.subarray(at + some));
      },
      () => {
        const from = random.below(mutant.length);
        mutant = joined(before, mutant.slice(from, from + some), mutant.subarray(at + some));
      },
      () => {
        const size = random.next() < 0.7 ? random.pick(sizes) : mutant.length + random.below(3);
        if (at + 4 <= mutant.length) viewOf(mutant).setUint32(at, size, random.next() < 0.7);
      },
      () => {
        if (at + 8 <= mutant.length)
          viewOf(mutant).setBigUint64(at, BigInt(random.pick(sizes)) << BigInt(some), true);
      },
    ];
    random.pick(changes)();
  }
  return mutant;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** JSON texts that a hostile file may hold anywhere. */
const values = [
  ..."null true false 0 -0 1 -1 2 3 0.5 -1.5 255 65536 2147483647 2147483648 4294967296 9007199254740993".split(
    " ",
  ),
  ..."1e18 1e300 -1e300 1e-300 1e999 -1e999 NaN Infinity 01 undefined 'x' [] {} [[]] [null] [1,2]".split(
    " ",
  ),
  ...["", "a", "0", "__proto__", "constructor", "../../etc/passwd", "/etc/passwd", "<script>"].map(
    (text) => JSON.stringify(text),
  ),
  ...["\u0000", "\u001b[2J\u001b]0;title\u0007", "\ud800", "\ufeff", "\u202e"].map((text) =>
    JSON.stringify(text),
  ),
  JSON.stringify("a".repeat(3000)),
  "9".repeat(400),
  '{"a":1,"a":2}',
  '{"__proto__":{"x":1}}',
  `${"[".repeat(200)}${"]".repeat(200)}`,
  "(a+)+$",
];

type Path = readonly (string | number)[];

/** JSON text of a value in which a few places are replaced, taken out, given twice, renamed, exchanged or nested. */
export function mutateJson(
  value: unknown,
  random: Random,
  own: readonly string[] = values,
): string {
  const places = pathsOf(value);
  const changes = new Map<string, string>();
  for (let count = 1 + random.below(3); count > 0; count--) {
    const path = random.pick(places);
    const other = random.pick(places);
    const now = JSON.stringify(at(value, path));
    const change = random.pick([
      () => random.pick(own),
      () => random.pick(own),
      () => random.pick(values),
      () => JSON.stringify(at(value, other)),
      () => `[${now}]`,
      () => `{"type":"Sequence","normalizers":[${now}]}`,
      () => GONE,
      () => (typeof at(value, path) === "number" ? String(numberNear(now, random)) : now),
    ]);
    changes.set(JSON.stringify(path), change());
  }
  const text = written(value, [], changes);
  return random.next() < 0.03 ? text.slice(0, random.below(text.length)) : text;
}

const GONE = "\u0000gone";

function numberNear(now: string, random: Random): number {
  return random.pick([Number(now) + 1, Number(now) - 1, -Number(now), 2 * Number(now), 1 / 3]);
}

/** The first places of a value; of long lists and objects some at the front. */
function pathsOf(value: unknown): Path[] {
  const paths: Path[] = [];
  const walk = (own: unknown, path: Path) => {
    if (paths.length > 2000) return;
    paths.push(path);
    if (typeof own === "object" && own !== null)
      for (const key of Object.keys(own).slice(0, 40))
        walk((own as Record<string, unknown>)[key], [...path, key]);
  };
  walk(value, []);
  return paths;
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((own, key) => (own as Record<string, unknown>)[key], value);
}

function written(value: unknown, path: Path, changes: ReadonlyMap<string, string>): string {
  const change = changes.get(JSON.stringify(path));
  if (change !== undefined && change !== GONE) return change;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const parts = Object.entries(value)
    .filter(([key]) => changes.get(JSON.stringify([...path, key])) !== GONE)
    .map(([key, own]) => ({ key, text: written(own, [...path, key], changes) }));
  if (Array.isArray(value)) return `[${parts.map(({ text }) => text).join(",")}]`;
  return `{${parts.map(({ key, text }) => `${JSON.stringify(key)}:${text}`).join(",")}}`;
}
