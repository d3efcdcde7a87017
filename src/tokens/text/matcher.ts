import { TokenError } from "../../errors/errors.ts";
import { type Expression, isNullable } from "./expression.ts";

/** What a program does next; the two numbers that follow are its operands. */
const character = 0;
const edge = 1;
const split = 2;
const jump = 3;
const look = 4;
const begin = 5;
const end = 6;
const accept = 7;

const longestProgram = 40_000;
/** Repetitions of what may be empty can lie so deep in each other. */
const deepestEmpty = 30;

/** Tells whether a code point is one of a class. */
type Test = (codePoint: number) => boolean;

/** A compiled expression: three numbers an instruction. */
export interface Program {
  readonly code: readonly number[];
  readonly tests: readonly Test[];
  readonly edges: readonly string[];
  /** Bits of memory that one place of a text needs. */
  readonly slots: number;
  readonly place: string;
}

/** The program of an expression. Throws TokenError where it would be too long. */
export function compileExpression(expression: Expression, place: string): Program {
  const code: number[] = [];
  const tests: Test[] = [];
  const edges: string[] = [];
  const known = new Map<string, number>();
  let slots = 0;
  let depth = 0;
  let written = 0;
  const count = () => {
    if (++written <= longestProgram) return;
    throw new TokenError(
      `${place}: the pattern takes more than ${longestProgram} instructions. Does it repeat something many times?`,
    );
  };
  const emit = (operation: number, first = 0, second = 0): number => {
    count();
    return code.push(operation, first, second) - 3;
  };
  // What a place of the text leads to may hang on which repetitions around it are still empty.
  const takeSlot = () => {
    const slot = slots;
    slots += depth + 1;
    return slot;
  };
  const testOf = (source: string) => {
    let index = known.get(source);
    if (index === undefined) {
      index = tests.push(makeTest(source)) - 1;
      known.set(source, index);
    }
    return index;
  };
  const emitSplit = () => {
    emit(split, 0, takeSlot());
    return emit(jump);
  };
  const write = (node: Expression, isBackward: boolean): void => {
    // Also what writes nothing counts: `(){1000000}`.
    count();
    switch (node.type) {
      case "character":
        emit(character, testOf(node.source), isBackward ? 1 : 0);
        return;
      case "edge":
        emit(edge, edges.push(node.kind) - 1);
        return;
      case "sequence":
        for (const part of isBackward ? node.parts.toReversed() : node.parts)
          write(part, isBackward);
        return;
      case "choice": {
        const ends: number[] = [];
        for (const [index, option] of node.options.entries()) {
          const isLast = index === node.options.length - 1;
          const other = isLast ? undefined : emitSplit();
          if (other !== undefined) code[other - 2] = code.length;
          write(option, isBackward);
          if (other === undefined) continue;
          ends.push(emit(jump));
          code[other + 1] = code.length;
        }
        for (const at of ends) code[at + 1] = code.length;
        return;
      }
      case "look": {
        emit(look, node.isNegated ? 1 : 0, takeSlot());
        const over = emit(jump);
        const outer = depth;
        depth = 0;
        write(node.body, !node.isAhead);
        depth = outer;
        emit(accept);
        code[over + 1] = code.length;
        return;
      }
      case "repeat":
        writeRepeat(node, isBackward);
    }
  };
  const writeRepeat = (
    { body, min, max, isLazy }: Extract<Expression, { type: "repeat" }>,
    isBackward: boolean,
  ) => {
    const isEmptyable = isNullable(body);
    for (let i = 0; i < min; i++) write(body, isBackward);
    const optional = (goesBack: boolean): number => {
      const start = code.length;
      const other = emitSplit();
      if (isEmptyable && ++depth > deepestEmpty) {
        throw new TokenError(
          `${place}: repetitions of what may be empty lie in each other more than ${deepestEmpty} deep.`,
        );
      }
      const inside = code.length;
      if (isEmptyable) emit(begin, depth);
      write(body, isBackward);
      if (isEmptyable) emit(end, depth--);
      if (goesBack) emit(jump, start);
      // The split goes to its first operand, and when that fails to the jump behind it.
      code[other - 2] = inside;
      return other;
    };
    const others: number[] = [];
    if (max === Infinity) others.push(optional(true));
    else for (let i = min; i < max; i++) others.push(optional(false));
    for (const other of others) {
      const inside = code[other - 2]!;
      code[other + 1] = code.length;
      if (isLazy) {
        code[other - 2] = code.length;
        code[other + 1] = inside;
      }
    }
  };
  write(expression, false);
  emit(accept);
  return { code, tests, edges, slots, place };
}

