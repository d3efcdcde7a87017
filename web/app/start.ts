import { filled } from "heed/elements";
import { version } from "heed/explore";
import { isServed, openModel, servedFile } from "../engine/open-model.ts";
import { recorded } from "../engine/recorded.ts";
import { addressOf, longestAddress, readAddress } from "../state/address.ts";
import {
  firstState,
  isSameModel,
  type ModelChoice,
  openingText,
  type State,
} from "../state/state.ts";
import { trainedName } from "../state/trained-name.ts";
import { languageOf } from "../words/languages.ts";
import type { HeedAppElement } from "./app.ts";
import type { AppContext, GivenModel } from "./context.ts";
import { takeDrops } from "./dropped.ts";
import { scrolledOn } from "./lecture.ts";
import { linkedState } from "./linked.ts";
import { LoadingElement } from "./loading.ts";
import { NewestFile } from "./newest-file.ts";
import { fitSheets } from "./printed.ts";
import { Session } from "./session.ts";

/** Keys of a keyboard and of a clicker that step through a lecture. */
const clicks: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  PageDown: 1,
  ArrowLeft: -1,
  PageUp: -1,
};

/** Where Escape belongs to what is typed or chosen. */
const typed = "textarea, select, input:not([type=range], [type=checkbox], [type=radio])";
const visited = "heed: visited";
/** Writing the address takes a browser as long as a frame: it follows what moves. */
const addressEveryMs = 150;

/** Fills the page: reads its address, shows what was recorded, loads the model, and keeps the address true. */
export async function start(page: HeedAppElement): Promise<void> {
  const asked = readAddress(location.hash);
  const language = languageOf(asked.change.language, navigator.languages);
  const state = { ...linkedState(asked.change, firstState), language: language.tag };
  const words = await language.load();
  let given: GivenModel = {};
  /** The text that came with the model: nobody has typed it. */
  let ownText = openingText(state.model);
  const open: AppContext["open"] = (model, files = {}, also = {}) => {
    given = files;
    const { state: before } = session;
    const isAgain = isSameModel(model, before.model);
    const isUntyped = before.text === ownText;
    ownText = also.text ?? openingText(model);
    session.set({ model, changes: [], ...(isUntyped && { text: ownText }), ...also });
    // Other files of the same name are another model.
    if (isAgain) void load(model);
  };
  const newest = new NewestFile((why) => session.refuseInput(why));
  const openPicture = (file: File) =>
    newest.choose(
      async () => (await import("../engine/picture.ts")).openPicture(file),
      (picture) => session.show(picture),
      ({ address }) => URL.revokeObjectURL(address),
    );
  const openSound = (file: File) =>
    newest.choose(
      async () => (await import("../engine/sound.ts")).openSound(file),
      (sound) => session.hear(sound),
    );
  const session = new Session(
    state,
    words,
    {
      open,
      openPicture: (file) => void openPicture(file),
      openSound: (file) => void openSound(file),
      leftOut: (names, { layers, heads, keys, queries }) => {
        const tokens = Math.max(queries.length, keys.length);
        const own = session.context.words.first;
        page.notices = [...page.notices, own.linkBeyond(names.join(", "), layers, heads, tokens)];
      },
    },
    asked.change,
  );
  let spoken = language;
  let loaded: ModelChoice | undefined;
  /** The hash as it was written, and as the document has it. */
  let [written, seenHash] = [location.hash, location.hash];
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const write = () => {
    clearTimeout(waiting);
    waiting = undefined;
    // A link that was just followed is not overwritten: its state comes with the next event.
    if (location.hash !== seenHash) return;
    written = keepAddress(session.state, written);
    seenHash = location.hash;
  };

  session.listen((app) => {
    page.app = app;
    const { state: now } = app;
    turn(now, spoken.direction);
    if (now.language !== spoken.tag) {
      spoken = languageOf(now.language, []);
      void spoken.load().then((own) => {
        session.words = own;
      });
    }
    if (loaded && !isSameModel(loaded, now.model)) void load(now.model);
    waiting ??= setTimeout(write, addressEveryMs);
  });

  /** Says of a link's model whose files are not here what to do, and where. */
  const missing = (name: string): Error => {
    const { state: now, words: own } = session.context;
    const isTrained = now.training !== undefined && name === trainedName(now.training);
    if (isTrained) session.set({ panel: "train" });
    return new Error(isTrained ? own.train.anew(name) : own.models.linkOfFiles(name));
  };
  const said = () => (page.loading instanceof LoadingElement ? page.loading : undefined);
  let loading: AbortController | undefined;
  const load = async (choice: ModelChoice) => {
    loading?.abort();
    loading = new AbortController();
    const { signal } = loading;
    loaded = choice;
    void session.context.model?.dispose();
    session.answerBy(undefined);
    try {
      const isGiven = given.files !== undefined || given.made !== undefined;
      if (choice.kind === "files" && !isGiven && !isServed(choice)) throw missing(choice.name);
      const model = await openModel(choice, {
        signal,
        ...given,
        onProgress: (progress) => {
          const shown = said();
          if (shown) shown.progress = progress;
        },
      });
      if (signal.aborted) return void model.dispose();
      session.answerBy(model);
    } catch (error) {
      if (!signal.aborted) session.fail(error instanceof Error ? error.message : String(error));
    }
  };

  page.app = session.context;
  page.notices = noticesOf(asked, words);
  page.invites = isFirstVisit() && state.panel === undefined && location.hash === "";
  page.addEventListener("heed-not-now", remember);
  fitSheets(page);
  addEventListener("pagehide", write);
  addEventListener("hashchange", () => {
    if (location.hash === seenHash) return;
    written = seenHash = location.hash;
    const link = readAddress(location.hash);
    page.notices = noticesOf(link, session.context.words);
    session.follow(linkedState(link.change, session.state), link.change);
  });
  const clicked = (by: number) => {
    const { state: before } = session;
    page.move(by);
    if (session.state !== before) scrollTo(0, 0);
  };
  /** Escape leads back: from the lecture, or from the panel that is open; what is open over it closes by itself first. */
  const leave = (event: KeyboardEvent) => {
    const { presents, panel } = session.state;
    const isOwn = event.composedPath().some((one) => one instanceof Element && one.matches(typed));
    if (presents) session.set({ presents: false });
    else if (panel !== undefined && !isOwn && !event.defaultPrevented && !page.hasSheet)
      session.set({ panel: undefined });
  };
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave(event);
    const isTyped = event
      .composedPath()
      .some((one) => one instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(one.tagName));
    if (isTyped || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "p") session.set({ presents: !session.state.presents });
    const by = clicks[event.key];
    if (by !== undefined && session.state.presents) {
      event.preventDefault();
      if (!scrolledOn(by)) clicked(by);
    }
  });
  takeDrops(
    () => session.context,
    (why) => {
      page.notices = [...page.notices, why];
    },
  );
  void servedFile("picture").then((file) => file && openPicture(file));
  void servedFile("sound").then((file) => file && openSound(file));
  void showRecorded(session, words.loading.notRecorded);
  await load(state.model);
}

