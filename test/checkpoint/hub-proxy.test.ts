import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HubError } from "../../src/checkpoint/hub/errors.ts";
import { fetchFromHub } from "../../src/checkpoint/hub/hub.node.ts";
import { proxiedFetch, proxyFor } from "../../src/checkpoint/hub/proxy.node.ts";
import { eachWithHub, failure, options, stub } from "../support/hub-fixture.ts";

eachWithHub();

let proxy: Server;
let address: string;
let seen: { readonly line: string; readonly authorization: string | undefined }[];
let refusal: number | undefined;

beforeEach(async () => {
  seen = [];
  refusal = undefined;
  proxy = createServer((from, to) => {
    seen.push({
      line: `${from.method} ${from.url}`,
      authorization: from.headers["proxy-authorization"],
    });
    if (refusal !== undefined) return void to.writeHead(refusal).end();
    const { host, "proxy-authorization": _, ...headers } = from.headers;
    const onward = request(from.url!, { method: from.method, headers }, (answer) => {
      to.writeHead(answer.statusCode!, answer.rawHeaders);
      answer.pipe(to);
    });
    from.pipe(onward);
  });
  proxy.on("connect", (from, socket) => {
    seen.push({ line: `CONNECT ${from.url}`, authorization: undefined });
    socket.end(`HTTP/1.1 ${refusal ?? 403} no\r\n\r\n`);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
afterEach(() => new Promise<void>((resolve) => void proxy.close(() => resolve())));

describe("which proxy an address goes through", () => {
  const through = (url: string, variables: Record<string, string>) =>
    proxyFor(new URL(url), variables)?.url.host;

  test.each([
    [{ HTTPS_PROXY: "http://p:1" }, "p:1"],
    [{ https_proxy: "q:2", HTTPS_PROXY: "http://p:1" }, "q:2"],
    [{ HTTP_PROXY: "http://p:1" }, undefined],
    [{ ALL_PROXY: "http://p:1" }, "p:1"],
    [{ HTTPS_PROXY: "http://p:1", NO_PROXY: "*" }, undefined],
    [{ HTTPS_PROXY: "http://p:1", NO_PROXY: "other.org, huggingface.co" }, undefined],
    [{ HTTPS_PROXY: "http://p:1", NO_PROXY: "co" }, undefined],
    [{ HTTPS_PROXY: "http://p:1", NO_PROXY: "face.co" }, "p:1"],
    [{ HTTPS_PROXY: "http://p:1", NO_PROXY: ".huggingface.co" }, "p:1"],
    [{ HTTPS_PROXY: "http://p:1", NO_PROXY: "huggingface.co:443" }, undefined],
    [{ HTTPS_PROXY: "http://p:1", NO_PROXY: "huggingface.co:80" }, "p:1"],
  ])("%j: %s", (variables, host) => {
    expect(through("https://huggingface.co/a/b", variables)).toBe(host);
  });

  test("subdomains are of their domain", () => {
    const variables = { HTTPS_PROXY: "http://p:1", NO_PROXY: "huggingface.co" };
    expect(through("https://cdn.huggingface.co/x", variables)).toBeUndefined();
  });

  test("SOCKS is refused by name, without the password", () => {
    expect(() =>
      through("https://huggingface.co/a", { ALL_PROXY: "socks5://me:secret@host:1" }),
    ).toThrow("ALL_PROXY=socks5://host:1 is no proxy that heed can use");
  });
});

describe("downloads through a proxy", () => {
  const variables = () => ({ http_proxy: `http://me:pass%20word@${address}` });

  test("bring the same files, redirects included", async () => {
    await fetchFromHub("tiny/bert", options({ fetch: proxiedFetch(variables()) }));
    expect(seen.length).toBe(stub.requests.length);
    expect(seen.some(({ line }) => /^GET http:\/\/.*model\.safetensors/.test(line))).toBe(true);
    expect(new Set(seen.map(({ authorization }) => authorization))).toEqual(
      new Set([`Basic ${Buffer.from("me:pass word").toString("base64")}`]),
    );
  });

  test("a proxy that wants a password is named", async () => {
    refusal = 407;
    const error = await failure(
      fetchFromHub("tiny/bert", options({ fetch: proxiedFetch(variables()) })),
    );
    expect(error).toBeInstanceOf(HubError);
    expect(error.message).toContain(`the proxy ${address} (http_proxy) answers 407`);
  });

  test("a proxy that is not there is named", async () => {
    const fetch = proxiedFetch({ HTTP_PROXY: "http://127.0.0.1:9" });
    const error = await failure(fetchFromHub("tiny/bert", options({ fetch })));
    expect(error.message).toContain("the proxy 127.0.0.1:9 (HTTP_PROXY) cannot be reached");
  });

  test("a tunnel that is refused is named", async () => {
    const fetch = proxiedFetch({ HTTPS_PROXY: `http://${address}` })!;
    const error = await failure(fetch("https://huggingface.co/api/models/a/b"));
    expect(error.message).toContain(`the proxy ${address} (HTTPS_PROXY) answers 403`);
    expect(seen.map(({ line }) => line)).toEqual(["CONNECT huggingface.co:443"]);
  });

  test("no variable, no proxy", () => {
    expect(proxiedFetch({})).toBeUndefined();
  });
});
