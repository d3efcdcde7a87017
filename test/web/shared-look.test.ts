import { afterAll, expect, test } from "vitest";
import { Explorer } from "../../src/explore/explorer.ts";
import { load } from "../../src/index.ts";
import { sharedLook } from "../../web/panels/heads/shared-look.ts";

const model = new Explorer(await load());
afterAll(() => model.dispose());

test("a head in which nearly every token looks at one word is found, others are not", async () => {
  const seen = await model.see({ input: "The cat sat on the mat because it was tired." });
  expect(sharedLook(seen, { layer: 5, head: 11 })).toEqual({ key: 2, count: 10, of: 11 });
  // Here tokens choose, and there they rest on [CLS], which is no word.
  expect(sharedLook(seen, { layer: 3, head: 1 })).toBeUndefined();
  expect(sharedLook(seen, { layer: 2, head: 0 })).toBeUndefined();
  // A word that heads rest on says nothing of one of them.
  expect(sharedLook({ ...seen, rest: [2] }, { layer: 5, head: 11 })).toBeUndefined();
});
