import { expect, test } from "vitest";
import { load } from "../../src/index.ts";
import { goldenFolder } from "../support/small-models.ts";

test("runs beyond the concurrency wait their turn, give the same, and end at once when aborted", async () => {
  const model = await load(goldenFolder("bert-mlm"), { concurrency: 2 });
  const ids = Array.from({ length: 64 }, (_, place) => [1 + (place % 90), 7, 9, 4]);
  const alone = (await model.run([ids[0]!])).output.logits!.data.join();
  const stop = new AbortController();
  const ended: string[] = [];
  const kept = model.run([ids[0]!]).then((run) => run.output.logits!.data.join());
  const dropped = ids.map((row) =>
    model.run([row], { signal: stop.signal }).catch((error: Error) => ended.push(error.name)),
  );
  stop.abort();
  await Promise.all(dropped);
  expect(ended).toEqual(Array.from(ids, () => "AbortError"));
  expect(await kept).toBe(alone);
  expect((await model.run([ids[0]!])).output.logits!.data.join()).toBe(alone);
  await model.dispose();
});

test.each([0, -1, 1.5, "2", Number.NaN])("concurrency %j is refused", async (concurrency) => {
  const opening = load(goldenFolder("bert-mlm"), { concurrency: concurrency as number });
  await expect(opening).rejects.toThrow("concurrency must be a whole number from 1");
});

test("runs that wait when a model is disposed say so", async () => {
  const model = await load(goldenFolder("bert-mlm"), { concurrency: 1 });
  const runs = Array.from({ length: 8 }, () => model.run([[3, 4, 5]]));
  const settled = Promise.allSettled(runs);
  await model.dispose();
  for (const result of await settled)
    if (result.status === "rejected") expect(String(result.reason)).toMatch(/dispose/);
});
