import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import type { BackendName } from "../../src/backends/names.ts";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import type { Patch } from "../../src/probe/patch.ts";
import { type Grid, tabulate } from "../conformance/grid.ts";
import {
  type Change,
  type HandInput,
  type HandModel,
  type HandSites,
  openByHand,
} from "./by-hand.ts";
import { expectClose } from "./expect-close.ts";

/** A folder of test/golden. */
export function goldenFolder(name: string): string {
  return fileURLToPath(new URL(`../golden/${name}`, import.meta.url));
}

/** The same checkpoint twice: as heed loads it, and written out in plain loops. */
export interface Twin {
  readonly name: string;
  readonly model: Model;
  readonly hand: HandModel;
}

export async function twin(name: string, backend: BackendName): Promise<Twin> {
  const folder = goldenFolder(name);
  const [model, hand] = await Promise.all([load(folder, { backend }), openByHand(folder)]);
  return { name, model, hand };
}

/** Two short texts, the second with two tokens of padding. */
export const shortInput: HandInput = {
  ids: [
    [17, 4, 99, 23, 8, 61],
    [5, 71, 4, 33, 0, 0],
  ],
  mask: [
    [1, 1, 1, 1, 1, 1],
    [1, 1, 1, 1, 0, 0],
  ],
};

/** Changes the chosen elements of one site, by plain loops. */
export function changeAt(
  site: string,
  isChosen: (...index: number[]) => boolean,
  value: (before: number, ...index: number[]) => number,
): Change {
  return (name, grid) => (name === site ? mapGrid(grid, isChosen, value) : grid);
}

/** Several changes, the first first. */
export function inOrder(...changes: readonly Change[]): Change {
  return (site, grid) => changes.reduce((value, change) => change(site, value), grid);
}

function mapGrid(
  grid: Grid,
  isChosen: (...index: number[]) => boolean,
  value: (before: number, ...index: number[]) => number,
): Grid {
  let place = 0;
  return tabulate(grid.shape, (...index) => {
    const before = grid.data[place++]!;
    return isChosen(...index) ? value(before, ...index) : before;
  });
}

/** Checkpoints of both families: two heads, a pooler. */
export const twinNames = ["bert-mlm", "bert-pooler", "gpt2"] as const;

/** All twins on the reference, and on what "auto" takes where that is something else. */
export async function allTwins(): Promise<Map<string, Twin>> {
  const twins = new Map<string, Twin>();
  afterAll(() => Promise.all([...twins.values()].map(({ model }) => model.dispose())));
  for (const backend of ["reference", "auto"] as const)
    for (const name of twinNames) {
      const both = await twin(name, backend);
      if (backend === "reference" || both.model.backend !== "reference")
        twins.set(`${name} (${both.model.backend})`, both);
    }
  return twins;
}

/** Far above the rounding of f32 in these models, far below what a mistake makes. */
const tolerance = 2e-5;

/** Every site of the model and its output against the pass by hand, in which the same sites were changed. */
export async function expectSame(
  { model, hand }: Twin,
  patch: readonly Patch[],
  change: Change,
  input: HandInput = shortInput,
): Promise<HandSites> {
  const expected = hand.run(input, change);
  const run = await model.run(input, { read: [...model.sites.keys()], patch });
  for (const site of model.sites.keys())
    expectClose(run.trace.get(site), expected.get(site)!, { tolerance, place: `${site}: ` });
  // Without reads a backend may take shorter ways.
  const bare = await model.run(input, { patch });
  for (const { output } of [run, bare])
    for (const name of ["logits", "pooled"] as const)
      if (model.sites.has(name))
        expectClose(output[name]!, expected.get(name)!, { tolerance, place: `output ${name}: ` });
  return expected;
}
