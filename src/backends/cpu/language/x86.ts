import { loadHalf, storeHalf } from "./halves.ts";
import type {
  Address,
  Comparison,
  Count,
  Instruction,
  Integer,
  Kernel,
  Lanes,
  Vector,
} from "./instruction.ts";
import { calleeSaved, callerSaved, half, names, Operands, POOL } from "./x86-operands.ts";

const jumps: { readonly [comparison in Comparison]: string } = {
  "<": "jl",
  ">=": "jge",
  "==": "je",
  "!=": "jne",
};
const opposites: { readonly [comparison in Comparison]: Comparison } = {
  "<": ">=",
  ">=": "<",
  "==": "!=",
  "!=": "==",
};
const commutative = new Set(["add", "multiply", "bitAnd", "bitOr", "bitXor", "addBits", "and"]);

/** Steps of a barrier's loop before the thread gives its core away, and between two such times. */
const SPINS = 4000;
const SPINS_AFTER_YIELD = 200;
const SCHED_YIELD = 24;

/** One kernel as assembly text (AT&T): first its constants, then its code at the label of its name. */
export function printX86(kernel: Kernel): string {
  return new Printer(kernel).print();
}

class Printer extends Operands {
  print(): string {
    const used = new Set(
      [...this.places.values()].map((place) => ("register" in place ? names[place.register] : "")),
    );
    const integers = new Set(calleeSaved.filter((name) => used.has(name)));
    const saved = [...integers];
    for (const name of saved) this.line(`push %${name}`);
    if (this.slots > 0) this.line(`sub $${8 * this.slots}, %rsp`);
    for (const [index, parameter] of this.kernel.parameters.entries())
      this.#move(`%${names[index]}`, parameter);
    const start = this.lines.length;
    this.#block(this.kernel.body);
    const pool = `${this.kernel.name}_pool`;
    if (this.constants.size > 0) this.lines.splice(start, 0, `  lea ${pool}(%rip), %${POOL}`);
    if (this.slots > 0) this.line(`add $${8 * this.slots}, %rsp`);
    for (const name of saved.reverse()) this.line(`pop %${name}`);
    this.line("vzeroupper");
    this.line("ret");
    const words = [...this.constants.values()].flatMap(({ bits }) => bits);
    return [
      `${pool}:`,
      ...words.map((word) => `  .long ${word}`),
      `${this.kernel.name}:`,
      ...this.lines,
      "",
    ].join("\n");
  }

