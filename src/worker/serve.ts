import { InputError } from "../errors/errors.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import type { Run } from "../models/run.ts";
import { listen, type Port, type Reply, type Request } from "./messages.ts";
import { fromWire, toWire, type WireEnd } from "./wire.ts";

/** What may be asked of a model from the other side, beside `load`. */
export const remoteMethods = [
  "run",
  "generate",
  "chat",
  "chatPrompt",
  "score",
  "embed",
  "scorePairs",
  "classify",
  "classifyTokens",
  "fill",
  "zeroShot",
  "answer",
  "logits",
  "dispose",
] as const;

/** What is said of a model that stays in its worker. */
export interface ModelFacts
  extends Pick<
    LoadedModel,
    | "label"
    | "type"
    | "config"
    | "generationConfig"
    | "generates"
    | "dimensions"
    | "task"
    | "isCausal"
    | "readsTypes"
    | "longest"
    | "images"
    | "backend"
    | "sites"
    | "absentSites"
  > {}

type Call = Extract<Request, { heed: "call" }>;
type Method = (...values: unknown[]) => unknown;

/** Answers what comes through a port with models that `load` gives. */
export function serveOn<M extends LoadedModel>(
  port: Port,
  load: (source?: never, options?: never) => Promise<M>,
): void {
  const models = new Map<number, M>();
  const runs = new Map<number, Run>();
  const running = new Map<number, AbortController>();
  let runCount = 0;

  const answer = async ({ id, model, method, values }: Call) => {
    const abort = new AbortController();
    running.set(id, abort);
    const post = (reply: Reply, transfer?: ArrayBuffer[]) => port.postMessage(reply, transfer);
    const end: WireEnd = {
      held: (number) => {
        const run = runs.get(number);
        if (!run) throw new InputError("worker: that run is held no longer. Make it again");
        return run;
      },
      call:
        (listener) =>
        (...given) =>
          post({ heed: "event", id, listener, values: toWire(given).wire }),
      ownSignal: () => abort.signal,
    };
    try {
      const given = fromWire(values, end) as unknown[];
      const result = await carriedOut(model, method, given);
      const isKept = (given[1] as { reusable?: boolean } | undefined)?.reusable === true;
      const { wire, transfer } = toWire(result, { handsOver: !isKept });
      const run = isKept ? ++runCount : undefined;
      if (run !== undefined) runs.set(run, result as Run);
      post({ heed: "result", id, value: wire, run }, transfer);
    } catch (error) {
      post({
        heed: "error",
        id,
        error: toWire(error instanceof Error ? error : new Error(String(error))).wire,
      });
    } finally {
      running.delete(id);
    }
  };

  const carriedOut = async (number: number, method: string, given: unknown[]): Promise<unknown> => {
    if (method === "load") {
      const model = (await (load as Method)(...given)) as M;
      models.set(number, model);
      return factsOf(model);
    }
    const model = models.get(number);
    if (!model) throw new InputError("worker: there is no such model here. Load it first");
    if (method === "encode") return encoded(model, given);
    if (!remoteMethods.some((known) => known === method))
      throw new InputError(`worker: a model is not asked for "${method}" from outside`);
    if (method === "dispose") models.delete(number);
    return (model as unknown as Record<string, Method>)[method]!(...given);
  };

  listen<Request>(port, {
    onMessage(request) {
      if (request.heed === "call") void answer(request);
      else if (request.heed === "cancel") running.get(request.id)?.abort(fromWire(request.reason));
      else if (request.heed === "forget") runs.delete(request.run);
    },
  });
}

function encoded(model: LoadedModel, [text, options]: unknown[]): unknown {
  if (!model.tokenizer)
    throw new InputError(`${model.label}: there is no tokenizer in its files. Give ids`);
  return model.tokenizer.encode(text as string, options as object);
}

function factsOf(model: LoadedModel): ModelFacts {
  const { label, type, config, generationConfig, generates, dimensions, task } = model;
  const { isCausal, readsTypes, longest, images, backend, sites, absentSites } = model;
  return {
    ...{ label, type, config, generationConfig, generates, dimensions, task },
    ...{ isCausal, readsTypes, longest, images, backend, sites, absentSites },
  };
}
