import { describe, expect, test } from "vitest";
import { formatHead, parseHead } from "./head-address.ts";

describe("addresses of heads", () => {
  test("there and back", () => {
    expect(parseHead("L5H11")).toEqual({ layer: 5, head: 11 });
    expect(parseHead(" l0h2 ")).toEqual({ layer: 0, head: 2 });
    expect(formatHead({ layer: 5, head: 11 })).toBe("L5H11");
  });

  test.each(["5.11", "L5", "L5H", "LH1", "L-1H2", "", "L5H11 it"])("%j is none", (text) => {
    expect(() => parseHead(text)).toThrow(`"${text}" is no head. A head is written L5H11`);
  });
});
