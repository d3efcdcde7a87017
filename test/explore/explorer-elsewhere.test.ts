import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { MessageChannel } from "node:worker_threads";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Intervention } from "../../src/analysis/interventions/intervention.ts";
import {
  answerRequest,
  Explorer,
  type Exploring,
  exploreInWorker,
  exploreOver,
  pack,
  serveExplorer,
  unpack,
} from "../../src/explore/index.ts";
import { InputError, load, SiteError } from "../../src/index.ts";
import { loadInWorker, serve } from "../../src/worker.node.ts";

const input = "The cat sat on the mat because it was tired.";
const changes: readonly Intervention[] = [{ kind: "cut", query: 8, key: 2, heads: ["L3H1"] }];

describe("packed values", () => {
  test("come back as they were", () => {
    const shared = { of: Float32Array.of(1, Number.NaN, -0) };
    const value = {
      numbers: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1.5],
      nothing: undefined,
      none: null,
      twice: [shared, shared],
      doubles: Float64Array.of(Math.PI),
      bytes: Uint8Array.of(1, 2, 3),
      shown: new Map([["a", { b: 1 }]]),
      "heed:packed": "no mark",
      text: "a\u2028\ud83d\ude00",
    };
    const back = unpack(pack(value)) as typeof value;
    expect(back).toEqual(value);
    expect("nothing" in back).toBe(true);
    expect(back.twice[0]).toBe(back.twice[1]);
    expect(Object.is(back.numbers[3], -0)).toBe(true);
  });

  test("errors keep their class and message", () => {
    const back = unpack(pack(new SiteError("L9H9 is not there"))) as Error;
    expect(back).toBeInstanceOf(SiteError);
    expect(back.message).toBe("L9H9 is not there");
  });

  test("any JSON value survives, keys like __proto__ too", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(unpack(pack(value))).toEqual(value);
      }),
      { seed: 7 },
    );
    const hostile = JSON.parse('{"__proto__": {"polluted": true}}');
    const back = unpack(pack(hostile)) as object;
    expect(Object.keys(back)).toEqual(["__proto__"]);
    expect((back as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test("bytes that were cut or damaged are refused by name", () => {
    const bytes = pack({ weights: new Float32Array(8), text: "abc" });
    for (let length = 0; length < bytes.length; length++)
      expect(() => unpack(bytes.subarray(0, length))).toThrow(InputError);
    const damaged = bytes.slice();
    damaged[5] = 0xff;
    expect(() => unpack(damaged)).toThrow(/no JSON/);
    expect(() => pack({ run: () => {} })).toThrow(InputError);
    const packedAs = (json: string) => {
      const text = new TextEncoder().encode(json);
      return Uint8Array.of(text.length & 255, text.length >> 8, 0, 0, ...text, 0, 0, 0, 0, 0, 0, 0);
    };
    for (const json of [
      '{"heed:packed":"map","entries":5}',
      '{"heed:packed":"object","entries":[1]}',
      '[{"heed:packed":"same","as":9}]',
      `${"[".repeat(30_000)}${"]".repeat(30_000)}`,
    ])
      expect(() => unpack(packedAs(json))).toThrow(InputError);
  });

  test("an array at any place of a larger buffer is read", () => {
    const inside = new Uint8Array(200);
    const bytes = pack(Float32Array.of(3, 4));
    inside.set(bytes, 3);
    expect(unpack(Buffer.from(bytes))).toEqual(Float32Array.of(3, 4));
    expect(unpack(inside.subarray(3, 3 + bytes.length))).toEqual(Float32Array.of(3, 4));
  });
});

