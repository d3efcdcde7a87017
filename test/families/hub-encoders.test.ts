import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { load } from "../../src/load.node.ts";
import { commandLine } from "../support/command-line.ts";

const home = fileURLToPath(new URL("../golden", import.meta.url));
const folders = readdirSync(home).filter((name) => existsSync(`${home}/${name}/seen.json`));

/** What Python makes of a folder laid out as a published one (scripts/make-hub-encoders.py). */
interface Seen {
  readonly task: "fill" | "embed" | "generate";
  readonly text: string;
  readonly ids: number[][];
  /** Of layer 1, head 1. */
  readonly weights: number[][];
  readonly final?: number[];
  readonly fill?: { text: string; ids: number[]; probabilities: number[] };
  readonly vector?: number[];
  readonly greedy?: number[];
  readonly beams?: number[];
}

function expectNear(got: ArrayLike<number>, expected: readonly number[], what: string): void {
  expect(got.length, what).toBe(expected.length);
  for (const [place, number] of expected.entries())
    expect(Math.abs(got[place]! - number) / Math.max(1, Math.abs(number)), what).toBeLessThan(1e-4);
}

/** What a command says, as JSON. */
async function said(...args: readonly string[]) {
  const { stdout, error } = await commandLine(...args, "--format", "json");
  expect(error, args.join(" ")).toBeUndefined();
  return JSON.parse(stdout);
}

describe("encoders and encoder-decoders as their repositories lay them out", () => {
  test("there is one of each kind of layout", () => {
    expect(folders).toEqual(
      "bart electra modernbert mpnet nomic_bert pegasus".split(" ").map((name) => `hub-${name}`),
    );
  });

  test.each(folders)("%s: from the text to the answer", async (name) => {
    const folder = `${home}/${name}`;
    const seen = JSON.parse(readFileSync(`${folder}/seen.json`, "utf8")) as Seen;
    const stack = seen.task === "generate" ? "encoder." : "";
    const model = await load(folder, { backend: "reference" });
    try {
      expect([...model.tokenizer!.encode(seen.text).ids]).toEqual(seen.ids[0]);
      const read = [`${stack}layers.1.weights`, ...(seen.final ? ["final"] : [])];
      const run = await model.run(seen.text, { read });
      const weights = run.trace.get(`${stack}layers.1.weights`).select(0, 1);
      expectNear(weights.data, seen.weights.flat(), "weights");
      if (seen.final) {
        const final = run.trace.get("final").data.subarray(12, 24);
        expectNear(final, seen.final, "final");
      }
      if (seen.vector) {
        const { vectors } = await model.embed([seen.text]);
        expectNear(vectors.data, seen.vector, "vector");
      }
      if (seen.greedy) {
        const plain = { numBeams: 1, minLength: 0, maxLength: 12 };
        const { rows } = await model.generate(seen.text, plain);
        expect(rows[0]!.ids).toEqual(seen.greedy);
        const searched = await model.generate(seen.text);
        expect(searched.rows[0]!.ids).toEqual(seen.beams);
      }
    } finally {
      await model.dispose();
    }
  });

  test.each(folders)("%s: by the command line", async (name) => {
    const folder = `${home}/${name}`;
    const seen = JSON.parse(readFileSync(`${folder}/seen.json`, "utf8")) as Seen;
    const model = ["--model", folder, "--backend", "reference"];
    const shown = await said("show", "L1H1", seen.text, ...model);
    expectNear(shown.weights.flat(), seen.weights.flat(), "weights");
    if (seen.fill) {
      const filled = JSON.stringify(await said("fill", seen.fill.text, "--top-k", "3", ...model));
      const numbers = [...filled.matchAll(/[\d.]+(?:e-\d+)?/g)].map(([text]) => Number(text));
      for (const chance of seen.fill.probabilities)
        expect(Math.min(...numbers.map((one) => Math.abs(one - chance) || 0))).toBeLessThan(1e-4);
    }
  });
});
