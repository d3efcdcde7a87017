import { expectKeys } from "./errors/options.ts";
import type { Model } from "./model.ts";
import { sharedName } from "./models/short-name.ts";
import type { Encoding, StepwiseOptions } from "./tokens/tokenizer.ts";
import { Connection } from "./worker/connection.ts";
import { fromHere, type WorkerLoadOptions, workerLoadOptions } from "./worker/load-options.ts";
import type { Port } from "./worker/messages.ts";
import { type ModelFacts, remoteMethods } from "./worker/serve.ts";

export { WorkerError } from "./worker/connection.ts";
export type { WorkerLoadOptions } from "./worker/load-options.ts";
export type { Port } from "./worker/messages.ts";
export type { ModelFacts } from "./worker/serve.ts";

/**
 * A model in a worker: what is said of it is here, its methods are asked of it there, with the same options and results. Numbers are
 * handed over, not copied; callbacks are called here, a signal stops the work there.
 */
export interface WorkerModel extends ModelFacts, Pick<Model, (typeof remoteMethods)[number]> {
  /** The tokens of a text, or of two, with their character offsets. */
  encode(text: string, options?: StepwiseOptions): Promise<Encoding>;
}

/**
 * Loads a model in a worker that calls `serve`. `source` and options are those of the worker's `load`; a path is seen from this page. Throws
 * what `load` throws there, WorkerError when the worker ends.
 */
export async function loadInWorker(
  worker: Port,
  source?: unknown,
  options: WorkerLoadOptions = {},
): Promise<WorkerModel> {
  expectKeys(options, workerLoadOptions, "loadInWorker");
  const connection = Connection.to(worker);
  const number = connection.nextNumber();
  const madeBy = { label: "" };
  const ask = (method: string, values: readonly unknown[]) =>
    connection.call({ service: "model", number, method, values, madeBy });
  const facts = (await ask("load", [await fromHere(source), options])) as ModelFacts;
  madeBy.label = sharedName(facts.label);
  const methods = [...remoteMethods, "encode"].map(
    (name) => [name, (...values: unknown[]) => ask(name, values)] as const,
  );
  return { ...facts, ...Object.fromEntries(methods) } as unknown as WorkerModel;
}
