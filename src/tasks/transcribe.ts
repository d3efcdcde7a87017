import type { AudioInput } from "../audio/audio.ts";
import { isAudio } from "../audio/audio.ts";
import { framesOf, type LogMel, logMel } from "../audio/audio-processor.ts";
import { InputError } from "../errors/errors.ts";
import { expectKeys, type KeysOf } from "../errors/options.ts";
import { keepWarnings } from "../errors/warnings.ts";
import type { AudioReader } from "../families/family.ts";
import { type AudioPreparation, expectAudioProcessor } from "../models/inputs/audio-inputs.ts";
import type { TensorInput } from "../models/inputs.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import type { GenerationRead } from "../probe/generation-plan.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Tokenizer } from "../tokens/tokenizer.ts";
import type { GenerateOptions, GenerateTask } from "./generate.ts";
import type { Generation, TokenEvent } from "./generation.ts";
import { type Segment, segmentsOf } from "./transcribing/segments.ts";
import { type SpeechConfig, speechConfig } from "./transcribing/speech-config.ts";
import { type SpokenWord, spokenWords, type TimedId } from "./transcribing/spoken-words.ts";
import { type Start, startIds } from "./transcribing/start-ids.ts";
import { timestampRules } from "./transcribing/timestamp-rules.ts";
import { alignmentReads, secondsOfTokens } from "./transcribing/token-times.ts";
import { optionRules, type WritingOptions } from "./writing/options.ts";

/** How a sound is written down: in which language, for what, with which times; and how tokens are chosen, as in `generate`. */
export interface TranscribeOptions
  extends Omit<WritingOptions, "numReturnSequences" | "endIds" | "maxLength"> {
  /** What is spoken, by code or name ("en", "english"); found by the model where nothing is said. */
  readonly language?: string;
  /** To write what is said, or to write it in English; the checkpoint's own where nothing is said. */
  readonly task?: "transcribe" | "translate";
  /** When it was said: not at all, part by part, or word by word. Sound longer than the model reads at once has parts. */
  readonly timestamps?: "none" | "segments" | "words";
  /** Sites to read, in every window: the generations that are given have them in their traces. */
  readonly read?: readonly GenerationRead[];
  readonly signal?: AbortSignal;
  /** Told of every token as it is chosen, and of the window it belongs to. */
  readonly onToken?: (event: TokenEvent & { readonly window: number }) => void | Promise<void>;
  readonly onWarning?: (message: string) => void;
}

