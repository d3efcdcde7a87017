import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { load } from "../load.node.ts";
import { Run } from "../models/run.ts";
import { traceParquet } from "./index.ts";

// DuckDB and pandas open what is written: they are asked, where a Python has them (HEED_PYTHON, or python3).

const modules = ["duckdb", "pandas", "pyarrow"];
const python = [process.env.HEED_PYTHON, "python3"].find((one) => one && hasModules(one));

function hasModules(python: string): boolean {
  try {
    execFileSync(python, ["-c", `import ${modules.join(", ")}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** What each library finds in a table of weights; the place of one of them is layer, head, query and key of the first text. */
const script = `
import json, sys, duckdb, pandas, pyarrow.parquet
file, place = sys.argv[1], json.loads(sys.argv[2])
one = lambda sql, *values: duckdb.execute(sql, [file, *values]).fetchall()
tokens = "select distinct query, query_token from read_parquet(?) where text = ? order by query"
found = {
    "types": dict(row[:2] for row in one("describe select * from read_parquet(?)")),
    "counts": one("select count(*), count(distinct layer), count(distinct head), count(*) - count(query_token), count(*) - count(key_token) from read_parquet(?)")[0],
    "tokens": [[token for _, token in one(tokens, text)] for text in range(place["texts"])],
    "value": one("select value from read_parquet(?) where text = 0 and layer = ? and head = ? and query = ? and key = ?", *[place[name] for name in ("layer", "head", "query", "key")]),
    "sum": one("select sum(value) from read_parquet(?) where text = 0 and layer = 0 and head = 0 and query = 1")[0][0],
}
table = pandas.read_parquet(file)
at = table[table.text == 0]
for name in ("layer", "head", "query", "key"):
    at = at[at[name] == place[name]]
rows = table[(table.layer == 0) & (table["head"] == 0) & (table.key == 0)].sort_values("query")
words = lambda own: [None if pandas.isna(word) else word for word in own.query_token]
other = {
    "types": {name: str(kind) for name, kind in zip(pyarrow.parquet.read_schema(file).names, pyarrow.parquet.read_schema(file).types)},
    "counts": [len(table), table.layer.nunique(), table["head"].nunique(), int(table.query_token.isna().sum()), int(table.key_token.isna().sum())],
    "tokens": [words(rows[rows.text == text]) for text in range(place["texts"])],
    "value": [[float(value)] for value in at.value],
    "sum": float(table[(table.text == 0) & (table.layer == 0) & (table["head"] == 0) & (table["query"] == 1)].value.astype("float64").sum()),
    "model": pyarrow.parquet.read_metadata(file).metadata[b"model"].decode(),
}
json.dump({"duckdb": found, "pandas": other}, sys.stdout)
`;

interface Found {
  readonly types: Readonly<Record<string, string>>;
  readonly counts: readonly number[];
  readonly tokens: readonly (readonly (string | null)[])[];
  readonly value: readonly (readonly number[])[];
  readonly sum: number;
  readonly model?: string;
}

const place = { layer: 1, head: 2, query: 3, key: 1, texts: 2 };

function openedBy(python: string, run: Run): Readonly<Record<"duckdb" | "pandas", Found>> {
  const file = join(mkdtempSync(join(tmpdir(), "heed-tables-")), "weights.parquet");
  writeFileSync(file, traceParquet(run));
  return JSON.parse(
    execFileSync(python, ["-c", script, file, JSON.stringify(place)], { encoding: "utf8" }),
  );
}

const texts = [
  "He said \" and \u{1f600}: it's 猫, <b>&amp;</b> \u200d\u{1f469}\u200d\u{1f680}.",
  "A b.",
];

describe.each(["all-MiniLM-L6-v2", "heed-stories"])(
  "a table of %s, with odd characters in its tokens",
  (name) => {
    test("is the same to DuckDB, to pandas and to the trace", async ({ skip }) => {
      if (python === undefined)
        return skip(`there is no Python with ${modules.join(", ")} here; HEED_PYTHON may name one`);
      const model = await load(name, { backend: "reference" });
      const whole = await model.run(texts, { read: ["layers.*.weights"] });
      // A token of no characters, and none at all behind the second text.
      const [own, shorter] = whole.tokens as [Run["tokens"][number], Run["tokens"][number]];
      const empty = { ...shorter[1]!, surface: "" };
      const tokens = [own, [shorter[0]!, empty, ...shorter.slice(2, 4)]];
      const run = Run.from({ ...whole.toPlain(), tokens });
      const { duckdb, pandas } = openedBy(python, run);
      const { layers, heads } = model.dimensions;
      const [first, second] = run.tokens as [Run["tokens"][number], Run["tokens"][number]];
      const [B, , T, S] = run.trace.get("layers.0.weights").shape as [
        number,
        number,
        number,
        number,
      ];
      const rows = layers * B * heads * T * S;
      const padded = layers * heads * T * (T - second.length);
      const integers = ["layer", "text", "head", "query", "key"];
      const types = (integer: string, string: string, float: string) =>
        Object.fromEntries([
          ["site", string],
          ...integers.map((column) => [column, integer]),
          ["query_token", string],
          ["key_token", string],
          ["value", float],
        ]);
      expect(duckdb.types).toEqual(types("INTEGER", "VARCHAR", "FLOAT"));
      expect(pandas.types).toEqual(types("int32", "string", "float"));
      const { layer, head, query, key } = place;
      const weight = run.trace.get(`layers.${layer}.weights`).at(0, head, query, key);
      const row = run.trace.row("layers.0.weights", { text: 0, head: 0, query: 1 }).data;
      const shown = [first, second].map((tokens) =>
        Array.from({ length: T }, (_, place) => tokens[place]?.surface ?? null),
      );
      expect(shown[1]!.slice(0, 5)).toEqual([
        shorter[0]!.surface,
        "",
        ...shown[1]!.slice(2, 4),
        null,
      ]);
      expect(shown[0]).toContain('"');
      for (const found of [duckdb, pandas]) {
        expect(found.counts).toEqual([rows, layers, heads, padded, padded]);
        expect(found.tokens).toEqual(shown);
        expect(found.value).toEqual([[weight]]);
        expect(found.sum).toBeCloseTo(
          row.reduce((a, b) => a + b, 0),
          6,
        );
      }
      expect(pandas.model).toBe(run.madeBy!.label);
      await model.dispose();
    });
  },
);
