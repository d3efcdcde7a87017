import * as errors from "../errors/errors.ts";
import { type ModelIdentity, Run } from "../models/run.ts";
import type { Compact } from "../probe/kept.ts";
import { KeptRows } from "../probe/kept-rows.ts";
import { PairNumbers } from "../probe/pair-numbers.ts";
import { Rounded } from "../probe/rounded.ts";
import { Banded } from "../probe/sparse/banded.ts";
import { Blocks } from "../probe/sparse/blocks.ts";
import { Trace } from "../probe/trace.ts";
import { Generation } from "../tasks/generation.ts";
import { Tensor } from "../tensor/tensor.ts";

/** Marks objects that stand for one of heed's own; the rest of their keys are its parts. */
const KIND = "heed:kind";

type Plain = { readonly [KIND]: string } & Readonly<Record<string, unknown>>;

/** What an end of the wire knows that values stand for. */
export interface WireEnd {
  /** A run the other end holds, by its number. */
  heldAs?(run: Run): number | undefined;
  held?(number: number): Run;
  /** The place of a function among those the other end may call, or undefined where functions cannot cross. */
  listener?(call: (...values: unknown[]) => void, path: string): number | undefined;
  call?(listener: number): (...values: unknown[]) => void;
  /** Takes note of a signal, which the other end gets one of its own for. */
  signal?(signal: AbortSignal): void;
  ownSignal?(): AbortSignal;
  /** The model that runs are said to be of. */
  madeBy?: ModelIdentity;
  /** Called with runs that came. */
  onRun?(run: Run): void;
  /** Whether numbers are handed over, and so are gone here. */
  handsOver?: boolean;
}

/** A value as `postMessage` takes it, and the buffers that may be handed over. Throws InputError for functions that cannot cross. */
export function toWire(
  value: unknown,
  end: WireEnd = {},
): { wire: unknown; transfer: ArrayBuffer[] } {
  const transfer = new Set<ArrayBuffer>();
  // What stands in several places crosses once.
  const known = new Map<object, unknown>();
  const visit = (value: unknown, path: string): unknown => {
    if (typeof value === "function") {
      const listener = end.listener?.(value as () => void, path);
      if (listener === undefined)
        throw new errors.InputError(
          `worker: ${path.replace(/^\d+\./, "") || "a value"} is a function, and functions cannot cross to a worker. Patches cross as data; callbacks whose names begin with "on" are called here`,
        );
      return { [KIND]: "listener", listener };
    }
    if (typeof value === "symbol")
      throw new errors.InputError(`worker: ${path || "a value"} is a symbol, which cannot cross`);
    if (typeof value !== "object" || value === null) return value;
    if (known.has(value)) return known.get(value);
    if (value instanceof AbortSignal) {
      end.signal?.(value);
      return { [KIND]: "signal", isAborted: value.aborted };
    }
    const parts = partsOf(value, end);
    const result: Record<string, unknown> | unknown[] | Map<unknown, unknown> | undefined = parts
      ? {}
      : Array.isArray(value)
        ? []
        : value instanceof Map
          ? new Map()
          : isPlain(value)
            ? {}
            : undefined;
    if (result === undefined) {
      if (value instanceof URL) return value.href;
      expectOfPlatform(value, path);
      return value;
    }
    known.set(value, result);
    if (value instanceof Tensor && end.handsOver && value.data.buffer instanceof ArrayBuffer)
      transfer.add(value.data.buffer);
    if (result instanceof Map)
      for (const [key, part] of value as Map<unknown, unknown>)
        result.set(key, visit(part, `${path}.${key}`));
    else
      for (const [key, part] of Object.entries(parts ?? value))
        put(result, key, visit(part, path ? `${path}.${key}` : key));
    return result;
  };
  const wire = visit(value, "");
  return { wire, transfer: [...transfer] };
}

