import { describe, expect, test } from "vitest";
import { TextStream } from "./text-stream.ts";

/** Tokens that are bytes: decoding is UTF-8, and a cut character is U+FFFD. */
const bytes = {
  decode: (ids: readonly number[]) => new TextDecoder().decode(Uint8Array.from(ids)),
};

/** Tokens that are words with "▁" before them; the first blank of a text is dropped, as SentencePiece has it. */
function pieces(...texts: string[]) {
  const decode = (ids: readonly number[]) =>
    ids
      .map((id) => texts[id]!)
      .join("")
      .replaceAll("▁", " ")
      .replace(/^ /, "");
  return { decode };
}

describe("streams", () => {
  test("blanks before words stay, behind a prompt and without one", () => {
    const tokenizer = pieces("▁Once", "▁upon", "▁a", "▁time");
    const behind = new TextStream(tokenizer, [0, 1], []);
    expect([2, 3].map((id) => behind.push(id).text)).toEqual([" a", " time"]);
    const alone = new TextStream(tokenizer, [], []);
    expect([0, 1].map((id) => alone.push(id).text)).toEqual(["Once", " upon"]);
    expect(alone.text).toBe("Once upon");
  });

  test("a character cut into tokens waits for all of it", () => {
    const stream = new TextStream(bytes, [0x41], []);
    const given = [...new TextEncoder().encode("é😀b")].map((id) => stream.push(id).text);
    expect(given).toEqual(["", "é", "", "", "", "😀", "b"]);
    expect(stream.finish()).toBe("");
    expect(stream.text).toBe("é😀b");
  });

  test("a character that never becomes whole is given out at the end", () => {
    const stream = new TextStream(bytes, [], []);
    expect(stream.push(0x62).text).toBe("b");
    expect(stream.push(0xf0).text).toBe("");
    expect(stream.finish()).toBe("\ufffd");
    expect(stream.finish()).toBe("");
    expect(stream.text).toBe("b\ufffd");
  });

  test("a prompt that ends inside a character", () => {
    const stream = new TextStream(bytes, [0x61, 0xc3], []);
    expect(stream.push(0xa9).text).toBe("é");
    expect(stream.push(0x62).text).toBe("b");
  });

  test("a long text is decoded piece by piece", () => {
    let longest = 0;
    const counted = {
      decode(ids: readonly number[]) {
        longest = Math.max(longest, ids.length);
        return bytes.decode(ids);
      },
    };
    const stream = new TextStream(counted, new Array(500).fill(0x61), []);
    for (let n = 0; n < 500; n++) stream.push(0x62);
    expect(stream.text).toBe("b".repeat(500));
    expect(longest).toBeLessThan(10);
  });
});

describe("stop strings", () => {
  const write = (stops: string[], text: string) => {
    const stream = new TextStream(bytes, [], stops);
    const given: string[] = [];
    for (const id of new TextEncoder().encode(text)) {
      if (stream.stoppedBy !== undefined) break;
      given.push(stream.push(id).text);
    }
    given.push(stream.finish());
    return { given, text: stream.text, stoppedBy: stream.stoppedBy };
  };

  test("end the text before them, across tokens; nothing of them is given out", () => {
    const { given, text, stoppedBy } = write(["END"], "a bEND more");
    expect(text).toBe("a b");
    expect(given.join("")).toBe("a b");
    expect(stoppedBy).toBe("END");
  });

  test("what only begins like one is given out when it goes on otherwise, or ends", () => {
    expect(write(["END"], "ENENDx").text).toBe("EN");
    const { given, text, stoppedBy } = write(["END"], "aENx bE");
    expect(text).toBe("aENx bE");
    expect(given).toEqual(["a", "", "", "ENx", " ", "b", "", "E"]);
    expect(stoppedBy).toBeUndefined();
  });

  test("the first place counts, then nothing more", () => {
    expect(write(["cd", "bcde"], "abcdef")).toMatchObject({ text: "ab", stoppedBy: "cd" });
    expect(write(["\n\n"], "one\n\ntwo")).toMatchObject({ text: "one", stoppedBy: "\n\n" });
  });

  test("inside one token", () => {
    const tokenizer = pieces("▁say", "▁stop.▁now", "▁then");
    const stream = new TextStream(tokenizer, [0], ["stop"]);
    expect(stream.push(1).text).toBe(" ");
    expect(stream.stoppedBy).toBe("stop");
    expect(stream.text).toBe(" ");
  });
});

test("a special token within a text takes no blank away", () => {
  const words = ["[CLS]", "a", "dog"];
  const tokenizer = {
    decode: (ids: readonly number[]) =>
      ids
        .filter((id) => id !== 0)
        .map((id) => words[id])
        .join(" "),
  };
  const stream = new TextStream(tokenizer, [0], []);
  for (const id of [1, 0, 0, 2, 0, 1]) stream.push(id);
  expect(stream.text).toBe("a dog a");
});
