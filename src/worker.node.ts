/**
 * A model in a worker thread of Node, Bun or Deno: `serve` in the worker, `loadInWorker` outside.
 * @module heed/worker
 */

import { parentPort } from "node:worker_threads";
import { InputError } from "./errors/errors.ts";
import type { load } from "./load.node.ts";
import type { Port } from "./worker/messages.ts";
import { serveOn } from "./worker/serve.ts";

export * from "./worker.ts";

/** Answers `loadInWorker` from inside a worker, with heed's `load` or a function of your own that gives a model. Throws InputError outside of a worker. */
export function serve(loadModel: typeof load, port: Port | undefined = ownPort()): void {
  if (!port)
    throw new InputError(
      "serve: this is no worker. Call it in the script of a Worker, or give it a port",
    );
  serveOn(port, loadModel);
}

/** The way to who started this worker; workers of the Web's kind (Deno, Bun) have it in their globals. */
function ownPort(): Port | undefined {
  if (parentPort) return parentPort as Port;
  return "WorkerGlobalScope" in globalThis ? (globalThis as unknown as Port) : undefined;
}