/** A test by the engine's own class, asked once for each code point of the first plane. */
function makeTest(source: string): Test {
  const pattern = new RegExp(`^(?:${source})$`, "u");
  const answers = new Uint8Array(0x10000);
  return (codePoint) => {
    if (codePoint > 0xffff) return pattern.test(String.fromCodePoint(codePoint));
    let answer = answers[codePoint]!;
    if (answer === 0) {
      answer = answers[codePoint] = pattern.test(String.fromCharCode(codePoint)) ? 2 : 1;
    }
    return answer === 2;
  };
}

const blockBits = 10;
const mostMemory = 2 ** 29;
const stepsAtLeast = 10_000_000;
const stepsPerUnit = 1000;

/** One bit for each slot of each place of a text, in memory that is taken where it is used. */
class Bits {
  private readonly blocks: (Uint32Array | undefined)[] = [];
  private taken = 0;
  private readonly slots: number;
  private readonly place: string;

  constructor({ slots, place }: Program) {
    this.slots = slots;
    this.place = place;
  }

  has(position: number, slot: number): boolean {
    const block = this.blocks[position >> blockBits];
    if (!block) return false;
    const bit = (position & ((1 << blockBits) - 1)) * this.slots + slot;
    return ((block[bit >> 5]! >> (bit & 31)) & 1) === 1;
  }

  set(position: number, slot: number): void {
    const index = position >> blockBits;
    let block = this.blocks[index];
    if (!block) {
      block = new Uint32Array(((this.slots << blockBits) >> 5) + 1);
      this.taken += block.byteLength;
      if (this.taken > mostMemory) {
        throw new TokenError(
          `${this.place}: the pattern takes more than ${mostMemory} bytes of memory on this text. Give a shorter text.`,
        );
      }
      this.blocks[index] = block;
    }
    const bit = (position & ((1 << blockBits) - 1)) * this.slots + slot;
    block[bit >> 5]! |= 1 << (bit & 31);
  }
}

/**
 * Matches as JavaScript does, the first way that leads to an end, and remembers which ways failed from where: none is
 * tried twice, so that the steps grow with the text and no faster (Davis, Servant and Lee 2021, selective memoization).
 */
export class Matcher {
  /** How many instructions were carried out on this text. */
  steps = 0;
  private readonly program: Program;
  private readonly text: string;
  private readonly failed: Bits;
  private readonly succeeded: Bits;
  /** The ways not tried yet and those that were: instruction (negative once its second way is tried), place, flags. */
  private stack = new Int32Array(192);
  private top = 0;

  constructor(program: Program, text: string) {
    this.program = program;
    this.text = text;
    this.failed = new Bits(program);
    this.succeeded = new Bits(program);
  }

  /** Where the match that begins at a place ends, or -1. */
  matchAt(start: number): number {
    this.top = 0;
    return this.run(0, start, false);
  }

