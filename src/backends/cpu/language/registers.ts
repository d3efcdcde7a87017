import type { Address, Instruction, Integer, Kernel, Vector } from "./instruction.ts";

type Register = Integer | Vector;

/** Where a kernel's registers live: in a machine register by its number, or (integers only) in a stack slot. */
export type Place = { readonly register: number } | { readonly slot: number };

export interface Allocation {
  readonly places: ReadonlyMap<number, Place>;
  readonly slots: number;
}

interface Range {
  readonly register: Register;
  start: number;
  end: number;
  /** Uses, ten times heavier a loop deeper. */
  weight: number;
}

/**
 * Gives every register of a kernel a place, by linear scan. Integers that do not fit go to the stack, the least used
 * first; vectors must fit, so that a hot loop never spills in silence: throws with the number that would be needed.
 */
export function allocate(
  kernel: Kernel,
  integerRegisters: readonly number[],
  vectorRegisters: number,
): Allocation {
  const ranges = liveRanges(kernel);
  const places = new Map<number, Place>();
  let slots = 0;
  const scan = (kind: Register["kind"], registers: readonly number[]) => {
    const free = [...registers];
    let active: Range[] = [];
    for (const range of ranges.filter(({ register }) => register.kind === kind)) {
      active = active.filter((other) => {
        if (other.end >= range.start) return true;
        free.unshift((places.get(other.register.id) as { register: number }).register);
        return false;
      });
      const register = free.shift();
      if (register !== undefined) {
        places.set(range.register.id, { register });
        active.push(range);
        continue;
      }
      if (kind === "vector")
        throw new RangeError(
          `kernel ${kernel.name} (${kernel.target.name}): ${active.length + 1} vectors are alive at once, ${registers.length} registers are there. Use a smaller tile`,
        );
      const lightest = [...active, range].reduce((a, b) => (b.weight < a.weight ? b : a));
      if (lightest !== range) {
        places.set(range.register.id, places.get(lightest.register.id)!);
        active = [...active.filter((other) => other !== lightest), range];
      }
      places.set(lightest.register.id, { slot: slots++ });
    }
  };
  scan("integer", integerRegisters);
  scan(
    "vector",
    Array.from({ length: vectorRegisters }, (_, index) => index),
  );
  return { places, slots };
}

/** From first definition to last use; a loop keeps alive to its end what came into it from outside. */
function liveRanges(kernel: Kernel): Range[] {
  const ranges = new Map<number, Range>();
  const loops: { readonly start: number; readonly inside: Set<Range> }[] = [];
  let position = 0;
  const touch = (register: Register, place: number) => {
    let range = ranges.get(register.id);
    if (!range) {
      range = { register, start: place, end: place, weight: 0 };
      ranges.set(register.id, range);
    }
    range.end = Math.max(range.end, place);
    range.weight += 10 ** loops.length;
    for (const loop of loops) if (range.start < loop.start) loop.inside.add(range);
  };
  const visit = (instruction: Instruction) => {
    position += 2;
    const { uses, definitions } = registersOf(instruction);
    if (instruction.do === "loop" || instruction.do === "while") {
      if (instruction.do === "loop") touch(instruction.counter, position);
      for (const use of uses) touch(use, position);
      position += 2;
      const loop = { start: position, inside: new Set<Range>() };
      loops.push(loop);
      for (const use of uses) touch(use, position);
      if (instruction.do === "loop") touch(instruction.counter, position);
      for (const inner of instruction.body) visit(inner);
      loops.pop();
      position += 2;
      for (const range of loop.inside) range.end = Math.max(range.end, position);
      return;
    }
    for (const use of uses) touch(use, position);
    for (const definition of definitions) touch(definition, position + 1);
    if (instruction.do === "if")
      for (const inner of [...instruction.yes, ...instruction.no]) visit(inner);
  };
  for (const parameter of kernel.parameters) touch(parameter, 0);
  for (const instruction of kernel.body) visit(instruction);
  return [...ranges.values()].sort((a, b) => a.start - b.start);
}

/** Registers an instruction reads and writes (those of its inner blocks apart). */
function registersOf(instruction: Instruction): {
  uses: Register[];
  definitions: Register[];
} {
  const uses: Register[] = [];
  const definitions: Register[] = [];
  const isAccumulator = instruction.do === "fma";
  for (const [key, value] of Object.entries(instruction)) {
    if (key === "body" || key === "yes" || key === "no") {
      if (isRegister(value)) uses.push(value);
    } else if (key === "to") {
      definitions.push(value as Register);
      if (isAccumulator) uses.push(value as Register);
    } else if (isRegister(value)) uses.push(value);
    else if (Array.isArray(value)) uses.push(...(value.filter(isRegister) as Register[]));
    else if (isAddress(value)) uses.push(value.base, ...(value.index ? [value.index] : []));
  }
  return { uses: uses.filter((use) => !isCounter(instruction, use)), definitions };
}

function isCounter(instruction: Instruction, register: Register): boolean {
  return instruction.do === "loop" && register.id === instruction.counter.id;
}

function isRegister(value: unknown): value is Register {
  const kind = (value as { kind?: string } | undefined)?.kind;
  return kind === "integer" || kind === "vector";
}

function isAddress(value: unknown): value is Address {
  return (value as { base?: unknown } | undefined)?.base !== undefined;
}
