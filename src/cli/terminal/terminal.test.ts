import type { WriteStream } from "node:tty";
import { expect, test } from "vitest";
import { terminalOf } from "./terminal.ts";

test("a light terminal gets the light scale", () => {
  const theme = (colors?: string) => terminalOf({} as WriteStream, { COLORFGBG: colors }).theme;
  expect(["0;15", "0;default;7", "0;11"].map(theme)).toEqual(["light", "light", "light"]);
  expect(["15;0", "7;8", undefined, "15;default"].map(theme)).toEqual(Array(4).fill("dark"));
});
