import type { WritingSettings } from "../tasks/writing/settings.ts";
import { warn } from "./terminal/warnings.ts";

/** Says on stderr what the checkpoint's own files have decided of a text that was written. */
export function saySettings(settings: WritingSettings): void {
  const { fromFile } = settings;
  if (fromFile.length === 0) return;
  const said = fromFile.map(
    (name) => `${name} ${JSON.stringify(settings[name as keyof WritingSettings])}`,
  );
  warn(`the checkpoint's generation settings hold: ${said.join(", ")}`);
}
