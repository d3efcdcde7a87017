/** An address as messages show it: without a password, and without what its query says (a signature, a token). */
export function shownAddress(address: string): string {
  if (!URL.canParse(address)) return address.replace(/\/\/[^/?#]*@/, "//").replace(/\?.*/s, "?…");
  const url = new URL(address);
  return `${url.protocol}//${url.host}${url.pathname}${url.search === "" ? "" : "?…"}`;
}

/** An address without the name and password before its host, which no request may have there, and the header that carries them. */
export function withoutCredentials(url: URL): {
  readonly url: URL;
  readonly authorization: string | undefined;
} {
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  if (url.username === "" && url.password === "") return { url: bare, authorization: undefined };
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const bytes = String.fromCharCode(...new TextEncoder().encode(pair));
  return { url: bare, authorization: `Basic ${btoa(bytes)}` };
}
