import { afterAll, expect, test } from "vitest";
import { Explorer } from "../../src/explore/explorer.ts";
import { load } from "../../src/index.ts";
import { Lab } from "../../web/tour/lab.ts";
import { stations } from "../../web/tour/stations.ts";
import { english } from "../../web/words/en.ts";

const model = new Explorer(await load());
afterAll(() => model.dispose());
const lab = new Lab(model);

test.each(stations)("what the stop $id tells holds on the embedded model", async (station) => {
  const facts = await station.facts(lab);
  expect(station.holds(facts), JSON.stringify(facts)).toBe(true);
});

test.each(stations)(
  "the stop $id has its words, and they name only numbers that it has",
  async (station) => {
    const words = english.learn.stations[station.id as keyof typeof english.learn.stations];
    const facts = await station.facts(lab);
    const see: string | Readonly<Record<string, string>> = words.see;
    const results = typeof see === "string" ? {} : see;
    const seen = typeof see === "string" ? see : Object.values(see).join(" ");
    const named = [...`${words.do} ${seen} ${words.know}`.matchAll(/\{(\w+)\}/g)].map(
      ([, name]) => name!,
    );
    expect(named.filter((name) => !(name in facts))).toEqual([]);
    expect(Object.keys(words.actions).sort()).toEqual(station.actions.map(({ id }) => id).sort());
    expect(Object.keys(results).filter((action) => !(action in words.actions))).toEqual([]);
    const terms = [...`${words.do} ${seen} ${words.know}`.matchAll(/\[(\w+)\|/g)];
    expect(terms.filter(([, term]) => !(term! in english.terms))).toEqual([]);
  },
);