  #block(instructions: readonly Instruction[]): void {
    for (const instruction of instructions) this.#instruction(instruction);
  }

  #instruction(i: Instruction): void {
    switch (i.do) {
      case "setInteger":
        this.#setInteger(i.to, i.from);
        break;
      case "integer":
        this.#integer(i.op, i.to, i.a, i.b);
        break;
      case "address": {
        const target = this.registerOr(i.to, "rax");
        this.line(`lea ${this.address(i.at)}, %${target}`);
        this.#move(`%${target}`, i.to);
        break;
      }
      case "loadInteger": {
        const target = this.registerOr(i.to, "rax");
        this.line(`${i.width === 32 ? "movslq" : "mov"} ${this.address(i.at)}, %${target}`);
        this.#move(`%${target}`, i.to);
        break;
      }
      case "storeInteger":
        this.line(`lea ${this.address(i.at)}, %rcx`);
        this.line(`mov ${this.count(i.from)}, %rax`, "movl %eax, (%rcx)");
        break;
      case "fetchAdd":
        this.line(`lea ${this.address(i.at)}, %rcx`);
        this.line(`mov ${this.count(i.by)}, %rax`, "lock xadd %eax, (%rcx)");
        this.#move("%rax", i.to);
        break;
      case "barrier":
        this.#barrier(i.arrived, i.target, i.stop);
        break;
      case "call":
        for (const [index, value] of i.arguments.entries())
          this.line(`mov ${this.count(value)}, %${callerSaved[index]}`);
        this.line(`mov ${this.count(i.target)}, %rax`, "call *%rax");
        break;
      case "loop":
        this.#loop(i);
        break;
      case "while": {
        const [top, end] = [this.label(), this.label()];
        this.#compare(i.a, i.b);
        this.line(`${jumps[opposites[i.comparison]]} ${end}`, `${top}:`);
        this.#block(i.body);
        this.#compare(i.a, i.b);
        this.line(`${jumps[i.comparison]} ${top}`, `${end}:`);
        break;
      }
      case "if":
        this.#if(i);
        break;
      case "prefetch":
        this.line(`prefetcht${i.level - 1} ${this.address(i.at)}`);
        break;
      default:
        this.#vectorInstruction(i);
    }
  }

  #vectorInstruction(
    i: Exclude<
      Instruction,
      { do: "setInteger" | "integer" | "address" | "loadInteger" | "storeInteger" | "fetchAdd" }
    >,
  ): void {
    switch (i.do) {
      case "setVector":
        this.#setVector(i.to, i.from);
        break;
      case "load":
        if (i.count) {
          const mask = this.#tailMask(i.count);
          if (this.isWide) this.line(`vmovups ${this.address(i.at)}, ${this.v(i.to)}{${mask}}{z}`);
          else this.line(`vmaskmovps ${this.address(i.at)}, ${mask}, ${this.v(i.to)}`);
        } else this.line(`vmovups ${this.address(i.at)}, ${this.v(i.to)}`);
        break;
      case "store":
        if (i.count) {
          const mask = this.#tailMask(i.count);
          if (this.isWide) this.line(`vmovups ${this.v(i.from)}, ${this.address(i.at)}{${mask}}`);
          else this.line(`vmaskmovps ${this.v(i.from)}, ${mask}, ${this.address(i.at)}`);
        } else this.line(`vmovups ${this.v(i.from)}, ${this.address(i.at)}`);
        break;
      case "loadSplat":
        this.line(`vbroadcastss ${this.address(i.at)}, ${this.v(i.to)}`);
        break;
      case "loadHalf":
        this.line(...loadHalf(i.format, this.address(i.at), this.v(i.to)));
        break;
      case "storeHalf":
        this.line(...storeHalf(i.format, this.v(i.from), this.address(i.at), this.scratch()));
        break;
      case "loadQuads":
        this.#loadQuads(i.to, i.at, i.stride);
        break;
      case "interleave":
        this.line(
          `vunpck${i.part === "low" ? "l" : "h"}p${i.words === 1 ? "s" : "d"} ${this.v(i.b)}, ${this.v(i.a)}, ${this.v(i.to)}`,
        );
        break;
      case "storeLane":
        this.line(`vmovss ${this.v(i.from, "xmm")}, ${this.address(i.at)}`);
        break;
      case "splatInteger":
        this.line(`mov ${this.count(i.from)}, %rax`);
        if (this.isWide) this.line(`vpbroadcastd %eax, ${this.v(i.to)}`);
        else {
          this.line(`vmovd %eax, ${this.v(i.to, "xmm")}`);
          this.line(`vpbroadcastd ${this.v(i.to, "xmm")}, ${this.v(i.to)}`);
        }
        this.line(`vcvtdq2ps ${this.v(i.to)}, ${this.v(i.to)}`);
        break;
      case "vector": {
        const swap = i.a.kind === "constant" && commutative.has(i.op);
        const [a, b] = swap ? [i.b, i.a] : [i.a, i.b];
        this.line(
          `${this.#vectorOp(i.op)} ${this.lanes(b)}, ${this.inRegister(a)}, ${this.v(i.to)}`,
        );
        break;
      }
      case "fma":
        this.line(`vfmadd231ps ${this.lanes(i.b)}, ${this.v(i.a)}, ${this.v(i.to)}`);
        break;
      case "fmaOf":
        this.#productPlus(i.to, i.a, i.b, i.c);
        break;
      case "squareRoot":
        this.line(`vsqrtps ${this.v(i.a)}, ${this.v(i.to)}`);
        break;
      case "toFloat":
        this.line(`vcvtdq2ps ${this.v(i.a)}, ${this.v(i.to)}`);
        break;
      case "shiftBits":
        this.line(
          `${i.direction === "left" ? "vpslld" : "vpsrld"} $${i.by}, ${this.v(i.a)}, ${this.v(i.to)}`,
        );
        break;
      case "selectLess": {
        const { a, b, yes, no, to } = i;
        if (this.isWide) {
          this.line(`vcmpps $1, ${this.lanes(b)}, ${this.v(a)}, %k1`);
          this.line(`vblendmps ${this.v(yes)}, ${this.v(no)}, ${this.v(to)}{%k1}`);
        } else {
          this.line(`vcmpps $1, ${this.lanes(b)}, ${this.v(a)}, ${this.scratch()}`);
          this.line(`vblendvps ${this.scratch()}, ${this.v(yes)}, ${this.v(no)}, ${this.v(to)}`);
        }
        break;
      }
      case "reduce":
        this.#reduce(i.op === "sumLanes" ? "vaddps" : "vmaxps", i.to, i.a);
        break;
    }
  }

  #vectorOp(op: string): string {
    const bits = this.isWide ? "d" : "";
    return (
      {
        add: "vaddps",
        subtract: "vsubps",
        multiply: "vmulps",
        divide: "vdivps",
        max: "vmaxps",
        min: "vminps",
        bitAnd: `vpand${bits}`,
        bitOr: `vpor${bits}`,
        bitXor: `vpxor${bits}`,
        addBits: "vpaddd",
      } as Record<string, string>
    )[op]!;
  }

  /** to = a · b + c in one rounding, whichever of the registers `to` shares. */
  #productPlus(to: Vector, a: Vector, b: Vector, c: Lanes): void {
    const [toName, aName, bName] = [this.v(to), this.v(a), this.v(b)];
    if (c.kind === "vector" && this.v(c) === toName) {
      this.line(`vfmadd231ps ${bName}, ${aName}, ${toName}`);
      return;
    }
    const other = toName === bName ? aName : bName;
    if (toName !== aName && toName !== bName) this.line(`vmovaps ${aName}, ${toName}`);
    this.line(`vfmadd213ps ${this.lanes(c)}, ${other}, ${toName}`);
  }

  #loadQuads(to: Vector, at: Address, stride: Integer): void {
    const narrow = this.v(to, "xmm");
    this.line(`lea ${this.address(at)}, %rcx`, `mov ${this.count(stride)}, %rax`);
    this.line(`vmovups (%rcx), ${narrow}`);
    for (let quad = 1; quad < this.kernel.target.lanes / 4; quad++) {
      const insert = this.isWide ? "vinsertf32x4" : "vinsertf128";
      const from = ["", "(%rcx,%rax)", "(%rcx,%rax,2)", "(%rcx,%rax)"][quad];
      if (quad === 3) this.line("lea (%rcx,%rax,2), %rcx");
      this.line(`${insert} $${quad}, ${from}, ${this.v(to)}, ${this.v(to)}`);
    }
  }

  #reduce(op: string, to: Vector, a: Vector): void {
    const [result, scratch] = [this.v(to), this.scratch()];
    const fold = (shuffle: string, from: string) => {
      this.line(`${shuffle}, ${scratch}`, `${op} ${scratch}, ${from}, ${result}`);
    };
    const from = this.v(a);
    if (this.isWide) {
      fold(`vshuff32x4 $0x4e, ${from}, ${from}`, from);
      fold(`vshuff32x4 $0xb1, ${result}, ${result}`, result);
    } else fold(`vperm2f128 $1, ${from}, ${from}`, from);
    fold(`vpermilps $0x4e, ${result}`, result);
    fold(`vpermilps $0xb1, ${result}`, result);
  }

  #setVector(to: Vector, from: Lanes): void {
    if (from.kind === "constant" && from.bits.every((word) => word === 0))
      this.line(`${this.isWide ? "vpxord" : "vxorps"} ${this.v(to)}, ${this.v(to)}, ${this.v(to)}`);
    else if (from.kind === "constant") this.line(`vmovups ${this.lanes(from)}, ${this.v(to)}`);
    else if (this.v(from) !== this.v(to)) this.line(`vmovaps ${this.v(from)}, ${this.v(to)}`);
  }

  /** A mask of the first `count` lanes: a mask register, or all-ones lanes cut out of a table. */
  #tailMask(count: Integer): string {
    if (this.isWide) {
      this.line(`mov ${this.count(count)}, %rcx`, "mov $-1, %eax", "bzhi %ecx, %eax, %eax");
      this.line("kmovw %eax, %k1");
      return "%k1";
    }
    const table = this.constant({
      kind: "constant",
      bits: [...new Array<number>(8).fill(0xffffffff), ...new Array<number>(8).fill(0)],
    });
    this.line(`lea ${table}, %rax`, `mov ${this.count(count)}, %rcx`, "neg %rcx");
    this.line(`vmovups 32(%rax,%rcx,4), ${this.scratch()}`);
    return this.scratch();
  }

  #integer(op: string, to: Integer, a: Count, b: Count): void {
    if (op === "divide") {
      this.line(`mov ${this.count(b)}, %rcx`, `mov ${this.count(a)}, %rax`);
      this.line("xor %edx, %edx", "div %ecx");
      this.#move("%rax", to);
      return;
    }
    let [first, second] = [a, b];
    let target = this.registerOr(to, "rax");
    if (this.count(second) === `%${target}` && this.count(first) !== `%${target}`) {
      if (commutative.has(op)) [first, second] = [second, first];
      else target = "rax";
    }
    if (
      typeof first === "number" &&
      typeof second !== "number" &&
      commutative.has(op) &&
      this.count(second) !== `%${target}`
    )
      [first, second] = [second, first];
    if (this.count(first) !== `%${target}`) this.line(`mov ${this.count(first)}, %${target}`);
    const operand = this.count(second);
    if (op === "multiply")
      this.line(
        typeof second === "number"
          ? `imul ${operand}, %${target}, %${target}`
          : `imul ${operand}, %${target}`,
      );
    else {
      const opcode = { add: "add", subtract: "sub", and: "and", shiftLeft: "shl" }[op]!;
      this.line(`${opcode} ${operand}, %${target}`);
    }
    this.#move(`%${target}`, to);
  }

  #loop(i: Extract<Instruction, { do: "loop" }>): void {
    const [top, end] = [this.label(), this.label()];
    this.#setInteger(i.counter, i.start);
    this.#compare(i.counter, i.end);
    this.line(`jge ${end}`, `${top}:`);
    this.#block(i.body);
    this.#integer("add", i.counter, i.counter, i.step);
    this.#compare(i.counter, i.end);
    this.line(`jl ${top}`, `${end}:`);
  }

  #if(i: Extract<Instruction, { do: "if" }>): void {
    const [other, end] = [this.label(), this.label()];
    this.#compare(i.a, i.b);
    this.line(`${jumps[opposites[i.comparison]]} ${other}`);
    this.#block(i.yes);
    if (i.no.length > 0) this.line(`jmp ${end}`);
    this.line(`${other}:`);
    this.#block(i.no);
    if (i.no.length > 0) this.line(`${end}:`);
  }

  /** Spins, then gives the core away between looks: another thread may need it to arrive at all. */
  #barrier(arrived: Address, target: Integer, stop: Address): void {
    const [top, end] = [this.label(), this.label()];
    this.line(`lea ${this.address(arrived)}, %r8`, `lea ${this.address(stop)}, %r9`);
    this.line(`mov ${this.count(target)}, %rcx`, "mov %rcx, %rdx", `mov $${SPINS}, %r10d`);
    this.line(`${top}:`, "mov (%r8), %eax", "cmp %edx, %eax", `jge ${end}`);
    this.line("cmpl $0, (%r9)", `jne ${end}`, "pause", "dec %r10d", `jne ${top}`);
    this.line(`mov $${SCHED_YIELD}, %eax`, "syscall", `mov $${SPINS_AFTER_YIELD}, %r10d`);
    this.line(`jmp ${top}`, `${end}:`);
  }

  #compare(a: Integer, b: Count): void {
    let left = this.count(a);
    const right = this.count(b);
    if (!left.startsWith("%") && !right.startsWith("$") && !right.startsWith("%")) {
      this.line(`mov ${left}, %rax`);
      left = "%rax";
    }
    this.line(
      `${left.startsWith("%") || right.startsWith("%") ? "cmp" : "cmpq"} ${right}, ${left}`,
    );
  }

  #setInteger(to: Integer, from: Count): void {
    const target = this.registerOr(to, "rax");
    if (from === 0) this.line(`xor ${half(target)}, ${half(target)}`);
    else if (this.count(from) !== `%${target}`) this.line(`mov ${this.count(from)}, %${target}`);
    this.#move(`%${target}`, to);
  }

  #move(from: string, to: Integer): void {
    const target = this.count(to);
    if (from !== target) this.line(`mov ${from}, ${target}`);
  }
}
