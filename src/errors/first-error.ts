/**
 * What is done side by side, when all of it is done. Where several parts fail, the error is that of the first in the list, whichever
 * came first: that a network or a disk is fast says nothing of what is wrong.
 */
export async function allInOrder<T extends readonly Promise<unknown>[]>(
  parts: readonly [...T],
): Promise<{ [Part in keyof T]: Awaited<T[Part]> }> {
  const results = await Promise.allSettled(parts);
  const failed = results.find(({ status }) => status === "rejected");
  if (failed) throw (failed as PromiseRejectedResult).reason;
  return Promise.all(parts);
}