  private run(entry: number, start: number, isInside: boolean): number {
    const { text, failed, succeeded } = this;
    const { code, tests, edges } = this.program;
    const base = this.top;
    let at = entry;
    let position = start;
    let empty = 0;
    this.checkSteps();
    for (;;) {
      if ((++this.steps & 0xfffff) === 0) this.checkSteps();
      const first = code[at + 1]!;
      const second = code[at + 2]!;
      let isFailure = false;
      switch (code[at]) {
        case character: {
          const codePoint = second === 1 ? before(text, position) : text.codePointAt(position);
          if (codePoint === undefined || !tests[first]!(codePoint)) {
            isFailure = true;
            break;
          }
          const width = codePoint > 0xffff ? 2 : 1;
          position += second === 1 ? -width : width;
          empty = 0;
          at += 3;
          break;
        }
        case edge:
          isFailure = !isAtEdge(edges[first]!, text, position);
          at += 3;
          break;
        case split: {
          const slot = second + bitCount(empty);
          if (isInside && succeeded.has(position, slot)) {
            this.succeedFrom(base);
            return position;
          }
          if (failed.has(position, slot)) {
            isFailure = true;
            break;
          }
          this.push(at, position, empty);
          at = first;
          break;
        }
        case jump:
          at = first;
          break;
        case look: {
          const isMatch = this.look(at, position, second);
          isFailure = isMatch === (first === 1);
          at += 3;
          break;
        }
        case begin:
          empty |= 1 << (first - 1);
          at += 3;
          break;
        case end:
          isFailure = (empty & (1 << (first - 1))) !== 0;
          at += 3;
          break;
        default:
          if (isInside) this.succeedFrom(base);
          return position;
      }
      if (!isFailure) continue;
      at = -1;
      while (at < 0 && this.top > base) {
        const { stack, top } = this;
        const instruction = stack[top - 3]!;
        position = stack[top - 2]!;
        empty = stack[top - 1]!;
        if (instruction < 0) {
          failed.set(position, code[~instruction + 2]! + bitCount(empty));
          this.top -= 3;
        } else {
          stack[top - 3] = ~instruction;
          at = instruction + 3;
        }
      }
      if (at < 0) return -1;
    }
  }

  private look(at: number, position: number, slot: number): boolean {
    if (this.succeeded.has(position, slot)) return true;
    if (this.failed.has(position, slot)) return false;
    const isMatch = this.run(at + 6, position, true) >= 0;
    (isMatch ? this.succeeded : this.failed).set(position, slot);
    return isMatch;
  }

  /** All that led to an end inside a look is known to lead there, from wherever it is met again. */
  private succeedFrom(base: number): void {
    const { code } = this.program;
    for (; this.top > base; this.top -= 3) {
      const instruction = this.stack[this.top - 3]!;
      const slot = code[(instruction < 0 ? ~instruction : instruction) + 2]!;
      this.succeeded.set(this.stack[this.top - 2]!, slot + bitCount(this.stack[this.top - 1]!));
    }
  }

  private push(instruction: number, position: number, empty: number): void {
    if (this.top + 3 > this.stack.length) {
      const larger = new Int32Array(this.stack.length * 2);
      larger.set(this.stack);
      this.stack = larger;
    }
    this.stack[this.top++] = instruction;
    this.stack[this.top++] = position;
    this.stack[this.top++] = empty;
  }

  private checkSteps(): void {
    const most = stepsAtLeast + stepsPerUnit * this.text.length;
    if (this.steps <= most) return;
    throw new TokenError(
      `${this.program.place}: the pattern takes more than ${most} steps on a text of ${this.text.length} UTF-16 units. Give a shorter text, or a simpler pattern.`,
    );
  }
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** The code point that ends at a place. */
function before(text: string, position: number): number | undefined {
  if (position <= 0) return undefined;
  const isPair = position > 1 && text.codePointAt(position - 2)! > 0xffff;
  return text.codePointAt(isPair ? position - 2 : position - 1);
}

function isAtEdge(kind: string, text: string, position: number): boolean {
  if (kind === "^") return position === 0 || isLineEnd(text.charCodeAt(position - 1));
  if (kind === "$") return position === text.length || isLineEnd(text.charCodeAt(position));
  const isBetween = isWordUnit(text, position - 1) !== isWordUnit(text, position);
  return isBetween === (kind === "\\b");
}

function isLineEnd(unit: number): boolean {
  return unit === 0x0a || unit === 0x0d || unit === 0x2028 || unit === 0x2029;
}

function isWordUnit(text: string, unit: number): boolean {
  return /^\w$/.test(text.charAt(unit));
}
