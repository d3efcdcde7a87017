import { CheckpointError } from "../../errors/errors.ts";
import { short } from "../../errors/visible.ts";

/** A Python tuple; lists are arrays, dicts are Maps, ints beyond 2^53 are bigints. */
export class Tuple {
  readonly items: readonly unknown[];
  constructor(items: readonly unknown[]) {
    this.items = items;
  }
}

/** A name that a pickle may mention. */
export class Global {
  /** Module and name: "collections.OrderedDict". */
  readonly name: string;
  /** What calling it gives; absent where it is only passed along. */
  readonly call?: (args: readonly unknown[]) => unknown;
  constructor(name: string, call?: (args: readonly unknown[]) => unknown) {
    this.name = name;
    this.call = call;
  }
}

export interface PickleRules {
  /** The only globals allowed, by name. */
  readonly globals: ReadonlyMap<string, Global>;
  /** What stands for an object kept outside the pickle. */
  readonly persistent: (id: unknown) => unknown;
}

/** More than any state dict needs: 60,000 tensors take this many tuples and dicts. */
const MOST_OBJECTS = 500_000;
const MOST_ITEMS = 1_000_000;
const LONGEST_TEXT = 65_536;
const LONGEST_INTEGER = 16;

/** Thrown when the bytes end before the pickle does. */
export class OutOfBytes extends Error {}

/** The pickle machine: a stack, marks on it, and a memo of values by number. */
export class PickleMachine {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly rules: PickleRules;
  private readonly place: string;
  private at: number;
  private objects = 0;
  private items = 0;
  private readonly stack: unknown[] = [];
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, unknown>();

