import type { KernelBuilder } from "../language/builder.ts";
import type { HalfFormat, Integer } from "../language/instruction.ts";
import { HALF, WORD } from "../language/layout.ts";
import { quadColumns } from "./layout.ts";
import type { KernelSource } from "./source.ts";
import { eachTaskStretch } from "./tasks.ts";

const fields = [
  "tasks",
  "x",
  /** From a multiple of 64 bytes on: `narrow` writes whole vectors, up to the next such place. */
  "output",
  "size",
  /** A multiple of every machine's lanes. */
  "taskSize",
] as const;

/** 16-bit numbers as f32, one after the other. */
export function widen(name: string, format: HalfFormat): KernelSource<(typeof fields)[number]> {
  return {
    name,
    fields,
    floats: [],
    write(k) {
      eachTaskStretch(k, (start, count) => {
        const x = k.pointer(k.at(k.argument("x"), 0, start, HALF));
        const output = k.pointer(k.at(k.argument("output"), 0, start, WORD));
        k.eachVector(count, (place, tail) => {
          k.store(k.loadHalf(k.at(x, 0, place, HALF), format), k.at(output, 0, place, WORD), tail);
        });
      });
    },
  };
}

/** f32 as 16-bit numbers: f16 rounded to nearest, bf16 cut off (for numbers that were bf16). */
export function narrow(name: string, format: HalfFormat): KernelSource<(typeof fields)[number]> {
  return {
    name,
    fields,
    floats: [],
    write(k) {
      eachTaskStretch(k, (start, count) => {
        const x = k.pointer(k.at(k.argument("x"), 0, start, WORD));
        const output = k.pointer(k.at(k.argument("output"), 0, start, HALF));
        k.eachVector(count, (place, tail) => {
          const value = k.load(k.at(x, 0, place, WORD), tail);
          k.storeHalf(value, k.at(output, 0, place, HALF), format);
        });
      });
    },
  };
}

/** What a task of `findOdd` writes: as much as the widest vector there is. */
export const FOUND_BYTES = 64;
/** The signs of a word's two numbers. */
const SIGNS = 0x80008000;
/** The exponent of a format, all ones, and its lowest bit. */
export const exponents = { f16: [0x7c00, 0x0400], bf16: [0x7f80, 0x0080] } as const;

/** Whether any of 16-bit numbers, two to a word, is NaN or infinite: a vector a task, in which no bit is set where none is. */
export function findOdd(name: string, format: HalfFormat): KernelSource<(typeof fields)[number]> {
  return {
    name,
    fields,
    floats: [],
    write(k) {
      const [exponent, lowest] = exponents[format].map((half) => k.bits(half * 0x10001));
      eachTaskStretch(k, (start, count, task) => {
        const x = k.pointer(k.at(k.argument("x"), 0, start, WORD));
        const carried = k.vector(k.bits(0));
        k.eachVector(count, (place, tail) => {
          // An exponent that is all ones carries into the place of the sign when its lowest bit is added.
          const word = k.lanewise("bitAnd", k.load(k.at(x, 0, place, WORD), tail), exponent!);
          k.update(carried, "bitOr", carried, k.lanewise("addBits", word, lowest!));
        });
        const output = k.add(k.argument("output"), k.multiply(task, FOUND_BYTES));
        k.store(k.lanewise("bitAnd", carried, k.bits(SIGNS)), k.at(output));
      });
    },
  };
}

/** Columns that are turned at once: as many rows hold them as four words each. */
export const PACKED_COLUMNS = 8;

const packFields = [
  /** one a panel of rows */
  "tasks",
  /** rows of `width` 16-bit numbers, at least PACKED_COLUMNS each, in whole panels */
  "x",
  "output",
  "width",
] as const;

/** 16-bit numbers, whatever their format, in panels [rows / NR][width][NR]: they are moved, and none is changed. */
export const packHalves: KernelSource<(typeof packFields)[number]> = {
  name: "packHalves",
  fields: packFields,
  floats: [],
  write(k) {
    const NR = k.panelWidth;
    k.eachTask(k.argument("tasks"), (task) => {
      const width = k.argument("width");
      const rowBytes = k.multiply(width, HALF);
      const panelBytes = k.multiply(k.multiply(rowBytes, NR), task);
      const x = k.add(k.argument("x"), panelBytes);
      const output = k.add(k.argument("output"), panelBytes);
      const last = k.subtract(width, PACKED_COLUMNS);
      k.loop(0, width, PACKED_COLUMNS, (place) => {
        // The last columns are turned together with some that were: what is written twice is the same.
        const column = k.minimum(place, last);
        const from = k.pointer(k.at(x, 0, column, HALF));
        const to = k.add(output, k.multiply(column, NR * HALF));
        for (let v = 0; v < k.target.tileVectors; v++) {
          turnPairs(k, from, rowBytes, k.pointer(k.at(to, v * k.lanes * HALF)));
          k.advance(from, k.multiply(rowBytes, k.lanes));
        }
      });
    });
  },
};

/** Eight columns of as many rows as there are lanes: turned two to a word, and then taken apart. */
function turnPairs(k: KernelBuilder<string>, from: Integer, rowBytes: Integer, to: Integer): void {
  const columnBytes = k.panelWidth * HALF;
  for (const [pair, both] of quadColumns(k, from, k.integer(0), rowBytes).entries()) {
    // The upper half of a word is what bf16 keeps of a float.
    k.storeHalf(k.shiftBits(both, "left", 16), k.at(to, 2 * pair * columnBytes), "bf16");
    k.storeHalf(both, k.at(to, (2 * pair + 1) * columnBytes), "bf16");
  }
}
