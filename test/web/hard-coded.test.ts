import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import { parseAst } from "vite";
import { expect, test } from "vitest";

// What a reader reads is in the files of words: no text of the page's scripts is English of its own.

const web = fileURLToPath(new URL("../../web", import.meta.url));

type Node = { readonly type: string; readonly [name: string]: unknown };

/** Files whose texts are for models, for programs, or for a console; what errors say, of a link too, is English throughout. */
const notOfThePage = new Set([
  "examples/examples.ts",
  "panels/change/written.ts",
  "panels/compare/examples.ts",
  "site/service-worker.ts",
  "site/start.ts",
  "state/address.ts",
  "state/state.ts",
  "talk/talk-page.ts",
  "tour/quiz.ts",
  "tour/stations.ts",
]);

/** The program's, and the branch that a hub takes by itself. */
const names = new Set(["heed", "main"]);

/** Where a text is not for readers. */
const notRead = new Set(["ThrowStatement", "ImportDeclaration", "ImportExpression"]);

/** The texts of a script that a reader could be shown: between and in the tags of its templates, and sentences elsewhere. */
function textsOf(source: string): string[] {
  const { code } = transformSync(source, { loader: "ts", target: "esnext" });
  const found: string[] = [];
  const quasis = (template: Node): string =>
    (template.quasis as readonly { readonly value: { readonly cooked: string } }[])
      .map(({ value }) => value.cooked)
      .join("…");
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) visit(one);
    if (typeof value !== "object" || value === null || !("type" in value)) return;
    const node = value as Node;
    if (notRead.has(node.type) || isError(node)) return;
    if (node.type === "TaggedTemplateExpression") {
      const { tag, quasi } = node as unknown as { readonly tag: Node; readonly quasi: Node };
      if (tag.name === "css") return;
      if (tag.name === "html") found.push(...readIn(quasis(quasi)));
      visit(quasi.expressions);
      return;
    }
    if (node.type === "Literal" && typeof node.value === "string" && isSentence(node.value))
      found.push(node.value);
    if (node.type === "TemplateLiteral" && hasWordBeside(quasis(node))) found.push(quasis(node));
    for (const [name, part] of Object.entries(node))
      if (name !== "type" && !(name === "key" && !node.computed)) visit(part);
  };
  visit(parseAst(code).body);
  return found;
}

const isError = ({ type, callee }: Node) =>
  type === "NewExpression" && (callee as Node).name === "Error";
const isSentence = (text: string) => /(\p{Letter}{2,} ){3}\p{Letter}{2,}/u.test(text);
const hasWordBeside = (text: string) =>
  /\p{Lowercase}{4,}:? …|… \p{Lowercase}{4,}/u.test(text.replace("heed", "")) && !isStyle(text);
const isStyle = (text: string) => /^[a-z-]+: …(%|px)$/.test(text);

/** Words between tags, and in attributes that are read out or shown. */
function readIn(markup: string): string[] {
  const between = markup
    .replaceAll(/<!--.*?-->/gs, "")
    .replaceAll(/<[^>]*>/g, "\n")
    .split("\n");
  const attributes = [...markup.matchAll(/\b(?:aria-label|title|placeholder|alt)="([^"]*)"/g)];
  return [...between, ...attributes.map(([, text]) => text!)]
    .map((text) => text.replaceAll("…", " ").trim())
    .filter((text) => /\p{Letter}{2,}/u.test(text) && !names.has(text));
}

test("a text in a script is found, in a template, an attribute and a sentence", () => {
  const dollar = "$";
  const script = `
    html\`<p title="Two words">Open ${dollar}{x} it</p>\`;
    const a = \`patch ${dollar}{b} is there\`;
    throw new Error("not read by anyone");`;
  expect(textsOf(script)).toEqual(["Open   it", "Two words", "patch … is there"]);
});

test("the page's scripts have no English of their own", () => {
  const files = readdirSync(web, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !file.startsWith("words") && !notOfThePage.has(file),
  );
  const found = files.flatMap((file) =>
    textsOf(readFileSync(join(web, file), "utf8")).map((text) => `${file}: ${text}`),
  );
  expect(found).toEqual([]);
});
