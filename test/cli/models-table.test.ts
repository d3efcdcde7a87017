import { describe, expect, test } from "vitest";
import { presets } from "../../src/models/presets/presets.ts";
import { displayWidth } from "../../src/views/text/layout.ts";
import { type ModelRow, modelsText } from "../../src/views/text/models.ts";
import { commandLine } from "../support/command-line.ts";

function row(fields: Partial<ModelRow>): ModelRow {
  return { name: "one", title: "One", family: "bert", kind: "Readers", licence: "MIT", ...fields };
}

describe("heed models", () => {
  test("stands by kinds, each model once, within the terminal", async () => {
    const { stdout } = await commandLine("models");
    const lines = stdout.split("\n");
    for (const { name } of presets)
      expect(lines.filter((line) => line.startsWith(` ${name} `))).toHaveLength(1);
    const place = (start: string) => lines.findIndex((line) => line.startsWith(start));
    const places = [
      place("Decoders"),
      place(" gpt2 "),
      place("Encoders read"),
      place(" bert-base "),
      place("Encoders and decoders"),
      place(" t5-small "),
      place("Sound"),
      place(" whisper-tiny "),
      place("Images:"),
      place(" dinov2-small "),
      place("Images and texts"),
      place(" clip-vit-b32 "),
    ];
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(lines.filter((line) => displayWidth(line) > 80)).toEqual([]);
  });

  test("a model is planned by its name or by its title", async () => {
    const named = await commandLine("plan", "gpt3-175b", "--no-measure");
    const titled = await commandLine("plan", "GPT-3 175B", "--no-measure");
    expect(titled.error).toBeUndefined();
    expect(titled.stdout).toBe(named.stdout);
  });

  test("of some models says all", async () => {
    const { stdout } = await commandLine("models", "whisper", "M2M");
    expect(stdout).toContain("openai/whisper-small");
    expect(stdout).toContain("facebook/m2m100_418M");
    expect(stdout).toMatch(/published as 418M, the weights\s+hold 484M/);
    expect(stdout).not.toContain("gpt2");
    const { models, unknown } = JSON.parse((await commandLine("models", "xlnet", "--json")).stdout);
    expect(models.map(({ name }: { name: string }) => name)).toEqual(["xlnet-base", "xlnet-large"]);
    expect(unknown).toBeUndefined();
  });

  test("refuses a word that no model has", async () => {
    const { error } = await commandLine("models", "gemma", "nothing-like-it");
    expect(String(error)).toContain(
      'no model or family has "nothing-like-it" in its name. heed models lists them all',
    );
  });

  test("says what is not known, and that nothing was run", () => {
    const text = modelsText(
      [row({ parameters: 1_200_000_000, difference: 2e-6, hub: "a/one" }), row({ name: "two" })],
      [],
      { width: 120, color: 0, unicode: true },
    );
    expect(text).toContain("2 models of 1 family.");
    expect(text).toMatch(/one +1\.20B .*≤ 2e-6\n/);
    expect(text).toMatch(/two +unknown .*not run\n/);
  });
});
