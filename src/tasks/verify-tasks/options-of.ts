import { CheckpointError } from "../../errors/errors.ts";
import type { TaskCase } from "./task-case.ts";

/** Cases name options as Python does. Throws CheckpointError for one that heed has no name for. */
export function optionsOf<T extends string>(
  { task, options }: TaskCase,
  names: Readonly<Record<string, T>>,
  idle: readonly string[] = [],
): Partial<Record<T, unknown>> {
  const known: Partial<Record<T, unknown>> = {};
  for (const [name, value] of Object.entries(options)) {
    if (idle.includes(name) || value === null) continue;
    if (!Object.hasOwn(names, name))
      throw new CheckpointError(
        `tasks.json: ${task} has an option "${name}"; heed knows ${[...Object.keys(names), ...idle].join(", ")}`,
      );
    known[names[name]!] = value;
  }
  return known;
}
