import { expectKeys, type KeysOf } from "../errors/options.ts";
import type { AskOptions, Exploring, MeasureOptions, SaysOptions, Seen } from "./questions.ts";

/** What may be asked of an explorer from elsewhere, by name, and which of the values are its options. */
export const exploringMethods = {
  keepImage: 2,
  keepSound: 2,
  see: 1,
  weights: 2,
  rows: 2,
  thumbnails: 3,
  explain: 2,
  says: 1,
  effect: 2,
  measure: 3,
  alike: 2,
  fits: 2,
  hear: 1,
} as const;
export type ExploringMethod = keyof typeof exploringMethods;

/** Whether a name is that of a method that may be asked for. */
export function isExploringMethod(name: string): name is ExploringMethod {
  return Object.hasOwn(exploringMethods, name);
}

/** Calls a method by its name. */
export function asked(
  exploring: Exploring,
  method: ExploringMethod,
  values: readonly unknown[],
): Promise<unknown> {
  return (exploring[method] as (...values: readonly unknown[]) => Promise<unknown>)(...values);
}

/** An explorer whose methods are asked for elsewhere. */
export function askedElsewhere(
  ask: (method: ExploringMethod, values: readonly unknown[]) => Promise<unknown>,
): Pick<Exploring, ExploringMethod> {
  return Object.fromEntries(
    Object.keys(exploringMethods).map((method) => [
      method,
      (...values: unknown[]) => ask(method as ExploringMethod, values),
    ]),
  ) as unknown as Pick<Exploring, ExploringMethod>;
}

const askOptions: KeysOf<AskOptions> = { signal: true };
const saysOptions: KeysOf<SaysOptions> = { ...askOptions, tokens: true };
const measureOptions: KeysOf<MeasureOptions> = { ...askOptions, onPart: true };
const ownOptions: Partial<Record<ExploringMethod, KeysOf<AskOptions>>> = {
  says: saysOptions,
  measure: measureOptions,
};

/** The signal of a question that begins, which has not been given yet. Throws InputError for an option that the question does not have. */
export function begun(options: AskOptions, method: ExploringMethod): AbortSignal | undefined {
  expectKeys(options, ownOptions[method] ?? askOptions, method);
  options.signal?.throwIfAborted();
  return options.signal;
}

/** Buffers of an answer that its explorer does not keep: every array it hands out is the asker's own. */
export function buffersOf(answer: unknown): ArrayBuffer[] {
  const arrays =
    answer instanceof Float32Array
      ? [answer]
      : ((answer as Partial<Seen> | undefined)?.weights ?? []);
  return arrays.map(({ buffer }) => buffer as ArrayBuffer);
}
