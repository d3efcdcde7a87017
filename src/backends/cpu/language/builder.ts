import { CountBuilder } from "./count-builder.ts";
import type {
  Address,
  Constant,
  HalfFormat,
  Integer,
  Lanes,
  Reduction,
  Vector,
  VectorBinary,
} from "./instruction.ts";
import { bitsOf } from "./layout.ts";

/** Writes a kernel down step by step: each method appends one instruction and returns the register it fills. */
export class KernelBuilder<Field extends string> extends CountBuilder<Field> {
  /** One f32 argument of this call, in all lanes. */
  floatArgument(field: Field): Vector {
    return this.loadSplat(this.argumentAt(field));
  }

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
    const to = this.newVector();
    this.push({ do: "setVector", to, from });
    return to;
  }

  assign(to: Vector, from: Lanes): void {
    this.push({ do: "setVector", to, from });
  }

  /** One vector; with `count`, only so many lanes are read and the others are 0. */
  load(at: Address, count?: Integer): Vector {
    const to = this.newVector();
    this.push({ do: "load", to, at, count });
    return to;
  }

  loadSplat(at: Address): Vector {
    const to = this.newVector();
    this.push({ do: "loadSplat", to, at });
    return to;
  }

  /** As many 16-bit numbers as there are lanes, as f32. */
  loadHalf(at: Address, format: HalfFormat): Vector {
    const to = this.newVector();
    this.push({ do: "loadHalf", to, at, format });
    return to;
  }

  /** Four floats from each of lanes / 4 places, `stride` bytes apart. */
  loadQuads(at: Address, stride: Integer): Vector {
    const to = this.newVector();
    this.push({ do: "loadQuads", to, at, stride });
    return to;
  }

  /** In every four lanes: the lower or upper halves of a and b, taken in turn, 1 or 2 words at a time. */
  interleave(part: "low" | "high", words: 1 | 2, a: Vector, b: Vector): Vector {
    const to = this.newVector();
    this.push({ do: "interleave", to, part, words, a, b });
    return to;
  }

  /** With `count`, only so many lanes are written. */
  store(from: Vector, at: Address, count?: Integer): void {
    this.push({ do: "store", from, at, count });
  }

  /** Every lane as a 16-bit number: f16 rounded to nearest, bf16 the upper half of the float. */
  storeHalf(from: Vector, at: Address, format: HalfFormat): void {
    this.push({ do: "storeHalf", from, at, format });
  }

  /** The first lane alone. */
  storeLane(from: Vector, at: Address): void {
    this.push({ do: "storeLane", from, at });
  }

  /** A count as f32, in every lane. */
  splat(from: Integer): Vector {
    const to = this.newVector();
    this.push({ do: "splatInteger", to, from });
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
    const to = this.newVector();
    this.push({ do: "vector", op, to, a, b });
    return to;
  }

  /** `to` becomes a op b. */
  update(to: Vector, op: VectorBinary, a: Lanes, b: Lanes): void {
    this.push({ do: "vector", op, to, a, b });
  }

  /** sum += a · b, rounded once where the machine can. */
  addProduct(sum: Vector, a: Vector, b: Lanes): void {
    this.push({ do: "fma", to: sum, a, b });
  }

  /** a · b + c, rounded once where the machine can. */
  productPlus(a: Vector, b: Vector, c: Lanes): Vector {
    const to = this.newVector();
    this.push({ do: "fmaOf", to, a, b, c });
    return to;
  }

  squareRoot(a: Vector): Vector {
    const to = this.newVector();
    this.push({ do: "squareRoot", to, a });
    return to;
  }

  /** Lanes that hold i32 as f32. */
  toFloat(a: Vector): Vector {
    const to = this.newVector();
    this.push({ do: "toFloat", to, a });
    return to;
  }

  shiftBits(a: Vector, direction: "left" | "right", by: number): Vector {
    const to = this.newVector();
    this.push({ do: "shiftBits", to, a, by, direction });
    return to;
  }

  /** Per lane: a < b ? yes : no; a NaN is not less. */
  selectLess(a: Vector, b: Lanes, yes: Lanes, no: Lanes): Vector {
    const to = this.newVector();
    this.push({
      do: "selectLess",
      to,
      a,
      b,
      yes: this.inRegister(yes),
      no: this.inRegister(no),
    });
    return to;
  }

  reduce(op: Reduction, a: Vector): Vector {
    const to = this.newVector();
    this.push({ do: "reduce", op, to, a });
    return to;
  }

  /** Asks for a line that will be read: into the first-level cache, or into the second. */
  prefetch(at: Address, level: 1 | 2 = 1): void {
    this.push({ do: "prefetch", at, level });
  }

  protected inRegister(value: Lanes): Vector {
    return value.kind === "vector" ? value : this.vector(value);
  }
}
