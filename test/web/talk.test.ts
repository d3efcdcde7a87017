import { describe, expect, test } from "vitest";
import { added, moved, readTalk, removed, renamed, type Slide } from "../../web/talk/talk.ts";
import { talkPage } from "../../web/talk/talk-page.ts";
import { hostileTexts } from "./support/app-page.ts";

const slide = (title: string): Slide => ({
  link: `text=${title}`,
  title,
  lines: [title],
  pictures: [`<svg xmlns="http://www.w3.org/2000/svg"><text>${title}</text></svg>`],
});
const talk = ["a", "b", "c"].map(slide);
const titles = (slides: readonly Slide[]) => slides.map(({ title }) => title).join("");

describe("a talk", () => {
  test("is added to, ordered, renamed and shortened, and stays within its ends", () => {
    expect(titles(added(talk, slide("d")))).toBe("abcd");
    expect(titles(moved(talk, 0, 1))).toBe("bac");
    expect(titles(moved(talk, 2, -1))).toBe("acb");
    expect(titles(moved(talk, 0, -1))).toBe("abc");
    expect(titles(moved(talk, 2, 5))).toBe("abc");
    expect(titles(moved(talk, 7, 1))).toBe("abc");
    expect(titles(removed(talk, 1))).toBe("ac");
    expect(titles(renamed(talk, 1, "x"))).toBe("axc");
    let long: readonly Slide[] = [];
    for (let count = 0; count < 250; count++) long = added(long, slide("s"));
    expect(long).toHaveLength(200);
  });

  test("comes back from what was kept, and what is no view is left out", () => {
    expect(readTalk(JSON.stringify(talk))).toEqual(talk);
    expect(readTalk("no json")).toEqual([]);
    expect(readTalk("{}")).toEqual([]);
    const broken = [...talk, null, 3, { ...slide("d"), pictures: [4] }, { title: "e" }];
    expect(readTalk(JSON.stringify(broken))).toEqual(talk);
  });

  test("is a page without addresses to load from, and no title is markup", () => {
    const page = talkPage([...talk, ...hostileTexts.map(slide)], {
      language: "en",
      direction: "ltr",
      explorer: "https://example.org/heed/",
      words: { title: "A talk", live: "live", keys: "keys" },
    });
    expect(page.match(/<section>/g)).toHaveLength(talk.length + hostileTexts.length);
    expect(page).toContain("default-src 'none'");
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toMatch(/<img src=x|<svg onload/);
    for (const [, address] of page.matchAll(/src="([^"]*)"/g))
      expect(address).toMatch(/^data:image\/svg\+xml;base64,/);
  });
});
