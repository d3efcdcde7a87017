/** Something that is there at once, or comes later. */
export type Answer<T> = T | Promise<T>;

/** Whether an answer has yet to come. */
export function isLater<T>(answer: Answer<T>): answer is Promise<T> {
  return typeof (answer as Partial<Promise<T>> | undefined)?.then === "function";
}

/** What `work` makes of an answer: at once where the answer is there. */
export function whenAnswered<T, U>(answer: Answer<T>, work: (value: T) => Answer<U>): Answer<U> {
  return isLater(answer) ? answer.then(work) : work(answer);
}
