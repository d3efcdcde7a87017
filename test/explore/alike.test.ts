import { afterAll, expect, test } from "vitest";
import { Explorer } from "../../src/explore/index.ts";
import { load } from "../../src/index.ts";

const explorer = new Explorer(await load());
afterAll(() => explorer.dispose());

test("a word beside itself is the same all the way; bank and bank part by what stands beside them", async () => {
  const river = await explorer.see({ input: "She sat on the bank of the river." });
  const money = await explorer.see({ input: "She put her money in the bank." });
  const bankOf = (seen: typeof river) => ({
    run: seen.run,
    tokens: seen.queries.flatMap(({ text }, token) => (text === "bank" ? [token] : [])),
  });
  const same = await explorer.alike(bankOf(river), bankOf(river));
  expect(same).toHaveLength(river.layers + 2);
  for (const cosine of same) expect(cosine).toBeCloseTo(1, 5);
  const parted = await explorer.alike(bankOf(river), bankOf(money));
  expect(parted[0]!).toBeGreaterThan(0.9);
  expect(parted.at(-1)!).toBeLessThan(parted[0]! - 0.05);
  // A text's own last layer is its end where no norm follows.
  expect(parted.at(-1)!).toBeCloseTo(parted.at(-2)!, 6);
});

test("changes of a run are in its vectors, and a word that is not there is an error", async () => {
  const input = "The cat sat.";
  const clean = await explorer.see({ input });
  const changes = [{ kind: "ablateHeads", heads: ["L0H0", "L0H1"], by: "zero" }] as const;
  const changed = await explorer.see({ input, changes });
  const [embedding, first] = await explorer.alike(
    { run: clean.run, tokens: [2] },
    { run: changed.run, tokens: [2] },
  );
  expect(embedding).toBeCloseTo(1, 6);
  expect(first).toBeLessThan(0.9999);
  const asked = explorer.alike({ run: clean.run, tokens: [99] }, { run: clean.run, tokens: [1] });
  await expect(asked).rejects.toThrow("alike: token 99 is not there. The text has 6, 0 to 5");
});
