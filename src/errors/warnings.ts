/** Warnings as they come: kept in a list, and told to who listens. */
export function keepWarnings(listener: ((message: string) => void) | undefined): {
  readonly warnings: readonly string[];
  readonly warn: (message: string) => void;
} {
  const warnings: string[] = [];
  const warn = (message: string) => {
    warnings.push(message);
    listener?.(message);
  };
  return { warnings, warn };
}
