/**
 * Elements of heed/elements over a model that runs in the page, in a worker of its own: `<heed-lines model="owner/name" text="…">`. Importing
 * this module names nothing; `defineLiveElements` does. For a page without a bundler, `dist/live/heed.js` does both.
 * @module heed/elements/live
 */

import { expectKeys } from "./errors/options.ts";
import { LiveRuns, type OnLoading, type OpenModel } from "./explore/live.ts";
import type { Exploring } from "./explore/questions.ts";
import { exploreInWorker } from "./explore/worker.ts";
import { defineElements } from "./views/page/elements.ts";

export type { OnLoading, OpenModel } from "./explore/live.ts";
export type { Exploring } from "./explore/questions.ts";
export * from "./views/page/elements.ts";

/** What live elements are given. */
export interface LiveOptions {
  /** Opens a model by the name that an element has; else it is loaded in a worker: the embedded one, or one of the hub. */
  readonly open?: OpenModel;
  /** Makes the worker that a model runs in, whose script calls `serveExplorer`; heed's own if not given. */
  readonly worker?: () => Worker;
  readonly registry?: CustomElementRegistry;
}

/**
 * Gives every element its name, as `defineElements` does, and a model to those that say which by attributes: `text` (and `pair`) or `image`, and
 * `model`. What they carry themselves is read as before.
 */
export function defineLiveElements(options: LiveOptions = {}): void {
  expectKeys(options, { open: true, worker: true, registry: true }, "defineLiveElements");
  const { worker = ownWorker, registry } = options;
  const { open = (name, onLoading) => openInWorker(name, worker, onLoading) } = options;
  defineElements(registry, new LiveRuns(open));
}

async function openInWorker(
  name: string,
  worker: () => Worker,
  onLoading: OnLoading,
): Promise<Exploring> {
  const isAddress = /^https?:/.test(name);
  const [id = name, revision] = isAddress ? [name] : name.split("@");
  return exploreInWorker(worker(), id === "embedded" ? undefined : id, {
    ...(revision !== undefined && { revision }),
    onDownload: ({ received, total }) => onLoading(received, total ?? 0),
  });
}

/** A worker with heed in it. */
function ownWorker(): Worker {
  const here = import.meta.url;
  if (new URL(here).origin !== location.origin) {
    // Browsers start no worker of another site, but one that imports it.
    const script = `import ${JSON.stringify(new URL("live-worker.browser.js", here).href)};`;
    const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    return new Worker(address, { type: "module" });
  }
  return new Worker(new URL("./live-worker.browser.js", import.meta.url), { type: "module" });
}
