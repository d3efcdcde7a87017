import type { AppContext } from "../app/context.ts";
import { strongest } from "../app/numbers.ts";
import type { State } from "../state/state.ts";
import { habitOf } from "./stations.ts";

export const quizText = "The dog slept on the sofa because it was tired.";

/** What the page shows when the questions begin. */
export const quizSetup: Partial<State> = {
  text: quizText,
  other: undefined,
  layer: 3,
  head: 1,
  changes: [],
  pin: { word: "slept", keys: [] },
};

/** Questions on a sentence that no station has; each is answered by what a reader brings on screen. */
export const quizQuestions = ["look", "most", "move", "previous", "silence"] as const;
export type QuizQuestion = (typeof quizQuestions)[number];

/** A sentence whose vector is less alike than that has moved a lot. */
export const moved = 0.95;

/** How alike the sentence's vector is to what it was before the changes on screen: a cosine; undefined where nothing is changed. */
export async function leftOf({ state, model }: AppContext): Promise<number | undefined> {
  if (state.changes.length === 0 || !model) return undefined;
  const { stations } = await model.effect(
    { input: state.text, changes: state.changes },
    { word: state.query, controls: 0 },
  );
  return stations.at(-1)?.cosine;
}

/** Whether what is on screen answers a question. */
export async function isAnswered(question: QuizQuestion, app: AppContext): Promise<boolean> {
  const { seen, state, model, source } = app;
  if (!seen || !source || !model || app.isBusy) return false;
  const typed = (token: number | undefined) =>
    token === undefined
      ? ""
      : state.text.slice(seen.keys[token]!.start, seen.keys[token]!.end).toLowerCase();
  const isOfIt = typed(state.query) === "it";
  if (question === "look") return isOfIt && state.text === quizText;
  if (question === "previous") return habitOf(seen, state, "previous") > 0.5;
  if (question === "silence") return ((await leftOf(app)) ?? 1) < moved;
  if (!isOfIt || state.layer !== 3 || state.head !== 1) return false;
  const row = await source.row(state, state.query);
  const [most] = strongest(row, seen.keys, 1, { own: state.query });
  if (question === "most") return state.text === quizText && state.keys.includes(most!);
  return state.text !== quizText && typed(most) === "sofa";
}
