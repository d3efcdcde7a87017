import type { HeadDistances } from "../../analysis/heads/agreement.ts";
import type { HeadDetection } from "../../analysis/heads/detect.ts";
import { headFamilies } from "../../analysis/heads/families.ts";
import { nameHeads, strongestNames } from "../../analysis/heads/names.ts";
import { InputError } from "../../errors/errors.ts";
import { formatHead, type HeadAddress, headAt } from "../../probe/head-address.ts";
import { headMapSvg } from "../../views/measured/head-map.ts";
import { countOf, formatFixed } from "../../views/numbers.ts";
import { wrap } from "../../views/text/layout.ts";
import { paint } from "../../views/text/terminal.ts";
import { type FigureFacts, figure } from "../figure.ts";
import type { FormatOptions } from "../options/format.ts";
import { csv, json } from "../output.ts";
import { terminalOf } from "../terminal/terminal.ts";

interface FamilyOptions extends Omit<FormatOptions, "format"> {
  readonly format: "text" | "json" | "csv" | "svg";
  readonly families?: boolean | string;
  readonly seed?: string;
  readonly least: number;
  readonly about: object;
  /** What a picture's caption says. */
  readonly facts: FigureFacts;
}

const pairsListed = 5;
const namesListed = 3;

/** Families of heads, and which agree most, in the ways they are written. */
export function familiesWritten(
  agreement: HeadDistances,
  detection: HeadDetection,
  options: FamilyOptions,
): string {
  const { format, about, facts, least } = options;
  const { layers, firstLayer = 0, heads, distances, texts } = agreement;
  const n = layers * heads;
  const seed = options.seed === undefined ? 0 : Number(options.seed);
  const count = typeof options.families === "string" ? Number(options.families) : undefined;
  if (count !== undefined && !Number.isInteger(count))
    throw new InputError(`--families ${options.families}: needs a whole number from 1`);
  const found = headFamilies(agreement, { seed, count });
  const strongest = strongestNames(detection, nameHeads(detection, { least }));
  const nameOf = ({ layer, head }: HeadAddress) =>
    strongest[(layer - firstLayer) * heads + head]?.name;
  const families = found.families.map((family) => ({
    ...family,
    says: commonNames(family.heads.map(nameOf)),
  }));
  const address = (place: number) => headAt(place, { heads, firstLayer });
  if (format === "csv")
    return csv(
      ["head", "other", "divergence"],
      pairs(n).map(([a, b]) => [
        formatHead(address(a)),
        formatHead(address(b)),
        distances[a * n + b]!,
      ]),
    );
  const object = () => ({
    ...about,
    seed,
    silhouette: found.silhouette,
    kept: found.kept,
    families: families.map(({ typical, heads: own, says }) => ({
      typical: formatHead(typical),
      says: says ?? null,
      heads: own.map(formatHead),
    })),
    points: Array.from({ length: n }, (_, place) => ({
      head: formatHead(address(place)),
      x: found.points[2 * place],
      y: found.points[2 * place + 1],
    })),
    divergences: Array.from({ length: n }, (_, a) =>
      Array.from(distances.subarray(a * n, (a + 1) * n)),
    ),
  });
  if (format === "json") return json(object());
  const title = `${families.length === 1 ? "1 family" : `${families.length} families`} of heads that look alike${texts > 1 ? `, in ${countOf(texts, "text")}` : ""}`;
  const silhouette = `Silhouette ${formatFixed(found.silhouette, 2)}: 1 where families lie apart, near 0 where there are none to speak of.`;
  if (format === "svg")
    return headMapSvg(
      {
        title,
        families,
        points: found.points,
        heads,
        firstLayer,
        kept: found.kept,
        notes: [silhouette],
      },
      figure({ ...options, format: "svg" }, facts, object),
    );
  const terminal = terminalOf(process.stdout);
  const { width } = terminal;
  const order = pairs(n).sort(([a, b], [c, d]) => distances[a * n + b]! - distances[c * n + d]!);
  const pairName = ([a, b]: readonly [number, number]) =>
    `${formatHead(address(a))} and ${formatHead(address(b))} ${formatFixed(distances[a * n + b]!, 3)}`;
  return [
    ...wrap(title, width).map((line) => paint(line, { strong: true }, terminal)),
    "",
    ...families.flatMap(({ heads: own, says }) => [
      ...wrap(
        `${countOf(own.length, "head")} like ${formatHead(own[0]!)}${says ? `: ${says}` : ""}`,
        width,
        " ",
      ),
      ...wrap(own.map(formatHead).join(" "), width, "   ").map((line) =>
        paint(line, { quiet: true }, terminal),
      ),
    ]),
    "",
    ...wrap(
      `Most alike: ${order.slice(0, pairsListed).map(pairName).join(", ")}. Least: ${order.slice(-1).map(pairName)}.`,
      width,
      " ",
    ),
    ...wrap(
      "Jensen-Shannon divergence of their rows in nats, the mean over queries: 0 the same, 0.693 no key in common.",
      width,
      " ",
    ),
    ...wrap(silhouette, width, " "),
  ].join("\n");
}

/** Pairs of heads, each once. */
function pairs(n: number): (readonly [number, number])[] {
  return Array.from({ length: n }, (_, a) =>
    Array.from({ length: a }, (_, b) => [b, a] as const),
  ).flat();
}

/** The names that heads of a family share most: "previous (4), itself (1)". */
function commonNames(names: readonly (string | undefined)[]): string | undefined {
  const counts = new Map<string, number>();
  for (const name of names) if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  const order = [...counts].sort(([, a], [, b]) => b - a).slice(0, namesListed);
  return order.length === 0
    ? undefined
    : order.map(([name, count]) => `${name} (${count})`).join(", ");
}
