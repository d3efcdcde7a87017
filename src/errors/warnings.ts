import { harmless } from "./visible.ts";

/** Warnings as they come, harmless to a terminal: kept in a list, and told to who listens. */
export function keepWarnings(listener: ((message: string) => void) | undefined): {
  readonly warnings: readonly string[];
  readonly warn: (message: string) => void;
} {
  const warnings: string[] = [];
  const warn = (said: string) => {
    const message = harmless(said);
    warnings.push(message);
    listener?.(message);
  };
  return { warnings, warn };
}
