import { existsSync } from "node:fs";
import {
  type ExperimentFile,
  parseExperiment,
} from "../../../analysis/interventions/experiment.ts";
import { runExperiment } from "../../../analysis/interventions/run-experiment.ts";
import { InputError } from "../../../errors/errors.ts";
import { carriedOut, subjectOf } from "../../experiment.ts";
import {
  deliverExperiment,
  experimentFacts,
  experimentFormats,
  experimentFound,
} from "../../experiment-output.ts";
import { readSource, withHome } from "../../input/text-input.ts";
import { runsFile } from "../../kept-runs.ts";
import { loadModel, type ModelOptions } from "../../loading.ts";
import { carriedOutMatter, deliverMatter, withMetrics } from "../../matter-output.ts";
import { type FormatOptions, formatOf } from "../../options/format.ts";
import { refuseIdle } from "../../options/idle-options.ts";

export interface RunCommandOptions extends ModelOptions, FormatOptions {}

/** `heed run FILE`: an experiment as its file says it. */
export async function runFile(
  given: string | undefined,
  options: RunCommandOptions,
): Promise<void> {
  const format = formatOf(options, experimentFormats);
  refuseIdle("run", { ...options, format });
  if (given === undefined)
    throw new InputError(
      "run needs the file of an experiment: heed patch … --save experiment.json writes one",
    );
  if (given !== "-" && !existsSync(withHome(given)))
    throw new InputError(
      `run ${given}: there is no such file. heed patch … --save experiment.json writes an experiment`,
    );
  const { text, place } = await readSource(given);
  const file = parseExperiment(text, place ?? given);
  const reads = isPicture(file) ? "images" : "texts";
  const model = await loadModel({ ...modelOf(file), ...givenOnes(options) }, reads);
  const { do: what } = file;
  const runs = runsFile(given === "-" ? undefined : withHome(given), options.out);
  if (what.kind === "matter") {
    const whole = await withMetrics(model, { ...file, do: what });
    return carriedOutMatter(model, whole, {
      runs,
      deliver: (result) => deliverMatter(model, whole, result, options, format),
    });
  }
  const subject = await subjectOf(model, file.input);
  await carriedOut(subject, file, {
    runs,
    find: (running) =>
      runExperiment(subject.followed({ signal: running.signal }), { ...file, do: what }, running),
    deliver: async (result) =>
      deliverExperiment(
        await experimentFound(model, subject, file, result, options),
        experimentFacts(model, file),
        options,
        format,
      ),
  });
}

/** The model the file names; undefined for the one that comes with heed. */
function modelOf({ model }: ExperimentFile): ModelOptions {
  const { name, ...rest } = model ?? {};
  return { ...(name !== undefined && { model: name }), ...rest };
}

function isPicture({ input }: ExperimentFile): boolean {
  return typeof input === "object" && "image" in input;
}

/** Options that were given, which come before the file's. */
function givenOnes(options: RunCommandOptions): RunCommandOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
