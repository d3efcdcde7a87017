import { type Answer, isLater } from "./answer.ts";

/** Makes the answer about each layer once, when it is first asked for; from when it is there, it is given at once. */
export function onceEach<T>(make: (layer: number) => Promise<T>): (layer: number) => Answer<T> {
  const made: Answer<T>[] = [];
  return (layer) => {
    made[layer] ??= make(layer).then((value) => {
      made[layer] = value;
      return value;
    });
    return made[layer];
  };
}

/** Several answers as one: at once where all are there. */
export function allOf<T>(answers: readonly Answer<T>[]): Answer<T[]> {
  return answers.some(isLater) ? Promise.all(answers) : (answers as T[]);
}
