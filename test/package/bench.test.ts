import { describe, expect, it } from "vitest";
import { atMost, expectRows } from "../../bench/claim.ts";

describe("a claim that was asked for", () => {
  it("says so when nothing it is measured against is there", () => {
    expect(() => expectRows({ name: "training-web" }, [])).toThrow(
      /training-web measured nothing.*npm run rivals/,
    );
  });

  it("may have rows without one of its rivals", () => {
    const row = { label: "a step", ours: 1, rival: 2, unit: "ms", ...atMost(0.5, 0.5) };
    expect(() => expectRows({ name: "training-web" }, [row])).not.toThrow();
  });
});
