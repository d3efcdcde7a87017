import type { Hand } from "./crew.ts";
import { EngineError } from "./engine-error.ts";

/** What heed uses of Trusted Types, where a browser has them. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(address: string): string },
  ): { createScriptURL(address: string): string };
}

const refused =
  "this page's Content Security Policy forbids its worker. Let it allow worker-src blob: and, where it has a directive trusted-types, the name heed";

/** The name a page's `trusted-types` directive has to list. */
const POLICY = "heed";
let policy: ReturnType<TrustedTypes["createPolicy"]> | undefined;

/** A Web Worker as a hand of a crew; its script comes as a blob, so that no file has to be found. Throws EngineError where the page forbids it. */
export function webHand(source: string, start: object): Hand {
  const script = `onmessage = ({ data: start }) => {\n${source}\n};`;
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  try {
    return workerHand(new Worker(trusted(address)), start);
  } catch (cause) {
    throw new EngineError(`${refused} (${cause})`, { cause });
  } finally {
    URL.revokeObjectURL(address);
  }
}

function workerHand(worker: Worker, start: object): Hand {
  worker.postMessage(start);
  return {
    onEnd(tell) {
      // A worker that may not start has an event without a message.
      worker.addEventListener("error", ({ message }) => tell(message ?? refused));
    },
    hold() {},
    async end() {
      worker.terminate();
    },
  };
}

/** The address as pages with `require-trusted-types-for 'script'` want it: made by a policy of heed's own, which sees nothing else. */
function trusted(address: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  if (!trustedTypes) return address;
  policy ??= trustedTypes.createPolicy(POLICY, { createScriptURL: (own) => own });
  return policy.createScriptURL(address);
}
