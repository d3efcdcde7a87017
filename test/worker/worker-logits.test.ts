import { MessageChannel } from "node:worker_threads";
import { expect, test } from "vitest";
import { lensSites, logitLens, valueZeroing } from "../../src/analysis/index.ts";
import { load } from "../../src/index.ts";
import { loadInWorker, serve } from "../../src/worker.node.ts";
import { goldenFolder } from "../support/small-models.ts";

test("logits of a stream, the lens and value zeroing work over a model behind a port", async () => {
  const { port1, port2 } = new MessageChannel();
  serve(load, port1 as never);
  const folder = goldenFolder("gpt2");
  const [far, near] = await Promise.all([loadInWorker(port2 as never, folder), load(folder)]);
  const ids = [[5, 9, 14, 7]];
  const run = await far.run(ids, { read: lensSites() });
  const stream = run.trace.get("layers.1.residual");
  const logits = await far.logits(stream);
  expect(logits.data).toEqual((await near.logits(stream)).data);
  // What was handed over is still there.
  expect(stream.data.length).toBe(4 * 36);
  const layers = await logitLens(far, run, { count: 1 });
  expect(layers.at(-1)!.places.map(({ last }) => last.rank)).toEqual([1, 1, 1, 1]);
  const [zeroed] = (await valueZeroing(far, ids, { layers: [1] })).layers;
  expect(zeroed!.scores).toEqual(
    (await valueZeroing(near, ids, { layers: [1] })).layers[0]!.scores,
  );
  await Promise.all([far.dispose(), near.dispose()]);
  port2.close();
});
