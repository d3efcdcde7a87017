/** A machine a kernel can be printed for: how wide its vectors are and how the matrix product is tiled on it. */
export interface Target {
  readonly name: "avx512" | "avx2" | "wasm" | "relaxed";
  /** f32 lanes of one vector. */
  readonly lanes: number;
  /** Vector registers a kernel may hold at once; the printer keeps its own scratch apart. */
  readonly vectorBudget: number;
  /** Whether an access adds a scaled index for nothing. */
  readonly scalesAddresses: boolean;
  /** Whether memory can be asked for before it is used; where it cannot, processors foresee long runs of it best. */
  readonly prefetches: boolean;
  /** Steps of k in one turn of a product's inner loop: where a compiler comes after us, one is best by far. */
  readonly unroll: number;
  /** Rows of the register tile of a matrix product. */
  readonly tileRows: number;
  /** Vectors in one row of that tile: a panel of packed weights is lanes · tileVectors wide. */
  readonly tileVectors: number;
}

const wide = { scalesAddresses: true, prefetches: true, unroll: 4, tileVectors: 2 };
const narrow = {
  scalesAddresses: false,
  prefetches: false,
  unroll: 1,
  lanes: 4,
  vectorBudget: 64,
  tileVectors: 2,
};

export const targets: { readonly [name in Target["name"]]: Target } = {
  avx512: { name: "avx512", ...wide, lanes: 16, vectorBudget: 30, tileRows: 13 },
  avx2: { name: "avx2", ...wide, lanes: 8, vectorBudget: 15, tileRows: 6 },
  // Of 16 registers engines keep one for themselves; a product that is added in a step of its own needs another.
  wasm: { name: "wasm", ...narrow, tileRows: 5 },
  relaxed: { name: "relaxed", ...narrow, tileRows: 6 },
};

/** A register that holds an address or a count. */
export interface Integer {
  readonly kind: "integer";
  readonly id: number;
}

/** A register that holds one vector of f32 lanes (or their bits). */
export interface Vector {
  readonly kind: "vector";
  readonly id: number;
}

/** A vector that is known when the kernel is built: one bit pattern a lane. */
export interface Constant {
  readonly kind: "constant";
  readonly bits: readonly number[];
}

export type Count = Integer | number;
export type Lanes = Vector | Constant;

/** base + index · scale + offset, in bytes. */
export interface Address {
  readonly base: Integer;
  readonly index?: Integer;
  readonly scale: 1 | 2 | 4 | 8;
  readonly offset: number;
}

export type IntegerBinary = "add" | "subtract" | "multiply" | "divide" | "and" | "shiftLeft";
export type VectorBinary =
  | "add"
  | "subtract"
  | "multiply"
  | "divide"
  /** The larger; b when either is NaN (x86's rule), so NaN must be in b to survive. */
  | "max"
  /** The smaller; b when either is NaN. */
  | "min"
  | "bitAnd"
  | "bitOr"
  | "bitXor"
  | "addBits";
/** One value out of all lanes, in all lanes of the result. */
export type Reduction = "sumLanes" | "maxLanes";
export type Comparison = "<" | ">=" | "==" | "!=";
/** How 16-bit numbers in memory become f32. */
export type HalfFormat = "f16" | "bf16";

