import type { TaskAnswer } from "heed/explore";
import { trainingTasks } from "heed/training";
import { html, nothing, type TemplateResult } from "lit-html";
import { inEnglish } from "../app/in-english.ts";
import { headText, shareText } from "../app/numbers.ts";
import type { State } from "../state/state.ts";
import type { Words } from "../words/words.ts";
import { headAt } from "./said.ts";

/** What is asked of the trained model, and what it said. */
export interface AskPart {
  readonly task: string;
  readonly heads: { readonly layers: number; readonly heads: number };
  /** Words of a reader's own question, by what they are. */
  readonly chosen: Readonly<Record<string, string>>;
  /** The head that is cut, by its place among all. */
  readonly without: number | undefined;
  readonly answer: TaskAnswer | undefined;
  readonly failure: string | undefined;
  readonly state: State;
  readonly words: Words;
  choose(slot: string, word: string): void;
  cut(place: number | undefined): void;
  another(): void;
}

/** The words of a task's own questions that stand there first. */
export function firstChosen(name: string): Record<string, string> {
  const [, ...slots] = Object.entries(slotsOf(name)).map(([slot, all]) => [slot, all[0]!] as const);
  const [first] = Object.entries(slotsOf(name));
  return first ? { [first[0]]: first[1][0]!, ...Object.fromEntries(slots) } : {};
}

export function slotsOf(name: string): Readonly<Record<string, readonly string[]>> {
  return trainingTasks.find((task) => task.name === name)?.form?.slots ?? {};
}

/** A question with its answer; words to change where the task has questions of one's own. */
export function askPart(part: AskPart): TemplateResult {
  const { task, heads, chosen, without, state, words } = part;
  const own = words.train;
  const slots = Object.entries(slotsOf(task));
  const take = (use: (value: string) => void) => (event: Event) =>
    use((event.target as HTMLSelectElement).value);
  return html`
    <div class="ways chrome">
      ${slots.map(
        ([slot, all]) => html`<label>${own.slots[slot as keyof typeof own.slots]}
          <select name=${slot} @change=${take((word) => part.choose(slot, word))}>
            ${all.map((word) => html`<option value=${word} ?selected=${word === chosen[slot]}>${word}</option>`)}
          </select>
        </label>`,
      )}
      <label>${own.without}
        <select name="without" @change=${take((place) => part.cut(place === "" ? undefined : Number(place)))}>
          <option value="" ?selected=${without === undefined}>${own.noneCut}</option>
          ${Array.from({ length: heads.layers * heads.heads }, (_, place) => {
            const name = headText(headAt(place, heads.heads), state);
            return html`<option value=${place} ?selected=${place === without}>${name}</option>`;
          })}
        </select>
      </label>
      <button type="button" @click=${() => part.another()}>${own.another}</button>
    </div>
    <div aria-live="polite">${answered(part)}</div>`;
}

function answered({ answer, failure, words }: AskPart): unknown {
  const own = words.train;
  if (failure !== undefined) return html`<p role="alert">${own.failed} ${inEnglish(failure)}</p>`;
  if (!answer) return nothing;
  const at = new Map(answer.answers.map((one) => [one.place, one]));
  const right = answer.answers.filter(({ right, choices }) => choices[0]?.name === right).length;
  const [single] = answer.answers;
  return html`
    <ul class="question" dir="ltr">
      ${answer.words.map((word, place) => {
        const one = at.get(place);
        const said = one?.choices[0]?.name;
        return html`<li>
          <span>${word}</span>
          ${one === undefined ? nothing : html`<span class="answer ${said === one.right ? "right" : "wrong"}">${said}</span>`}
        </li>`;
      })}
    </ul>
    <p>
      ${
        answer.answers.length === 1 && single
          ? own.answer(
              single.choices.map(({ name, share }) => `${name} ${shareText(share)}`).join(", "),
              single.right,
            )
          : own.rightOf(right, answer.answers.length)
      }
      ${answer.isHeldOut ? own.heldOut : own.learnedFrom}
    </p>`;
}
