import { expect, test } from "vitest";
import { withoutFunction } from "./without-function.ts";

test("a library function's name does not stand before what is said to a person; a reader's own name does", () => {
  const said = "attentionFlow: 300 tokens, and exact maximum flows are taken of 64 at most";
  expect(withoutFunction(said, ["flow", "a text"])).toBe(
    "300 tokens, and exact maximum flows are taken of 64 at most",
  );
  expect(withoutFunction("headAgreement: no text was added", [])).toBe("No text was added");
  expect(withoutFunction(said, ["flow", "--model", "./attentionFlow"])).toBe(said);
  for (const own of ["--word 3: there is none", "embed: needs a text", "my-model: no weights"])
    expect(withoutFunction(own, [])).toBe(own);
});
