import { distance } from "fastest-levenshtein";
import { expect, test } from "vitest";
import { InputError } from "./errors.ts";
import { nearest } from "./nearest.ts";
import { choiceOf, expectFlags, expectKeys } from "./options.ts";

test("an option that there is not is named, and the nearest; so is what is no object", () => {
  const known = { theme: true, width: true };
  expectKeys({ theme: "dark" } as { theme?: string; width?: number }, known, "headSvg");
  expect(() => expectKeys({ them: 1 } as never, known as never, "headSvg")).toThrow(
    'headSvg: there is no option "them"; nearest: theme, width',
  );
  for (const inherited of ["toString", "constructor"])
    expect(() => expectKeys({ [inherited]: 1 } as never, known as never, "headSvg")).toThrow(
      InputError,
    );
  for (const wrong of [null, "dark", ["theme"]])
    expect(() => expectKeys(wrong as never, known as never, "headSvg")).toThrow(
      `headSvg: options are an object { theme, width, … }, got ${JSON.stringify(wrong)}`,
    );
});

test("a choice that there is not is named, and what there is", () => {
  expect(choiceOf(["light", "dark"], "dark", "page: theme")).toBe("dark");
  expect(() => choiceOf(["light", "dark"], "drak", "page: theme")).toThrow(
    'page: theme: there is no "drak"; nearest: dark, light; there are light, dark',
  );
  expect(() => choiceOf([0, 4], 5, "page: color")).toThrow(InputError);
});

test("the nearest names are those with the fewest letters put in, taken out or exchanged", () => {
  const names = ["", "a", "theme", "them", "weights", "heights", "ghost", "width", "layers.*.q"];
  for (const name of [...names, "thme", "wieghts", "q", "layers.3.q"]) {
    const close = names
      .map((other) => [other, distance(name, other)] as const)
      .sort(([, a], [, b]) => a - b)
      .map(([other]) => other);
    expect(nearest(name, names, names.length)).toBe(`; nearest: ${close.join(", ")}`);
  }
  expect(nearest("a", [])).toBe("");
});

test("an option that is yes or no takes nothing else, and is named", () => {
  expectFlags({ normalize: true, other: false, third: undefined }, "embed");
  for (const wrong of [0, 1, "false", null, []]) {
    expect(() => expectFlags({ normalize: wrong }, "embed")).toThrow(InputError);
    expect(() => expectFlags({ normalize: wrong }, "embed")).toThrow(
      `embed: normalize is ${JSON.stringify(wrong)}, needs true or false`,
    );
  }
});