  constructor(bytes: Uint8Array, start: number, rules: PickleRules, place: string) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = start;
    this.rules = rules;
    this.place = place;
  }

  /** The position of the next byte. */
  get position(): number {
    return this.at;
  }

  /** Stops a pickle that holds more than it should. */
  checkSize(): void {
    if (this.stack.length + this.marks.length + this.memo.size > MOST_ITEMS)
      this.fail(`more than ${MOST_ITEMS} values at once`);
  }

  fail(what: string): never {
    throw new CheckpointError(
      `${this.place}: the pickle has ${what}. Nothing was executed. heed reads plain state dicts: save the model as safetensors, or only its state_dict().`,
    );
  }

  /** The position of `count` bytes, which are then read past. */
  private take(count: number): number {
    const start = this.at;
    if (count > this.bytes.length - start) throw new OutOfBytes();
    this.at += count;
    return start;
  }

  byte(): number {
    return this.bytes[this.take(1)]!;
  }

  int(): number {
    return this.view.getInt32(this.take(4), true);
  }

  float(): number {
    return this.view.getFloat64(this.take(8));
  }

  /** An unsigned little-endian number of 2, 4 or 8 bytes. */
  size(width: 2 | 4 | 8): number {
    const start = this.take(width);
    if (width === 2) return this.view.getUint16(start, true);
    const low = this.view.getUint32(start, true);
    return width === 4 ? low : this.view.getUint32(start + 4, true) * 2 ** 32 + low;
  }

  long(width: number): number | bigint {
    if (width > LONGEST_INTEGER) this.fail(`an integer of ${width} bytes`);
    const start = this.take(width);
    let value = 0n;
    for (let i = width - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[start + i]!);
    value = BigInt.asIntN(8 * width, value);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  text(length: number): string {
    if (length > LONGEST_TEXT) this.fail(`a text of ${length} bytes`);
    const start = this.take(length);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
        this.bytes.subarray(start, start + length),
      );
    } catch {
      this.fail(`a text at byte ${start} that is not UTF-8`);
    }
  }

  line(): string {
    const end = this.bytes.indexOf(10, this.at);
    const length = (end < 0 ? this.bytes.length : end) - this.at;
    if (length > 1000) this.fail("a name of more than 1000 bytes");
    if (end < 0) throw new OutOfBytes();
    const line = this.text(length);
    this.at++;
    return line;
  }

  push(value: unknown): void {
    this.stack.push(value);
  }

  /** Counts what takes more memory than the opcode that made it. */
  create(value: unknown): void {
    this.objects++;
    if (this.objects > MOST_OBJECTS) this.fail(`more than ${MOST_OBJECTS} objects`);
    this.stack.push(value);
  }

  pop(): unknown {
    return this.popMany(1)[0];
  }

  popMany(count: number): unknown[] {
    const floor = this.marks.at(-1) ?? 0;
    if (this.stack.length - floor < count)
      this.fail(`too few values on its stack at byte ${this.at - 1}`);
    return this.stack.splice(this.stack.length - count, count);
  }

  popMarked(): unknown[] {
    const mark = this.marks.pop();
    if (mark === undefined) this.fail(`no mark on its stack at byte ${this.at - 1}`);
    return this.stack.splice(mark);
  }

  private top(): unknown {
    if (this.stack.length <= (this.marks.at(-1) ?? 0))
      this.fail(`too few values on its stack at byte ${this.at - 1}`);
    return this.stack.at(-1);
  }

  mark(): void {
    this.marks.push(this.stack.length);
  }

  remember(index = this.memo.size): void {
    this.memo.set(index, this.top());
  }

  recall(index: number): void {
    if (!this.memo.has(index)) this.fail(`a reference to value ${index}, which is not there`);
    this.push(this.memo.get(index));
  }

  append(values: readonly unknown[]): void {
    const list = this.top();
    if (!Array.isArray(list)) this.fail("items for a list that is none");
    this.count(values.length);
    for (const value of values) list.push(value);
  }

  setItems(values: readonly unknown[]): void {
    const dict = this.top();
    if (!(dict instanceof Map)) this.fail("items for a dict that is none");
    if (values.length % 2 !== 0) this.fail("a dict key without a value");
    for (let i = 0; i < values.length; i += 2) this.setItem(dict, values[i], values[i + 1]);
  }

  private setItem(dict: Map<unknown, unknown>, key: unknown, value: unknown): void {
    if (typeof key !== "string" && typeof key !== "number")
      this.fail("a dict key that is neither text nor a number");
    if (dict.has(key)) this.fail(`the dict key "${short(String(key))}" twice`);
    this.count(1);
    dict.set(key, value);
  }

  private count(items: number): void {
    this.items += items;
    if (this.items > MOST_ITEMS) this.fail(`more than ${MOST_ITEMS} items in lists and dicts`);
  }

  /** Pushes the global of that name, if it is one of the few. */
  global(module: unknown, name: unknown): void {
    if (typeof module !== "string" || typeof name !== "string")
      this.fail("a global whose name is not text");
    const full = `${module}.${name}`;
    const global = this.rules.globals.get(full);
    if (global === undefined) this.fail(`the global "${short(full)}", which no state dict needs`);
    this.push(global);
  }

  persist(): void {
    this.create(this.rules.persistent(this.pop()));
  }

  reduce(): void {
    const [callee, args] = this.popMany(2);
    if (!(callee instanceof Global) || !(args instanceof Tuple))
      this.fail("a call of something that is no global");
    const isDict = callee.name === "collections.OrderedDict";
    const call = isDict ? (items: readonly unknown[]) => this.orderedDict(items) : callee.call;
    if (call === undefined) this.fail(`a call of "${callee.name}", which no state dict needs`);
    this.create(call(args.items));
  }

  /** Python 2 passes the items as a list of pairs, Python 3 sets them later. */
  private orderedDict([pairs]: readonly unknown[]): Map<unknown, unknown> {
    const dict = new Map<unknown, unknown>();
    if (pairs === undefined) return dict;
    if (!Array.isArray(pairs)) this.fail("an OrderedDict of something that is no list");
    for (const pair of pairs) {
      const items = pair instanceof Tuple ? pair.items : pair;
      if (!Array.isArray(items) || items.length !== 2) this.fail("an OrderedDict of no pairs");
      this.setItem(dict, items[0], items[1]);
    }
    return dict;
  }

  /** Attributes are dropped: a state dict's `_metadata` holds only versions. */
  build(): void {
    this.pop();
    if (!(this.top() instanceof Map)) this.fail("attributes for an object that is no OrderedDict");
  }
}