/** Draws what was recorded, where that is what the page is asked for; without it the page waits for its model. */
async function showRecorded(session: Session, elsewhere: string): Promise<void> {
  const isAsked = ({ model, changes }: State) => model.kind === "embedded" && changes.length === 0;
  if (!isAsked(session.state)) return;
  const recording = await recorded(elsewhere).catch(() => undefined);
  const { state } = session;
  if (recording?.has(state.text) && isAsked(state)) await session.showRecorded(recording);
}

/** What is said of a link that another version made, or that could not be read whole. */
function noticesOf(
  link: ReturnType<typeof readAddress>,
  { first }: Session["context"]["words"],
): string[] {
  const { version: maker = "", unread } = link;
  return [
    ...(maker === "" || maker === version ? [] : [first.linkFrom(maker, version)]),
    ...unread.map(({ part, rule, values = [] }) =>
      first.linkUnread(part, filled(first.linkRules[rule], { values: values.join(", ") })),
    ),
  ];
}

/** The document in the state's colours and direction. */
function turn({ theme, language }: State, direction: string): void {
  const { documentElement: root } = document;
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  root.lang = language;
  root.dir = direction;
}

/** Writes the state into the address, unless it is too long for one; a document that may not change its address keeps its state without it. */
function keepAddress(state: State, shown: string): string {
  const address = addressOf(state, version);
  const hash = address === "" ? "" : `#${address}`;
  if (hash === shown || hash.length > longestAddress) return shown;
  try {
    history.replaceState(null, "", hash === "" ? location.pathname + location.search : hash);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
  return hash;
}

function isFirstVisit(): boolean {
  try {
    return localStorage.getItem(visited) === null;
  } catch {
    // Without storage every visit is the first.
    return true;
  }
}

function remember(): void {
  try {
    localStorage.setItem(visited, "yes");
  } catch {
    // The invitation comes again next time.
  }
}
