import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { CheckpointError, InputError } from "../errors/errors.ts";
import { addressSource } from "./address.ts";

const content = Uint8Array.from({ length: 200_000 }, (_, i) => i % 251);
let server: Server;
let address: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let requests: string[];

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(`${request.url} ${request.headers.range}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/models/bert`;
  requests = [];
});
afterEach(() => {
  requests = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** A server that serves ranges of one file, model.safetensors, as RFC 9110 says. */
function ranges(request: IncomingMessage, response: ServerResponse): void {
  if (!request.url!.includes("/models/bert/model.safetensors")) {
    response.writeHead(404).end("not here");
    return;
  }
  const [, from, last] = /bytes=(\d+)-(\d+)/.exec(request.headers.range!)!;
  const body = content.subarray(Number(from), Number(last) + 1);
  const range = `bytes ${from}-${Number(from) + body.length - 1}/${content.length}`;
  response.writeHead(206, { "content-range": range }).end(body);
}

const status = (code: number, headers = {}) => {
  answer = (_, response) => void response.writeHead(code, headers).end("x");
};

describe("a server with ranges", () => {
  test("is asked for the head once, then for what is read", async () => {
    answer = ranges;
    const source = addressSource(address);
    expect(await source.list()).toBeUndefined();
    expect(await source.size("model.safetensors")).toBe(200_000);
    expect(await source.size("config.json")).toBeUndefined();
    expect([...(await source.read("model.safetensors", 250, 253))]).toEqual([250, 0, 1]);
    const far = await source.read("model.safetensors", 65_000, 200_000);
    expect(Buffer.compare(far, content.subarray(65_000))).toBe(0);
    expect(await source.read("model.safetensors", 9, 9)).toHaveLength(0);
    expect(requests).toEqual([
      "/models/bert/model.safetensors bytes=0-65535",
      "/models/bert/config.json bytes=0-65535",
      "/models/bert/model.safetensors bytes=65000-199999",
    ]);
    await expect(source.read("model.safetensors", 0, 200_001)).rejects.toThrow(
      "the file has 200000 bytes",
    );
    await expect(source.read("config.json", 0, 1)).rejects.toThrow(
      "config.json: there is no such file",
    );
    await expect(source.size("../x")).rejects.toThrow("leads out");
  });

  test("gets the address's query and the headers with every file", async () => {
    const seen: unknown[] = [];
    answer = (request, response) => {
      seen.push(request.headers.authorization);
      ranges(request, response);
    };
    const source = addressSource(`${address}/?key=a%2Fb#part`, {
      headers: { authorization: "Bearer t" },
    });
    expect(await source.size("model.safetensors")).toBe(200_000);
    expect(requests[0]).toContain("/models/bert/model.safetensors?key=a%2Fb ");
    expect(seen).toEqual(["Bearer t"]);
  });

  test("that serves something else than asked is caught", async () => {
    answer = ranges;
    const source = addressSource(address);
    await source.size("model.safetensors");
    const read = () => source.read("model.safetensors", 100_000, 100_010);
    const partial = (range: string | undefined, bytes: number) => {
      answer = (_, response) =>
        void response
          .writeHead(206, range === undefined ? {} : { "content-range": range })
          .end(content.subarray(0, bytes));
    };
    partial("bytes 100000-100009/300000", 10);
    await expect(read()).rejects.toThrow("now has 300000. It changed while it was read");
    partial("bytes 0-9/200000", 10);
    await expect(read()).rejects.toThrow(
      "content-range is bytes 0-9/200000, not what was asked for",
    );
    partial(undefined, 10);
    await expect(read()).rejects.toThrow("content-range is missing");
    partial("bytes 100000-100009/200000", 7);
    await expect(read()).rejects.toThrow("7 bytes came where 10 were due");
    partial("bytes 100000-100009/200000", 5000);
    await expect(read()).rejects.toThrow("bytes came where 10 were due");
    status(200);
    await expect(read()).rejects.toThrow("answered 200");
    answer = ranges;
    expect(await read()).toHaveLength(10);
  });
});

test("without ranges a file is downloaded once and kept", async () => {
  answer = (_, response) => void response.writeHead(200).end(content);
  const source = addressSource(address);
  expect(await source.size("model.safetensors")).toBe(200_000);
  expect(
    Buffer.compare(
      await source.read("model.safetensors", 150_000, 160_000),
      content.subarray(150_000, 160_000),
    ),
  ).toBe(0);
  (await source.read("model.safetensors", 0, 4)).fill(9);
  expect([...(await source.read("model.safetensors", 0, 4))]).toEqual([0, 1, 2, 3]);
  expect(requests).toHaveLength(1);
});

test("an empty file, and a page that a site serves for whatever is missing", async () => {
  status(416, { "content-range": "bytes */0" });
  expect(await addressSource(address).size("empty.txt")).toBe(0);
  status(200, { "content-type": "text/html; charset=utf-8" });
  expect(await addressSource(address).size("model.safetensors")).toBeUndefined();
});

test.each([
  [401, {}, "the server answered 401. It needs a permission: pass headers"],
  [403, {}, "answered 403. It needs a permission"],
  [429, { "retry-after": "30" }, "answered 429. Too many requests: wait 30 (seconds"],
  [429, {}, "wait a while and try again"],
  [503, {}, "answered 503. The server has a problem: try again later"],
  [418, {}, "answered 418. Open the address in a browser"],
  [206, {}, "content-range is missing"],
])("status %d is refused with the next step", async (code, headers, message) => {
  status(code, headers);
  const source = addressSource(address);
  await expect(source.size("config.json")).rejects.toThrow(CheckpointError);
  await expect(source.size("config.json")).rejects.toThrow(message);
});

test("403 means missing once another file came", async () => {
  answer = ranges;
  const source = addressSource(address);
  await source.size("model.safetensors");
  status(403);
  expect(await source.size("vocab.txt")).toBeUndefined();
});

test("a body without end is left when it is longer than asked", async () => {
  answer = (_, response) => {
    response.writeHead(206, { "content-range": "bytes 0-9/10" });
    const more = () => response.write(new Uint8Array(1000), () => setTimeout(more, 1));
    more();
  };
  await expect(addressSource(address).size("a")).rejects.toThrow("bytes came where 10 were due");
});

test("a cut connection, a refused one, a stopped one", async () => {
  answer = (_, response) => {
    response.writeHead(200, { "content-length": "1000" });
    response.write("half");
    setTimeout(() => response.destroy(), 20);
  };
  await expect(addressSource(address).size("a")).rejects.toThrow("the connection broke off");
  const fetch = async () => {
    throw new TypeError("fetch failed", { cause: { code: "ENOTFOUND" } });
  };
  await expect(addressSource(address, { fetch }).size("a")).rejects.toThrow(
    "cannot be reached (ENOTFOUND). Is there a network?",
  );
  const controller = new AbortController();
  answer = () => controller.abort(new Error("stopped"));
  await expect(addressSource(address, { signal: controller.signal }).size("a")).rejects.toThrow(
    "stopped",
  );
});

test.each(["folder/bert", "file:///tmp", "ftp://host/x", ""])("%j is no address", (given) => {
  expect(() => addressSource(given)).toThrow(InputError);
});
