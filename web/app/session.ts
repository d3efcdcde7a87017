import type { ImageSource, TextSource } from "heed/elements";
import {
  type Exploring,
  exploredImageSource,
  exploredSource,
  type Fits,
  type Seen,
  towersOf,
} from "heed/explore";
import type { Picture } from "../engine/picture.ts";
import type { Sound } from "../engine/sound.ts";
import { type History, noHistory, redone, remembered, undone } from "../state/history.ts";
import { begun, beyond, reduce, settled } from "../state/reduce.ts";
import {
  askedOf,
  inputTitle,
  isSameModel,
  isSamePart,
  isSameRun,
  isSameSide,
  type State,
} from "../state/state.ts";
import { pictureWords, soundWords, type Words } from "../words/words.ts";
import type { AppContext } from "./context.ts";
import { hasPins, isPlacedBy } from "./linked.ts";
import { withinReach } from "./within-reach.ts";

/** A run on screen: of which model, of which state, with its picture. */
interface Shown {
  readonly model: Exploring;
  readonly state: State;
  readonly seen: Seen;
  readonly clean: Seen;
  readonly source: TextSource;
  readonly image?: ImageSource & TextSource;
  readonly picture?: Picture;
  readonly sound?: Sound;
}

/** What the page is at: the state, the model, and the run that belongs to it. Runs are cancelled when the next begins. */
export class Session {
  #state: State;
  #history: History = noHistory;
  #loaded: Exploring | undefined;
  #towers: ReturnType<typeof towersOf>;
  #recorded: Exploring | undefined;
  #shown: Shown | undefined;
  #error: string | undefined;
  #failure: string | undefined;
  #picture: Picture | undefined;
  #sound: Sound | undefined;
  #inputFailure: string | undefined;
  /** Who was handed which picture or sound. */
  #handed: readonly [Exploring, Picture | Sound] | undefined;
  #running: AbortController | undefined;
  #words: Words;
  /** Whether the head and words of the state were named for the run that comes. */
  #isPlaced: boolean;
  /** What a link names of the run that comes. */
  #link: Partial<State>;
  /** The pinned keys, where nobody chose them. */
  #usual: readonly number[] | undefined;
  readonly #listeners = new Set<(app: AppContext) => void>();

  readonly #open: AppContext["open"];
  readonly #openPicture: AppContext["openPicture"];
  readonly #openSound: AppContext["openSound"];
  readonly #leftOut: ((names: readonly string[], seen: Seen) => void) | undefined;

  constructor(
    state: State,
    words: Words,
    {
      open,
      openPicture,
      openSound,
      leftOut,
    }: Pick<AppContext, "open" | "openPicture" | "openSound"> & {
      /** Told what a link names and its run does not have. */
      readonly leftOut?: (names: readonly string[], seen: Seen) => void;
    },
    link: Partial<State> = {},
  ) {
    this.#open = open;
    this.#openPicture = openPicture;
    this.#openSound = openSound;
    this.#leftOut = leftOut;
    this.#isPlaced = isPlacedBy(link);
    this.#link = link;
    this.#usual = hasPins(link) ? undefined : state.keys;
    this.#state = state;
    this.#words = words;
  }