/** Sets a key of an object or a list; `__proto__` is a key like any other. */
export function put(object: object, key: string, value: unknown): void {
  if (key !== "__proto__") (object as Record<string, unknown>)[key] = value;
  else
    Object.defineProperty(object, key, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
}

/** The value that `toWire` was given, of classes of this side. */
export function fromWire(wire: unknown, end: WireEnd = {}): unknown {
  const known = new Map<object, unknown>();
  const visit = (wire: unknown): unknown => {
    if (typeof wire !== "object" || wire === null) return wire;
    if (known.has(wire)) return known.get(wire);
    const made = (value: unknown) => {
      known.set(wire, value);
      return value;
    };
    if (Array.isArray(wire)) return made(wire.map(visit));
    if (wire instanceof Map)
      return made(new Map([...wire].map(([key, part]) => [key, visit(part)])));
    if (!isPlain(wire)) return wire;
    const parts = Object.fromEntries(
      Object.entries(wire).map(([key, part]) => [key, key === KIND ? part : visit(part)]),
    );
    return made(KIND in parts ? build(parts as Plain, end) : parts);
  };
  return visit(wire);
}

/** Bytes, files and handles cross as they are. Throws InputError for an object of a class that would arrive without it. */
function expectOfPlatform(value: object, path: string): void {
  const { constructor: made } = value;
  if (/\[native code\]\s*\}$/.test(Function.prototype.toString.call(made))) return;
  throw new errors.InputError(
    `worker: ${path.replace(/^\d+\./, "") || "a value"} is of a class (${made.name}) that cannot cross. If it is heed's, build heed and heed/worker together: classes of two copies are strangers`,
  );
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  // Objects of another realm (an iframe, a test runner's) have a prototype of their own.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function partsOf(value: object, end: WireEnd): Plain | undefined {
  if (value instanceof Tensor) return { [KIND]: "tensor", shape: value.shape, data: value.data };
  if (value instanceof PairNumbers) return { [KIND]: "pairs", parts: value.parts };
  if (value instanceof KeptRows) return { [KIND]: "rows", of: value.kind, parts: value.parts };
  if (value instanceof Banded) return { [KIND]: "banded", parts: value.parts };
  if (value instanceof Blocks) return { [KIND]: "blocks", parts: value.parts };
  if (value instanceof Rounded) return { [KIND]: "rounded", numbers: value.select([]) };
  if (value instanceof Trace)
    return { [KIND]: "trace", sites: value.sites.map((site) => [site, value.entries(site)]) };
  if (value instanceof Error) return errorParts(value);
  if (!(value instanceof Run)) return undefined;
  const number = end.heldAs?.(value);
  if (number !== undefined) return { [KIND]: "held", number };
  const { tokens, decoderTokens, trace, output, inputs, warnings, firstPatchedLayer } = value;
  const { metric, towerTokens, layerTokens } = value;
  const record = {
    ...{ tokens, decoderTokens, trace, output, inputs, warnings, firstPatchedLayer },
    ...(towerTokens && { towerTokens }),
    ...(layerTokens && { layerTokens }),
    ...(metric !== undefined && { metric }),
  };
  if (!(value instanceof Generation)) return { [KIND]: "run", record };
  const { rows, seed, settings } = value;
  return { [KIND]: "generation", record, written: { rows, seed, settings } };
}

function build(parts: Plain, end: WireEnd): unknown {
  switch (parts[KIND]) {
    case "tensor":
      return new Tensor(parts.shape as number[], parts.data as Float32Array);
    case "pairs":
      return new PairNumbers(...(parts.parts as ConstructorParameters<typeof PairNumbers>));
    case "rows":
      return new KeptRows(...([parts.of, parts.parts] as ConstructorParameters<typeof KeptRows>));
    case "banded":
      return new Banded(...(parts.parts as ConstructorParameters<typeof Banded>));
    case "blocks":
      return new Blocks(...(parts.parts as ConstructorParameters<typeof Blocks>));
    case "rounded":
      return new Rounded(parts.numbers as Tensor);
    case "trace":
      return traceOf(parts.sites as readonly [string, ReturnType<Trace["entries"]>][]);
    case "run":
    case "generation":
      return runOf(parts, end);
    case "held":
      return end.held?.(parts.number as number);
    case "listener":
      return end.call?.(parts.listener as number);
    case "signal":
      return end.ownSignal?.();
    default:
      return errorOf(parts);
  }
}

function traceOf(sites: readonly [string, ReturnType<Trace["entries"]>][]): Trace {
  const trace = new Trace();
  for (const [site, entries] of sites)
    for (const { numbers, selection, ofTexts } of entries)
      trace.put(site, numbers as Tensor | Compact, selection, ofTexts);
  return trace;
}

function runOf(parts: Plain, { madeBy, onRun }: WireEnd): Run {
  const record = { ...(parts.record as ConstructorParameters<typeof Run>[0]), madeBy };
  const { written } = parts as { written?: ConstructorParameters<typeof Generation>[1] };
  const run = written ? new Generation(record, written) : new Run(record);
  onRun?.(run);
  return run;
}

function errorParts(error: Error): Plain {
  const { name, message, stack } = error;
  const { code } = error as { code?: unknown };
  return {
    [KIND]: "error",
    name,
    message,
    stack,
    code: typeof code === "string" ? code : undefined,
  };
}

/** Errors by name: heed's own, and the language's. */
const classes: Readonly<Record<string, new (message: string) => Error>> = {
  CheckpointError: errors.CheckpointError,
  ConfigError: errors.ConfigError,
  TokenError: errors.TokenError,
  ShapeError: errors.ShapeError,
  SiteError: errors.SiteError,
  InputError: errors.InputError,
  TypeError,
  RangeError,
};

function errorOf({ name, message, stack, code }: Plain): Error {
  const error = errorOfClass(String(name), String(message), code as string | undefined);
  if (typeof stack === "string")
    Object.defineProperty(error, "stack", { value: stack, configurable: true, writable: true });
  return error;
}

function errorOfClass(name: string, message: string, code: string | undefined): Error {
  const known = classes[name];
  if (known) return new known(message);
  if (name === "AbortError") return new DOMException(message, name);
  const error = code === undefined ? new Error(message) : new errors.HeedError(code, message);
  Object.defineProperty(error, "name", { value: name, configurable: true });
  return error;
}
