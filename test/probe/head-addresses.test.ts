import { beforeAll, describe, expect, test } from "vitest";
import { SiteError } from "../../src/errors/errors.ts";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import type { Run } from "../../src/models/run.ts";
import type { Read } from "../../src/probe/plan.ts";
import { goldenFolder } from "../support/small-models.ts";
import { bertWithWords } from "../support/text-models.ts";

const text = "the cat sat on the mat";
let model: Model; // two layers of three heads

beforeAll(async () => {
  model = await bertWithWords();
});

const logitsOf = (run: Run) => [...run.output.logits!.data];
const shapesOf = ({ trace }: Run) => trace.sites.map((site) => [site, trace.get(site).shape[1]]);

describe("head: L1H2", () => {
  test.each<[string, Read, Read]>([
    [
      "beside a site of its layer",
      { site: "layers.1.q", head: "L1H2" },
      { site: "layers.1.q", head: 2 },
    ],
    [
      "beside a pattern, which it narrows to its layer",
      { site: "layers.*.weights", head: "L1H2" },
      { site: "layers.1.weights", head: 2 },
    ],
    [
      "beside a kind of site",
      { site: "weights", head: "L1H2" },
      { site: "layers.1.weights", head: 2 },
    ],
    [
      "whatever the case",
      { site: "layers.*.mixed", head: "l1h2" },
      { site: "layers.1.mixed", head: 2 },
    ],
    [
      "of sites made on demand",
      { site: "layers.*.heads", head: "L1H2" },
      { site: "layers.1.heads", head: 2 },
    ],
    [
      "in a list",
      { site: "layers.1.weights", head: ["L1H2", "L1H0"] },
      { site: "layers.1.weights", head: [2, 0] },
    ],
    [
      "in a list with indices",
      { site: "layers.1.weights", head: ["L1H2", 0] },
      { site: "layers.1.weights", head: [2, 0] },
    ],
    [
      "under TransformerLens names",
      { site: "blocks.*.attn.hook_pattern", head: "L1H2" },
      { site: "layers.1.weights", head: 2 },
    ],
    [
      "kept in rows",
      { site: "layers.*.weights", head: "L1H2", keep: "rows" },
      { site: "layers.1.weights", head: 2 },
    ],
  ])("%s", async (_, byAddress, byIndex) => {
    const [named, counted] = await Promise.all(
      [byAddress, byIndex].map((read) => model.run(text, { read: [read] })),
    );
    expect(named!.trace.sites).toEqual(counted!.trace.sites);
    const [site] = counted!.trace.sites as [string];
    expect(named!.trace.get(site).toNested()).toEqual(counted!.trace.get(site).toNested());
  });

  test("of several layers each layer has its own heads", async () => {
    const head = ["L0H1", "L1H2", "L1H0"];
    const run = await model.run(text, { read: [{ site: "layers.*.weights", head }] });
    expect(shapesOf(run)).toEqual([
      ["layers.0.weights", 1],
      ["layers.1.weights", 2],
    ]);
    const whole = await model.run(text, { read: ["layers.*.weights"] });
    for (const [site, heads] of [
      ["layers.0.weights", [1]],
      ["layers.1.weights", [2, 0]],
    ] as const)
      expect(run.trace.get(site).toNested()).toEqual(
        whole.trace.get(site).select({ axis: 1, index: heads }).toNested(),
      );
  });

  test("an index in the list counts in every layer", async () => {
    const read = [{ site: "layers.*.q", head: ["L1H2", 0] }];
    expect(shapesOf(await model.run(text, { read }))).toEqual([
      ["layers.0.q", 1],
      ["layers.1.q", 2],
    ]);
  });

  test("in a patch leaves other layers alone", async () => {
    const by = async (site: string, head: number | string) =>
      logitsOf(await model.run(text, { patch: [{ site, head, zero: true }] }));
    expect(await by("layers.*.mixed", "L1H2")).toEqual(await by("layers.1.mixed", 2));
    expect(await by("mixed", "L0H1")).toEqual(await by("layers.0.mixed", 1));
    expect(await by("layers.*.mixed", "L1H2")).not.toEqual(await by("layers.*.mixed", 2));
    const cut = { site: "scores", head: "L1H2", key: "cat", cut: true };
    const own = { site: "layers.1.scores", head: 2, key: 2, cut: true };
    expect(logitsOf(await model.run(text, { patch: [cut] }))).toEqual(
      logitsOf(await model.run(text, { patch: [own] })),
    );
  });

  test("in trace.row", async () => {
    const read = [{ site: "layers.*.weights", head: "L1H2" }];
    const { trace, ...run } = await model.run(text, { read });
    const row = trace.row("layers.1.weights", { head: "L1H2", query: 3 });
    expect(row.toNested()).toEqual(trace.row("layers.1.weights", { head: 2, query: 3 }).toNested());
    expect(row.shape).toEqual([run.tokens[0]!.length]);
    expect(() => trace.row("layers.1.weights", { head: "L0H2", query: 3 })).toThrow(
      'row of layers.1.weights: head L0H2 is in layer 0, and site "layers.1.weights" is in layer 1',
    );
    const misspelt = { head: 2, qurey: 3 } as unknown as { head: number; query: number };
    expect(() => trace.row("layers.1.weights", misspelt)).toThrow(
      'row of layers.1.weights: there is no option "qurey"; nearest: query',
    );
    const headless = { query: 3 } as unknown as { head: number; query: number };
    expect(() => trace.row("layers.1.weights", headless)).toThrow(
      "row of layers.1.weights: head is missing: a row is of one head and one query",
    );
    expect(() => trace.row("layers.1.weights", { head: "two", query: 3 })).toThrow(
      '"two" is no head. A head is written L5H11',
    );
  });

  test.each<[Read, string]>([
    [
      { site: "layers.0.weights", head: "L1H2" },
      'read 1: head L1H2 is in layer 1, and site "layers.0.weights" is in layer 0. Name a site of that layer, or the head by its index: 2',
    ],
    [
      { site: "layers.0.heads", head: "L1H2" },
      'head L1H2 is in layer 1, and site "layers.0.heads"',
    ],
    [
      { site: "layers.*.weights", head: "L7H0" },
      'head L7H0 is in layer 7, and site "layers.*.weights" is in 2 other layers',
    ],
    [{ site: "layers.*.weights", head: ["L1H0", "L7H0"] }, "head L7H0 is in layer 7"],
    [{ site: "layers.0.weights", head: ["L0H0", "L1H0", 1] }, "head L1H0 is in layer 1"],
    [{ site: "layers.*.weights", head: "L1H3" }, "read 1, head: index 3, but there are 3: 0 to 2"],
    [{ site: "logits", head: "L1H0" }, 'head L1H0 is in layer 1, and site "logits" is in no layer'],
    [{ site: "layers.*.weigths", head: "L1H0" }, 'no site "layers.*.weigths" here'],
    [{ site: "weights", head: 1 }, 'no site "weights" here; nearest: '],
    [
      { site: "layers.*.weights", head: "L1" },
      'read 1, head: "L1" is neither an index nor a range',
    ],
  ])("%j is refused", async (read, message) => {
    await expect(model.run(text, { read: [read] })).rejects.toThrow(message);
    await expect(model.run(text, { read: [read] })).rejects.toThrow(SiteError);
    if (typeof read === "object" && "site" in read && read.site !== "logits")
      await expect(model.run(text, { patch: [{ ...read, zero: true }] })).rejects.toThrow(
        message.replace(/^read 1/, `patch 1 (${read.site})`),
      );
  });
});

describe("while generating", () => {
  test("reads and patches take addresses too", async () => {
    const writer = await load(goldenFolder("gpt2"), { backend: "reference" });
    const of = (site: string, head: number | string) =>
      writer.generate([[5, 6, 7]], {
        maxNewTokens: 3,
        endIds: [],
        read: [{ site, head }],
        patch: [{ site: site.replace("weights", "mixed"), head, scale: 3, step: [1, 2] }],
      });
    const [named, counted] = [
      await of("layers.*.weights", "L1H1"),
      await of("layers.1.weights", 1),
    ];
    expect(named.trace.sites).toEqual(["layers.1.weights"]);
    expect(named.trace.get("layers.1.weights").toNested()).toEqual(
      counted.trace.get("layers.1.weights").toNested(),
    );
    expect(named.rows[0]!.ids).toEqual(counted.rows[0]!.ids);
    await expect(of("layers.0.weights", "L1H1")).rejects.toThrow(
      'read 1: head L1H1 is in layer 1, and site "layers.0.weights" is in layer 0',
    );
    await writer.dispose();
  });
});
