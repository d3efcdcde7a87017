import { expectKeys } from "../../errors/options.ts";
import { Connection } from "../../worker/connection.ts";
import type { Port } from "../../worker/messages.ts";
import type { AskOptions } from "../questions.ts";
import {
  type Training,
  type TrainingAsked,
  type TrainingSaid,
  trainingMethods,
} from "./questions.ts";

/**
 * Has a model learn a task in a worker that calls `serveTraining`, and asks it from here. Callbacks are called here, a signal stops the work there.
 * Throws InputError for a task that is not there, WorkerError when the worker ends.
 */
export async function trainInWorker(
  worker: Port,
  asked: TrainingAsked,
  options: AskOptions = {},
): Promise<Training> {
  expectKeys(options, { signal: true }, "trainInWorker");
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
