import { describe, expect, test } from "vitest";
import { parseSite, siteKinds, sitePattern } from "./sites.ts";

const sites = [
  "embeddings",
  ...[0, 1, 11].flatMap((layer) =>
    siteKinds.filter(({ of }) => of === "layer").map(({ name }) => `layers.${layer}.${name}`),
  ),
  "decoder.layers.1.weights",
  "decoder.layers.1.cross.weights",
  "encoder.layers.1.weights",
  "layers.1.global.q",
  "final",
  "pooled",
  "logits",
];
const named = (pattern: string) => sites.filter(sitePattern(pattern));

describe("the table", () => {
  test("holds each kind once, with axes that say what it is", () => {
    const names = siteKinds.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, axes, what } of siteKinds) {
      expect(axes[0], name).toBe("B");
      expect(what.length, name).toBeGreaterThan(5);
    }
  });

  test("gives a TransformerLens name to one kind only", () => {
    const aliases = siteKinds.flatMap(({ transformerLens }) => transformerLens?.name ?? []);
    expect(new Set(aliases).size).toBe(aliases.length);
  });
});

describe("names", () => {
  test.each([
    ["layers.11.weights", "", 11, "", "weights"],
    ["layers.0.scores.content", "", 0, "", "scores.content"],
    ["decoder.layers.3.cross.k", "decoder.", 3, "cross.", "k"],
    ["encoder.layers.3.q", "encoder.", 3, "", "q"],
    ["layers.2.global.v", "", 2, "global.", "v"],
    ["decoder.final", "decoder.", undefined, "", "final"],
    ["logits", "", undefined, "", "logits"],
  ])("%s", (site, stack, layer, branch, kind) => {
    const parsed = parseSite(site)!;
    expect([parsed.stack, parsed.layer, parsed.branch, parsed.kind.name]).toEqual([
      stack,
      layer,
      branch,
      kind,
    ]);
  });

  test.each([
    "weights",
    "layers.weights",
    "layers.x.q",
    "layers.1.logits",
    "layers.1.",
    "layers.-1.q",
    "logits.1",
    "",
    "layers.1.cross",
  ])("%j is none", (site) => expect(parseSite(site)).toBeUndefined());

  test("every name in this test is one", () => {
    expect(sites.filter((site) => parseSite(site) === undefined)).toEqual([]);
  });
});

describe("patterns", () => {
  test.each([
    ["final", ["final"]],
    ["layers.1.weights", ["layers.1.weights"]],
    ["layers.*.weights", ["layers.0.weights", "layers.1.weights", "layers.11.weights"]],
    ["layers.1.{q,k,v}", ["layers.1.q", "layers.1.k", "layers.1.v"]],
    ["layers.{0,11}.mlp", ["layers.0.mlp", "layers.11.mlp"]],
    ["{final,logits}", ["final", "logits"]],
    ["decoder.layers.*.cross.*", ["decoder.layers.1.cross.weights"]],
    ["*.layers.1.weights", ["decoder.layers.1.weights", "encoder.layers.1.weights"]],
    [
      "layers.0.scores.*",
      [
        "layers.0.scores.uncapped",
        "layers.0.scores.content",
        "layers.0.scores.contentToPosition",
        "layers.0.scores.positionToContent",
        "layers.0.scores.position",
        "layers.0.scores.bias",
      ],
    ],
    ["layers.0.scores", ["layers.0.scores"]],
    // A star is one part of a name, and nothing of a pattern is a regular expression.
    ["layers.*", []],
    ["layers.0.m.x", []],
    ["layers.[01].q", []],
    ["(final)", []],
    ["fina.", []],
    ["layers.0.{q", []],
    ["", []],
  ])("%s", (pattern, expected) => expect(named(pattern)).toEqual(expected));

  test("a star for the kind takes all but parts of scores", () => {
    expect(named("layers.0.*")).toEqual(
      siteKinds
        .filter(({ of, name }) => of === "layer" && !name.includes("."))
        .map(({ name }) => `layers.0.${name}`),
    );
  });
});

describe("TransformerLens names", () => {
  test.each([
    ["blocks.1.attn.hook_pattern", ["layers.1.weights"]],
    ["blocks.*.hook_mlp_out", ["layers.0.mlp", "layers.1.mlp", "layers.11.mlp"]],
    ["blocks.0.hook_resid_pre", ["layers.0.input"]],
    ["blocks.0.hook_resid_post", ["layers.0.residual"]],
    ["blocks.0.attn.hook_z", ["layers.0.mixed"]],
    ["blocks.0.attn.hook_result", ["layers.0.heads"]],
    // Other numbers there, so no alias.
    ["hook_embed", []],
    ["ln_final.hook_normalized", []],
    ["blocks.0.hook_unknown", []],
  ])("%s", (name, expected) => expect(named(name)).toEqual(expected));
});
