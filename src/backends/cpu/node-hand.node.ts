import { Worker } from "node:worker_threads";
import type { Hand } from "./crew.ts";
import { EngineError } from "./engine-error.ts";

/** How long a thread that was told to end may take. */
const END_MS = 900;

/** A worker thread of Node as a hand of a crew. */
export function nodeHand(source: string, workerData: unknown): Hand {
  const worker = started(source, workerData);
  worker.unref();
  let isEnding = false;
  let hasEnded = false;
  worker.once("exit", () => {
    hasEnded = true;
  });
  return {
    onEnd(tell) {
      worker.on("error", (error) => tell(String(error)));
      worker.on("exit", (code) => {
        if (!isEnding) tell(`exit code ${code}`);
      });
    },
    hold(isHeld) {
      // Once it is ending, whoever waits for that needs the process alive.
      if (isEnding) return;
      if (isHeld) worker.ref();
      else worker.unref();
    },
    async end() {
      isEnding = true;
      if (hasEnded) return;
      worker.ref();
      // Terminating a thread inside a native call would take the process down; one that hangs leaves no choice.
      const impatience = setTimeout(() => worker.terminate(), END_MS);
      // Where a test runner stands in for timers they may be numbers.
      (impatience as { unref?(): unknown }).unref?.();
      await new Promise((resolve) => worker.once("exit", resolve));
      clearTimeout(impatience);
    },
  };
}

function started(source: string, workerData: unknown): Worker {
  try {
    // Flags of the process (--input-type, --import) are about its own code, not about this.
    return new Worker(source, { eval: true, workerData, execArgv: [] });
  } catch (cause) {
    const isDenied = (cause as { code?: string }).code === "ERR_ACCESS_DENIED";
    throw new EngineError(
      isDenied
        ? "this process may not start threads (Node grants it by --allow-worker)"
        : `no thread can be started (${cause})`,
      { cause },
    );
  }
}
