import { afterAll, expect, test } from "vitest";
import { Explorer } from "../../src/explore/explorer.ts";
import { load } from "../../src/index.ts";
import { Session } from "../../web/app/session.ts";
import { firstState, openingText, type State } from "../../web/state/state.ts";
import { english } from "../../web/words/en.ts";
import { goldenFolder } from "../support/small-models.ts";

const windowed = new Explorer(await load(goldenFolder("hub-longformer")));
const stories = new Explorer(await load("heed-stories"));
afterAll(() => Promise.all([windowed.dispose(), stories.dispose()]));

const parts = { open() {}, openPicture() {}, openSound() {} };
const named = (name: string) => ({ model: { kind: "files", name } }) as const;

async function opened(model: Explorer, link: Partial<State> = {}) {
  const session = new Session({ ...firstState, ...link }, english, parts, link);
  session.answerBy(model);
  await expect.poll(() => session.context.isBusy, { timeout: 20_000 }).toBe(false);
  const reaches = (key: number) => {
    const { layer, head, query } = session.state;
    const row = session.context.source!.row({ layer, head }, query) as Float32Array;
    return !Number.isNaN(row[key]);
  };
  return { session, reaches };
}

test("pins that nobody chose are within the window of the word that looks, whichever that is", async () => {
  const { session, reaches } = await opened(windowed, named("windows"));
  const { queries } = session.context.seen!;
  const pinned = () => session.state.keys;
  for (const query of [8, 2, queries.length - 2]) {
    session.set({ query });
    expect(pinned().length).toBeGreaterThan(0);
    expect(pinned().filter(reaches)).toEqual(pinned());
    expect(pinned()).not.toContain(query);
  }
});

test("cat and mat of the page's own sentence stay pinned in another model as far as its windows reach", async () => {
  const embedded = new Explorer(await load());
  const { session, reaches } = await opened(embedded);
  const two = session.state.keys.map((key) => session.context.seen!.keys[key]!.text);
  expect(two).toEqual(["cat", "mat"]);
  session.set(named("windows"));
  session.answerBy(windowed);
  await expect.poll(() => session.context.model === windowed && !session.context.isBusy).toBe(true);
  const { keys, queries } = session.context.seen!;
  expect(queries[session.state.query]!.text).toMatch(/it/);
  const cat = keys.findIndex(({ text }) => /cat/.test(text));
  const mat = keys.findIndex(({ text }) => /mat/.test(text));
  expect([cat, mat].map(reaches)).toContain(false);
  expect(session.state.keys).toHaveLength(2);
  expect(session.state.keys.filter(reaches)).toHaveLength(2);
  await embedded.dispose();
});

test("pins that a person or a link chose stay, behind the window too", async () => {
  const linked = await opened(windowed, { ...named("windows"), layer: 0, query: 8, keys: [1] });
  expect([linked.session.state.keys, linked.reaches(1)]).toEqual([[1], false]);
  const { session, reaches } = await opened(windowed, named("windows"));
  session.set({ query: 2, keys: [3] });
  session.set({ query: session.context.seen!.queries.length - 2 });
  expect([session.state.keys, reaches(3)]).toEqual([[3], false]);
});

test("in a model that reads forward a pin that comes later makes room, and comes back", async () => {
  const { session, reaches } = await opened(stories, {
    model: { kind: "stories" },
    text: openingText({ kind: "stories" }),
  });
  const before = session.state;
  expect(before.keys.filter(reaches)).toEqual(before.keys);
  const [key] = before.keys;
  session.set({ query: key! - 1 });
  expect(session.state.keys).not.toContain(key);
  expect(session.state.keys.filter(reaches)).toHaveLength(1);
  // The first word looks at itself alone: there is nothing to pin.
  session.set({ query: 0 });
  expect(session.state.keys).toEqual(before.keys);
  session.set({ query: before.query });
  expect(session.state.keys).toEqual(before.keys);
});
