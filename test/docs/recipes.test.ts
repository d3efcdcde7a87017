import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { pageText } from "../support/pages.ts";

// A recipe of docs/browser.md is a tested app's own file: its name, then what stands in it, to the letter.
const root = fileURLToPath(new URL("../..", import.meta.url));
const recipe = /^\[`(apps\/[^`]+)`\]\(\.\.\/\1\):\n\n```\w*\n([\s\S]*?)^```$/gm;
const recipes = [...pageText("docs/browser.md").matchAll(recipe)].map(
  ([, file, code]) => [file!, code!] as const,
);

test.each(recipes)("%s is what docs/browser.md shows", (file, code) => {
  expect(readFileSync(`${root}/${file}`, "utf8")).toBe(code);
});

test("every bundler has one, and the runtimes", () => {
  const apps = new Set(recipes.map(([file]) => file.split("/")[1]));
  expect([...apps].sort()).toEqual([
    "esbuild",
    "next",
    "parcel",
    "runtimes",
    "script",
    "sveltekit",
    "vite",
    "webpack",
  ]);
});

test("apps that differ only in a bundler's version differ in nothing else", () => {
  for (const version of ["vite-5", "vite-6", "vite-7"])
    for (const file of ["index.html", "src/main.js", "src/worker.js"]) {
      const [own, newest] = [version, "vite"].map((app) => `${root}/apps/${app}/${file}`);
      expect(existsSync(own!)).toBe(true);
      if (file !== "src/worker.js")
        expect(readFileSync(own!, "utf8")).toBe(readFileSync(newest!, "utf8"));
    }
});
