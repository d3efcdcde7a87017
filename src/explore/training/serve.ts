import { InputError } from "../../errors/errors.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import { answerOn } from "../../worker/answer.ts";
import type { Port } from "../../worker/messages.ts";
import type { AskOptions } from "../questions.ts";
import { ownPort } from "../worker.ts";
import { type Training, type TrainingAsked, trainingMethods } from "./questions.ts";

/**
 * Answers `trainInWorker` from inside a worker, with heed's `load`. What trains is loaded when it is asked for. Throws InputError where there
 * is no port.
 */
export function serveTraining(
  load: (source?: never, options?: never) => Promise<LoadedModel>,
  port: Port | undefined = ownPort(),
): void {
  if (!port)
    throw new InputError(
      "serveTraining: this is no worker of a browser. Call it in the script of a Worker, or give it a port: parentPort of node:worker_threads",
    );
  answerOn<Training>(port, "training", {
    async load(asked, options) {
      const { TaskTraining } = await import("./task-training.ts");
      return TaskTraining.of(load, asked as TrainingAsked, options as AskOptions);
    },
    facts: ({ said }) => said,
    answer(training, method, given) {
      const known = trainingMethods.find((name) => name === method);
      if (!known)
        throw new InputError(`worker: a training is not asked for "${method}" from outside`);
      return (training[known] as (...given: unknown[]) => unknown)(...given);
    },
    transfers: () => [],
  });
}
