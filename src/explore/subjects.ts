import type { OtherInput } from "../analysis/interventions/intervention.ts";
import { openedInput, Subject } from "../analysis/interventions/subject.ts";
import type { AudioInput } from "../audio/audio.ts";
import { InputError } from "../errors/errors.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import { keyOf } from "./asked.ts";
import { type ImageOptions, Images } from "./images.ts";
import type { Asked } from "./questions.ts";
import { Sounds } from "./sounds.ts";

/** What is asked about at once. */
const mostSubjects = 8;

/** What a model was asked about, as experiments take it, with the runs that changes needed before; and the files that were handed over for it. */
export class Subjects {
  readonly images: Images;
  readonly sounds = new Sounds();
  readonly #model: LoadedModel;
  readonly #made = new Map<string, { readonly asked: Asked; readonly subject: Promise<Subject> }>();

  constructor(model: LoadedModel, options: ImageOptions) {
    this.#model = model;
    this.images = new Images(options);
  }

  /** The subject of a question. Throws InputError for files that were not handed over. */
  async of(asked: Asked, signal: AbortSignal | undefined): Promise<Subject> {
    const key = keyOf(asked);
    const subject = this.#made.get(key)?.subject ?? this.#make(asked);
    this.#made.delete(key);
    this.#made.set(key, { asked, subject });
    const [oldest] = this.#made.keys();
    if (this.#made.size > mostSubjects) this.#made.delete(oldest!);
    try {
      return (await subject).followed({ signal });
    } catch (error) {
      this.#made.delete(key);
      throw error;
    }
  }

  /** The sound that is asked about; undefined where it is something else. */
  async soundOf({ input }: Asked): Promise<AudioInput | undefined> {
    return typeof input === "object" && "sound" in input
      ? this.sounds.open(input.sound)
      : undefined;
  }

  /** Lets go what was made of a file: another one has its name. */
  forget(kind: "image" | "sound", name: string): void {
    for (const [key, { asked }] of this.#made)
      if (isOfFile(asked, kind, name)) this.#made.delete(key);
  }

  clear(): void {
    this.#made.clear();
  }

  async #make(asked: Asked): Promise<Subject> {
    const openers = { openImage: this.images.open, openSound: this.sounds.open };
    return new Subject(this.#model, await openedInput(readIn(asked), openers), {
      ...openers,
      onWarning: () => {},
    });
  }
}

/** What a question's model reads, with what its decoder has written. */
function readIn({ input, decoder: target }: Asked): OtherInput {
  if (target === undefined) return input;
  if (typeof input === "string") return { text: input, target };
  if ("text" in input || "sound" in input) return { ...input, target };
  throw new InputError(
    "decoder: what a decoder has written goes with a text or a sound, and ids or a picture came. Give a text",
  );
}

/** Whether a question is about a file of this name. */
export function isOfFile({ input }: Asked, kind: "image" | "sound", name: string): boolean {
  return typeof input === "object" && (input as Readonly<Record<string, unknown>>)[kind] === name;
}
