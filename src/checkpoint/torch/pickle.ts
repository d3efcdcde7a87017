import { OutOfBytes, PickleMachine, type PickleRules, Tuple } from "./pickle-machine.ts";

const STOP = 0x2e;

/** Every opcode that is known, by the names of Python's pickletools.py. */
const opcodes: ReadonlyMap<number, (machine: PickleMachine) => void> = new Map([
  [0x80, protocol], // PROTO
  [0x95, (m: PickleMachine) => void m.size(8)], // FRAME, only a hint for buffering
  [0x28, (m) => m.mark()], // MARK
  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x4a, (m) => m.push(m.int())], // BININT
  [0x4b, (m) => m.push(m.byte())], // BININT1
  [0x4d, (m) => m.push(m.size(2))], // BININT2
  [0x8a, (m) => m.push(m.long(m.byte()))], // LONG1
  [0x47, (m) => m.push(m.float())], // BINFLOAT
  [0x58, (m) => m.push(m.text(m.size(4)))], // BINUNICODE
  [0x8c, (m) => m.push(m.text(m.byte()))], // SHORT_BINUNICODE
  [0x54, (m) => m.push(m.text(m.size(4)))], // BINSTRING, Python 2's str
  [0x55, (m) => m.push(m.text(m.byte()))], // SHORT_BINSTRING
  [0x7d, (m) => m.create(new Map())], // EMPTY_DICT
  [0x5d, (m) => m.create([])], // EMPTY_LIST
  [0x29, (m) => m.create(new Tuple([]))], // EMPTY_TUPLE
  [0x74, (m) => m.create(new Tuple(m.popMarked()))], // TUPLE
  [0x85, (m) => m.create(new Tuple(m.popMany(1)))], // TUPLE1
  [0x86, (m) => m.create(new Tuple(m.popMany(2)))], // TUPLE2
  [0x87, (m) => m.create(new Tuple(m.popMany(3)))], // TUPLE3
  [0x61, (m) => m.append(m.popMany(1))], // APPEND
  [0x65, (m) => m.append(m.popMarked())], // APPENDS
  [0x73, (m) => m.setItems(m.popMany(2))], // SETITEM
  [0x75, (m) => m.setItems(m.popMarked())], // SETITEMS
  [0x71, (m) => m.remember(m.byte())], // BINPUT
  [0x72, (m) => m.remember(m.size(4))], // LONG_BINPUT
  [0x94, (m) => m.remember()], // MEMOIZE
  [0x68, (m) => m.recall(m.byte())], // BINGET
  [0x6a, (m) => m.recall(m.size(4))], // LONG_BINGET
  [0x63, (m) => m.global(m.line(), m.line())], // GLOBAL
  [0x93, stackGlobal], // STACK_GLOBAL
  [0x52, (m) => m.reduce()], // REDUCE
  [0x62, (m) => m.build()], // BUILD
  [0x51, (m) => m.persist()], // BINPERSID
]);

/**
 * Reads one pickle (Python's pickletools.py describes the opcodes) of which only what a state dict needs is known. Nothing is ever
 * executed: a global outside `rules` stops with its name. Undefined when the bytes end before the pickle. Throws CheckpointError.
 */
export function readPickle(
  bytes: Uint8Array,
  start: number,
  rules: PickleRules,
  place: string,
): { readonly value: unknown; readonly end: number } | undefined {
  try {
    const machine = new PickleMachine(bytes, start, rules, place);
    for (let opcode = machine.byte(); opcode !== STOP; opcode = machine.byte()) {
      const step = opcodes.get(opcode) ?? unknownOpcode(opcode);
      step(machine);
      machine.checkSize();
    }
    return { value: machine.pop(), end: machine.position };
  } catch (error) {
    if (error instanceof OutOfBytes) return undefined;
    throw error;
  }
}

function protocol(machine: PickleMachine): void {
  if (machine.byte() > 5) machine.fail("a protocol newer than 5");
}

function stackGlobal(machine: PickleMachine): void {
  const [module, name] = machine.popMany(2);
  machine.global(module, name);
}

function unknownOpcode(opcode: number): (machine: PickleMachine) => never {
  const hex = `0x${opcode.toString(16).padStart(2, "0")}`;
  return (machine) => machine.fail(`opcode ${hex}, which no state dict needs`);
}
