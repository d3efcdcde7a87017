import type { Address, Constant, Count, Integer, Kernel, Lanes, Vector } from "./instruction.ts";
import { allocate, type Place } from "./registers.ts";

export const callerSaved = ["rdi", "rsi", "r8", "r9", "r10"];
export const calleeSaved = ["rbx", "rbp", "r12", "r13", "r14", "r15"];
// rax, rcx and rdx belong to the printer, and r11 holds the address of the constants. (Constants relative to rip would need
// no register, but the assembler loses the high bit of registers 16 to 31 when it encodes such an instruction twice.)
export const POOL = "r11";
export const names = [...callerSaved, ...calleeSaved];
export const halves: Readonly<Record<string, string>> = {
  rdi: "edi",
  rsi: "esi",
  rbx: "ebx",
  rbp: "ebp",
  rax: "eax",
  rcx: "ecx",
};

/** How registers, addresses and constants of one kernel are written. */
export class Operands {
  protected readonly kernel: Kernel;
  protected readonly isWide: boolean;
  protected readonly lines: string[] = [];
  protected readonly constants = new Map<
    string,
    { readonly offset: number; readonly bits: readonly number[] }
  >();
  protected poolBytes = 0;
  protected readonly places: ReadonlyMap<number, Place>;
  protected readonly slots: number;
  protected labels = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.isWide = kernel.target.name === "avx512";
    const hasCalls = JSON.stringify(kernel.body).includes('"do":"call"');
    const first = hasCalls ? callerSaved.length : 0;
    const registers = names.map((_, index) => index).slice(first);
    const { places, slots } = allocate(kernel, registers, kernel.target.vectorBudget);
    this.places = places;
    this.slots = slots;
  }

  /** An operand: a register, a stack slot or a number. */
  protected count(value: Count): string {
    if (typeof value === "number") return `$${value}`;
    const place = this.place(value);
    return "register" in place
      ? `%${names[place.register]}`
      : `${place.slot === 0 ? "" : 8 * place.slot}(%rsp)`;
  }

  protected registerOr(value: Integer, scratch: string): string {
    const place = this.place(value);
    return "register" in place ? names[place.register]! : scratch;
  }

  /** A memory operand; what lies on the stack is fetched into rcx and rax first. */
  protected address({ base, index, scale, offset }: Address): string {
    const part = (value: Integer, scratch: string) => {
      const name = this.registerOr(value, scratch);
      if (name === scratch) this.line(`mov ${this.count(value)}, %${scratch}`);
      return `%${name}`;
    };
    const inside = [part(base, "rcx"), ...(index ? [part(index, "rax"), String(scale)] : [])];
    return `${offset === 0 ? "" : offset}(${inside.join(",")})`;
  }

  protected lanes(value: Lanes): string {
    return value.kind === "vector" ? this.v(value) : this.constant(value);
  }

  protected inRegister(value: Lanes): string {
    if (value.kind === "vector") return this.v(value);
    this.line(`vmovups ${this.constant(value)}, ${this.scratch()}`);
    return this.scratch();
  }

  protected constant({ bits }: Constant): string {
    const key = bits.join();
    const known = this.constants.get(key) ?? { offset: this.poolBytes, bits };
    if (!this.constants.has(key)) {
      this.constants.set(key, known);
      this.poolBytes += 4 * bits.length;
    }
    return `${known.offset === 0 ? "" : known.offset}(%${POOL})`;
  }

  protected v(value: Vector, width = this.isWide ? "zmm" : "ymm"): string {
    return `%${width}${(this.place(value) as { register: number }).register}`;
  }

  protected scratch(): string {
    return this.isWide ? "%zmm31" : "%ymm15";
  }

  protected place(value: Integer | Vector): Place {
    const place = this.places.get(value.id);
    if (!place) throw new Error(`kernel ${this.kernel.name}: register ${value.id} has no place`);
    return place;
  }

  protected label(): string {
    this.labels += 1;
    return `${this.kernel.name}_${this.labels}`;
  }

  protected line(...lines: string[]): void {
    for (const line of lines) this.lines.push(line.endsWith(":") ? line : `  ${line}`);
  }
}

/** The lower half of a 64-bit register. */
export function half(name: string): string {
  return `%${halves[name] ?? `${name}d`}`;
}
