import type { ImageInput } from "heed";
import type { ImageSource, TextSource } from "heed/elements";
import type { Exploring, Fits, Seen } from "heed/explore";
import type { Sound } from "../engine/sound.ts";
import type { ModelChoice, State } from "../state/state.ts";
import type { Words } from "../words/words.ts";

/** What a model is loaded from beside its name: what a person dropped or chose, and what the hub asks for. */
export interface GivenModel {
  /** A FileList, a drop, files or handles: what `load` takes. */
  readonly files?: unknown;
  readonly token?: string;
  /** A model that was made in this page: its files by name, and what it is called. */
  readonly made?: { readonly name: string; readonly files: Readonly<Record<string, Uint8Array>> };
}

/** What every part of the page is given: it draws this, and asks for another state. */
export interface AppContext {
  readonly state: State;
  readonly words: Words;
  /** Undefined until the model has loaded: then what is seen was recorded. */
  readonly model: Exploring | undefined;
  /** Whether the model has two towers, one of pictures and one of texts: `model` is the one that is looked at. */
  readonly hasTowers: boolean;
  /** The name of the picture that was chosen, whether or not the model on screen reads it. */
  readonly held: string | undefined;
  /** The run on screen, with its changes; of the text before while a new one runs. */
  readonly seen: Seen | undefined;
  /** The run without changes, where there are changes; else the same as `seen`. */
  readonly clean: Seen | undefined;
  /** The run on screen as pictures are given it. */
  readonly source: TextSource | undefined;
  /** The same of a picture, with the picture; undefined where the run is of a text. */
  readonly image: (ImageSource & TextSource) | undefined;
  /** The pixels of that picture. */
  readonly pixels: ImageInput | undefined;
  /** The sound that is heard; undefined where the run is of something else. */
  readonly sound: Sound | undefined;
  /** Why the picture or sound that was chosen is not on screen. */
  readonly inputFailure: string | undefined;
  readonly isRecorded: boolean;
  readonly isBusy: boolean;
  /** What went wrong with the last run, in words. */
  readonly error: string | undefined;
  /** Why the model could not be loaded, in words. */
  readonly failure: string | undefined;
  /** Loads another model; files and a token are no part of the state. `also` is what is seen of it first. */
  open(model: ModelChoice, given?: GivenModel, also?: Partial<State>): void;
  /** Shows a picture to a model that reads them. */
  openPicture(file: File): void;
  /** Plays a sound to a model that reads them. */
  openSound(file: File): void;
  /** Says why a file that was dropped is not taken. */
  refuseInput(why: string): void;
  /** How well texts fit the picture that was chosen, by a model of two towers. */
  fits(texts: readonly string[], signal: AbortSignal): Promise<Fits>;
  /** Takes over some of a state; what does not exist in the run is brought to what does. */
  set(change: Partial<State>): void;
  undo(): void;
  redo(): void;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
}
