import { fromBf16, fromF16, toF16 } from "./halves.ts";
import type {
  Address,
  Comparison,
  Constant,
  Count,
  Instruction,
  Integer,
  IntegerBinary,
  Kernel,
  Lanes,
  Vector,
  VectorBinary,
} from "./instruction.ts";

const compares: { readonly [comparison in Comparison]: (a: number, b: number) => boolean } = {
  "<": (a, b) => a < b,
  ">=": (a, b) => a >= b,
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
};

const integerOps: { readonly [op in IntegerBinary]: (a: number, b: number) => number } = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => Math.floor(a / b),
  and: (a, b) => a & b,
  shiftLeft: (a, b) => a << b,
};

const floatOps: { readonly [op in VectorBinary]?: (a: number, b: number) => number } = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  // biome-ignore lint/complexity/useMathMinMax: NaN must behave as in x86, b wins
  max: (a, b) => (a > b ? a : b),
  // biome-ignore lint/complexity/useMathMinMax: NaN must behave as in x86, b wins
  min: (a, b) => (a < b ? a : b),
};

const bitOps: { readonly [op in VectorBinary]?: (a: number, b: number) => number } = {
  bitAnd: (a, b) => a & b,
  bitOr: (a, b) => a | b,
  bitXor: (a, b) => a ^ b,
  addBits: (a, b) => a + b,
};

/**
 * Carries a kernel out step by step on memory that starts at address 0: the third reader of the language, slow and
 * independent of any machine. Throws RangeError on an access outside of the memory.
 */
export function interpret(kernel: Kernel, memory: ArrayBuffer, block: number, thread = 0): void {
  new Interpreter(kernel, memory).run(block, thread);
}

const constants = new WeakMap<Constant, Float32Array>();

class Interpreter {
  readonly #kernel: Kernel;
  readonly #memory: DataView;
  readonly #integers = new Map<number, number>();
  readonly #vectors = new Map<number, Float32Array>();

  constructor(kernel: Kernel, memory: ArrayBuffer) {
    this.#kernel = kernel;
    this.#memory = new DataView(memory);
  }

  run(block: number, thread: number): void {
    const [blockRegister, threadRegister] = this.#kernel.parameters;
    this.#integers.set(blockRegister.id, block);
    this.#integers.set(threadRegister.id, thread);
    this.#block(this.#kernel.body);
  }

