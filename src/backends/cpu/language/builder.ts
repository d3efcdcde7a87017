import type {
  Address,
  Comparison,
  Constant,
  Count,
  HalfFormat,
  Instruction,
  Integer,
  IntegerBinary,
  Kernel,
  Lanes,
  Reduction,
  Target,
  Vector,
  VectorBinary,
} from "./instruction.ts";

/** Bytes of one f32 or i32. */
export const WORD = 4;
/** Tasks taken and tasks done have the first cache line of an argument block to themselves; arguments follow, 8 bytes each. */
export const TASKS_TAKEN = 0;
export const TASKS_DONE = 4;
export const ARGUMENTS_START = 64;
export const ARGUMENT_BYTES = 8;

const scratch = new DataView(new ArrayBuffer(4));

/** The bits of a number as f32. */
export function bitsOf(value: number): number {
  scratch.setFloat32(0, value);
  return scratch.getUint32(0);
}

/** Writes a kernel down step by step: each method appends one instruction and returns the register it fills. */
export class KernelBuilder<Field extends string> {
  readonly target: Target;
  readonly lanes: number;
  /** Number of the calling thread. */
  readonly thread: Integer;
  readonly #fields: readonly string[];
  readonly #arguments: Integer;
  #body: Instruction[] = [];
  #count = 0;

  constructor(target: Target, fields: readonly Field[]) {
    this.target = target;
    this.lanes = target.lanes;
    this.#fields = fields;
    this.#arguments = this.#integer();
    this.thread = this.#integer();
  }

  /** Bytes of one vector. */
  get vectorBytes(): number {
    return this.lanes * WORD;
  }

  /** Floats in one row of a panel of packed weights. */
  get panelWidth(): number {
    return this.lanes * this.target.tileVectors;
  }

  /** The address a kernel is called with; `argument` reads from it. */
  get block(): Integer {
    return this.#arguments;
  }

