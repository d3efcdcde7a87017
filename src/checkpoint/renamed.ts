import type { Checkpoint } from "./checkpoint.ts";

/** Wrappers that frameworks leave in front of every name: data-parallel training, compiling. */
const wrappers = /(^|\.)(module|_orig_mod)\./;

/** A tensor's name without what wrappers put in front of it or between its parts. */
function unwrapped(name: string): string {
  let plain = name;
  while (wrappers.test(plain)) plain = plain.replace(wrappers, "$1");
  return plain;
}

/** The same checkpoint with its tensors under their own names, where a wrapper was saved with them. */
export function withoutWrappers(checkpoint: Checkpoint): Checkpoint {
  const names = [...checkpoint.tensors.keys()];
  return names.some((name) => wrappers.test(name)) ? renamed(checkpoint, unwrapped) : checkpoint;
}

/** Prefixes that at least half of the tensors have in common, the shortest first: "model.", "model.bert.". */
export function sharedPrefixes({ tensors }: Pick<Checkpoint, "tensors">): string[] {
  const counts = new Map<string, number>();
  for (const name of tensors.keys()) {
    const parts = name.split(".");
    for (let length = 1; length < Math.min(5, parts.length); length++) {
      const prefix = `${parts.slice(0, length).join(".")}.`;
      counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
  }
  return [...counts].filter(([, count]) => 2 * count >= tensors.size).map(([prefix]) => prefix);
}

/** The same checkpoint without a prefix; names that do not begin with it stay, and so does a name that another would take. */
export function withoutPrefix(checkpoint: Checkpoint, prefix: string): Checkpoint {
  return renamed(checkpoint, (name) =>
    name.startsWith(prefix) ? name.slice(prefix.length) : name,
  );
}

/** The same checkpoint with its tensors under other names, without those that get none. */
export function renamed(
  checkpoint: Checkpoint,
  rename: (name: string) => string | undefined,
): Checkpoint {
  const stored = new Map<string, string>();
  for (const name of checkpoint.tensors.keys()) {
    const own = rename(name);
    if (own === undefined) continue;
    stored.set(stored.has(own) ? name : own, name);
  }
  const of = (name: string) => stored.get(name) ?? name;
  return {
    ...checkpoint,
    tensors: new Map([...stored].map(([name, old]) => [name, checkpoint.tensors.get(old)!])),
    read: (name) => checkpoint.read(of(name)),
    readRange: (name, ...range) => checkpoint.readRange(of(name), ...range),
    readBytes: (name, ...range) => checkpoint.readBytes(of(name), ...range),
    expect: (reads) =>
      checkpoint
        .expect(reads.map((reading) => ({ ...reading, name: of(reading.name), reading })))
        .map(({ reading }) => reading),
  };
}
