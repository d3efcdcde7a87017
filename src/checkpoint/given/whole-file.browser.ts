import { InputError } from "../../errors/errors.ts";

/** All bytes of a file, or of what an address answers with. Throws InputError for an answer that is none. */
export async function bytesOf(
  source: Blob | Uint8Array | string | URL,
  place: string,
): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  const answer = await fetch(source);
  if (!answer.ok) throw new InputError(`${place}: the server answered ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

/** What to call it in errors; `what` where it has no name: "image". */
export function nameOf(source: Blob | Uint8Array | string | URL, what: string): string {
  if (source instanceof File) return source.name;
  return typeof source === "string" || source instanceof URL ? String(source) : what;
}
