/** The Cache API in memory, as far as heed uses it, for tests outside of browsers. */
export function memoryCaches() {
  const stores = new Map<string, Map<string, Response>>();
  /** Bytes after which nothing more is taken. */
  const limits = { bytes: Number.POSITIVE_INFINITY };
  const keyOf = (key: string | Request) => (typeof key === "string" ? key : key.url);

  const open = async (name: string) => {
    const store = stores.get(name) ?? new Map<string, Response>();
    stores.set(name, store);
    return {
      match: async (key: string | Request) => store.get(keyOf(key))?.clone(),
      async put(key: string, response: Response) {
        const bytes = await response.clone().arrayBuffer();
        limits.bytes -= bytes.byteLength;
        if (limits.bytes < 0) throw new DOMException("Quota exceeded.", "QuotaExceededError");
        store.set(key, response);
      },
      delete: async (key: string) => store.delete(key),
      keys: async () => [...store.keys()].map((url) => new Request(url)),
    };
  };
  return {
    open,
    has: async (name: string) => stores.has(name),
    keys: async () => [...stores.keys()],
    delete: async (name: string) => stores.delete(name),
    stores,
    limits,
  };
}