  /** What is asked: of two towers the one that is looked at. */
  get #model(): Exploring | undefined {
    return this.#towers?.[this.#state.tower ?? "vision"] ?? this.#loaded;
  }

  get state(): State {
    return this.#state;
  }

  /** What every part of the page is given. */
  get context(): AppContext {
    const shown = this.#shown;
    return {
      state: this.#state,
      words: this.#wordsOfInput(),
      model: this.#model,
      hasTowers: this.#towers !== undefined,
      held: this.#picture?.name,
      seen: shown?.seen,
      clean: shown?.clean,
      source: shown?.source,
      image: shown?.image,
      pixels: shown?.picture?.image,
      sound: shown?.sound,
      inputFailure: this.#inputFailure,
      isRecorded: shown !== undefined && shown.model === this.#recorded,
      isBusy: this.#running !== undefined,
      error: this.#error,
      failure: this.#failure,
      open: this.#open,
      openPicture: this.#openPicture,
      openSound: this.#openSound,
      refuseInput: (why) => this.refuseInput(why),
      fits: (texts, signal) => this.fits(texts, signal),
      set: (change) => this.set(change),
      undo: () => this.#travel(undone),
      redo: () => this.#travel(redone),
      canUndo: this.#history.past.length > 0,
      canRedo: this.#history.future.length > 0,
    };
  }

  /** The words that fit what the model on screen reads. */
  #wordsOfInput(): Words {
    const said = this.#model?.said;
    if (said?.readsImages) return pictureWords(this.#words);
    // What is written has words, which look back at themselves or at the sound.
    if (said?.readsSound) return soundWords(this.#words, this.#state.attention === undefined);
    return this.#words;
  }

  listen(listener: (app: AppContext) => void): void {
    this.#listeners.add(listener);
  }

  set words(words: Words) {
    this.#words = words;
    this.#announce();
  }

  /** Takes over some of a state, and runs again where the run is another one then. */
  set(change: Partial<State>): void {
    const before = this.#state;
    const next = reduce(before, change, this.#shown?.seen);
    // What was changed in another model is none of this one's.
    if (change.model !== undefined) this.#history = noHistory;
    else if (next.changes.length + before.changes.length > 0 && next.changes !== before.changes)
      this.#history = remembered(this.#history, before.changes);
    // Words that come with their text are named in that text.
    if (change.text !== undefined) this.#isPlaced = change.query !== undefined;
    // So is a head that comes with its model.
    if (change.model !== undefined) this.#isPlaced = change.layer !== undefined;
    if (hasPins(change)) this.#usual = undefined;
    this.#become(next);
  }

  /** Shows what a link asks for: the whole state, and what of it the link names. */
  follow(next: State, link: Partial<State>): void {
    const shown = this.#shown;
    this.set(next);
    this.#usual = hasPins(link) ? undefined : next.keys;
    this.#isPlaced = isPlacedBy(link);
    this.#link = link;
    // No run follows that would tell.
    if (shown && shown === this.#shown && !this.#running) this.#tellLeftOut(shown.seen);
  }

  /** Tells once what a link names and its run does not have. */
  #tellLeftOut(seen: Seen): void {
    const names = beyond(this.#link, seen);
    this.#link = {};
    if (names.length > 0) this.#leftOut?.(names, seen);
  }

  /** A model that answers from now on; undefined while another one loads. */
  answerBy(model: Exploring | undefined): void {
    this.#loaded = model;
    this.#towers = model && towersOf(model);
    this.#failure = undefined;
    if (model) void this.#run();
    this.#announce();
  }

  /** The model that was asked for will not come. */
  fail(why: string): void {
    this.#failure = why;
    this.#announce();
  }

  /** A picture that models which read pictures are shown from now on; what was changed was changed in another. */
  show(picture: Picture): void {
    const isAwaited = isAwaitedBy(this.#state.picture, picture, this.#picture);
    const changes = isAwaited ? this.#state.changes : [];
    if (this.#picture) URL.revokeObjectURL(this.#picture.address);
    this.#picture = picture;
    this.#inputFailure = undefined;
    this.#shown = undefined;
    this.#state = { ...this.#state, picture: picture.name, changes };
    this.#announce();
    void this.#run();
  }

  /** A sound that models which read sound hear from now on; what was written and changed was of another. */
  hear(sound: Sound): void {
    const isAwaited = isAwaitedBy(this.#state.sound, sound, this.#sound);
    const changes = isAwaited ? this.#state.changes : [];
    // What was written before any sound is named was written of a text.
    const written = isAwaited && this.#state.sound !== undefined ? this.#state.written : undefined;
    this.#sound = sound;
    this.#inputFailure = undefined;
    this.#shown = undefined;
    this.#state = { ...this.#state, sound: sound.name, changes, written };
    this.#announce();
    void this.#run();
  }

  /** The picture or sound that was chosen cannot be shown. */
  refuseInput(why: string): void {
    this.#inputFailure = why;
    this.#announce();
  }

  /** How well texts fit the picture that was chosen, by a model of two towers. */
  async fits(texts: readonly string[], signal: AbortSignal): Promise<Fits> {
    const [model, picture] = [this.#loaded, this.#picture];
    if (!model || !picture) throw new Error(this.#words.picture.drop);
    await this.#hand(model, picture);
    return model.fits(picture.name, texts, { signal });
  }

  /** What was recorded of the first sentence, shown until a model has loaded. */
  async showRecorded(recorded: Exploring): Promise<void> {
    this.#recorded = recorded;
    if (!this.#model) await this.#run();
  }

  #travel(step: typeof undone): void {
    const moved = step(this.#history, this.#state.changes);
    if (!moved) return;
    this.#history = moved.history;
    this.#become({ ...this.#state, changes: moved.changes });
  }

  #become(next: State): void {
    const before = this.#state;
    const isRun = isSameRun(before, next);
    const shown = isRun && !this.#running ? this.#shown : undefined;
    // Where no run follows that would settle it, words asked for by name are found in the run on screen.
    this.#state =
      next.pin && shown ? settled(next, { seen: shown.seen, text: next.text }, shown.seen) : next;
    if (shown) this.#pinWithinReach(shown);
    this.#announce();
    if (!isRun) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running?.abort();
    const isEmbedded = this.#state.model.kind === "embedded";
    const model = this.#model ?? (isEmbedded ? this.#recorded : undefined);
    if (!model || !this.#isReady(model)) return;
    const running = new AbortController();
    this.#running = running;
    const { signal } = running;
    const state = this.#state;
    this.#announce();
    try {
      const { text, changes } = state;
      const picture = state.picture === undefined ? undefined : this.#picture;
      const sound = state.sound === undefined ? undefined : this.#sound;
      const file = sound ?? picture;
      if (file) await this.#hand(this.#loaded ?? model, file);
      const asked = askedOf(state, model.said);
      const known = this.#shown;
      const isKnown =
        known?.model === model &&
        known.picture === picture &&
        known.sound === sound &&
        (file || known.state.text === text) &&
        isSamePart(known.state, state);
      const clean = isKnown ? known.clean : await model.see(asked, { signal });
      const seen =
        changes.length === 0 ? clean : await model.see({ ...asked, changes }, { signal });
      signal.throwIfAborted();
      const image = picture && exploredImageSource(model, seen, { ...picture, ...picture.image });
      const source = image ?? exploredSource(model, seen, { texts: [inputTitle(state)] });
      this.#state = this.#placed(this.#state, known, seen);
      this.#isPlaced = false;
      this.#tellLeftOut(seen);
      if (this.#usual) this.#usual = this.#state.keys;
      this.#shown = { model, state, seen, clean, source, image, picture, sound };
      this.#pinWithinReach(this.#shown);
      this.#error = undefined;
    } catch (error) {
      if (signal.aborted) return;
      this.#error = error instanceof Error ? error.message : String(error);
      const known = this.#shown;
      const isOwn = known?.model === model || (isEmbedded && known?.model === this.#recorded);
      // Numbers of another model, or of another part of it, never stand beside what is said of this one.
      if (known && !(isOwn && isSameSide(known.state, state))) this.#shown = undefined;
    }
    this.#running = undefined;
    this.#announce();
  }

  /** Whether there is what the model reads. A picture is no part of what a model of texts is asked. */
  #isReady(model: Exploring): boolean {
    const { readsImages, readsSound } = model.said;
    if (!readsImages && this.#state.picture !== undefined)
      this.#state = { ...this.#state, picture: undefined };
    // What a model wrote of a sound is nothing that another has written of a text.
    if (!readsSound && this.#state.sound !== undefined)
      this.#state = { ...this.#state, sound: undefined, written: undefined };
    if (!readsImages && !readsSound) return true;
    const kind = readsSound ? "sound" : "picture";
    const held = readsSound ? this.#sound : this.#picture;
    if (held && this.#state[kind] === undefined)
      this.#state = {
        ...this.#state,
        [kind]: held.name,
        ...(readsSound && { written: undefined }),
      };
    if (held && held.name === this.#state[kind]) return true;
    this.#shown = undefined;
    this.#error = undefined;
    this.#running = undefined;
    this.#announce();
    return false;
  }

  /** Hands a picture or a sound over, once. */
  async #hand(model: Exploring, file: Picture | Sound): Promise<void> {
    if (this.#handed?.[0] === model && this.#handed[1] === file) return;
    if ("bytes" in file) await model.keepImage(file.name, file.bytes);
    else await model.keepSound(file.name, { samples: file.samples, sampleRate: file.sampleRate });
    this.#handed = [model, file];
  }

  /** Pins that nobody chose are such that the word on screen can look at them. */
  #pinWithinReach(shown: Shown): void {
    const usual = this.#usual;
    if (!usual || usual.length === 0) return;
    const { layer, head, query } = this.#state;
    const pin = (row: Float32Array): boolean => {
      const now = this.#state;
      const isAsked = now.layer === layer && now.head === head && now.query === query;
      if (this.#usual !== usual || this.#shown !== shown || !isAsked) return false;
      const keys = withinReach(usual, shown.seen, now, row);
      if (keys.join() === now.keys.join()) return false;
      this.#state = { ...now, keys };
      return true;
    };
    const row = shown.source.row({ layer, head }, query);
    if (row instanceof Float32Array) pin(row);
    // Why it cannot be told is said by whoever shows it.
    else void row.then((numbers) => pin(numbers) && this.#announce()).catch(() => {});
  }

  /** The state over a run that has come. */
  #placed(state: State, known: Shown | undefined, seen: Seen): State {
    if (this.#isPlaced) return settled(state, undefined, seen);
    if (!known) return state.pin ? settled(state, undefined, seen) : begun(state, seen);
    const { model, tower, attention, text, written } = known.state;
    // Other words look, at others, in other heads.
    if (tower !== state.tower || attention !== state.attention) return begun(state, seen);
    const isOtherModel = !isSameModel(model, state.model);
    return settled(state, { seen: known.seen, text, written, isOtherModel }, seen);
  }

  #announce(): void {
    const { context } = this;
    for (const listener of this.#listeners) listener(context);
  }
}

/** Whether a file is the one that a state waits for: a link names it, or nothing does. Another file of the name of the one that is held is another. */
function isAwaitedBy(
  named: string | undefined,
  file: Picture | Sound,
  held: Picture | Sound | undefined,
): boolean {
  return named === undefined || (named === file.name && held?.name !== file.name);
}
