import { HeedError } from "../errors/errors.ts";
import type { ModelIdentity, Run } from "../models/run.ts";
import { listen, type Port, type Reply, type Request } from "./messages.ts";
import { fromWire, toWire, type WireEnd } from "./wire.ts";

/** A worker has ended, or its script does not load. */
export class WorkerError extends HeedError {
  override readonly name: string = "WorkerError";

  constructor(message: string, options?: ErrorOptions) {
    super("worker", message, options);
  }
}

interface Waiting {
  readonly listeners: readonly ((...values: unknown[]) => void)[];
  readonly madeBy: ModelIdentity;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** What is asked of the other side. */
export interface Call {
  readonly service: "model" | "explorer" | "training" | "planner";
  /** The model's number. */
  readonly number: number;
  readonly method: string;
  readonly values: readonly unknown[];
  readonly madeBy: ModelIdentity;
}

const connections = new WeakMap<Port, Connection>();

/** This side of a worker: calls go out, results, events and errors come back. */
export class Connection {
  readonly #port: Port;
  readonly #waiting = new Map<number, Waiting>();
  readonly #held = new WeakMap<Run, number>();
  readonly #forgotten: FinalizationRegistry<number>;
  #calls = 0;
  #models = 0;
  #ended: WorkerError | undefined;

  /** The one connection there is to a worker. */
  static to(port: Port): Connection {
    const known = connections.get(port) ?? new Connection(port);
    connections.set(port, known);
    return known;
  }

  private constructor(port: Port) {
    this.#port = port;
    this.#forgotten = new FinalizationRegistry((run) => this.#post({ heed: "forget", run }));
    listen<Reply>(port, {
      onMessage: (reply) => this.#hear(reply),
      onEnd: (reason) => this.#end(reason),
    });
  }

  /** A number for a model to come. */
  nextNumber(): number {
    this.#models += 1;
    return this.#models;
  }

  /** What a method of a model answers; its signal is passed on, its callbacks are called here. */
  async call({ service, number, method, values, madeBy }: Call): Promise<unknown> {
    if (this.#ended) throw this.#ended;
    this.#calls += 1;
    const id = this.#calls;
    const listeners: ((...values: unknown[]) => void)[] = [];
    const signals: AbortSignal[] = [];
    const end: WireEnd = {
      heldAs: (run) => this.#held.get(run),
      listener: (call, path) => (/\.on[A-Z]\w*$/.test(path) ? listeners.push(call) - 1 : undefined),
      signal: (signal) => signals.push(signal),
    };
    const { wire } = toWire(values, end);
    for (const signal of signals) signal.throwIfAborted();
    const result = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { listeners, madeBy, resolve, reject });
    });
    const cancel = () => {
      const [signal] = signals;
      this.#post({ heed: "cancel", id, reason: toWire(signal?.reason).wire });
      this.#waiting.get(id)?.reject(signal?.reason);
      this.#waiting.delete(id);
    };
    for (const signal of signals) signal.addEventListener("abort", cancel, { once: true });
    try {
      this.#post({ heed: "call", id, service, model: number, method, values: wire });
      return await result;
    } finally {
      this.#waiting.delete(id);
      for (const signal of signals) signal.removeEventListener("abort", cancel);
    }
  }

  #post(request: Request): void {
    if (!this.#ended) this.#port.postMessage(request);
  }

  #hear(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    if (!waiting) return;
    const { madeBy, listeners, resolve, reject } = waiting;
    if (reply.heed === "error") reject(fromWire(reply.error));
    else if (reply.heed === "result")
      resolve(fromWire(reply.value, { madeBy, onRun: (run) => this.#keep(run, reply.run) }));
    else listeners[reply.listener]?.(...(fromWire(reply.values, { madeBy }) as unknown[]));
  }

  #keep(run: Run, number: number | undefined): void {
    if (number === undefined) return;
    this.#held.set(run, number);
    this.#forgotten.register(run, number);
  }

  #end(reason: string): void {
    this.#ended ??= new WorkerError(`worker: it has ended: ${reason}. Start another one`);
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}