/** The same questions, wherever they are answered. */
function asksAlike(name: string, far: () => Exploring, near: () => Exploring): void {
  test(`${name}: says and sees what the explorer at hand does`, async () => {
    expect(far().said).toEqual(near().said);
    const [there, here] = [
      await far().see({ input, changes }),
      await near().see({ input, changes }),
    ];
    const { run, milliseconds, ...seen } = here;
    expect(there).toMatchObject(seen);
    expect(there.keys).toBe(there.queries);
    const asked = { head: "L3H1", word: 8 } as const;
    expect(await far().explain(there.run, asked)).toEqual(await near().explain(run, asked));
    const head = { layer: 1, head: 2 };
    expect(await far().weights(there.run, head)).toEqual(await near().weights(run, head));
    expect(await far().rows(there.run, 3)).toEqual(await near().rows(run, 3));
    const question = { word: 8, controls: 2 };
    expect(await far().effect({ input, changes }, question)).toEqual(
      await near().effect({ input, changes }, question),
    );
    // What was handed over is still there for the next question.
    expect(await far().weights(there.run, head)).toEqual(await near().weights(run, head));
  });

  test(`${name}: parts come as they are there, and a signal stops them`, async () => {
    const { run } = await far().see({ input });
    const parts: [number, number, Float32Array][] = [];
    const all = await far().measure(
      run,
      "silenced",
      { query: 8 },
      { onPart: (...part) => parts.push(part) },
    );
    expect(parts.at(-1)).toEqual([72, 72, all]);
    expect(parts[0]![2].some(Number.isNaN)).toBe(true);
    const abort = new AbortController();
    const stopped = far().measure(
      run,
      "silenced",
      { query: 8 },
      { signal: abort.signal, onPart: () => abort.abort() },
    );
    await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
    await expect(far().see({ input }, { signal: abort.signal })).rejects.toMatchObject({
      name: "AbortError",
    });
  });

  test(`${name}: errors are those of the explorer, and runs are forgotten`, async () => {
    const { run } = await far().see({ input });
    await expect(far().weights(run, { layer: 9, head: 0 })).rejects.toThrow(SiteError);
    far().forget(run);
    await expect(far().rows(run, 1)).rejects.toThrow(InputError);
  });
}

describe("elsewhere", () => {
  const { port1, port2 } = new MessageChannel();
  const token = "a token";
  let near: Explorer;
  let server: Server;
  let inWorker: Exploring;
  let over: Exploring;

  beforeAll(async () => {
    near = new Explorer(await load());
    serveExplorer(load, port1 as never);
    inWorker = await exploreInWorker(port2 as never);
    server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      if (request.headers.authorization !== `Bearer ${token}`) {
        response.writeHead(403).end();
        return;
      }
      const abort = new AbortController();
      response.on("close", () => abort.abort());
      response.end(
        await answerRequest(near, Buffer.concat(parts), abort.signal, (bytes) =>
          response.write(bytes),
        ),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    over = await exploreOver(address(), token);
  });

  afterAll(async () => {
    await over.dispose();
    await inWorker.dispose();
    await near.dispose();
    port2.close();
    await new Promise((resolve) => server.close(resolve));
  });

  const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/explore`;

  asksAlike(
    "in a worker",
    () => inWorker,
    () => near,
  );
  asksAlike(
    "over HTTP",
    () => over,
    () => near,
  );

  test("over HTTP all that a question asks is asked, and what it cannot is refused before", async () => {
    const asked: unknown[] = [];
    const said = vi.spyOn(near, "says").mockImplementation(async (...given) => {
      asked.push(given);
      return [];
    });
    await over.says(3, { tokens: [1, 2] });
    expect(asked).toEqual([[3, { tokens: [1, 2], signal: expect.any(AbortSignal) }]]);
    await expect(over.says(3, { tokns: [1] } as never)).rejects.toThrow(
      'says: there is no option "tokns"; nearest: tokens',
    );
    expect(asked.length).toBe(1);
    said.mockRestore();
  });

  test("another token is refused, with what to do", async () => {
    await expect(exploreOver(address(), "another")).rejects.toThrow(
      /answered 403.*Open the page anew/,
    );
  });

  test("nothing but an explorer's methods can be asked", async () => {
    for (const method of ["dispose", "constructor", "toString", "said2", "__proto__"]) {
      const answer = await answerRequest(near, pack({ method, values: [] }));
      expect(() => {
        const { error } = unpack(answer.subarray(8)) as { error?: Error };
        throw error;
      }).toThrow(InputError);
    }
    const answer = await answerRequest(near, Uint8Array.of(1, 2, 3));
    expect(unpack(answer.subarray(8))).toMatchObject({ error: expect.any(InputError) });
    expect((await near.see({ input })).queries).toHaveLength(13);
  });

  test("a worker that serves a model or an explorer says that it does not serve the other", async () => {
    const one = new MessageChannel();
    serve(load, one.port1 as never);
    await expect(exploreInWorker(one.port2 as never)).rejects.toThrow(/serveExplorer/);
    serveExplorer(load, one.port1 as never);
    const [model, explorer] = await Promise.all([
      loadInWorker(one.port2 as never),
      exploreInWorker(one.port2 as never),
    ]);
    expect((await model.run("a cat")).tokens[0]).toHaveLength(4);
    expect((await explorer.see({ input: "a cat" })).queries).toHaveLength(4);
    await Promise.all([model.dispose(), explorer.dispose()]);
    one.port2.close();
    const other = new MessageChannel();
    serveExplorer(load, other.port1 as never);
    await expect(loadInWorker(other.port2 as never)).rejects.toThrow(/serve\(load\)/);
    other.port2.close();
  });
});
