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

const comparisons: { readonly [comparison in Comparison]: string } = {
  "<": "i32.lt_s",
  ">=": "i32.ge_s",
  "==": "i32.eq",
  "!=": "i32.ne",
};
const integerOps = {
  add: "i32.add",
  subtract: "i32.sub",
  multiply: "i32.mul",
  divide: "i32.div_u",
  and: "i32.and",
  shiftLeft: "i32.shl",
} as const;
const vectorOps = {
  add: "f32x4.add",
  subtract: "f32x4.sub",
  multiply: "f32x4.mul",
  divide: "f32x4.div",
  bitAnd: "v128.and",
  bitOr: "v128.or",
  bitXor: "v128.xor",
  addBits: "i32x4.add",
} as const;

const interleavings = {
  low1: "0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23",
  high1: "8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31",
  low2: "0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23",
  high2: "8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31",
} as const;

/** Looks at a barrier before the thread goes to sleep, and how long it sleeps at most (it may have missed its call). */
const SPINS = 2000;
const SLEEP_NS = 200_000;

/** A module of kernels as WebAssembly text: one function a kernel, all of them in the table, in this order. */
export function printModule(kernels: readonly Kernel[]): string {
  const names = kernels.map(({ name }) => `$${name}`).join(" ");
  return `(module
(import "heed" "memory" (memory 1 65536 shared))
(type $kernel (func (param i32 i32)))
(table ${kernels.length} ${kernels.length} funcref)
(elem (i32.const 0) ${names})
${helpers}
${kernels.map((kernel) => new Printer(kernel).print()).join("\n")}
)`;
}

const helpers = `(func $loadTail (param $at i32) (param $count i32) (result v128)
(if (i32.eq (local.get $count) (i32.const 1)) (then (return (v128.load32_zero (local.get $at)))))
(if (i32.eq (local.get $count) (i32.const 2)) (then (return (v128.load64_zero (local.get $at)))))
(if (i32.eq (local.get $count) (i32.const 3)) (then (return (v128.load32_lane offset=8 2 (local.get $at) (v128.load64_zero (local.get $at))))))
(v128.const i32x4 0 0 0 0))
(func $storeTail (param $at i32) (param $count i32) (param $value v128)
(if (i32.eq (local.get $count) (i32.const 1)) (then (v128.store32_lane 0 (local.get $at) (local.get $value))))
(if (i32.ge_s (local.get $count) (i32.const 2)) (then (v128.store64_lane 0 (local.get $at) (local.get $value))))
(if (i32.eq (local.get $count) (i32.const 3)) (then (v128.store32_lane offset=8 2 (local.get $at) (local.get $value)))))
(func $toF16 (param $float v128) (result v128) (local $size v128) (local $normal v128) (local $small v128)
(local.set $size (v128.and (local.get $float) (v128.const i32x4 0x7fffffff 0x7fffffff 0x7fffffff 0x7fffffff)))
(local.set $normal (i32x4.shr_u (i32x4.sub (i32x4.add (i32x4.add (local.get $size) (v128.const i32x4 0xfff 0xfff 0xfff 0xfff))
(v128.and (i32x4.shr_u (local.get $size) (i32.const 13)) (v128.const i32x4 1 1 1 1))) (v128.const i32x4 0x38000000 0x38000000 0x38000000 0x38000000)) (i32.const 13)))
(local.set $small (i32x4.sub (f32x4.add (local.get $size) (v128.const f32x4 0.5 0.5 0.5 0.5)) (v128.const f32x4 0.5 0.5 0.5 0.5)))
(local.set $normal (v128.bitselect (local.get $small) (local.get $normal) (i32x4.lt_s (local.get $size) (v128.const i32x4 0x38800000 0x38800000 0x38800000 0x38800000))))
(local.set $normal (v128.bitselect (v128.const i32x4 0x7c00 0x7c00 0x7c00 0x7c00) (local.get $normal) (i32x4.ge_s (local.get $size) (v128.const i32x4 0x47800000 0x47800000 0x47800000 0x47800000))))
(local.set $normal (v128.bitselect (v128.or (v128.const i32x4 0x7e00 0x7e00 0x7e00 0x7e00) (v128.and (i32x4.shr_u (local.get $size) (i32.const 13)) (v128.const i32x4 0x3ff 0x3ff 0x3ff 0x3ff)))
(local.get $normal) (i32x4.gt_s (local.get $size) (v128.const i32x4 0x7f800000 0x7f800000 0x7f800000 0x7f800000))))
(v128.or (local.get $normal) (v128.and (i32x4.shr_u (local.get $float) (i32.const 16)) (v128.const i32x4 0x8000 0x8000 0x8000 0x8000))))
(func $wait (export "wait") (param $arrived i32) (param $target i32) (param $stop i32) (local $spins i32) (local $seen i32)
(block $out (loop $again
(local.set $seen (i32.atomic.load (local.get $arrived)))
(br_if $out (i32.ge_s (local.get $seen) (local.get $target)))
(br_if $out (i32.atomic.load (local.get $stop)))
(local.set $spins (i32.add (local.get $spins) (i32.const 1)))
(if (i32.ge_s (local.get $spins) (i32.const ${SPINS})) (then (drop (memory.atomic.wait32 (local.get $arrived) (local.get $seen) (i64.const ${SLEEP_NS})))))
(br $again)))
(drop (memory.atomic.notify (local.get $arrived) (i32.const -1))))`;

