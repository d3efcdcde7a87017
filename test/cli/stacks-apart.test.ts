import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { areKin } from "../../src/analysis/models/weight-changes.ts";
import { Explorer } from "../../src/explore/explorer.ts";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import { headMatrix } from "../../src/models/head-matrix.ts";
import { parametersMeant } from "../../src/training/what-learns.ts";
import { commandLine, folderWithLetters } from "../support/command-line.ts";

const text = "a cat sat";
const decoder = ["--decoder", "sat"];
// Two heads of six in the encoder, three of four in the decoder.
const folder = folderWithLetters("m2m-100-uneven-heads", 30);

const asked = async (...args: string[]) => commandLine(...args, "--model", folder);

async function written(...args: string[]): Promise<string> {
  const { stdout, error } = await asked(...args);
  expect(error).toBeUndefined();
  return stdout;
}

describe("the third head, which the decoder alone has", () => {
  const ofDecoder = [
    ["show", "L0H2", text, "--stack", "cross", ...decoder],
    ["show", "L0H2", text, "--stack", "decoder", ...decoder],
    ["explain", text, "--head", "L0H2", "--word", "sat", "--stack", "cross", ...decoder],
    ["norms", text, "--head", "L0H2", "--stack", "cross", ...decoder],
    ["measure", text, "--of", "drawn", "--head", "L0H2", "--stack", "decoder", ...decoder],
    ["circuit", "L0H2", "--stack", "decoder"],
    ["lens", text, "--head", "L0H2", ...decoder],
    ["patch", text, "--zero", "L0H2", "--stack", "decoder", "--controls", "2"],
    ["patch", text, "--zero", "L0H2", "--stack", "cross", "--controls", "2"],
    ["parameters", "decoder.L0H2.q"],
    ["generate", text, "--attention", "--head", "L0H2", "--max-new-tokens", "2"],
  ];
  test.each(ofDecoder)("%s %s %s %s %s %s", async (...args) => {
    expect(await written(...args.filter((arg) => arg !== undefined))).not.toMatch(/NaN|undefined/);
  });

  const ofEncoder = [
    ["show", "L0H2", text],
    ["explain", text, "--head", "L0H2", "--word", "sat"],
    ["norms", text, "--head", "L0H2"],
    ["measure", text, "--of", "drawn", "--head", "L0H2"],
    ["circuit", "L0H2", "--stack", "encoder"],
    ["patch", text, "--zero", "L0H2"],
    ["parameters", "encoder.L0H2.q"],
  ];
  test.each(ofEncoder)("is refused in the encoder: %s %s", async (...args) => {
    const { error } = await asked(...args);
    expect(error?.message).toMatch(/heads 0 to 1|2 heads in a layer/);
  });
});

test("a grid has the heads of its own stack", async () => {
  const cells = async (stack: string) =>
    (await written("patch", text, "--zero", "--grid", "heads", "--stack", stack, "--format", "csv"))
      .trim()
      .split("\n").length - 1;
  expect([await cells("encoder"), await cells("decoder")]).toEqual([2, 3]);
});

test("a model says both stacks where they differ", async () => {
  const { model } = JSON.parse(await written("sites", "--json"));
  expect(model).toMatchObject({
    ...{ heads: 2, headWidth: 6, feedForward: 14 },
    ...{ decoderHeads: 3, decoderKeyHeads: 3, decoderHeadWidth: 4, decoderFeedForward: 10 },
  });
  const patched = await written("patch", text, "--zero", "L0H0", "--controls", "2");
  expect(patched).toContain("1 layer × 2 heads and a decoder of 1 layer × 3 heads");
  const planned = await commandLine("plan", `${folder}/config.json`, "--no-measure");
  expect(planned.stdout.replace(/\s+/g, " ")).toContain(
    "2 heads of 6, 12 wide; a decoder of 1 layers × 3 heads of 4, 12 wide",
  );
});

describe("in code", () => {
  let model: Model;
  beforeAll(async () => {
    model = await load(folder, { backend: "reference" });
  });
  afterAll(() => model.dispose());

  test("one head's matrix is as wide as the heads of its stack", async () => {
    const shapes = async (stack: string) =>
      (await headMatrix(model, { layer: 0, head: 1 }, "q", stack)).matrix.shape;
    expect(await shapes("encoder.")).toEqual([12, 6]);
    expect(await shapes("decoder.")).toEqual([12, 4]);
    expect(await shapes("decoder.cross.")).toEqual([12, 4]);
  });

  test("one head that learns has the rows of its stack", () => {
    const meant = (name: string) => parametersMeant([name], model)[0]!.selection![0];
    expect(meant("encoder.L0H1.q")).toEqual([6, 7, 8, 9, 10, 11]);
    expect(meant("decoder.L0H2.q")).toEqual([8, 9, 10, 11]);
    expect(() => parametersMeant(["encoder.L0H2.q"], model)).toThrow("2 heads in a layer");
  });

  test("models are of one shape where both stacks are", async () => {
    const other = await load(folderWithLetters("m2m-100", 30), { backend: "reference" });
    expect(areKin(model, model)).toBe(true);
    expect(areKin(model, other)).toBe(false);
    await other.dispose();
  });

  test("an explorer silences every head of the stack that is seen", async () => {
    const explorer = new Explorer(model);
    const seen = await explorer.see({ input: text, decoder: "sat", stack: "decoder.cross." });
    expect(seen.heads).toBe(3);
    const values = await explorer.measure(seen.run, "silenced", { query: 0 });
    expect(values).toHaveLength(3);
    expect(values.every(Number.isFinite)).toBe(true);
  });
});