/** One step of a kernel. Loops and branches hold steps of their own: there are no labels. */
export type Instruction =
  | { readonly do: "setInteger"; readonly to: Integer; readonly from: Count }
  | {
      readonly do: "integer";
      readonly op: IntegerBinary;
      readonly to: Integer;
      readonly a: Count;
      readonly b: Count;
    }
  | { readonly do: "address"; readonly to: Integer; readonly at: Address }
  | {
      readonly do: "loadInteger";
      readonly to: Integer;
      readonly at: Address;
      /** "word" is as wide as an address. */
      readonly width: "word" | 32;
    }
  | { readonly do: "storeInteger"; readonly from: Count; readonly at: Address; readonly width: 32 }
  | { readonly do: "fetchAdd"; readonly to: Integer; readonly at: Address; readonly by: Count }
  | {
      readonly do: "barrier";
      readonly arrived: Address;
      readonly target: Integer;
      readonly stop: Address;
    }
  | { readonly do: "call"; readonly target: Integer; readonly arguments: readonly Integer[] }
  | { readonly do: "setVector"; readonly to: Vector; readonly from: Lanes }
  | { readonly do: "load"; readonly to: Vector; readonly at: Address; readonly count?: Integer }
  | { readonly do: "loadSplat"; readonly to: Vector; readonly at: Address }
  | {
      readonly do: "loadHalf";
      readonly to: Vector;
      readonly at: Address;
      readonly format: HalfFormat;
    }
  | { readonly do: "store"; readonly from: Vector; readonly at: Address; readonly count?: Integer }
  | {
      readonly do: "storeHalf";
      readonly from: Vector;
      readonly at: Address;
      readonly format: HalfFormat;
    }
  | {
      /** Four floats from each of lanes / 4 places, `stride` bytes apart. */
      readonly do: "loadQuads";
      readonly to: Vector;
      readonly at: Address;
      readonly stride: Integer;
    }
  | {
      /** In every four lanes: the lower or upper halves of a and b, taken in turn, 1 or 2 words at a time. */
      readonly do: "interleave";
      readonly to: Vector;
      readonly part: "low" | "high";
      readonly words: 1 | 2;
      readonly a: Vector;
      readonly b: Vector;
    }
  | { readonly do: "storeLane"; readonly from: Vector; readonly at: Address }
  | { readonly do: "splatInteger"; readonly to: Vector; readonly from: Integer }
  | {
      readonly do: "vector";
      readonly op: VectorBinary;
      readonly to: Vector;
      readonly a: Lanes;
      readonly b: Lanes;
    }
  | { readonly do: "fma"; readonly to: Vector; readonly a: Vector; readonly b: Lanes }
  | {
      readonly do: "fmaOf";
      readonly to: Vector;
      readonly a: Vector;
      readonly b: Vector;
      readonly c: Lanes;
    }
  | { readonly do: "squareRoot"; readonly to: Vector; readonly a: Vector }
  | { readonly do: "toFloat"; readonly to: Vector; readonly a: Vector }
  | {
      readonly do: "shiftBits";
      readonly to: Vector;
      readonly a: Vector;
      readonly by: number;
      readonly direction: "left" | "right";
    }
  | {
      readonly do: "selectLess";
      readonly to: Vector;
      readonly a: Vector;
      readonly b: Lanes;
      readonly yes: Vector;
      readonly no: Vector;
    }
  | { readonly do: "reduce"; readonly op: Reduction; readonly to: Vector; readonly a: Vector }
  | {
      readonly do: "loop";
      readonly counter: Integer;
      readonly start: Count;
      readonly end: Count;
      readonly step: number;
      readonly body: readonly Instruction[];
    }
  | {
      readonly do: "while";
      readonly a: Integer;
      readonly comparison: Comparison;
      readonly b: Count;
      readonly body: readonly Instruction[];
    }
  | {
      readonly do: "if";
      readonly a: Integer;
      readonly comparison: Comparison;
      readonly b: Count;
      readonly yes: readonly Instruction[];
      readonly no: readonly Instruction[];
    }
  | {
      /** Asks for a line of memory; it comes into the first-level cache, or into the second only. */
      readonly do: "prefetch";
      readonly at: Address;
      readonly level: 1 | 2;
    };

/** A built kernel: its steps, and the two registers it is entered with. */
export interface Kernel {
  readonly name: string;
  readonly target: Target;
  /** Entry registers: the address of its argument block, the number of the calling thread. */
  readonly parameters: readonly [Integer, Integer];
  readonly body: readonly Instruction[];
}
