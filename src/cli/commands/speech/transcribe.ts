import { readAudio } from "../../../audio/read-audio.node.ts";
import { InputError } from "../../../errors/errors.ts";
import { visible } from "../../../errors/visible.ts";
import type { Model } from "../../../model.ts";
import { sharedName } from "../../../models/short-name.ts";
import type { Transcription } from "../../../tasks/transcribe.ts";
import { languages } from "../../../tasks/transcribing/languages.ts";
import { endPhase, loadModel, type ModelOptions } from "../../loading.ts";
import { modelJson } from "../../model-json.ts";
import { wholeNumber } from "../../named.ts";
import { type FormatOptions, formatOf } from "../../options/format.ts";
import { csv, deliver, json } from "../../output.ts";
import { warn } from "../../terminal/warnings.ts";

export interface TranscribeCommand extends ModelOptions, FormatOptions {
  readonly language?: string;
  readonly task?: "transcribe" | "translate";
  readonly timestamps?: "none" | "segments" | "words";
  readonly tokens?: string;
  readonly numBeams?: string;
}

/** `heed transcribe SOUND.wav`: what is said, and when. */
export async function transcribeSound(path: string, options: TranscribeCommand): Promise<void> {
  const format = formatOf(options, ["text", "json", "csv"] as const);
  const { timestamps = "none", language, task } = options;
  if (format === "csv" && timestamps === "none")
    throw new InputError("transcribe: a table has times: add --timestamps segments or words");
  const audio = await readAudio(path);
  const model = await loadModel(options);
  const said = await model.transcribe(audio, {
    timestamps,
    ...(language !== undefined && { language }),
    ...(task !== undefined && { task }),
    ...(options.tokens !== undefined && { maxNewTokens: wholeNumber(options.tokens, "--tokens") }),
    ...(options.numBeams !== undefined && {
      numBeams: wholeNumber(options.numBeams, "--num-beams"),
    }),
    onWarning: warn,
  });
  endPhase("run");
  const content = {
    text: () => spoken(said, timestamps),
    json: () => json(jsonOf(model, path, said, options)),
    csv: () =>
      csv(
        ["start", "end", "text"],
        rowsOf(said, timestamps).map(({ start, end, text }) => [start, end, text]),
      ),
  }[format];
  await deliver(content(), options, format);
}

function rowsOf({ words, segments }: Transcription, timestamps: string) {
  return (timestamps === "words" ? words : segments) ?? [];
}

function nameOf(code: string): string {
  return (Object.hasOwn(languages, code) ? languages[code] : undefined) ?? code;
}

function spoken(said: Transcription, timestamps: string): string {
  const { language, isLanguageDetected, text } = said;
  const heard =
    isLanguageDetected && language !== undefined ? `(${visible(nameOf(language))})\n` : "";
  if (timestamps === "none") return `${heard}${visible(text.trim())}\n`;
  const rows = rowsOf(said, timestamps);
  const width = Math.max(0, ...rows.map(({ end }) => end.toFixed(2).length));
  const seconds = (at: number) => at.toFixed(2).padStart(width);
  return `${heard}${rows
    .map(
      ({ start, end, text }) => `${seconds(start)} – ${seconds(end)} s  ${visible(text.trim())}\n`,
    )
    .join("")}`;
}

function jsonOf(
  model: Model,
  path: string,
  said: Transcription,
  options: TranscribeCommand,
): object {
  const { text, language, isLanguageDetected, segments, words, seconds, generations } = said;
  return {
    model: modelJson(model, options),
    sound: sharedName(path),
    seconds,
    language: language ?? null,
    isLanguageDetected,
    text,
    ...(segments && { segments }),
    ...(words && { words }),
    settings: generations[0]!.settings,
  };
}
