import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { folderSource } from "../../checkpoint/folder.node.ts";
import { parseJson } from "../../checkpoint/json/strict-json.ts";
import { readSmall, readText } from "../../checkpoint/stored-checkpoint.ts";
import { HeedError, TokenError } from "../../errors/errors.ts";
import { readTokenizer } from "../../models/load.ts";
import { applyVariant, type CaseReport, verifyCases } from "../../tasks/verify-tokens.ts";
import { createTokenizer } from "../../tokens/tokenizer.ts";
import { paint, type Terminal } from "../../views/text/terminal.ts";

/** How a tokenizer, or a variant of its file, does on recorded cases. */
export interface TokenReport extends CaseReport {
  readonly name: string;
}

const differencesShown = 20;

/** A folder's tokenizer files against its cases.jsonl and decode.jsonl, then every file of its variants folder. */
export async function verifyTokens(folder: string): Promise<TokenReport[]> {
  const read = async (name: string) =>
    existsSync(join(folder, name)) ? readFile(join(folder, name), "utf8") : undefined;
  const decode = await read("decode.jsonl");
  const tokenizer = await tokenizerOf(folder);
  const own = verifyCases(() => tokenizer, { cases: await read("cases.jsonl"), decode });
  const reports: TokenReport[] = [{ name: folder, ...own }];
  const variants = join(folder, "variants");
  if (!existsSync(variants)) return reports;
  const json = parseJson((await read("tokenizer.json")) ?? "null", join(folder, "tokenizer.json"));
  const config = parseJson(
    (await read("tokenizer_config.json")) ?? "{}",
    join(folder, "tokenizer_config.json"),
  ) as object;
  for (const file of (await readdir(variants)).filter((name) => name.endsWith(".json")).sort()) {
    const name = join(variants, file);
    reports.push({ name, ...(await attempt(() => verifyVariant(name, json, config))) });
  }
  return reports;
}

async function verifyVariant(path: string, json: unknown, config: object): Promise<CaseReport> {
  const variant = applyVariant(json, await readFile(path, "utf8"));
  const cases = join(dirname(path), variant.cases);
  if (!existsSync(cases))
    throw new TokenError(`${path} names ${variant.cases}, which is not there`);
  const { tokenizerJson } = variant;
  const make = () => createTokenizer({ tokenizerJson, tokenizerConfig: config });
  return verifyCases(make, { cases: await readFile(cases, "utf8") });
}

async function tokenizerOf(folder: string) {
  const source = folderSource(folder);
  try {
    const files = {
      label: folder,
      config: {},
      text: (file: string) => readText(source, file),
      data: (file: string) => readSmall(source, file),
    };
    const tokenizer = await readTokenizer(files);
    if (!tokenizer)
      throw new TokenError(
        `${folder}: there are cases.jsonl but no tokenizer files: tokenizer.json, vocab.txt, or vocab.json with merges.txt`,
      );
    return tokenizer;
  } finally {
    await source.close();
  }
}

/** A variant that cannot be read is one that does not agree. */
async function attempt(check: () => Promise<CaseReport>): Promise<CaseReport> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof HeedError)) throw error;
    const difference = {
      file: "cases",
      line: 1,
      field: "tokenizer",
      text: "",
      expected: "a tokenizer",
      got: error.message,
    } as const;
    return { total: 1, agreeing: 0, differences: [difference] };
  }
}

/** How many cases agree, and each difference. */
export function tokenReportText(
  folder: string,
  reports: readonly TokenReport[],
  terminal: Terminal,
): string {
  return reports
    .flatMap(({ name, total, agreeing, differences }) => {
      const isGood = agreeing === total;
      const shown = name === folder ? name : `  ${relative(folder, name)}`;
      const head = `${paint(isGood ? "pass" : "FAIL", { tone: isGood ? "good" : "bad" }, terminal)}  ${shown}: ${agreeing} of ${total} token cases agree`;
      const lines = differences
        .slice(0, differencesShown)
        .map(
          ({ file, line, field, text, expected, got }) =>
            `      ${file}.jsonl line ${line}, ${field} of ${JSON.stringify(text).slice(0, 60)}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`,
        );
      const left = differences.length - lines.length;
      return [
        head,
        ...lines,
        ...(left > 0 ? [`      ${left} more differences; --format json has them all`] : []),
      ];
    })
    .join("\n");
}
