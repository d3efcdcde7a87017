import type { HalfFormat } from "../language/instruction.ts";
import { HALF, WORD } from "../language/layout.ts";
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
