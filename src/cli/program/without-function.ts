/**
 * What a function of the library says of itself, without its name in front: at the command line nobody called it. A name in camelCase that
 * stands on the command line (a folder's, say) is the reader's own, and stays.
 */
export function withoutFunction(message: string, args: readonly string[]): string {
  const [, name, rest] = /^([a-z]+(?:[A-Z][A-Za-z]*)+): (.+)$/s.exec(message) ?? [];
  if (name === undefined || rest === undefined || args.some((arg) => arg.includes(name)))
    return message;
  return `${rest[0]!.toUpperCase()}${rest.slice(1)}`;
}
