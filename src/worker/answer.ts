import { InputError } from "../errors/errors.ts";
import { listen, type Port, type Reply, type Request } from "./messages.ts";
import { fromWire, toWire, type WireEnd } from "./wire.ts";

type Call = Extract<Request, { heed: "call" }>;

/** What a port answers for: things made by `load`, and their methods. */
export interface Service<M> {
  readonly load: (...given: unknown[]) => Promise<M>;
  /** What is said of a thing that was made. */
  readonly facts: (made: M) => unknown;
  /** Throws InputError for what is not asked from outside. */
  readonly answer: (made: M, method: string, given: unknown[]) => unknown;
  /** Results that stay here, by their numbers: what hands a result a number, and what knows it by it. */
  readonly held?: {
    keep(result: unknown, given: readonly unknown[]): number | undefined;
    get(number: number): ReturnType<NonNullable<WireEnd["held"]>>;
    forget(number: number): void;
  };
  /** Buffers of a result that nobody here needs any more; those of its tensors if not given. */
  readonly transfers?: (result: unknown) => readonly ArrayBuffer[];
}

/** What listens on a port. */
interface Served {
  readonly services: Map<string, { answer(call: Call): Promise<void>; forget?(run: number): void }>;
  readonly running: Map<number, AbortController>;
}

const ports = new WeakMap<Port, Served>();

/** Answers what comes through a port for a service. */
export function answerOn<M>(port: Port, name: string, service: Service<M>): void {
  const made = new Map<number, M>();
  const { services, running } = servedOn(port);
  const answer = async ({ id, model, method, values }: Call) => {
    const abort = new AbortController();
    running.set(id, abort);
    const end: WireEnd = {
      held: service.held?.get,
      call:
        (listener) =>
        (...given) =>
          post(port, { heed: "event", id, listener, values: toWire(given).wire }),
      ownSignal: () => abort.signal,
    };
    try {
      const given = fromWire(values, end) as unknown[];
      const result = await carriedOut(model, method, given);
      const run = service.held?.keep(result, given);
      const handsOver = run === undefined && !service.transfers;
      const { wire, transfer } = toWire(result, { handsOver });
      const own = service.transfers ? [...service.transfers(result)] : transfer;
      post(port, { heed: "result", id, value: wire, run }, own);
    } catch (error) {
      postError(port, id, error);
    } finally {
      running.delete(id);
    }
  };
  const carriedOut = async (number: number, method: string, given: unknown[]): Promise<unknown> => {
    if (method === "load") {
      const one = await service.load(...given);
      made.set(number, one);
      return service.facts(one);
    }
    const one = made.get(number);
    if (one === undefined)
      throw new InputError("worker: there is no such model here. Load it first");
    if (method === "dispose") made.delete(number);
    return service.answer(one, method, given);
  };
  services.set(name, { answer, forget: service.held?.forget });
}

/** What a port answers for; it listens from the first service on. */
function servedOn(port: Port): Served {
  const known = ports.get(port);
  if (known) return known;
  const served: Served = { services: new Map(), running: new Map() };
  const { services, running } = served;
  ports.set(port, served);
  listen<Request>(port, {
    onMessage(request) {
      if (request.heed === "cancel") running.get(request.id)?.abort(fromWire(request.reason));
      else if (request.heed === "forget")
        for (const { forget } of services.values()) forget?.(request.run);
      else if (request.heed === "call") {
        const service = services.get(request.service);
        if (service) void service.answer(request);
        else postError(port, request.id, notServed(request.service));
      }
    },
  });
  return served;
}

const services: Readonly<Record<string, string>> = {
  explorer: "worker: its script serves no explorer. Call serveExplorer(load) of heed/explore in it",
  training: "worker: its script serves no training. Call serveTraining(load) of heed/explore in it",
  planner: "worker: its script serves no planner. Call servePlanner() of heed/explore in it",
  model: "worker: its script serves no model. Call serve(load) of heed/worker in it",
};

function notServed(service: string): InputError {
  return new InputError(services[service] ?? services.model!);
}

function post(port: Port, reply: Reply, transfer: ArrayBuffer[] = []): void {
  port.postMessage(reply, transfer);
}

function postError(port: Port, id: number, error: unknown): void {
  const thrown = error instanceof Error ? error : new Error(String(error));
  post(port, { heed: "error", id, error: toWire(thrown).wire });
}
