import { type Entry, endsSubmission } from "../../../tensor/entry.ts";
import type { LazyTensor } from "../../../tensor/lazy-tensor.ts";
import type { Operation } from "../../../tensor/operation.ts";
import { type Shape, sameShape, sizeOf } from "../../../tensor/shape.ts";
import type { NumberType } from "../../../tensor/storage.ts";
import type { Block } from "../heap.ts";
import type { CpuStorage } from "../storage.ts";

/** Stands in place of a value's number for a tensor from outside of the program: learned, or a cache. */
const OUTSIDE = -1;
/** A program of which a larger share varies is another one. */
const MOST_VARYING = 0.5;

/** One tensor an operation reads or writes. */
interface Operand {
  /** Which of the program's values it is, or is another shape of. */
  readonly value: number;
  readonly shape: Shape;
  readonly capacity: number | undefined;
  /** Where its numbers lie, when they are from outside. The memory of a cache that is done with must not be held. */
  readonly block: WeakRef<Block> | undefined;
}

/** One operation, as its kernel calls were last written. */
export interface OperationOutline {
  /** The submission it belongs to, and its place there. */
  readonly run: number;
  readonly place: number;
  readonly name: Operation["name"];
  readonly outputs: number;
  operands: readonly Operand[];
  attributes: object;
  /** Must not vary: two operations are one kernel's where their shapes allow it, and a program begins as the one before. */
  isFixed: boolean;
  /** Whether its calls are older than the last program says. */
  isStale: boolean;
}

type EntryOutline =
  | { readonly kind: "operation"; readonly operation: OperationOutline }
  | { readonly kind: "input"; readonly type: NumberType }
  | { readonly kind: "read" | "change"; readonly value: number }
  | { readonly kind: "free" | "stage" };

/** What is known of a value of the program. */
export interface ValueOutline {
  /** The last submission that needs it; Infinity where the owner's thread reads or writes it, in its own time. */
  lastRun: number;
  /** The smallest table that is read by these ids. */
  table: { readonly rows: number; readonly label: string } | undefined;
}

/** What a program does, without its numbers and without those who read it. */
export class Outline {
  readonly values: ValueOutline[] = [];
  /** Operations of every submission. */
  readonly runs: OperationOutline[][] = [];
  /** The most bytes one submission's results take, and those of values that keep their places. */
  readonly bytes: number;
  /** Bytes of all that is read. */
  readonly readBytes: number;
  readonly #entries: EntryOutline[];
  #count = 0;

  constructor(entries: readonly Entry[]) {
    const numbers = new Map<LazyTensor, number>();
    let [lasting, most, current, read] = [0, 0, 0, 0];
    let pending: OperationOutline[] = [];
    const create = (value: LazyTensor, lastRun: number) => {
      numbers.set(value, this.values.length);
      this.values.push({ lastRun, table: undefined });
      if (lastRun === Number.POSITIVE_INFINITY) lasting += bytesOf(value);
      else current += bytesOf(value);
    };
    const submit = () => {
      if (pending.length > 0) this.runs.push(pending);
      pending = [];
      most = Math.max(most, current);
      current = 0;
    };
    this.#entries = entries.map((entry): EntryOutline => {
      if (endsSubmission(entry)) submit();
      switch (entry.kind) {
        case "operation": {
          const run = this.runs.length;
          const { name, inputs, outputs, attributes } = entry.operation;
          for (const input of inputs) this.#needed(numberOf(input, numbers), run);
          if (name === "embed") this.#holdsIds(numberOf(inputs[1]!, numbers), inputs[0]!);
          for (const output of outputs) create(output, run);
          const operation = {
            run,
            place: pending.length,
            name,
            outputs: outputs.length,
            operands: operandsOf(entry.operation, numbers),
            attributes,
            isFixed: this.#count === 0,
            isStale: false,
          };
          this.#count += 1;
          pending.push(operation);
          return { kind: "operation", operation };
        }
        case "input":
          create(entry.value, Number.POSITIVE_INFINITY);
          return { kind: "input", type: entry.value.type };
        case "read":
        case "change": {
          const value = numbers.get(entry.value.root)!;
          this.#needed(value, Number.POSITIVE_INFINITY);
          lasting += bytesOf(entry.value);
          read += bytesOf(entry.value);
          if (entry.kind === "change") create(entry.result, Number.POSITIVE_INFINITY);
          return { kind: entry.kind, value };
        }
        default:
          return { kind: entry.kind };
      }
    });
    submit();
    this.bytes = lasting + most;
    this.readBytes = read;
  }

  /**
   * The operations of a program that vary from the ones whose calls were written; undefined when it is another program. What varies
   * counts as stale from then on.
   */
  match(entries: readonly Entry[]): readonly OperationOutline[] | undefined {
    if (entries.length !== this.#entries.length) return undefined;
    const numbers = new Map<LazyTensor, number>();
    const varying: { known: OperationOutline; operands: readonly Operand[]; attributes: object }[] =
      [];
    const most = MOST_VARYING * this.#count;
    for (const [place, entry] of entries.entries()) {
      const known = this.#entries[place]!;
      if (known.kind !== entry.kind) return undefined;
      switch (entry.kind) {
        case "operation": {
          const own = (known as Extract<EntryOutline, { kind: "operation" }>).operation;
          const { outputs, attributes } = entry.operation;
          for (const output of outputs) numbers.set(output, numbers.size);
          const likeness = likenessOf(own, entry.operation, numbers);
          if (likeness === "none") return undefined;
          if (likeness === "same" && !own.isStale) break;
          if (likeness === "varied" && own.isFixed) return undefined;
          const operands =
            likeness === "same" ? own.operands : operandsOf(entry.operation, numbers, own);
          varying.push({ known: own, operands, attributes });
          if (varying.length > most) return undefined;
          break;
        }
        case "input":
          if ((known as { type: NumberType }).type !== entry.value.type) return undefined;
          numbers.set(entry.value, numbers.size);
          break;
        case "read":
        case "change":
          if ((known as { value: number }).value !== numbers.get(entry.value.root))
            return undefined;
          if (entry.kind === "change") numbers.set(entry.result, numbers.size);
          break;
      }
    }
    for (const { known, operands, attributes } of varying) {
      known.operands = operands;
      known.attributes = attributes;
      known.isStale = true;
    }
    return varying.map(({ known }) => known);
  }

  #needed(value: number, run: number): void {
    const known = this.values[value];
    if (known) known.lastRun = Math.max(known.lastRun, run);
  }

  #holdsIds(value: number, table: LazyTensor): void {
    const known = this.values[value];
    const rows = table.shape[0]!;
    if (known && !(known.table && known.table.rows <= rows))
      known.table = { rows, label: table.label };
  }
}

