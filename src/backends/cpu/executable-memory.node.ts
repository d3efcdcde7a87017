import type { Koffi } from "./koffi.node.ts";

const PROT_READ_WRITE = 3;
const PROT_READ_EXECUTE = 5;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const PAGE = 4096;

/** Memory that is written first and executed then, never both at once. */
export class ExecutableMemory {
  readonly #koffi: Koffi;
  readonly #mmap: (...values: unknown[]) => unknown;
  readonly #mprotect: (...values: unknown[]) => unknown;

  constructor(koffi: Koffi) {
    this.#koffi = koffi;
    const libc = koffi.load(null);
    this.#mmap = libc.func(
      "void *mmap(uintptr_t address, size_t length, int protection, int flags, int file, int64_t offset)",
    );
    this.#mprotect = libc.func("int mprotect(uintptr_t address, size_t length, int protection)");
  }

  /** Address of the code, or undefined where the system forbids it. */
  map(code: Uint8Array): number | undefined {
    const bytes = Math.ceil(code.length / PAGE) * PAGE;
    const address = this.#mmap(0, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
    if (typeof address !== "bigint" || address === 0xffffffffffffffffn) return undefined;
    new Uint8Array(this.#koffi.view(address, bytes)).set(code);
    return this.#mprotect(address, bytes, PROT_READ_EXECUTE) === 0 ? Number(address) : undefined;
  }
}
