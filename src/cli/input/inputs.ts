/** Inputs of a command, one after the other, of which the first is known. They can be gone through once. */
export interface Inputs<T> extends AsyncIterable<T> {
  readonly first: T;
}

/** Inputs that were given, or that come as they are read; waits for the first. There must be one. */
export async function inputsOf<T>(items: AsyncIterable<T> | Iterable<T>): Promise<Inputs<T>> {
  const iterator = inTurn(items);
  const { value: first } = (await iterator.next()) as IteratorYieldResult<T>;
  return {
    first,
    async *[Symbol.asyncIterator]() {
      yield first;
      yield* iterator;
    },
  };
}

async function* inTurn<T>(items: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

/** The same inputs, each made into something else when its turn comes. */
export function mapped<T, U>(inputs: AsyncIterable<T>, make: (input: T) => U): Promise<Inputs<U>> {
  return inputsOf(
    (async function* () {
      for await (const input of inputs) yield make(input);
    })(),
  );
}

/** All of them, where what is asked needs all at once. */
export async function allOf<T>(inputs: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const input of inputs) all.push(input);
  return all;
}

/** Inputs that were there together. */
export interface Batch<T> {
  readonly inputs: readonly T[];
  /** Whether none follow, as far as was seen in time. */
  readonly isLast: boolean;
}

/** So long a batch waits for another input, in milliseconds: files give theirs sooner, who types does not. */
const patience = 50;

/** Inputs in batches: as many as there may be in one, fewer where the next one lets wait. */
export async function* batched<T>(
  inputs: AsyncIterable<T>,
  most: number,
): AsyncGenerator<Batch<T>> {
  const iterator = inputs[Symbol.asyncIterator]();
  let pending = iterator.next();
  let result = await pending;
  while (!result.done) {
    const batch: T[] = [];
    let soon: IteratorResult<T> | undefined = result;
    while (soon && !soon.done && batch.length < most) {
      batch.push(soon.value);
      pending = iterator.next();
      soon = await withinPatience(pending);
    }
    yield { inputs: batch, isLast: soon?.done === true };
    result = await pending;
  }
}

/** What a promise gives, unless it takes too long; an error is left to who waits for it. */
async function withinPatience<T>(promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), patience);
  });
  try {
    return await Promise.race([promise.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}