  #block(instructions: readonly Instruction[]): void {
    for (const instruction of instructions) this.#step(instruction);
  }

  #step(i: Instruction): void {
    const memory = this.#memory;
    switch (i.do) {
      case "setInteger":
        this.#set(i.to, this.#count(i.from));
        break;
      case "integer":
        this.#set(i.to, integerOps[i.op](this.#count(i.a), this.#count(i.b)));
        break;
      case "address":
        this.#set(i.to, this.#address(i.at));
        break;
      case "loadInteger":
        this.#set(i.to, memory.getInt32(this.#address(i.at), true));
        break;
      case "storeInteger":
        memory.setInt32(this.#address(i.at), this.#count(i.from), true);
        break;
      case "fetchAdd": {
        const at = this.#address(i.at);
        const before = memory.getInt32(at, true);
        memory.setInt32(at, before + this.#count(i.by), true);
        this.#set(i.to, before);
        break;
      }
      case "loop":
        this.#set(i.counter, this.#count(i.start));
        while (this.#count(i.counter) < this.#count(i.end)) {
          this.#block(i.body);
          this.#set(i.counter, this.#count(i.counter) + i.step);
        }
        break;
      case "while":
        while (compares[i.comparison](this.#count(i.a), this.#count(i.b))) this.#block(i.body);
        break;
      case "if":
        this.#block(compares[i.comparison](this.#count(i.a), this.#count(i.b)) ? i.yes : i.no);
        break;
      case "prefetch":
        break;
      case "barrier":
      case "call":
        throw new Error(`interpret: ${this.#kernel.name} needs other threads or kernels (${i.do})`);
      default:
        this.#vectorStep(i);
    }
  }

  #vectorStep(i: Extract<Instruction, { to: Vector } | { from: Vector }>): void {
    const memory = this.#memory;
    const { lanes } = this.#kernel.target;
    switch (i.do) {
      case "setVector":
        this.#fill(i.to, this.#floats(i.from));
        break;
      case "load": {
        const at = this.#address(i.at);
        const count = i.count ? this.#count(i.count) : lanes;
        this.#lanewise(i.to, (lane) => (lane < count ? memory.getFloat32(at + 4 * lane, true) : 0));
        break;
      }
      case "store": {
        const at = this.#address(i.at);
        const from = new Uint32Array(this.#floats(i.from).buffer);
        const count = i.count ? this.#count(i.count) : lanes;
        for (let lane = 0; lane < count; lane++) memory.setUint32(at + 4 * lane, from[lane]!, true);
        break;
      }
      case "loadSplat": {
        const value = memory.getFloat32(this.#address(i.at), true);
        this.#lanewise(i.to, () => value);
        break;
      }
      case "loadHalf": {
        const at = this.#address(i.at);
        const decode = i.format === "f16" ? fromF16 : fromBf16;
        this.#lanewise(i.to, (lane) => decode(memory.getUint16(at + 2 * lane, true)));
        break;
      }
      case "storeHalf": {
        const at = this.#address(i.at);
        const from = new Uint32Array(this.#floats(i.from).buffer);
        for (const [lane, bits] of from.entries())
          memory.setUint16(at + 2 * lane, i.format === "f16" ? toF16(bits) : bits >>> 16, true);
        break;
      }
      case "storeLane":
        memory.setFloat32(this.#address(i.at), this.#floats(i.from)[0]!, true);
        break;
      case "splatInteger": {
        const value = this.#count(i.from);
        this.#lanewise(i.to, () => value);
        break;
      }
      case "vector":
        this.#binary(i.to, i.op, i.a, i.b);
        break;
      case "fma":
        this.#productPlus(i.to, i.a, i.b, i.to);
        break;
      case "fmaOf":
        this.#productPlus(i.to, i.a, i.b, i.c);
        break;
      case "loadQuads": {
        const [at, stride] = [this.#address(i.at), this.#count(i.stride)];
        this.#lanewise(i.to, (lane) =>
          memory.getFloat32(at + (lane >> 2) * stride + 4 * (lane & 3), true),
        );
        break;
      }
      case "interleave": {
        const sources = [this.#floats(i.a), this.#floats(i.b)];
        const [half, size] = [i.part === "low" ? 0 : 2, i.words];
        this.#lanewise(i.to, (lane) => {
          const [block, place] = [lane & ~3, lane & 3];
          const source = sources[Math.floor(place / size) % 2]!;
          return source[block + half + (size === 1 ? place >> 1 : place % 2)]!;
        });
        break;
      }
      case "squareRoot": {
        const a = this.#floats(i.a);
        this.#lanewise(i.to, (lane) => Math.sqrt(a[lane]!));
        break;
      }
      case "toFloat": {
        const a = new Int32Array(this.#floats(i.a).buffer);
        this.#lanewise(i.to, (lane) => a[lane]!);
        break;
      }
      case "shiftBits": {
        const a = new Uint32Array(this.#floats(i.a).buffer);
        const shifted = a.map((bits) => (i.direction === "left" ? bits << i.by : bits >>> i.by));
        this.#fill(i.to, new Float32Array(shifted.buffer));
        break;
      }
      case "selectLess": {
        const [a, b] = [this.#floats(i.a), this.#floats(i.b)];
        const yes = new Uint32Array(this.#floats(i.yes).buffer);
        const no = new Uint32Array(this.#floats(i.no).buffer);
        const chosen = yes.map((bits, lane) => (a[lane]! < b[lane]! ? bits : no[lane]!));
        this.#fill(i.to, new Float32Array(chosen.buffer));
        break;
      }
      case "reduce": {
        let values = this.#floats(i.a);
        const op = i.op === "sumLanes" ? floatOps.add! : floatOps.max!;
        for (let distance = lanes / 2; distance >= 1; distance /= 2) {
          const before = values;
          values = before.map((value, lane) => op(value, before[lane ^ distance]!));
        }
        this.#fill(i.to, values);
        break;
      }
    }
  }

  #binary(to: Vector, op: VectorBinary, a: Lanes, b: Lanes): void {
    const [left, right] = [this.#floats(a), this.#floats(b)];
    const onFloats = floatOps[op];
    if (onFloats) {
      this.#lanewise(to, (lane) => onFloats(left[lane]!, right[lane]!));
      return;
    }
    const bits = new Uint32Array(left.buffer);
    const others = new Uint32Array(right.buffer);
    const result = bits.map((value, lane) => bitOps[op]!(value, others[lane]!));
    this.#fill(to, new Float32Array(result.buffer));
  }

  #productPlus(to: Vector, a: Lanes, b: Lanes, c: Lanes): void {
    const [left, right, plus] = [this.#floats(a), this.#floats(b), this.#floats(c)];
    this.#lanewise(to, (lane) => left[lane]! * right[lane]! + plus[lane]!);
  }

  #lanewise(to: Vector, value: (lane: number) => number): void {
    const values = new Float32Array(this.#kernel.target.lanes);
    for (let lane = 0; lane < values.length; lane++) values[lane] = value(lane);
    this.#fill(to, values);
  }

  #fill(to: Vector, values: Float32Array): void {
    this.#vectors.set(to.id, values);
  }

  /** A vector's lanes, in a buffer of their own that is never written again: their bits can be looked at through it. */
  #floats(value: Lanes): Float32Array {
    if (value.kind === "constant") {
      const known = constants.get(value) ?? new Float32Array(Uint32Array.from(value.bits).buffer);
      constants.set(value, known);
      return known;
    }
    const values = this.#vectors.get(value.id);
    if (!values)
      throw new Error(
        `interpret: ${this.#kernel.name} reads vector ${value.id} before it is written`,
      );
    return values;
  }

  #count(value: Count): number {
    if (typeof value === "number") return value;
    const found = this.#integers.get(value.id);
    if (found === undefined)
      throw new Error(
        `interpret: ${this.#kernel.name} reads integer ${value.id} before it is written`,
      );
    return found;
  }

  #set(to: Integer, value: number): void {
    this.#integers.set(to.id, value);
  }

  #address({ base, index, scale, offset }: Address): number {
    return this.#count(base) + (index ? this.#count(index) * scale : 0) + offset;
  }
}
