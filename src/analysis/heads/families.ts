/**
 * Families of heads: k-medoids (Kaufman & Rousseeuw 1987), argmin Σ_h d(h, medoid of h) over d = √JS, which is a metric (Endres & Schindelin 2003);
 * their number by the mean silhouette (b − a) / max(a, b) (Rousseeuw 1987).
 */

import { InputError } from "../../errors/errors.ts";
import { expectKeys } from "../../errors/options.ts";
import { type HeadAddress, headAt } from "../../probe/head-address.ts";
import { makeRandom } from "../../tasks/sampling.ts";
import type { HeadDistances } from "./agreement.ts";
import { planeMap } from "./scaling.ts";

/** Heads that look alike. */
export interface HeadFamily {
  /** The head whose weights are nearest to all others of the family. */
  readonly typical: HeadAddress;
  /** Its heads, the typical one first, then from near to far. */
  readonly heads: readonly HeadAddress[];
}

/** All heads in families, and a plane in which near ones look alike. */
export interface HeadFamilies {
  /** The largest first. */
  readonly families: readonly HeadFamily[];
  /** How well families are told apart, −1 to 1 (mean silhouette, Rousseeuw 1987): near 0 there are none to speak of. */
  readonly silhouette: number;
  /** (L·H, 2): places in a plane by classical scaling of the roots of the divergences; the axes mean nothing. */
  readonly points: Float64Array;
  /** The share of what lies between the heads that the plane holds. */
  readonly kept: number;
}

/** How families are made. */
export interface FamilyOptions {
  readonly seed: number;
  /** How many families; of 2 to 8 the number with the best silhouette if not given. */
  readonly count?: number;
}

const mostFamilies = 8;
const starts = 8;

/**
 * Families of heads: k-medoids over the roots of their Jensen–Shannon divergences, which are a metric (Endres & Schindelin 2003), the best of
 * several seeded starts. Throws InputError for more families than heads.
 */
export function headFamilies(
  { layers, firstLayer = 0, heads, distances }: HeadDistances,
  options: FamilyOptions,
): HeadFamilies {
  expectKeys(options, { seed: true, count: true }, "headFamilies");
  const { seed, count } = options;
  const n = layers * heads;
  if (count !== undefined && (!Number.isInteger(count) || count < 1 || count > n))
    throw new InputError(`headFamilies: ${count} families of ${n} heads; ask for 1 to ${n}`);
  const roots = distances.map(Math.sqrt);
  const counts =
    count !== undefined
      ? [count]
      : Array.from({ length: mostFamilies - 1 }, (_, more) => 2 + more).filter((k) => k < n);
  const found = (counts.length > 0 ? counts : [1])
    .map((k) => {
      const clusters = bestMedoids(roots, n, k, makeRandom(seed, k));
      return { ...clusters, silhouette: meanSilhouette(roots, n, clusters.member) };
    })
    .reduce((best, one) => (one.silhouette > best.silhouette ? one : best));
  const address = (place: number) => headAt(place, { heads, firstLayer });
  const families = found.medoids.map((medoid, family) => {
    const own = found.member.flatMap((member, place) => (member === family ? [place] : []));
    const order = own.sort(
      (a, b) =>
        roots[medoid * n + a]! - roots[medoid * n + b]! ||
        Number(b === medoid) - Number(a === medoid),
    );
    return { typical: address(medoid), heads: order.map(address) };
  });
  return {
    families: families.sort((a, b) => b.heads.length - a.heads.length),
    silhouette: found.silhouette,
    ...planeMap(roots),
  };
}

interface Clusters {
  readonly medoids: readonly number[];
  /** The family of each head. */
  readonly member: readonly number[];
  readonly cost: number;
}

function bestMedoids(roots: Float64Array, n: number, k: number, random: () => number): Clusters {
  return Array.from({ length: starts }, () =>
    medoidsFrom(firstMedoids(roots, n, k, random), roots, n),
  ).reduce((best, one) => (one.cost < best.cost - 1e-12 ? one : best));
}

/** Medoids far from one another, drawn as k-means++ draws its centres (Arthur & Vassilvitskii 2007). */
function firstMedoids(roots: Float64Array, n: number, k: number, random: () => number): number[] {
  const medoids = [Math.floor(random() * n)];
  while (medoids.length < k) {
    const squares = Array.from(
      { length: n },
      (_, place) => Math.min(...medoids.map((medoid) => roots[medoid * n + place]!)) ** 2,
    );
    const total = squares.reduce((a, b) => a + b, 0);
    let left = random() * total;
    let next = squares.findIndex((square) => {
      left -= square;
      return left < 0;
    });
    if (next < 0 || medoids.includes(next))
      next = [...squares.keys()].find((place) => !medoids.includes(place))!;
    medoids.push(next);
  }
  return medoids;
}

/** Heads to their nearest medoid, medoids to the middle of their heads, until nothing moves. */
function medoidsFrom(first: readonly number[], roots: Float64Array, n: number): Clusters {
  let medoids = [...first];
  for (;;) {
    const member = Array.from({ length: n }, (_, place) => {
      let best = 0;
      for (const [family, medoid] of medoids.entries())
        if (roots[medoid * n + place]! < roots[medoids[best]! * n + place]!) best = family;
      return medoids.indexOf(place) >= 0 ? medoids.indexOf(place) : best;
    });
    const next = medoids.map((medoid, family) => {
      const own = member.flatMap((one, place) => (one === family ? [place] : []));
      const cost = (middle: number) =>
        own.reduce((sum, place) => sum + roots[middle * n + place]!, 0);
      return own.reduce((best, one) => (cost(one) < cost(best) - 1e-12 ? one : best), medoid);
    });
    if (next.every((medoid, family) => medoid === medoids[family])) {
      const cost = member.reduce(
        (sum, family, place) => sum + roots[medoids[family]! * n + place]!,
        0,
      );
      return { medoids, member, cost };
    }
    medoids = next;
  }
}

function meanSilhouette(roots: Float64Array, n: number, member: readonly number[]): number {
  const families = Math.max(...member) + 1;
  let sum = 0;
  for (let place = 0; place < n; place++) {
    const sums = new Float64Array(families);
    const counts = new Int32Array(families);
    for (let other = 0; other < n; other++)
      if (other !== place) {
        sums[member[other]!]! += roots[place * n + other]!;
        counts[member[other]!]! += 1;
      }
    const own = member[place]!;
    if (counts[own] === 0) continue;
    const near = sums[own]! / counts[own]!;
    let next = Number.POSITIVE_INFINITY;
    for (let family = 0; family < families; family++)
      if (family !== own && counts[family]! > 0)
        next = Math.min(next, sums[family]! / counts[family]!);
    const most = Math.max(near, next);
    if (Number.isFinite(next) && most > 0) sum += (next - near) / most;
  }
  return sum / n;
}
