import http from "node:http";
import https from "node:https";
import { Readable } from "node:stream";
import tls from "node:tls";
import { HubError } from "./errors.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** A proxy, and the variable that names it. */
interface Proxy {
  readonly url: URL;
  readonly variable: string;
}

const mostRedirects = 10;

/**
 * The proxy that the environment names for an address, as Python reads it: http_proxy, https_proxy and all_proxy, in small letters
 * before capitals, and no_proxy with hosts, domains (with their subdomains) and ports. Throws HubError for one heed cannot use.
 */
export function proxyFor(url: URL, variables: Variables = process.env): Proxy | undefined {
  const scheme = url.protocol.slice(0, -1);
  for (const name of [`${scheme}_proxy`, "all_proxy"])
    for (const variable of [name, name.toUpperCase()]) {
      const value = variables[variable]?.trim();
      if (!value) continue;
      return isExcepted(url, variables) ? undefined : { url: proxyUrl(value, variable), variable };
    }
  return undefined;
}

function proxyUrl(value: string, variable: string): URL {
  const address = value.includes("://") ? value : `http://${value}`;
  const isKnown = URL.canParse(address) && /^https?:$/.test(new URL(address).protocol);
  if (isKnown) return new URL(address);
  throw new HubError(
    "refused",
    `hub: ${variable}=${value.replace(/\/\/[^@/]*@/, "//")} is no proxy that heed can use: one looks like http://host:3128. Unset it, or name an HTTP proxy`,
  );
}

function isExcepted({ hostname, port, protocol }: URL, variables: Variables): boolean {
  const own = port || (protocol === "https:" ? "443" : "80");
  const host = hostname.replace(/^\[|\]$/g, "");
  return (variables.no_proxy ?? variables.NO_PROXY ?? "").split(",").some((entry) => {
    const name = entry.trim().toLowerCase();
    if (name === "") return false;
    if (name === "*" || name === host) return true;
    const [, domain = name, only] = /^(.*?)(?::(\d+))?$/.exec(name) ?? [];
    if (only !== undefined && only !== own) return false;
    if (domain === host) return true;
    return host.endsWith(domain.startsWith(".") ? domain : `.${domain}`);
  });
}

/** Whether the environment names any proxy. */
function namesProxy(variables: Variables): boolean {
  return ["http_proxy", "https_proxy", "all_proxy"].some(
    (name) => variables[name]?.trim() || variables[name.toUpperCase()]?.trim(),
  );
}

/** A `fetch` through the environment's proxies; undefined where it names none. A proxy that fails is named in a HubError. */
export function proxiedFetch(variables: Variables = process.env): typeof fetch | undefined {
  if (!namesProxy(variables)) return undefined;
  return async (input, init = {}) => {
    let url = new URL(input instanceof Request ? input.url : String(input));
    const headers = new Headers(init.headers);
    for (let hop = 0; hop <= mostRedirects; hop++) {
      const proxy = proxyFor(url, variables);
      const answer = proxy
        ? await throughProxy(url, { ...init, headers }, proxy)
        : await fetch(url, { ...init, headers, redirect: "manual" });
      const to = answer.headers.get("location");
      if (answer.status < 300 || answer.status > 399 || to === null) return answer;
      if (init.redirect === "manual") return answer;
      await answer.body?.cancel();
      const next = new URL(to, url);
      if (!/^https?:$/.test(next.protocol))
        throw new HubError(
          "refused",
          `hub: ${url.host} leads on to an address of ${next.protocol}, where heed reads no model. Is it the right host?`,
        );
      if (next.origin !== url.origin) headers.delete("authorization");
      url = next;
    }
    throw new HubError("refused", `hub: ${url.host} leads on more than ${mostRedirects} times.`);
  };
}

async function throughProxy(url: URL, init: RequestInit, proxy: Proxy): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("host", url.host);
  // The answer comes as it is sent, so nothing may be packed.
  headers.set("accept-encoding", "identity");
  const authorization = credentials(proxy.url);
  const isTunnel = url.protocol === "https:";
  if (authorization && !isTunnel) headers.set("proxy-authorization", authorization);
  const options = {
    method: init.method ?? "GET",
    headers: Object.fromEntries(headers),
    signal: init.signal ?? undefined,
  };
  const asked = isTunnel
    ? https.request(url, {
        ...options,
        agent: false,
        createConnection: await tunnel(url, proxy, authorization, options.signal),
      })
    : toProxy(proxy.url, { ...options, path: url.href });
  const message = await answerOf(asked, init.body, (error) => {
    if (isTunnel) return error;
    return cannotReach(proxy, error);
  });
  if (message.statusCode === 407) throw refusedBy(proxy, 407);
  const isEmpty = options.method === "HEAD" || [204, 304].includes(message.statusCode!);
  if (isEmpty) message.resume();
  const own = Object.entries(message.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  const body = isEmpty ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array>);
  return new Response(body, { status: message.statusCode, headers: own });
}

function toProxy(proxy: URL, options: http.RequestOptions): http.ClientRequest {
  const { request } = proxy.protocol === "https:" ? https : http;
  return request({
    ...options,
    agent: false,
    host: proxy.hostname.replace(/^\[|\]$/g, ""),
    port: proxy.port || (proxy.protocol === "https:" ? 443 : 80),
  });
}

/** A connection through the proxy to an address of https, for a request that is made on it. */
async function tunnel(
  url: URL,
  proxy: Proxy,
  authorization: string | undefined,
  signal: AbortSignal | undefined,
): Promise<() => tls.TLSSocket> {
  const path = `${url.hostname}:${url.port || 443}`;
  const headers = {
    host: path,
    ...(authorization ? { "proxy-authorization": authorization } : {}),
  };
  const asked = toProxy(proxy.url, { method: "CONNECT", path, headers, signal });
  const socket = await new Promise<import("node:net").Socket>((resolve, reject) => {
    asked.once("error", (error) => reject(cannotReach(proxy, error)));
    asked.once("connect", (answer, socket) => {
      if (answer.statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(refusedBy(proxy, answer.statusCode ?? 0));
    });
    // A server that is no proxy answers as to any request.
    asked.once("response", (answer) => {
      answer.resume();
      reject(refusedBy(proxy, answer.statusCode ?? 0));
    });
    asked.end();
  });
  return () => tls.connect({ socket, servername: url.hostname });
}

function answerOf(
  asked: http.ClientRequest,
  body: RequestInit["body"],
  explain: (error: Error) => Error,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    asked.once("error", (error) => reject(explain(error)));
    asked.once("response", resolve);
    asked.end(typeof body === "string" ? body : undefined);
  });
}

function credentials({ username, password }: URL): string | undefined {
  if (username === "") return undefined;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

function cannotReach({ url, variable }: Proxy, cause: Error): Error {
  if (cause.name === "AbortError") return cause;
  const { code } = cause as NodeJS.ErrnoException;
  return new HubError(
    "unreachable",
    `hub: the proxy ${url.host} (${variable}) cannot be reached (${code ?? cause.message}). Is it running? Unset ${variable} to do without, or name the host in NO_PROXY`,
    { cause },
  );
}

function refusedBy({ url, variable }: Proxy, status: number): HubError {
  const next =
    status === 407
      ? `It wants a name and a password: ${variable}=http://name:password@${url.host}`
      : "Does it let this host through?";
  return new HubError(
    status >= 500 ? "busy" : "denied",
    `hub: the proxy ${url.host} (${variable}) answers ${status}. ${next}`,
  );
}
