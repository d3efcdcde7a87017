import { visible } from "../../errors/visible.ts";

const told = new Set<string>();

/** A warning on stderr, said once: of a thousand lines each may bring the same. */
export function warn(message: string): void {
  if (told.has(message)) return;
  told.add(message);
  process.stderr.write(`heed: ${visible(message)}\n`);
}

/** Another command begins, and says everything anew. */
export function forgetWarnings(): void {
  told.clear();
}