function bytesOf({ shape }: LazyTensor): number {
  return 4 * sizeOf(shape);
}

function numberOf(tensor: LazyTensor, numbers: ReadonlyMap<LazyTensor, number>): number {
  return numbers.get(tensor.root) ?? OUTSIDE;
}

/** Whether an operation does the same with the same values: to the letter, with other shapes or attributes, or not at all. */
function likenessOf(
  known: OperationOutline,
  { name, inputs, outputs, attributes }: Operation,
  numbers: ReadonlyMap<LazyTensor, number>,
): "same" | "varied" | "none" {
  const { operands } = known;
  if (known.name !== name || known.outputs !== outputs.length) return "none";
  if (operands.length !== inputs.length + outputs.length) return "none";
  let isSame = true;
  // Loops without closures: this is done for every operation of every pass.
  for (let place = 0; place < operands.length; place++) {
    const operand = operands[place]!;
    const tensor = inputs[place] ?? outputs[place - inputs.length]!;
    if (operand.value !== numberOf(tensor, numbers)) return "none";
    isSame &&= isLike(operand, tensor);
  }
  return isSame && isEqual(known.attributes, attributes) ? "same" : "varied";
}

function operandsOf(
  { inputs, outputs }: Operation,
  numbers: ReadonlyMap<LazyTensor, number>,
  before?: OperationOutline,
): Operand[] {
  return [...inputs, ...outputs].map((tensor, place) => {
    const value = numberOf(tensor, numbers);
    const { shape, capacity } = tensor;
    const now = value === OUTSIDE ? blockIn(tensor) : undefined;
    const known = before?.operands[place]?.block;
    const block = known && known.deref() === now ? known : now && new WeakRef(now);
    return { value, shape, capacity, block };
  });
}

/** Whether kernel calls written for the operand serve the tensor, of which it is known that it is the same value. */
function isLike({ value, shape, capacity, block }: Operand, tensor: LazyTensor): boolean {
  if (capacity !== tensor.capacity || !sameShape(shape, tensor.shape)) return false;
  // A cache has no memory before it is first written.
  if (value !== OUTSIDE) return true;
  const before = block?.deref();
  return before !== undefined && before === blockIn(tensor);
}

function blockIn(tensor: LazyTensor): Block | undefined {
  return (tensor.root.storage as CpuStorage | undefined)?.block;
}

/** Whether attributes, which are plain data, are the same. */
function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((one, place) => isEqual(one, b[place]))
    );
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => isEqual((a as Attributes)[key], (b as Attributes)[key]))
  );
}

type Attributes = Readonly<Record<string, unknown>>;
