import { firstState, type State } from "../state/state.ts";
import { setupOf } from "../tour/stop.ts";

/** Parts that a state may be without. */
type Optional = {
  [Name in keyof State]-?: undefined extends State[Name] ? Name : never;
}[keyof State];

/** What the first state has nothing of, and a link that says nothing of it neither. */
const unsaid: Readonly<Record<Optional, undefined>> = {
  picture: undefined,
  sound: undefined,
  tower: undefined,
  attention: undefined,
  labels: undefined,
  written: undefined,
  other: undefined,
  pin: undefined,
  panel: undefined,
  training: undefined,
  step: undefined,
  theme: undefined,
};

/**
 * The whole state that a link asks for, whatever was on screen: what it leaves out is as the page opens, or, at a stop of the tour without
 * a text, as the stop begins. A reader's own language and colours stay where it names none.
 */
export function linkedState(
  link: Partial<State>,
  { language, theme }: Pick<State, "language" | "theme">,
): State {
  const isStop = link.panel === "learn" && link.text === undefined;
  const setup = isStop ? setupOf(link.step) : undefined;
  return { ...unsaid, ...firstState, language, theme, ...setup, ...link };
}

/** Whether a link says where its model is looked at: the first state's head and words are those of the model that comes with heed. */
export function isPlacedBy({ model, layer, query }: Partial<State>): boolean {
  return (
    (model ?? firstState.model).kind === "embedded" || layer !== undefined || query !== undefined
  );
}

/** Whether somebody says which keys are pinned. */
export function hasPins({ keys, pin }: Partial<State>): boolean {
  return keys !== undefined || pin !== undefined;
}
