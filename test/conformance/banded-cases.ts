import { bandedAttention } from "../../src/tensor/banded-operations.ts";
import { type Case, integers, values } from "./case.ts";
import * as formula from "./formulas.ts";
import { type Grid, get, random, tabulate, withValues } from "./grid.ts";

type Sizes = readonly [B: number, H: number, T: number, D: number, reach: number, G: number];

const SCALE = 0.4;

/** Two tensors (B, H, rows, D) one below the other. */
function below(a: Grid, b: Grid): Grid {
  const [B, H, rows, D] = a.shape as readonly [number, number, number, number];
  return tabulate([B, H, rows + b.shape[2]!, D], (x, y, t, d) =>
    t! < rows ? get(a, x!, y!, t!, d!) : get(b, x!, y!, t! - rows, d!),
  );
}

/** What the operation must give, by way of the whole T × (G + T): every key in its place, the band cut out at the end. */
function expected(
  [q, k, v, globalK, globalV]: readonly [Grid, Grid, Grid, Grid, Grid],
  local: Grid,
  there: Grid,
  [B, H, T, , reach, G]: Sizes,
): Grid[] {
  const allowed = tabulate([B, 1, T, G + T], (b, _, t, s) => {
    if (get(local, b!, t!) === 0) return 0;
    if (s! < G) return get(there, b!, s!);
    return Math.abs(s! - G - t!) <= reach ? get(local, b!, s! - G) : 0;
  });
  const dots = formula.scaledDot(q, below(globalK, k), SCALE);
  const scores = formula.masked(dots, { allowed });
  const weights = formula.softmax(scores);
  const band = (whole: Grid, outside: number) =>
    tabulate([B, H, T, G + 2 * reach + 1], (b, h, t, column) => {
      const s = column! < G ? column! : column! + t! - reach;
      return s >= (column! < G ? 0 : G) && s < G + T ? get(whole, b!, h!, t!, s) : outside;
    });
  return [formula.mix(weights, below(globalV, v)), band(scores, -Infinity), band(weights, 0)];
}

function bandedCase(
  of: Sizes,
  {
    name = "",
    local = tabulate([of[0], of[2]], () => 1),
    there = tabulate([of[0], of[5]], () => 1),
    wants = { scores: true, weights: true },
    size = 1,
    q = random([of[0], of[1], of[2], of[3]], { seed: 31, size }),
  } = {},
): Case {
  const [B, H, T, D, reach, G] = of;
  const tokens = (seed: number, rows = T) => random([B, H, rows, D], { seed, size });
  const [k, v, globalK, globalV] = [tokens(32), tokens(33), tokens(34, G), tokens(35, G)] as const;
  const given = [...[q, k, v].map(values), integers(local)];
  if (G > 0) given.push(values(globalK), values(globalV), integers(there));
  return {
    name: `B=${B} H=${H} T=${T} D=${D} reach=${reach} G=${G}${name && `, ${name}`}`,
    given,
    record: (q, k, v, local, ...globals) => {
      const [globalK, globalV, there] = globals;
      const result = bandedAttention(
        { q: q!, k: k!, v: v! },
        {
          scale: SCALE,
          reach,
          local: local!,
          globals: G > 0 ? { k: globalK!, v: globalV!, there: there! } : undefined,
          wants,
        },
      );
      return [result.mixed, result.scores, result.weights].filter((one) => one !== undefined);
    },
    expected: () => {
      const [mixed, scores, weights] = expected([q, k, v, globalK, globalV], local, there, of);
      return [mixed!, ...(wants.scores ? [scores!] : []), ...(wants.weights ? [weights!] : [])];
    },
  };
}

/** Banded attention as a function of what it reads, for its gradient; a token is taken out, and a global key is not there. */
export function bandedToDifferentiate(of: Sizes) {
  const [B, H, T, D, reach, G] = of;
  const tokens = (seed: number, rows = T) => random([B, H, rows, D], { seed });
  const local = tabulate([B, T], (_, t) => Number(t !== 3));
  const there = tabulate([B, G], (_, g) => Number(g !== 1));
  const given = [...[31, 32, 33].map((seed) => values(tokens(seed))), integers(local)];
  if (G > 0) given.push(values(tokens(34, G)), values(tokens(35, G)), integers(there));
  const none = tokens(0, 0);
  return {
    given,
    attributes: { scale: SCALE, reach },
    mixed: (q: Grid, k: Grid, v: Grid, _: Grid, globalK = none, globalV = none) =>
      expected([q, k, v, globalK, globalV], local, there, of)[0]!,
  };
}

const padded = (B: number, T: number): Grid =>
  tabulate([B, T], (b, t) => Number(b === 0 ? t! < T - 3 : t! % 4 !== 1));

export const bandedCases: readonly Case[] = [
  ...(
    [
      [1, 1, 1, 1, 0, 0],
      [1, 1, 1, 4, 3, 1],
      [2, 3, 7, 5, 2, 2],
      [1, 2, 70, 16, 9, 0],
      [1, 2, 131, 33, 20, 3],
      [2, 1, 150, 8, 64, 33],
      [1, 1, 40, 4, 200, 1],
    ] as const
  ).map((of) => bandedCase(of)),
  bandedCase([1, 2, 0, 4, 2, 1]),
  bandedCase([2, 2, 53, 8, 6, 2], { name: "padding", local: padded(2, 53) }),
  bandedCase([2, 2, 53, 8, 6, 0], { name: "nothing is there", local: tabulate([2, 53], () => 0) }),
  bandedCase([2, 2, 20, 8, 3, 5], {
    name: "a text with fewer global keys",
    there: tabulate([2, 5], (b, g) => Number(b === 0 || g! < 2)),
    local: padded(2, 20),
  }),
  bandedCase([1, 2, 20, 8, 3, 1], {
    name: "scores alone",
    wants: { scores: true, weights: false },
  }),
  bandedCase([1, 2, 20, 8, 3, 1], {
    name: "weights alone",
    wants: { scores: false, weights: true },
  }),
  bandedCase([1, 2, 60, 8, 3, 1], { name: "neither", wants: { scores: false, weights: false } }),
  bandedCase([1, 2, 30, 8, 4, 1], { name: "huge numbers", size: 1e3 }),
  bandedCase([1, 1, 30, 8, 4, 0], {
    name: "NaN in one query",
    q: withValues(random([1, 1, 30, 8], { seed: 31 }), { 83: Number.NaN }),
  }),
];
