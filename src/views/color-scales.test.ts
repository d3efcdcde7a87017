import { interpolateBlues, interpolateInferno } from "d3-scale-chromatic";
import { expect, test } from "vitest";
import { blues, inferno } from "./color-scales.ts";
import { hex } from "./scale.ts";

test("both scales are d3-scale-chromatic's, at every step and beyond both ends", () => {
  for (let step = -10; step <= 4106; step++) {
    const position = step / 4096;
    expect(`rgb(${blues(position).join(", ")})`).toBe(interpolateBlues(position));
    expect(hex(inferno(position))).toBe(interpolateInferno(position));
  }
});
