import { type AudioInput, isAudio } from "../audio/audio.ts";
import { InputError } from "../errors/errors.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import type { Run } from "../models/run.ts";
import type { TranscribeOptions, Transcription } from "../tasks/transcribe.ts";
import type { AskOptions, Heard, SeenSound } from "./questions.ts";

/** Sounds that are held at once. */
const mostSounds = 4;

/** Sounds by name, as they were handed over: decoded. */
export class Sounds {
  readonly #kept = new Map<string, AudioInput>();

  /** Keeps a sound under a name; the oldest of more than four goes. Throws InputError for what is no sound. */
  keep(name: string, { samples, sampleRate }: AudioInput): void {
    const sound = { samples, sampleRate };
    if (!isAudio(sound))
      throw new InputError(`${name}: a sound is handed over as its samples and their rate`);
    this.#kept.delete(name);
    this.#kept.set(name, sound);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostSounds) this.#kept.delete(oldest!);
  }

  /** The sound of a name. Throws InputError where there is none. */
  readonly open = async (name: string): Promise<AudioInput> => {
    const kept = this.#kept.get(name);
    if (kept) return kept;
    throw new InputError(`${name}: this sound is not here. Hand it over by keepSound`);
  };
}

/** What a run heard: its features and how much of them is sound; undefined of a run that heard nothing. */
export function seenSound(
  { audio }: LoadedModel,
  { inputs }: Run,
  sound: AudioInput | undefined,
): SeenSound | undefined {
  if (!audio || !inputs.features || !sound) return undefined;
  const { melBins, frames, secondsPerToken } = audio;
  const seconds = sound.samples.length / sound.sampleRate;
  return {
    ...{ melBins, frames, secondsPerToken, seconds },
    heard: Math.min(frames, Math.ceil((seconds / secondsPerToken) * 2)),
    features: inputs.features.data.slice(0, melBins * frames),
  };
}

/** What `load` gives, where it hears. */
interface Hearer extends LoadedModel {
  transcribe(audio: AudioInput, options?: TranscribeOptions): Promise<Transcription>;
}

/**
 * What is said in as much of a sound as a model reads at once, with the times of its words where its files say which heads follow the sound.
 * Throws InputError for models that write nothing.
 */
export async function heardIn(
  model: LoadedModel,
  { samples, sampleRate }: AudioInput,
  { signal }: AskOptions,
): Promise<Heard> {
  if (!model.audio || !("transcribe" in model))
    throw new InputError(
      `hear: ${model.label} does not write what is said. Load a model such as openai/whisper-tiny`,
    );
  const { frames, secondsPerToken } = model.audio;
  const most = Math.round((frames / 2) * secondsPerToken * sampleRate);
  const { alignment_heads: heads } = model.generationConfig;
  const hasTimes = Array.isArray(heads) && heads.length > 0;
  const warnings: string[] = [];
  const said = await (model as Hearer).transcribe(
    { samples: samples.subarray(0, most), sampleRate },
    {
      signal,
      timestamps: hasTimes ? "words" : "none",
      onWarning: (warning) => warnings.push(warning),
    },
  );
  const { ids } = said.generations[0]!.rows[0]!;
  const end = [model.generationConfig.eos_token_id ?? model.config.eos_token_id].flat();
  // The decoder begins with the first by itself; the end is not read again.
  const read = ids.slice(1, end.includes(ids.at(-1)) ? -1 : undefined);
  const written = model.tokenizer!.decode(read);
  const again = model.tokenizer!.encode(written, { addSpecialTokens: false }).ids;
  return {
    text: said.text,
    written,
    isSameTokens: again.length === read.length && again.every((id, place) => id === read[place]),
    ...(said.language !== undefined && { language: said.language }),
    ...(said.words && { words: said.words }),
    warnings,
  };
}
