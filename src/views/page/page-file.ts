import { expectKeys } from "../../errors/options.ts";
import { toBase64 } from "../../export/base64.ts";
import { escapeMarkup, scriptJson } from "../escape.ts";
import { expectTheme, type Theme } from "../scale.ts";
import { oneLine } from "../surface.ts";

/** How a page meets its reader. */
export interface PageOptions {
  /** "auto" (the default) follows the reader's system; the page has a switch either way. */
  readonly theme?: Theme | "auto";
}

/** Throws InputError for an option that pages do not have, and for a theme that is none. */
export function expectPageOptions(options: PageOptions, place: string): void {
  expectKeys(options, { theme: true }, place);
  expectTheme(options.theme, place);
}

/** What a file is put together from. */
export interface PageParts {
  readonly title: string;
  /** What is read where no script may draw, a line each. */
  readonly lines: readonly string[];
  readonly style: string;
  readonly script: string;
  readonly data: unknown;
  /** Packed numbers by the ids of the elements that hold them. */
  readonly packed: readonly (readonly [id: string, bytes: Uint8Array])[];
}

const policy =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/** One HTML file with everything inside. */
export function pageFile(
  { title, lines, style, script, data, packed }: PageParts,
  { theme = "auto" }: PageOptions,
): string {
  const paragraphs = lines.map((line) => `<p>${escapeMarkup(oneLine(line))}</p>`).join("");
  // What stands in the page is seen where its script does not run: none is allowed, or not this one.
  return `<!doctype html>
<html lang="en" data-theme="${theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escapeMarkup(oneLine(title))} - attention</title>
<style>${style}</style>
</head>
<body>
<main id="app"><div class="unscripted">${paragraphs}<p>This page draws with a script; allow scripts to see it, or open the file by itself.</p></div></main>
<script type="application/json" id="data">${scriptJson(data)}</script>
${packed.map(([id, bytes]) => `<script type="text/plain" id="${id}">${toBase64(bytes)}</script>`).join("\n")}
<script>${script}</script>
</body>
</html>
`;
}
