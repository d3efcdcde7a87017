import { expect, test } from "vitest";
import { InputError } from "./errors.ts";
import { expectFlags } from "./options.ts";

test("an option that is yes or no takes nothing else, and is named", () => {
  expectFlags({ normalize: true, other: false, third: undefined }, "embed");
  for (const wrong of [0, 1, "false", null, []]) {
    expect(() => expectFlags({ normalize: wrong }, "embed")).toThrow(InputError);
    expect(() => expectFlags({ normalize: wrong }, "embed")).toThrow(
      `embed: normalize is ${JSON.stringify(wrong)}, needs true or false`,
    );
  }
});
