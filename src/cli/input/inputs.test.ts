import { expect, test } from "vitest";
import { allOf, batched, inputsOf } from "./inputs.ts";
import { linesOfBytes, linesOfText } from "./line-bytes.ts";

async function* pieces(...texts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield typeof text === "string" ? Buffer.from(text) : text;
}

test("lines are the same however their bytes are cut, and whatever ends them", async () => {
  const text = "\ufeffone ä\r\n\r\n\u{1f63a} two\rthree\n\ufefffour";
  const expected = [...linesOfText(text.slice(1))];
  const bytes = Buffer.from(text);
  for (let size = 1; size <= bytes.length; size++) {
    const cut = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
      bytes.subarray(n * size, (n + 1) * size),
    );
    expect(await allOf(linesOfBytes(pieces(...cut), "stdin"))).toEqual(expected);
  }
});

test("lines before a broken one are there, and its byte is named as it stands in the whole", async () => {
  const lines = linesOfBytes(pieces("one\ntw", Uint8Array.of(0xff, 10), "three"), "a.txt");
  expect((await lines.next()).value).toEqual({ line: 1, text: "one" });
  await expect(lines.next()).rejects.toThrow("a.txt: byte 6 (0xFF) is no UTF-8");
});

test("a line without end is refused before memory is full", async () => {
  let read = 0;
  async function* endless() {
    for (;;) {
      read += 2 ** 23;
      yield Buffer.alloc(2 ** 23, "a");
    }
  }
  await expect(linesOfBytes(endless(), "stdin").next()).rejects.toThrow(
    "line 1 is longer than 64 MB",
  );
  expect(read).toBeLessThan(80 * 2 ** 20);
});

test("batches are full where inputs are there, and go ahead where the next one lets wait", async () => {
  let release = () => {};
  const waits = new Promise<void>((resolve) => {
    release = resolve;
  });
  async function* inputs() {
    yield* [1, 2, 3, 4, 5];
    await waits;
    yield 6;
  }
  const batches = batched(await inputsOf(inputs()), 2);
  const next = async () => (await batches.next()).value;
  expect(await next()).toEqual({ inputs: [1, 2], isLast: false });
  expect(await next()).toEqual({ inputs: [3, 4], isLast: false });
  expect(await next()).toEqual({ inputs: [5], isLast: false });
  release();
  expect(await next()).toEqual({ inputs: [6], isLast: true });
  expect((await batches.next()).done).toBe(true);
});

test("what fails while a batch is made is told behind it", async () => {
  async function* failing() {
    yield 1;
    throw new Error("broken");
  }
  const batches = batched(failing(), 2);
  expect((await batches.next()).value).toEqual({ inputs: [1], isLast: false });
  await expect(batches.next()).rejects.toThrow("broken");
});
