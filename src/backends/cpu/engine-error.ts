import { HeedError } from "../../errors/errors.ts";

/** The engine cannot go on: no memory, a worker that ended, a machine that cannot run the kernels. */
export class EngineError extends HeedError {
  override readonly name: string = "EngineError";

  constructor(message: string, options?: ErrorOptions) {
    super("engine", message, options);
  }
}
