import { InputError } from "../errors/errors.ts";
import { expectKeys } from "../errors/options.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import { answerOn } from "../worker/answer.ts";
import { Connection } from "../worker/connection.ts";
import { fromHere, type WorkerLoadOptions, workerLoadOptions } from "../worker/load-options.ts";
import type { Port } from "../worker/messages.ts";
import { type ExplorerOptions, explorerOptions } from "./explorer.ts";
import { asked, askedElsewhere, buffersOf, isExploringMethod } from "./methods.ts";
import type { Exploring, ModelSaid } from "./questions.ts";
import { explorerOf } from "./towers-explorer.ts";

/**
 * Answers `exploreInWorker` from inside a worker, with heed's `load` or a function of your own that gives a model. In Node the port is
 * `parentPort` of node:worker_threads. Throws InputError where there is no port.
 */
export function serveExplorer(
  load: (source?: never, options?: never) => Promise<LoadedModel>,
  port: Port | undefined = ownPort(),
  options: ExplorerOptions = {},
): void {
  expectKeys(options, explorerOptions, "serveExplorer");
  if (!port)
    throw new InputError(
      "serveExplorer: this is no worker of a browser. Call it in the script of a Worker, or give it a port: parentPort of node:worker_threads",
    );
  const loadModel = load as (...given: unknown[]) => Promise<LoadedModel>;
  answerOn<Exploring>(port, "explorer", {
    load: async (...given) => explorerOf(await loadModel(...given), options),
    facts: ({ said }) => said,
    answer(explorer, method, given) {
      if (method === "forget") return explorer.forget(given[0] as number);
      if (method === "dispose") return explorer.dispose();
      if (isExploringMethod(method)) return asked(explorer, method, given);
      throw new InputError(`worker: an explorer is not asked for "${method}" from outside`);
    },
    transfers: buffersOf,
  });
}

/**
 * Loads a model in a worker that calls `serveExplorer`, and asks it from here. `source` and options are those of the worker's `load`; a path is
 * seen from this page. Callbacks are called here, a signal stops the work there, numbers are handed over. Throws what `load` throws
 * there, WorkerError when the worker ends.
 */
export async function exploreInWorker(
  worker: Port,
  source?: unknown,
  options: WorkerLoadOptions = {},
): Promise<Exploring> {
  expectKeys(options, workerLoadOptions, "exploreInWorker");
  const connection = Connection.to(worker);
  const number = connection.nextNumber();
  const ask = (method: string, values: readonly unknown[]) =>
    connection.call({ service: "explorer", number, method, values, madeBy: { label: "" } });
  const said = (await ask("load", [await fromHere(source), options])) as ModelSaid;
  return {
    said,
    ...askedElsewhere(ask),
    // A worker that has ended has forgotten.
    forget: (run) => void ask("forget", [run]).catch(() => {}),
    dispose: async () => {
      await ask("dispose", []);
    },
  };
}

/** The way to the page that started this worker. */
export function ownPort(): Port | undefined {
  return "WorkerGlobalScope" in globalThis ? (globalThis as unknown as Port) : undefined;
}