/** A part of what was said. */
export interface TranscribedSegment {
  /** In seconds. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly ids: readonly number[];
}

/** What was said. */
export interface Transcription {
  readonly text: string;
  /** The language's code, given or found; undefined where the checkpoint knows one alone. */
  readonly language: string | undefined;
  readonly isLanguageDetected: boolean;
  /** Where times were asked for, or the sound is longer than the model reads at once. */
  readonly segments: readonly TranscribedSegment[] | undefined;
  /** Where words were asked for. */
  readonly words: readonly SpokenWord[] | undefined;
  /** The sound's length, in seconds. */
  readonly seconds: number;
  /** One a window: what was written, with what was read. */
  readonly generations: readonly Generation[];
  readonly warnings: readonly string[];
}

/** Options of writing that it takes. */
const writingOptions = Object.fromEntries(
  Object.entries(optionRules).filter(
    ([name]) => !["numReturnSequences", "endIds", "maxLength"].includes(name),
  ),
) as KeysOf<Omit<WritingOptions, "numReturnSequences" | "endIds" | "maxLength">>;

const ownOptions: KeysOf<Omit<TranscribeOptions, keyof WritingOptions>> = {
  language: true,
  task: true,
  timestamps: true,
  read: true,
  signal: true,
  onToken: true,
  onWarning: true,
};

/** What transcribing needs of a model. */
export interface Transcriber {
  readonly model: LoadedModel;
  readonly audio: AudioPreparation | undefined;
  /** The token a decoder begins with, where generation_config.json names none. */
  readonly startId: number | undefined;
  readonly onWarning?: (message: string) => void;
  generate(input: TensorInput, options: GenerateOptions, task: GenerateTask): Promise<Generation>;
}

/**
 * What is said in a sound, as transformers' Whisper writes it: window after window of what the model reads at once, each from where the last
 * whole part ended. Throws InputError for models that do not hear, and for what the checkpoint does not know.
 */
export async function transcribe(
  transcriber: Transcriber,
  audio: AudioInput,
  options: TranscribeOptions = {},
): Promise<Transcription> {
  expectKeys(options, { ...ownOptions, ...writingOptions }, "transcribe");
  const { model } = transcriber;
  const { language, task, timestamps = "none", read = [], signal, onToken, ...writing } = options;
  const { warnings, warn: onWarning } = keepWarnings(options.onWarning ?? transcriber.onWarning);
  const { reader, tokenizer } = expectHearer(model);
  if (!isAudio(audio))
    throw new InputError(
      "transcribe: needs { samples, sampleRate }: in code, await readAudio(file)",
    );
  expectTimestamps(timestamps);
  const processor = expectAudioProcessor(transcriber.audio, model.label);
  const config = speechConfig(model.generationConfig, model.config, model.label);
  const mel = logMel(audio, processor, { whole: true });
  const isLong = mel.frames > reader.frames;
  const hasTimes = isLong || timestamps !== "none" || config.return_timestamps === true;
  const alignment = timestamps === "words" ? alignmentReads(config, model) : undefined;
  if (hasTimes && config.no_timestamps_token_id == null)
    throw new InputError(
      `${model.label}: its generation_config.json has no no_timestamps_token_id, so no times can be written${isLong ? `, and sound longer than ${processor.seconds} s needs them` : ""}`,
    );
  const startId = config.decoder_start_token_id ?? transcriber.startId ?? 0;
  const window = (from: number) =>
    new Tensor([1, reader.melBins, reader.frames], framesOf(mel, from, reader.frames));
  const start = await startIds(
    config,
    { language, task, hasTimestamps: hasTimes, startId, label: model.label },
    (ids) =>
      likeliestLanguage(model, { features: window(0), decoderIds: [[startId]] }, ids, signal),
  );
  if (alignment && isTranslating(start, config))
    onWarning(`${model.label}: words of a translation have no reliable times`);
  const heard = await hear({
    transcriber,
    config,
    start,
    mel,
    hasTimes,
    window,
    options: { ...writing, read: [...read, ...(alignment?.reads ?? [])], signal, onWarning },
    onToken,
    times: alignment?.times,
  });
  const { endId, firstTimeId } = heard;
  const textOf = (ids: readonly number[]) =>
    tokenizer.decode(
      ids.filter((id) => id < firstTimeId),
      { skipSpecialTokens: true },
    );
  return {
    text: textOf(heard.parts.flatMap(({ ids }) => ids)),
    language: start.language,
    isLanguageDetected: start.isDetected,
    segments: hasTimes
      ? heard.parts.map(({ start, end, ids }) => ({ start, end, ids, text: textOf(ids) }))
      : undefined,
    words: alignment && wordsOf(heard.parts, { tokenizer, start, endId, firstTimeId, reader }),
    seconds: audio.samples.length / audio.sampleRate,
    generations: heard.generations,
    warnings,
  };
}

interface Hearing {
  readonly transcriber: Transcriber;
  readonly config: SpeechConfig;
  readonly start: Start;
  readonly mel: LogMel;
  readonly hasTimes: boolean;
  readonly window: (from: number) => Tensor;
  readonly options: GenerateOptions;
  readonly onToken: TranscribeOptions["onToken"];
  /** When each written token of a window ended, in seconds from its beginning. */
  readonly times: ReturnType<typeof alignmentReads>["times"] | undefined;
}

/** A segment whose tokens may have times. */
interface Part extends Segment {
  /** When each token ended. */
  readonly ends?: readonly number[];
}

/** Window after window. */
async function hear({ transcriber, config, start, mel, options, times, ...rest }: Hearing) {
  const { model } = transcriber;
  const { frames, secondsPerToken } = model.audio!;
  const noTimestampsId = config.no_timestamps_token_id ?? Infinity;
  const firstTimeId = noTimestampsId + 1;
  const [endId = 0] = [model.generationConfig.eos_token_id ?? model.config.eos_token_id].flat() as [
    number?,
  ];
  const room = model.dimensions.positions! - start.ids.length;
  const most = Math.min(options.maxNewTokens ?? config.max_length ?? room, room);
  const processors = rest.hasTimes
    ? [
        timestampRules({
          noTimestampsId,
          endId,
          begin: start.ids.length,
          maxInitial: config.max_initial_timestamp_index ?? undefined,
        }),
      ]
    : [];
  const parts: Part[] = [];
  const generations: Generation[] = [];
  for (let from = 0; from < mel.frames; ) {
    const number = generations.length;
    const generation = await transcriber.generate(
      { features: rest.window(from), decoderIds: [[...start.ids]] },
      {
        ...options,
        maxNewTokens: most,
        onToken: (event) => rest.onToken?.({ ...event, window: number }),
      },
      { processors },
    );
    generations.push(generation);
    const all = generation.rows[0]!.ids;
    const written = all.slice(start.ids.length);
    const ids = written.at(-1) === endId ? written.slice(0, -1) : written;
    const own = Math.min(mel.frames - from, frames);
    const offset = (from / 2) * secondsPerToken;
    const ends =
      times &&
      secondsOfTokens(generation, { ...times, frames: mel.heard - from, skip: start.ids.length });
    const { segments, next } = segmentsOf({
      ids,
      firstTimeId,
      offset,
      frames: own,
      secondsPerToken,
    });
    for (const segment of segments)
      parts.push({
        ...segment,
        ends: ends
          ?.slice(segment.from, segment.from + segment.ids.length)
          .map((end) => end + offset),
      });
    from += next > 0 ? next : own;
  }
  return { parts, generations, endId, firstTimeId };
}

/** The words of all parts, grouped anew behind every second time of the model, as transformers' pipeline counts them. */
function wordsOf(
  parts: readonly Part[],
  {
    tokenizer,
    start,
    endId,
    firstTimeId,
    reader: { secondsPerToken, frames },
  }: {
    readonly tokenizer: Tokenizer;
    readonly start: Start;
    readonly endId: number;
    readonly firstTimeId: number;
    readonly reader: AudioReader;
  },
): SpokenWord[] {
  const ids = parts.flatMap((part) => part.ids);
  const ends = parts.flatMap((part) => part.ends ?? []);
  const isTime = (place: number) => ids[place]! >= firstTimeId;
  const groups: TimedId[][] = [[]];
  let begun: number | undefined;
  let [latest, earlier, before] = [0, 0, 0];
  for (const [place, id] of ids.entries()) {
    if (!isTime(place)) {
      // A token begins where the one before it ended.
      const begin = twoPlaces(place === 0 ? 0 : ends[place - 1]!);
      if (id < endId) groups.at(-1)!.push({ id, start: begin, end: twoPlaces(ends[place]!) });
      continue;
    }
    const time = (id - firstTimeId) * secondsPerToken;
    if (time < latest) {
      const isSingle = place >= 2 && !(isTime(place - 1) && isTime(place - 2));
      before += isSingle ? (frames / 2) * secondsPerToken : earlier;
      if (!isSingle) latest = earlier;
    }
    [earlier, latest] = [latest, time];
    const at = twoPlaces(time + before);
    if (begun === undefined) begun = at;
    else if (at !== begun) {
      groups.push([]);
      begun = undefined;
    }
  }
  return groups.flatMap((group) =>
    spokenWords(group, tokenizer, { language: start.language, endId }),
  );
}

function twoPlaces(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}

/** The id among languages whose logit is largest behind the start token. */
async function likeliestLanguage(
  model: LoadedModel,
  input: TensorInput,
  languageIds: readonly number[],
  signal: AbortSignal | undefined,
): Promise<number> {
  const { output } = await model.run(input, { signal });
  const logits = output.logits!.select(0).data;
  return languageIds.reduce((best, id) => (logits[id]! > logits[best]! ? id : best));
}

function isTranslating({ ids }: Start, { task_to_id: tasks }: SpeechConfig): boolean {
  return tasks?.translate !== undefined && ids.includes(tasks.translate);
}

function expectTimestamps(timestamps: string): void {
  if (["none", "segments", "words"].includes(timestamps)) return;
  throw new InputError(
    `transcribe: timestamps is "${timestamps}"; it must be none, segments or words`,
  );
}

/** Throws InputError for a model that does not hear, or does not write. */
function expectHearer({ audio, generates, tokenizer, label, task }: LoadedModel) {
  if (!audio)
    throw new InputError(
      `${label} does not read sound. Some that do: openai/whisper-tiny, openai/whisper-base`,
    );
  if (!generates)
    throw new InputError(`${label} does not write what is said: its head is for ${task}`);
  if (!tokenizer)
    throw new InputError(`${label} has no tokenizer files, so what it writes is no text`);
  return { reader: audio, tokenizer };
}
