import { InputError } from "../../errors/errors.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import { answerOn } from "../../worker/answer.ts";
import { Connection } from "../../worker/connection.ts";
import type { Port } from "../../worker/messages.ts";
import type { AskOptions } from "../questions.ts";
import { ownPort } from "../worker.ts";
import {
  type Training,
  type TrainingAsked,
  type TrainingSaid,
  trainingMethods,
} from "./questions.ts";

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

/**
 * Has a model learn a task in a worker that calls `serveTraining`, and asks it from here. Callbacks are called here, a signal stops the work there.
 * Throws InputError for a task that is not there, WorkerError when the worker ends.
 */
export async function trainInWorker(
  worker: Port,
  asked: TrainingAsked,
  options: AskOptions = {},
): Promise<Training> {
  const connection = Connection.to(worker);
  const number = connection.nextNumber();
  const ask = (method: string, values: readonly unknown[]) =>
    connection.call({ service: "training", number, method, values, madeBy: { label: "" } });
  const said = (await ask("load", [asked, options])) as TrainingSaid;
  const methods = trainingMethods.map((method) => [
    method,
    (...values: unknown[]) => ask(method, values),
  ]);
  return { said, ...Object.fromEntries(methods) } as Training;
}
