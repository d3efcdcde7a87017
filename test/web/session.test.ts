import { afterAll, expect, test } from "vitest";
import { Explorer } from "../../src/explore/explorer.ts";
import type { Exploring } from "../../src/explore/questions.ts";
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

const sound = (name: string) => ({
  ...{ name, samples: new Float32Array(16), sampleRate: 16000 },
  ...{ seconds: 1, decodedBy: "heed" as const },
});
/** A model that hears, and never answers. */
const hearing = {
  said: { ...model.said, readsSound: true },
  keepSound: async () => {},
  see: () => new Promise(() => {}),
} as unknown as Exploring;
const parts = { open() {}, openPicture() {}, openSound() {} };

test("what was written and changed goes with the sound that a link names, and with no other of its name", () => {
  const change = { kind: "ablateHeads", heads: ["L0H0"], by: "zero" } as const;
  const linked = { ...firstState, sound: "a.wav", written: "It rains.", changes: [change] };
  const session = new Session(linked, english, parts);
  session.answerBy(hearing);
  session.hear(sound("a.wav"));
  expect(session.state).toMatchObject({ written: "It rains.", changes: [change] });
  session.hear(sound("a.wav"));
  expect(session.state).toMatchObject({ sound: "a.wav", written: undefined, changes: [] });
  session.set({ sound: "b.wav", written: "It snows." });
  session.hear(sound("b.wav"));
  expect(session.state.written).toBe("It snows.");
});

test("what a model wrote of a text is nothing that one wrote of a sound", () => {
  const session = new Session({ ...firstState, written: "Il pleut." }, english, parts);
  session.answerBy(hearing);
  session.hear(sound("a.wav"));
  expect(session.state).toMatchObject({ sound: "a.wav", written: undefined });
});

test("what was changed in one model is not undone into another; nothing was changed where nothing is", () => {
  const session = new Session(firstState, english, parts);
  session.set({ changes: [] });
  expect(session.context.canUndo).toBe(false);
  session.set({ changes: [{ kind: "ablateHeads", heads: ["L5H11"], by: "zero" }] });
  expect(session.context.canUndo).toBe(true);
  session.set({ model: { kind: "files", name: "two layers" }, changes: [] });
  expect(session.context.canUndo).toBe(false);
});
