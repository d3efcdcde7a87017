/**
 * A model in a Web Worker: `serve` in the worker, `loadInWorker` in the page.
 * @module heed/worker (in browsers)
 */

import type { load } from "./load.browser.ts";
import type { Port } from "./worker/messages.ts";
import { serveOn } from "./worker/serve.ts";

export * from "./worker.ts";

/** Answers `loadInWorker` from inside a worker, with heed's `load` or a function of your own that gives a model. */
export function serve(loadModel: typeof load, port: Port = globalThis as unknown as Port): void {
  serveOn(port, loadModel);
}