  finish(name: string): Kernel {
    return {
      name,
      target: this.target,
      parameters: [this.#arguments, this.thread],
      body: this.#body,
    };
  }

  // Arguments

  /** One argument of this call, in a register. */
  argument(field: Field): Integer {
    return this.#load(this.argumentAt(field), "word");
  }

  /** One f32 argument of this call, in all lanes. */
  floatArgument(field: Field): Vector {
    return this.loadSplat(this.argumentAt(field));
  }

  /** Where an argument lies. */
  argumentAt(field: Field): Address {
    const offset = ARGUMENTS_START + ARGUMENT_BYTES * this.#fields.indexOf(field);
    return this.at(this.#arguments, offset);
  }

  /** Takes task after task from the counter all threads share, until none is left; then says how many it did. */
  eachTask(tasks: Integer, body: (task: Integer) => void): void {
    const taken = this.at(this.#arguments, TASKS_TAKEN);
    const done = this.integer(0);
    const task = this.fetchAdd(taken, 1);
    this.while(task, "<", tasks, () => {
      body(task);
      this.advance(done, 1);
      this.#push({ do: "fetchAdd", to: task, at: taken, by: 1 });
    });
    this.fetchAdd(this.at(this.#arguments, TASKS_DONE), done);
  }

  // Integers

  integer(value: Count): Integer {
    const to = this.#integer();
    this.#push({ do: "setInteger", to, from: value });
    return to;
  }

  set(to: Integer, from: Count): void {
    this.#push({ do: "setInteger", to, from });
  }

  add(a: Count, b: Count): Integer {
    return this.#binary("add", a, b);
  }

  subtract(a: Count, b: Count): Integer {
    return this.#binary("subtract", a, b);
  }

  multiply(a: Count, b: Count): Integer {
    return this.#binary("multiply", a, b);
  }

  /** ⌊a / b⌋ of numbers that are not negative. */
  divide(a: Count, b: Count): Integer {
    return this.#binary("divide", a, b);
  }

  /** `to` grows by `by`. */
  advance(to: Integer, by: Count): void {
    this.#push({ do: "integer", op: "add", to, a: to, b: by });
  }

  minimum(a: Count, b: Count): Integer {
    const result = this.integer(a);
    const other = this.integer(b);
    this.if(result, ">=", other, () => this.set(result, other));
    return result;
  }

  loadInteger(at: Address): Integer {
    return this.#load(at, 32);
  }

  /** A number as wide as an address. */
  loadWord(at: Address): Integer {
    return this.#load(at, "word");
  }

  storeInteger(from: Count, at: Address): void {
    this.#push({ do: "storeInteger", from, at, width: 32 });
  }

  /** Adds to a shared i32; gives its value before. */
  fetchAdd(at: Address, by: Count): Integer {
    const to = this.#integer();
    this.#push({ do: "fetchAdd", to, at, by });
    return to;
  }

  /** Waits until the shared i32 at `arrived` reaches `target`, or the one at `stop` is set. */
  barrier(arrived: Address, target: Integer, stop: Address): void {
    this.#push({ do: "barrier", arrived, target, stop });
  }

  call(target: Integer, ...values: readonly Integer[]): void {
    this.#push({ do: "call", target, arguments: values });
  }

  // Addresses

  at(base: Integer, offset = 0, index?: Integer, scale: 1 | 2 | 4 | 8 = 1): Address {
    return { base, index, scale, offset };
  }

  /** The address itself, in a register. */
  pointer(at: Address): Integer {
    const to = this.#integer();
    this.#push({ do: "address", to, at });
    return to;
  }

  // Control

  loop(start: Count, end: Count, step: number, body: (counter: Integer) => void): void {
    const counter = this.#integer();
    this.#push({ do: "loop", counter, start, end, step, body: this.#block(() => body(counter)) });
  }

  while(a: Integer, comparison: Comparison, b: Count, body: () => void): void {
    this.#push({ do: "while", a, comparison, b, body: this.#block(body) });
  }

  if(
    a: Integer,
    comparison: Comparison,
    b: Count,
    yes: () => void,
    no: () => void = () => {},
  ): void {
    this.#push({
      do: "if",
      a,
      comparison,
      b,
      yes: this.#block(yes),
      no: this.#block(no),
    });
  }

  /** One branch of `cases` by the value of a count. */
  choose(value: Integer, cases: readonly (readonly [number, () => void])[]): void {
    const [first, ...rest] = cases;
    if (!first) return;
    this.if(value, "==", first[0], first[1], () => this.choose(value, rest));
  }

  /** The vectors of a row of `count` floats: whole ones, then the rest, whose `tail` counts its lanes. */
  eachVector(count: Integer, body: (offset: Integer, tail: Integer | undefined) => void): void {
    const whole = this.#binary("and", count, -this.lanes);
    this.loop(0, whole, this.lanes, (place) => body(place, undefined));
    const tail = this.subtract(count, whole);
    this.if(tail, "!=", 0, () => body(whole, tail));
  }

  // Vectors

  /** The same number in every lane. */
  constant(value: number): Constant {
    return { kind: "constant", bits: new Array<number>(this.lanes).fill(bitsOf(value)) };
  }

  /** The same bits in every lane. */
  bits(value: number): Constant {
    return { kind: "constant", bits: new Array<number>(this.lanes).fill(value >>> 0) };
  }

  /** 0, 1, 2 … */
  laneNumbers(): Constant {
    return {
      kind: "constant",
      bits: Array.from({ length: this.lanes }, (_, lane) => bitsOf(lane)),
    };
  }

  vector(from: Lanes): Vector {
    const to = this.#vector();
    this.#push({ do: "setVector", to, from });
    return to;
  }

  assign(to: Vector, from: Lanes): void {
    this.#push({ do: "setVector", to, from });
  }

  /** One vector; with `count`, only so many lanes are read and the others are 0. */
  load(at: Address, count?: Integer): Vector {
    const to = this.#vector();
    this.#push({ do: "load", to, at, count });
    return to;
  }

  loadSplat(at: Address): Vector {
    const to = this.#vector();
    this.#push({ do: "loadSplat", to, at });
    return to;
  }

  /** As many 16-bit numbers as there are lanes, as f32. */
  loadHalf(at: Address, format: HalfFormat): Vector {
    const to = this.#vector();
    this.#push({ do: "loadHalf", to, at, format });
    return to;
  }

  /** Four floats from each of lanes / 4 places, `stride` bytes apart. */
  loadQuads(at: Address, stride: Integer): Vector {
    const to = this.#vector();
    this.#push({ do: "loadQuads", to, at, stride });
    return to;
  }

  /** In every four lanes: the lower or upper halves of a and b, taken in turn, 1 or 2 words at a time. */
  interleave(part: "low" | "high", words: 1 | 2, a: Vector, b: Vector): Vector {
    const to = this.#vector();
    this.#push({ do: "interleave", to, part, words, a, b });
    return to;
  }

  /** With `count`, only so many lanes are written. */
  store(from: Vector, at: Address, count?: Integer): void {
    this.#push({ do: "store", from, at, count });
  }

  /** The first lane alone. */
  storeLane(from: Vector, at: Address): void {
    this.#push({ do: "storeLane", from, at });
  }

  /** A count as f32, in every lane. */
  splat(from: Integer): Vector {
    const to = this.#vector();
    this.#push({ do: "splatInteger", to, from });
    return to;
  }

  plus(a: Lanes, b: Lanes): Vector {
    return this.lanewise("add", a, b);
  }

  minus(a: Lanes, b: Lanes): Vector {
    return this.lanewise("subtract", a, b);
  }

  times(a: Lanes, b: Lanes): Vector {
    return this.lanewise("multiply", a, b);
  }

  over(a: Lanes, b: Lanes): Vector {
    return this.lanewise("divide", a, b);
  }

  lanewise(op: VectorBinary, a: Lanes, b: Lanes): Vector {
    const to = this.#vector();
    this.#push({ do: "vector", op, to, a, b });
    return to;
  }

  /** `to` becomes a op b. */
  update(to: Vector, op: VectorBinary, a: Lanes, b: Lanes): void {
    this.#push({ do: "vector", op, to, a, b });
  }

  /** sum += a · b, rounded once where the machine can. */
  addProduct(sum: Vector, a: Vector, b: Lanes): void {
    this.#push({ do: "fma", to: sum, a, b });
  }

  /** a · b + c, rounded once where the machine can. */
  productPlus(a: Vector, b: Vector, c: Lanes): Vector {
    const to = this.#vector();
    this.#push({ do: "fmaOf", to, a, b, c });
    return to;
  }

  squareRoot(a: Vector): Vector {
    const to = this.#vector();
    this.#push({ do: "squareRoot", to, a });
    return to;
  }

  /** Lanes that hold i32 as f32. */
  toFloat(a: Vector): Vector {
    const to = this.#vector();
    this.#push({ do: "toFloat", to, a });
    return to;
  }

  shiftBits(a: Vector, direction: "left" | "right", by: number): Vector {
    const to = this.#vector();
    this.#push({ do: "shiftBits", to, a, by, direction });
    return to;
  }

  /** Per lane: a < b ? yes : no; a NaN is not less. */
  selectLess(a: Vector, b: Lanes, yes: Lanes, no: Lanes): Vector {
    const to = this.#vector();
    this.#push({
      do: "selectLess",
      to,
      a,
      b,
      yes: this.#register(yes),
      no: this.#register(no),
    });
    return to;
  }

  reduce(op: Reduction, a: Vector): Vector {
    const to = this.#vector();
    this.#push({ do: "reduce", op, to, a });
    return to;
  }

  prefetch(at: Address): void {
    this.#push({ do: "prefetch", at });
  }

  #register(value: Lanes): Vector {
    return value.kind === "vector" ? value : this.vector(value);
  }

  #binary(op: IntegerBinary, a: Count, b: Count): Integer {
    const to = this.#integer();
    this.#push({ do: "integer", op, to, a, b });
    return to;
  }

  #load(at: Address, width: "word" | 32): Integer {
    const to = this.#integer();
    this.#push({ do: "loadInteger", to, at, width });
    return to;
  }

  #integer(): Integer {
    return { kind: "integer", id: this.#count++ };
  }

  #vector(): Vector {
    return { kind: "vector", id: this.#count++ };
  }

  #push(instruction: Instruction): void {
    this.#body.push(instruction);
  }

  #block(body: () => void): Instruction[] {
    const outer = this.#body;
    const block: Instruction[] = [];
    this.#body = block;
    body();
    this.#body = outer;
    return block;
  }
}
