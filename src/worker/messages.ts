/** What goes to a worker. `heed` tells these messages from others on the same port. */
export type Request =
  | {
      readonly heed: "call";
      readonly id: number;
      /** What is asked: one port may answer for several. */
      readonly service: string;
      /** The model it is asked of; `load` makes one of this number. */
      readonly model: number;
      readonly method: string;
      readonly values: unknown;
    }
  | { readonly heed: "cancel"; readonly id: number; readonly reason: unknown }
  | { readonly heed: "forget"; readonly run: number };

/** What comes from a worker. */
export type Reply =
  | { readonly heed: "result"; readonly id: number; readonly value: unknown; readonly run?: number }
  | { readonly heed: "error"; readonly id: number; readonly error: unknown }
  | {
      readonly heed: "event";
      readonly id: number;
      readonly listener: number;
      readonly values: unknown;
    };

/** A place messages go to and come from: a Worker of a browser or of Node, the worker's own side of it, or a MessagePort. */
export interface Port {
  /** Sends a message, as a structured clone. */
  postMessage(message: unknown): void;
  /** Sends a message, and buffers that are no longer of this side then. */
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
}

interface Target extends Port {
  addEventListener?(name: string, tell: (event: Event) => void): void;
  on?(name: string, tell: (value: unknown) => void): void;
  start?(): void;
}

/** Hears the messages of heed on a port, and what ends it. */
export function listen<T>(
  port: Port,
  { onMessage, onEnd }: { onMessage(message: T): void; onEnd?(reason: string): void },
): void {
  const target = port as Target;
  const hear = (data: unknown) => {
    if (typeof data === "object" && data !== null && "heed" in data) onMessage(data as T);
  };
  if (target.on) {
    target.on("message", hear);
    target.on("error", (error) => onEnd?.(String(error)));
    target.on("exit", (code) => onEnd?.(`exit code ${code}`));
  } else {
    target.addEventListener?.("message", (event) => hear((event as MessageEvent).data));
    target.addEventListener?.("error", (event) =>
      onEnd?.((event as ErrorEvent).message ?? "its script could not be loaded"),
    );
    // A MessagePort holds messages back until it is started.
    target.start?.();
  }
}
