import { readFileSync, readSync } from "node:fs";
import { openKoffi } from "../../backends/cpu/koffi.node.ts";

/** What a terminal sends, read without waiting, and given back. */
export interface TerminalInput {
  /** Bytes that wait to be read. */
  pending(): number;
  /** Those bytes. */
  read(): Buffer;
  /** Puts bytes where they came from, for whoever reads the terminal next. */
  giveBack(bytes: Uint8Array): void;
}

/** Requests of ioctl: how many bytes wait, and "as if this were typed". */
const requests: Readonly<Partial<Record<NodeJS.Platform, readonly [number, number]>>> = {
  linux: [0x541b, 0x5412],
  darwin: [0x4004667f, 0x80017472],
};
const stdin = 0;

type Call = (...values: unknown[]) => number;

/** Input of the terminal that stdin is; undefined where it could not be given back, or this process is in the background. */
export function terminalInput(): TerminalInput | undefined {
  const [waiting, typed] = requests[process.platform] ?? [];
  if (waiting === undefined || isForbidden()) return undefined;
  const opened = openKoffi();
  if ("reason" in opened) return undefined;
  const library = opened.koffi.load(null);
  const call = (definition: string) => library.func(definition) as Call;
  const ioctl = call("int ioctl(int file, unsigned long request, ...)");
  const isForeground = call("int tcgetpgrp(int file)")(stdin) === call("int getpgrp(void)")();
  if (!isForeground) return undefined;
  const count = new Int32Array(1);
  const pending = () => {
    ioctl(stdin, waiting, "int32_t *", count);
    return count[0]!;
  };
  return {
    pending,
    read() {
      const bytes = Buffer.alloc(pending());
      return bytes.length === 0 ? bytes : bytes.subarray(0, readSync(stdin, bytes));
    },
    giveBack(bytes) {
      for (const byte of bytes) ioctl(stdin, typed, "uint8_t *", Uint8Array.of(byte));
    },
  };
}

/** Linux may be told that nobody types for others. */
function isForbidden(): boolean {
  try {
    return readFileSync("/proc/sys/dev/tty/legacy_tiocsti", "utf8").trim() === "0";
  } catch {
    return false;
  }
}
