import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../errors/errors.ts";
import { readImage } from "../../images/read-image.node.ts";
import { load } from "../../load.node.ts";
import type { LoadOptions } from "../../models/load.ts";
import type { TaskDifference } from "../../tasks/verify-tasks/task-case.ts";
import { readTaskCases, verifyTasks } from "../../tasks/verify-tasks/verify-tasks.ts";
import { oneLine } from "../../views/surface.ts";
import { wrap } from "../../views/text/layout.ts";
import { paint, type Terminal } from "../../views/text/terminal.ts";
import { type ModelJson, modelJson } from "../model-json.ts";

/** A folder's model against the answers its tasks.json holds. */
export async function verifyTaskFolder(
  folder: string,
  { backend, dtype, imageBackend }: Pick<LoadOptions, "backend" | "dtype" | "imageBackend">,
): Promise<{ readonly model: ModelJson; readonly tasks: readonly TaskDifference[] }> {
  const place = join(folder, "tasks.json");
  const cases = readTaskCases(await readFile(place, "utf8"), place);
  // Cases are recorded with texts that are cut, too.
  const model = await load(folder, { backend, dtype, imageBackend, onWarning: () => {} });
  try {
    const files = {
      image: async (name: string) => {
        const path = join(folder, name);
        if (!existsSync(path)) throw new InputError(`${place} names ${name}, which is not there`);
        return readImage(path);
      },
    };
    const tasks = await verifyTasks(model, cases, files, place);
    return { model: modelJson(model, { dtype }), tasks };
  } finally {
    await model.dispose();
  }
}

/** How many answers of a folder agree, how far they are, and each that does not. */
export function taskReportText(
  folder: string,
  tasks: readonly TaskDifference[],
  terminal: Terminal,
): string {
  const failed = tasks.filter(({ passed }) => !passed);
  const isGood = failed.length === 0;
  const mark = paint(
    isGood ? "pass" : "FAIL",
    { strong: true, tone: isGood ? "good" : "bad" },
    terminal,
  );
  const most = Math.max(...tasks.map(({ difference }) => difference));
  const allowed = Math.max(...tasks.map((task) => task.allowed));
  const head = `${mark}  ${folder}: ${tasks.length - failed.length} of ${tasks.length} answers agree; the largest difference is ${most.toExponential(1)}${isGood ? ` of ${allowed.toExponential(1)} allowed` : ""}`;
  const lines = failed.flatMap(({ name, difference, reason }) =>
    wrap(
      oneLine(`${name}: ${reason ?? `${difference.toExponential(1)} off`}`),
      terminal.width,
      "      ",
    ),
  );
  return [head, ...lines].join("\n");
}
