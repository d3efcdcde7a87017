import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { backendFor } from "../../src/backends/choose.node.ts";
import { folderSource } from "../../src/checkpoint/folder.node.ts";
import { loadFrom, type Model } from "../../src/model.ts";
import type { RunInput } from "../../src/models/inputs.ts";
import type { Patch } from "../../src/probe/patch.ts";
import type { OperationName } from "../../src/tensor/attributes.ts";
import type { Backend } from "../../src/tensor/backend.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import type { Grid } from "../conformance/grid.ts";
import { expectClose } from "../support/expect-close.ts";

/** Families whose scores are made in different ways: padded, causal, grouped heads, biases of distances, windows, of cross attention. */
const families = ["bert-mlm", "gpt2", "gpt-neo-pattern", "llama-yarn", "mt5", "xlnet-uni"];
const folder = (name: string) => fileURLToPath(new URL(`../golden/${name}`, import.meta.url));

const input: RunInput = {
  ids: [
    [17, 4, 29, 23, 8, 6, 12],
    [5, 7, 4, 3, 2, 9, 20],
    [24, 3, 21, 13, 7, 0, 0],
  ],
  mask: [
    [1, 1, 1, 1, 1, 1, 1],
    [1, 1, 1, 1, 1, 1, 1],
    [1, 1, 1, 1, 1, 0, 0],
  ],
};

interface Watched {
  readonly model: Model;
  readonly names: OperationName[];
}

/** A model that says which operations it runs; without a fused attention, if told so. */
async function open(name: string, isFused: boolean): Promise<Watched> {
  const backend = await backendFor({ backend: "auto" });
  const names: OperationName[] = [];
  const watched: Backend = {
    ...backend,
    // Every run comes by `run`, below.
    pass: undefined,
    attends: isFused ? backend.attends : () => false,
    run(operations, isUsedOnce) {
      names.push(...operations.map(({ name }) => name));
      return backend.run(operations, isUsedOnce);
    },
  };
  return { model: await loadFrom(await folderSource(folder(name)), watched), names };
}

const gridOf = ({ shape, data }: Tensor): Grid => ({ shape, data: [...data] });

const subset = (length: number) =>
  fc.option(fc.uniqueArray(fc.nat(length - 1), { minLength: 1, maxLength: 2 }), { nil: undefined });

const action = fc.oneof(
  fc.record({
    kind: fc.constant("scores"),
    action: fc.constantFrom({ cut: true as const }, { add: 0.75 }, { scale: 0.5 }),
  }),
  fc.record({
    kind: fc.constant("weights"),
    action: fc.constantFrom(
      { zero: true as const },
      { set: 0.25 },
      { scale: 3 },
      { set: 0.1, renormalize: true },
    ),
  }),
);

describe.each(families)("rows of %s that a patch changes", (name) => {
  const opened = Promise.all([open(name, true), open(name, false)]);
  afterAll(async () => {
    for (const { model } of await opened) await model.dispose();
  });

  test("are what they are when every row is made step by step", async () => {
    const [fused, plain] = await opened;
    const { layers, heads } = fused.model.dimensions;
    const stacks = [...fused.model.sites.keys()]
      .filter((site) => site.endsWith(".weights"))
      .map((site) => site.replace(/layers\.\d+\.|weights$/g, ""));
    const patches = fc.array(
      fc
        .tuple(
          action,
          fc.constantFrom(...stacks),
          fc.nat(layers - 1),
          subset(heads),
          subset(7),
          subset(5),
          subset(3),
        )
        .map(([{ kind, action }, stack, layer, head, query, key, text]) => {
          const [, before, branch] = /^((?:encoder\.|decoder\.)?)(.*)$/.exec(stack)!;
          const isOfDecoder = before === "decoder.";
          return {
            site: `${before}layers.${layer}.${branch}${kind}`,
            head,
            query: isOfDecoder ? undefined : query,
            key: isOfDecoder && branch !== "cross." ? undefined : key,
            text,
            ...action,
          } as Patch;
        }),
      { minLength: 1, maxLength: 3 },
    );
    await fc.assert(
      fc.asyncProperty(patches, async (patch) => {
        const read = [...fused.model.sites.keys()].filter((site) =>
          /(scores|weights|mixed)$/.test(site),
        );
        const [a, b] = [
          await fused.model.run(input, { read, patch }),
          await plain.model.run(input, { read, patch }),
        ];
        for (const site of read)
          expectClose(a.trace.get(site), gridOf(b.trace.get(site)), {
            tolerance: 2e-6,
            place: `${site}: `,
          });
        const bare = await fused.model.run(input, { patch });
        for (const which of ["logits", "pooled"] as const)
          if (b.output[which])
            expectClose(bare.output[which]!, gridOf(b.output[which]!), {
              tolerance: 5e-6,
              place: `${which}: `,
            });
      }),
      { seed: 11, numRuns: 25 },
    );
  });

  test("leave the other rows to the fused kernel, and nothing goes through the host", async ({
    skip,
  }) => {
    const [{ model, names }] = await opened;
    if (model.backend === "reference") return skip("the reference has no fused kernel");
    const site = [...model.sites.keys()].find((site) => site.endsWith("scores"))!;
    names.length = 0;
    await model.run(input);
    const plain = names.filter((name) => name === "attention").length;
    names.length = 0;
    await model.run(input, { patch: [{ site, head: 1, text: 0, cut: true, key: 1 }] });
    expect(names.filter((name) => name === "attention").length).toBe(plain);
    expect(names).toContain("replacePart");
  });
});

describe.each(["gpt2", "gpt-neo-pattern", "llama3", "mt5"])(
  "rows of %s that a patch changes",
  (name) => {
    test("are the same while a text is written, behind a cache", async () => {
      const [fused, plain] = [await open(name, true), await open(name, false)];
      const site = [...fused.model.sites.keys()].findLast((site) => site.endsWith(".scores"))!;
      const read = [...fused.model.sites.keys()].filter((site) =>
        /(scores|weights|mixed)$/.test(site),
      );
      const heads = fused.model.dimensions.heads;
      for (const patch of [
        [{ site, head: heads - 1, key: 1, cut: true as const }],
        [{ site, head: 0, text: 1, key: 0, add: 2 }],
        [{ site: site.replace(/scores$/, "weights"), head: 0, step: [1, 3], scale: 0.5 }],
      ]) {
        const options = { patch, read, maxNewTokens: 5, endIds: [] };
        const input = {
          ids: [
            [17, 4, 29, 23, 8],
            [5, 7, 4, 3, 2],
          ],
        };
        const [a, b] = [
          await fused.model.generate(input, options),
          await plain.model.generate(input, options),
        ];
        expect(a.rows.map(({ ids }) => ids)).toEqual(b.rows.map(({ ids }) => ids));
        for (const name of read)
          expectClose(a.trace.get(name), gridOf(b.trace.get(name)), {
            tolerance: 2e-6,
            place: `${name}: `,
          });
      }
      for (const { model } of [fused, plain]) await model.dispose();
    });
  },
);