class Printer {
  readonly #kernel: Kernel;
  readonly #locals = new Map<number, "i32" | "v128">();
  /** Constants by their bits, in variables of their own: in a loop an engine would make each anew every time. */
  readonly #constants = new Map<string, string>();
  #labels = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  print(): string {
    const parameters = this.#kernel.parameters.map(({ id }) => `(param $r${id} i32)`).join(" ");
    const body = this.#block(this.#kernel.body);
    const constants = [...this.#constants].map(
      ([bits, name]) => `(local.set ${name} (v128.const i32x4 ${bits}))`,
    );
    for (const { id } of this.#kernel.parameters) this.#locals.delete(id);
    const locals = [
      ...[...this.#locals].map(([id, type]) => `(local $r${id} ${type})`),
      ...[...this.#constants.values()].map((name) => `(local ${name} v128)`),
    ].join(" ");
    return `(func $${this.#kernel.name} (export "${this.#kernel.name}") (type $kernel) ${parameters}\n${locals}\n${constants.join("\n")}\n${body})`;
  }

  #block(instructions: readonly Instruction[]): string {
    return instructions.map((instruction) => this.#instruction(instruction)).join("\n");
  }

  #instruction(i: Instruction): string {
    switch (i.do) {
      case "setInteger":
        return this.#set(i.to, this.#count(i.from));
      case "integer":
        return this.#set(i.to, `(${integerOps[i.op]} ${this.#count(i.a)} ${this.#count(i.b)})`);
      case "address":
        return this.#set(i.to, this.#whole(i.at));
      case "loadInteger":
        return this.#set(i.to, `(i32.load ${this.#at(i.at)})`);
      case "storeInteger":
        return `(i32.store ${this.#at(i.at)} ${this.#count(i.from)})`;
      case "fetchAdd":
        return this.#set(i.to, `(i32.atomic.rmw.add ${this.#at(i.at)} ${this.#count(i.by)})`);
      case "barrier":
        return `(call $wait ${this.#whole(i.arrived)} ${this.#count(i.target)} ${this.#whole(i.stop)})`;
      case "call":
        return `(call_indirect (type $kernel) ${i.arguments.map((value) => this.#count(value)).join(" ")} ${this.#count(i.target)})`;
      case "loop": {
        const next = this.#set(
          i.counter,
          `(i32.add ${this.#count(i.counter)} (i32.const ${i.step}))`,
        );
        const test = `(i32.lt_s ${this.#count(i.counter)} ${this.#count(i.end)})`;
        const label = this.#label();
        return `${this.#set(i.counter, this.#count(i.start))}\n(if ${test} (then (loop ${label}\n${this.#block(i.body)}\n${next}\n(br_if ${label} ${test}))))`;
      }
      case "while": {
        const label = this.#label();
        const test = `(${comparisons[i.comparison]} ${this.#count(i.a)} ${this.#count(i.b)})`;
        return `(if ${test} (then (loop ${label}\n${this.#block(i.body)}\n(br_if ${label} ${test}))))`;
      }
      case "if": {
        const test = `(${comparisons[i.comparison]} ${this.#count(i.a)} ${this.#count(i.b)})`;
        const no = i.no.length > 0 ? `\n(else ${this.#block(i.no)})` : "";
        return `(if ${test} (then ${this.#block(i.yes)})${no})`;
      }
      case "prefetch":
        return "";
      case "setVector":
        return this.#set(i.to, this.#lanes(i.from));
      case "load":
        return this.#set(
          i.to,
          i.count
            ? `(call $loadTail ${this.#whole(i.at)} ${this.#count(i.count)})`
            : `(v128.load ${this.#at(i.at)})`,
        );
      case "store":
        return i.count
          ? `(call $storeTail ${this.#whole(i.at)} ${this.#count(i.count)} ${this.#lanes(i.from)})`
          : `(v128.store ${this.#at(i.at)} ${this.#lanes(i.from)})`;
      case "loadSplat":
        return this.#set(i.to, `(v128.load32_splat ${this.#at(i.at)})`);
      case "loadHalf": {
        if (i.format === "bf16")
          return this.#set(i.to, `(i32x4.shl (v128.load16x4_u ${this.#at(i.at)}) (i32.const 16))`);
        // Sign and size to their places, times 2^112; what was infinite or NaN comes out from 2^16 on. A call would cost as much again.
        const same = (bits: number) => this.#constant([bits, bits, bits, bits]);
        const placed = `(v128.and (i32x4.shl (v128.load16x4_s ${this.#at(i.at)}) (i32.const 13)) ${same(0x8fffe000)})`;
        const value = `(local.get $r${i.to.id})`;
        const isOver = `(f32x4.ge (f32x4.abs ${value}) ${same(0x47800000)})`;
        return [
          this.#set(i.to, `(f32x4.mul ${placed} ${same(0x77800000)})`),
          this.#set(i.to, `(v128.or ${value} (v128.and ${isOver} ${same(0x7f800000)}))`),
        ].join("\n");
      }
      case "loadQuads":
        return this.#set(i.to, `(v128.load ${this.#at(i.at)})`);
      case "interleave":
        return this.#set(
          i.to,
          `(i8x16.shuffle ${interleavings[`${i.part}${i.words}`]} ${this.#lanes(i.a)} ${this.#lanes(i.b)})`,
        );
      case "storeHalf": {
        const from = this.#lanes(i.from);
        const words =
          i.format === "f16" ? `(call $toF16 ${from})` : `(i32x4.shr_u ${from} (i32.const 16))`;
        return `(v128.store64_lane ${this.#at(i.at, " 0")} (i16x8.narrow_i32x4_u ${words} ${words}))`;
      }
      case "storeLane":
        return `(v128.store32_lane ${this.#at(i.at, " 0")} ${this.#lanes(i.from)})`;
      case "splatInteger":
        return this.#set(i.to, `(f32x4.convert_i32x4_s (i32x4.splat ${this.#count(i.from)}))`);
      case "vector": {
        // pmax(x, y) is "x < y ? y : x": with the operands turned round it keeps b when either is NaN, as x86 does.
        if (i.op === "max" || i.op === "min")
          return this.#set(i.to, `(f32x4.p${i.op} ${this.#lanes(i.b)} ${this.#lanes(i.a)})`);
        return this.#set(i.to, `(${vectorOps[i.op]} ${this.#lanes(i.a)} ${this.#lanes(i.b)})`);
      }
      case "fma":
        return this.#set(i.to, this.#productPlus(i.a, i.b, i.to));
      case "fmaOf":
        return this.#set(i.to, this.#productPlus(i.a, i.b, i.c));
      case "squareRoot":
        return this.#set(i.to, `(f32x4.sqrt ${this.#lanes(i.a)})`);
      case "toFloat":
        return this.#set(i.to, `(f32x4.convert_i32x4_s ${this.#lanes(i.a)})`);
      case "shiftBits":
        return this.#set(
          i.to,
          `(i32x4.${i.direction === "left" ? "shl" : "shr_u"} ${this.#lanes(i.a)} (i32.const ${i.by}))`,
        );
      case "selectLess":
        return this.#set(
          i.to,
          `(v128.bitselect ${this.#lanes(i.yes)} ${this.#lanes(i.no)} (f32x4.lt ${this.#lanes(i.a)} ${this.#lanes(i.b)}))`,
        );
      case "reduce":
        return this.#reduce(i.op === "sumLanes" ? "f32x4.add" : "f32x4.pmax", i.to, i.a);
    }
  }

  #productPlus(a: Lanes, b: Lanes, c: Lanes): string {
    const [x, y, z] = [a, b, c].map((value) => this.#lanes(value));
    return this.#kernel.target.name === "relaxed"
      ? `(f32x4.relaxed_madd ${x} ${y} ${z})`
      : `(f32x4.add (f32x4.mul ${x} ${y}) ${z})`;
  }

  #reduce(op: string, to: Vector, a: Vector): string {
    const fold = (from: Vector, lanes: string) =>
      this.#set(
        to,
        `(${op} ${this.#lanes(from)} (i8x16.shuffle ${lanes} ${this.#lanes(from)} ${this.#lanes(from)}))`,
      );
    return `${fold(a, "8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7")}\n${fold(to, "4 5 6 7 0 1 2 3 12 13 14 15 8 9 10 11")}`;
  }

  #lanes(value: Lanes): string {
    if (value.kind === "constant") return this.#constant(value.bits);
    this.#locals.set(value.id, "v128");
    return `(local.get $r${value.id})`;
  }

  #constant(bits: readonly number[]): string {
    if (bits.every((bit) => bit === 0)) return `(v128.const i32x4 ${bits.join(" ")})`;
    const key = bits.join(" ");
    const name = this.#constants.get(key) ?? `$c${this.#constants.size}`;
    this.#constants.set(key, name);
    return `(local.get ${name})`;
  }

  #count(value: Count): string {
    if (typeof value === "number") return `(i32.const ${value})`;
    this.#locals.set(value.id, "i32");
    return `(local.get $r${value.id})`;
  }

  #set(to: Integer | Vector, value: string): string {
    this.#locals.set(to.id, to.kind === "integer" ? "i32" : "v128");
    return `(local.set $r${to.id} ${value})`;
  }

  /** offset=… and the address below it; `between` goes where a lane's number stands. */
  #at(address: Address, between = ""): string {
    if (address.offset < 0) return `${between} ${this.#whole(address)}`;
    const offset = address.offset > 0 ? `offset=${address.offset}` : "";
    return `${offset}${between} ${this.#whole({ ...address, offset: 0 })}`;
  }

  #whole({ base, index, scale, offset }: Address): string {
    let sum = this.#count(base);
    if (index)
      sum = `(i32.add ${sum} ${scale === 1 ? this.#count(index) : `(i32.shl ${this.#count(index)} (i32.const ${Math.log2(scale)}))`})`;
    return offset === 0 ? sum : `(i32.add ${sum} (i32.const ${offset}))`;
  }

  #label(): string {
    this.#labels += 1;
    return `$l${this.#labels}`;
  }
}
