import { fstatSync } from "node:fs";
import { InputError } from "../../errors/errors.ts";

/** How long a pipe that nobody asked for by "-" may keep silent. */
const longestSilenceMs = 10_000;

/** Whether stdin is something that ends: a pipe or a file, and neither a terminal nor /dev/null. */
export function isPiped(): boolean {
  try {
    const stdin = fstatSync(0);
    return stdin.isFIFO() || stdin.isFile() || stdin.isSocket();
  } catch {
    return false;
  }
}

/** Streams that were read: stdin is one, and is read once. */
const taken = new WeakSet<object>();

/** Stdin's bytes as they come. Throws InputError when it was read before, and, unless it was `asked` for, when nothing comes of it. */
export async function* stdinPieces({
  asked = true,
}: {
  readonly asked?: boolean;
} = {}): AsyncGenerator<Uint8Array> {
  if (taken.has(process.stdin))
    throw new InputError(
      "stdin can be read once, and two texts are to come from it. Name a file for one of them",
    );
  taken.add(process.stdin);
  if (process.stdin.isTTY)
    process.stderr.write("reading the text from the terminal; end it with Ctrl-D\n");
  const silence = asked ? undefined : setTimeout(giveUp, longestSilenceMs);
  try {
    for await (const chunk of process.stdin) {
      clearTimeout(silence);
      yield chunk as Buffer;
    }
  } finally {
    clearTimeout(silence);
  }
}

/** Lets go of stdin, which may never end, so that the process can. */
export function releaseStdin(): void {
  if (taken.has(process.stdin)) process.stdin.destroy();
}

function giveUp(): void {
  process.stdin.destroy(
    new InputError(
      'a text is missing, and stdin is a pipe from which nothing came. Give a text or a file, or "-" to wait for stdin however long it takes',
    ),
  );
}
