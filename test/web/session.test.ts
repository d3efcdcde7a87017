import { afterAll, expect, test } from "vitest";
import { Explorer } from "../../src/explore/explorer.ts";
import { load } from "../../src/index.ts";
import { Session } from "../../web/app/session.ts";
import { firstState } from "../../web/state/state.ts";
import { english } from "../../web/words/en.ts";

const model = new Explorer(await load());
afterAll(() => model.dispose());

test("words are pinned by name also where the text stays, and no run follows", async () => {
  const session = new Session(firstState, english, { open() {}, openPicture() {}, openSound() {} });
  session.answerBy(model);
  await expect.poll(() => session.context.isBusy, { timeout: 20_000 }).toBe(false);
  session.set({ pin: { word: "the#2", keys: ["cat"] } });
  expect(session.state).toMatchObject({ query: 5, keys: [2], pin: undefined });
  session.set({ pin: { word: "it", keys: ["cat", "mat"] } });
  expect(session.state).toMatchObject({ query: 8, keys: [2, 6], pin: undefined });
});
