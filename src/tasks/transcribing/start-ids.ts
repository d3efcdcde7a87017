import { InputError } from "../../errors/errors.ts";
import { languageCode, languages } from "./languages.ts";
import type { SpeechConfig } from "./speech-config.ts";

/** What is asked of a transcription. */
export interface Asked {
  readonly language: string | undefined;
  readonly task: "transcribe" | "translate" | undefined;
  readonly hasTimestamps: boolean;
  /** The token every text begins with. */
  readonly startId: number;
  readonly label: string;
}

/** Ids the decoder begins with, and the language among them. */
export interface Start {
  readonly ids: readonly number[];
  /** Its code; undefined where the model knows one language alone. */
  readonly language: string | undefined;
  readonly isDetected: boolean;
}

/**
 * Start, language, task and, where no times are asked for, the token that says so, as transformers puts them together; `detect` gives the id
 * of a language where none is named. Throws InputError for what the checkpoint does not know.
 */
export async function startIds(
  config: SpeechConfig,
  asked: Asked,
  detect: (languageIds: readonly number[]) => Promise<number>,
): Promise<Start> {
  const { label, startId } = asked;
  if (config.is_multilingual === false && (asked.language ?? asked.task) !== undefined)
    throw new InputError(
      `${label} knows English alone, so it takes no ${asked.language === undefined ? "task" : "language"}. Leave it out, or take a model without ".en"`,
    );
  const language = asked.language ?? config.language ?? undefined;
  const task = asked.task ?? config.task ?? undefined;
  let ids: (number | null)[] = [startId];
  if (language === undefined && task === undefined) ids.push(...forcedIds(config, label));
  const wanted = language === undefined ? undefined : languageId(language, config, label);
  const isDetected =
    wanted === undefined && config.lang_to_id != null && (ids.length === 1 || ids[1] === null);
  const found = isDetected ? await detect(Object.values(config.lang_to_id!)) : wanted;
  if (found !== undefined) ids[1] = found;
  const tasks = config.task_to_id;
  if (task !== undefined) ids.push(taskId(task, config, label));
  else if (language !== undefined && tasks && !ids.some((id) => isIn(tasks, id)))
    ids.push(tasks.transcribe ?? null);
  const silent = config.no_timestamps_token_id;
  if (asked.hasTimestamps && ids.at(-1) === silent) ids = ids.slice(0, -1);
  if (!asked.hasTimestamps && silent != null && ids.at(-1) !== silent) ids.push(silent);
  const real = ids.filter((id) => id !== null);
  return { ids: real, language: codeOf(config, real), isDetected };
}

function isIn(table: Readonly<Record<string, number>>, id: number | null): boolean {
  return Object.values(table).some((own) => own === id);
}

/** Ids of older files, by their places from 1 on. */
function forcedIds({ forced_decoder_ids: forced }: SpeechConfig, label: string): (number | null)[] {
  if (forced?.[0]?.[0] !== 1) return [];
  for (const [place, [at]] of forced.entries())
    if (at !== place + 1)
      throw new InputError(
        `${label}: forced_decoder_ids has no id for place ${place + 1}. Mend generation_config.json, or name language and task`,
      );
  return forced.map(([, id]) => id);
}

function languageId(language: string, { lang_to_id: table }: SpeechConfig, label: string): number {
  if (!table)
    throw new InputError(
      `${label}: its generation_config.json has no lang_to_id, so no language can be named`,
    );
  const code = languageCode(language);
  const id = code === undefined ? undefined : table[`<|${code}|>`];
  if (id !== undefined) return id;
  const known = Object.keys(table).map((token) => token.slice(2, -2));
  throw new InputError(
    code === undefined
      ? `transcribe: "${language}" is no language Whisper knows. Name a code (en, de, …) or a name: ${Object.values(languages).slice(0, 4).join(", ")}, …`
      : `${label} does not know "${language}". It knows ${known.join(", ")}`,
  );
}

function taskId(task: string, { task_to_id: table }: SpeechConfig, label: string): number {
  const id = table?.[task];
  if (id !== undefined) return id;
  throw new InputError(
    `${label} has no task "${task}". It knows ${Object.keys(table ?? {}).join(", ") || "none by name"}`,
  );
}

function codeOf({ lang_to_id: table }: SpeechConfig, ids: readonly number[]): string | undefined {
  const token = Object.keys(table ?? {}).find((name) => ids.includes(table![name]!));
  return token?.replace(/^<\|(.*)\|>$/, "$1");
}
