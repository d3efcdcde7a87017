import { InputError } from "../errors/errors.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import type { Run } from "../models/run.ts";
import { answerOn } from "./answer.ts";
import type { Port } from "./messages.ts";

/** What may be asked of a model from the other side, beside `load`. */
export const remoteMethods = [
  "run",
  "generate",
  "chat",
  "chatPrompt",
  "transcribe",
  "score",
  "embed",
  "scorePairs",
  "classify",
  "classifyTokens",
  "fill",
  "zeroShot",
  "zeroShotImages",
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
    | "audio"
    | "towers"
    | "backend"
    | "sites"
    | "absentSites"
  > {}

type Method = (...values: unknown[]) => unknown;

/** Answers what comes through a port with models that `load` gives. */
export function serveOn<M extends LoadedModel>(
  port: Port,
  load: (source?: never, options?: never) => Promise<M>,
): void {
  const runs = new Map<number, Run>();
  let runCount = 0;
  answerOn<M>(port, "model", {
    load: load as (...given: unknown[]) => Promise<M>,
    facts: factsOf,
    answer(model, method, given) {
      if (method === "encode") return encoded(model, given);
      if (!remoteMethods.some((known) => known === method))
        throw new InputError(`worker: a model is not asked for "${method}" from outside`);
      return (model as unknown as Record<string, Method>)[method]!(...given);
    },
    held: {
      keep(result, given) {
        const isKept = (given[1] as { reusable?: boolean } | undefined)?.reusable === true;
        if (!isKept) return undefined;
        runCount += 1;
        runs.set(runCount, result as Run);
        return runCount;
      },
      get(number) {
        const run = runs.get(number);
        if (!run) throw new InputError("worker: that run is held no longer. Make it again");
        return run;
      },
      forget: (number) => runs.delete(number),
    },
  });
}

function encoded(model: LoadedModel, [text, options]: unknown[]): unknown {
  if (!model.tokenizer)
    throw new InputError(`${model.label}: there is no tokenizer in its files. Give ids`);
  return model.tokenizer.encodeInSteps(text as string, options as object);
}

function factsOf(model: LoadedModel): ModelFacts {
  const { label, type, config, generationConfig, generates, dimensions, task } = model;
  const { isCausal, readsTypes, longest, images, audio, towers, backend, sites, absentSites } =
    model;
  return {
    ...{ label, type, config, generationConfig, generates, dimensions, task },
    ...{ isCausal, readsTypes, longest, images, audio, towers, backend, sites, absentSites },
  };
}
