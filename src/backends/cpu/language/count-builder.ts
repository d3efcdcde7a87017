import type {
  Address,
  Comparison,
  Count,
  Instruction,
  Integer,
  IntegerBinary,
  Kernel,
  Target,
  Vector,
} from "./instruction.ts";
import { ARGUMENT_BYTES, ARGUMENTS_START, TASKS_DONE, TASKS_TAKEN, WORD } from "./layout.ts";

/** The part of a kernel's writing that is about counts, addresses and control. */
export class CountBuilder<Field extends string> {
  readonly target: Target;
  readonly lanes: number;
  /** Number of the calling thread. */
  readonly thread: Integer;
  protected readonly fieldNames: readonly string[];
  protected readonly argumentBlock: Integer;
  protected steps: Instruction[] = [];
  protected registers = 0;

  constructor(target: Target, fields: readonly Field[]) {
    this.target = target;
    this.lanes = target.lanes;
    this.fieldNames = fields;
    this.argumentBlock = this.newInteger();
    this.thread = this.newInteger();
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
    return this.argumentBlock;
  }

  finish(name: string): Kernel {
    return {
      name,
      target: this.target,
      parameters: [this.argumentBlock, this.thread],
      body: this.steps,
    };
  }

  // Arguments

  /** One argument of this call, in a register. */
  argument(field: Field): Integer {
    return this.loadStep(this.argumentAt(field), "word");
  }

  /** Where an argument lies. */
  argumentAt(field: Field): Address {
    const offset = ARGUMENTS_START + ARGUMENT_BYTES * this.fieldNames.indexOf(field);
    return this.at(this.argumentBlock, offset);
  }

  /** Takes task after task from the counter all threads share, until none is left; then says how many it did. */
  eachTask(tasks: Integer, body: (task: Integer) => void): void {
    const taken = this.at(this.argumentBlock, TASKS_TAKEN);
    const done = this.integer(0);
    const task = this.fetchAdd(taken, 1);
    this.while(task, "<", tasks, () => {
      body(task);
      this.advance(done, 1);
      this.push({ do: "fetchAdd", to: task, at: taken, by: 1 });
    });
    this.fetchAdd(this.at(this.argumentBlock, TASKS_DONE), done);
  }

  // Integers

  integer(value: Count): Integer {
    const to = this.newInteger();
    this.push({ do: "setInteger", to, from: value });
    return to;
  }

  set(to: Integer, from: Count): void {
    this.push({ do: "setInteger", to, from });
  }

  add(a: Count, b: Count): Integer {
    return this.integerStep("add", a, b);
  }

  subtract(a: Count, b: Count): Integer {
    return this.integerStep("subtract", a, b);
  }

  multiply(a: Count, b: Count): Integer {
    return this.integerStep("multiply", a, b);
  }

  /** ⌊a / b⌋ of numbers that are not negative. */
  divide(a: Count, b: Count): Integer {
    return this.integerStep("divide", a, b);
  }

  /** `to` grows by `by`. */
  advance(to: Integer, by: Count): void {
    this.push({ do: "integer", op: "add", to, a: to, b: by });
  }

  minimum(a: Count, b: Count): Integer {
    const result = this.integer(a);
    const other = this.integer(b);
    this.if(result, ">=", other, () => this.set(result, other));
    return result;
  }

  loadInteger(at: Address): Integer {
    return this.loadStep(at, 32);
  }

  /** A number as wide as an address. */
  loadWord(at: Address): Integer {
    return this.loadStep(at, "word");
  }

  storeInteger(from: Count, at: Address): void {
    this.push({ do: "storeInteger", from, at, width: 32 });
  }

  /** Adds to a shared i32; gives its value before. */
  fetchAdd(at: Address, by: Count): Integer {
    const to = this.newInteger();
    this.push({ do: "fetchAdd", to, at, by });
    return to;
  }

  /** Waits until the shared i32 at `arrived` reaches `target`, or the one at `stop` is set. */
  barrier(arrived: Address, target: Integer, stop: Address): void {
    this.push({ do: "barrier", arrived, target, stop });
  }

  call(target: Integer, ...values: readonly Integer[]): void {
    this.push({ do: "call", target, arguments: values });
  }

  // Addresses

  at(base: Integer, offset = 0, index?: Integer, scale: 1 | 2 | 4 | 8 = 1): Address {
    return { base, index, scale, offset };
  }

  /** The address itself, in a register. */
  pointer(at: Address): Integer {
    const to = this.newInteger();
    this.push({ do: "address", to, at });
    return to;
  }

  // Control

  loop(start: Count, end: Count, step: number, body: (counter: Integer) => void): void {
    const counter = this.newInteger();
    this.push({ do: "loop", counter, start, end, step, body: this.stepsOf(() => body(counter)) });
  }

  while(a: Integer, comparison: Comparison, b: Count, body: () => void): void {
    this.push({ do: "while", a, comparison, b, body: this.stepsOf(body) });
  }

  if(
    a: Integer,
    comparison: Comparison,
    b: Count,
    yes: () => void,
    no: () => void = () => {},
  ): void {
    this.push({
      do: "if",
      a,
      comparison,
      b,
      yes: this.stepsOf(yes),
      no: this.stepsOf(no),
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
    const whole = this.integerStep("and", count, -this.lanes);
    this.loop(0, whole, this.lanes, (place) => body(place, undefined));
    const tail = this.subtract(count, whole);
    this.if(tail, "!=", 0, () => body(whole, tail));
  }

  protected integerStep(op: IntegerBinary, a: Count, b: Count): Integer {
    const to = this.newInteger();
    this.push({ do: "integer", op, to, a, b });
    return to;
  }

  protected loadStep(at: Address, width: "word" | 32): Integer {
    const to = this.newInteger();
    this.push({ do: "loadInteger", to, at, width });
    return to;
  }

  protected newInteger(): Integer {
    return { kind: "integer", id: this.registers++ };
  }

  protected newVector(): Vector {
    return { kind: "vector", id: this.registers++ };
  }

  protected push(instruction: Instruction): void {
    this.steps.push(instruction);
  }

  protected stepsOf(body: () => void): Instruction[] {
    const outer = this.steps;
    const block: Instruction[] = [];
    this.steps = block;
    body();
    this.steps = outer;
    return block;
  }
}
