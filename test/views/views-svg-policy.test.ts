import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { picture as compare } from "../../examples/compare-svg.ts";
import { picture as grid } from "../../examples/grid-svg.ts";
import { picture as head } from "../../examples/head-svg.ts";
import { picture as imageGrid } from "../../examples/image-grid-svg.ts";
import { picture as image } from "../../examples/image-svg.ts";
import { picture as sentence } from "../../examples/sentence-svg.ts";
import { noChromium, openChromium } from "../support/chromium.ts";

const pictures = { compare, grid, head, imageGrid, image, sentence };

/** How each element of a picture is painted, as a browser has it. */
const painted = `(() => [...document.querySelectorAll("svg *:not(style, title, defs)")].map((element) => {
  const { fill, stroke, strokeWidth, fontWeight, display, imageRendering } = getComputedStyle(element);
  return [element.tagName, fill, stroke, strokeWidth, fontWeight, display, imageRendering].join(" ");
}))()`;

test("inlined pictures look under style-src 'self' as they do without a policy, on a light ground", async ({
  skip,
}) => {
  const browser = await openChromium();
  if (!browser) return skip(noChromium);
  const server = createServer(({ url }, response) => {
    const [, name, policy] = url!.split("/") as [string, keyof typeof pictures, string];
    response.writeHead(200, {
      "content-type": "text/html; charset=utf-8",
      ...(policy
        ? { "content-security-policy": "default-src 'none'; style-src 'self'; img-src data:" }
        : {}),
    });
    response.end(`<!doctype html><title>${name}</title><body>${pictures[name]?.() ?? ""}</body>`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const page = await browser.newPage({ colorScheme: "light" });
    for (const name of Object.keys(pictures)) {
      await page.goto(`${origin}/${name}/`);
      const free = await page.evaluate<string[]>(painted);
      const picture = page.locator("svg");
      const freely = await picture.screenshot();
      await page.goto(`${origin}/${name}/policy`);
      expect(await page.evaluate(painted), name).toEqual(free);
      expect(
        free.some((look) => look.startsWith("rect rgb(255, 255, 255)")),
        name,
      ).toBe(true);
      await expect
        .poll(async () => (await picture.screenshot()).equals(freely), { message: name })
        .toBe(true);
    }
  } finally {
    await browser.close();
    server.close();
  }
});

test("a picture follows a dark system, and one of a theme needs no style sheet", async ({
  skip,
}) => {
  const { sentenceSvg } = await import("../../src/views/svg/sentence.ts");
  const plain = {
    layer: 0,
    head: 0,
    tokens: [{ text: "a" }, { text: "b" }],
    weights: [0.25, 0.75],
    focus: [0],
    word: "a",
  };
  expect(sentenceSvg(plain, { theme: "dark" })).not.toContain("<style");
  const browser = await openChromium();
  if (!browser) return skip(noChromium);
  try {
    const looks: string[][] = [];
    for (const [colorScheme, theme] of [
      ["dark", "auto"],
      ["light", "dark"],
    ] as const) {
      const page = await browser.newPage({ colorScheme });
      await page.setContent(sentenceSvg(plain, { theme }));
      looks.push(await page.evaluate<string[]>(painted));
    }
    expect(looks[0]).toEqual(looks[1]);
  } finally {
    await browser.close();
  }
});
