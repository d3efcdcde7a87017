import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { reference } from "../../backends/reference/reference.ts";
import { memorySource } from "../../checkpoint/memory.ts";
import { loadFrom } from "../../model.ts";

const home = new URL("../../../test/tasks/sparse-routes", import.meta.url).pathname;
const names = (readdirSync(home, { recursive: true }) as string[]).filter((name) =>
  /\.(json|safetensors)$/.test(name),
);
const words = "query_0_SparseStaticEmbedding";

const fields = (name: string) => JSON.parse(readFileSync(`${home}/${name}`, "utf8"));

/** The folder with some of its JSON files changed. */
function encoder(changes: Readonly<Record<string, unknown>> = {}) {
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(`${home}/${name}`)]));
  for (const [name, value] of Object.entries(changes))
    files[name] = Buffer.from(JSON.stringify(value));
  return loadFrom(memorySource(files), reference(), { onWarning: () => {} });
}

/** The routes with other parameters. */
const withParameters = (parameters: object) => ({
  "router_config.json": { ...fields("router_config.json"), parameters },
});

describe("a Router of sparse vectors", () => {
  test("gives a query the weights of the words it has, and a document those of a pass", async () => {
    const model = await encoder();
    const text = "A dog was tired.";
    const query = await model.embed([text], { task: "query" });
    const held = model.tokenizer!.encode(text, { addSpecialTokens: false }).ids;
    expect(query.terms![0]!.map(({ id }) => id).sort()).toEqual([...new Set(held)].sort());
    expect(query.how).toBe("a learned weight for each word it has, by its route query");
    const document = await model.embed([text]);
    expect(document.how).toContain("by its route document");
    expect(document.vectors.data).toEqual(
      (await model.embed([text], { task: "document" })).vectors.data,
    );
    expect(model.similarity(query.vectors, document.vectors).at(0, 0)).toBeGreaterThan(0);
    const [ofIds] = (await model.embed([held], { task: "query" })).terms!;
    expect(ofIds).toEqual(query.terms![0]);
  });

  test("says of a query that is cut, and of words without a weight", async () => {
    const model = await encoder();
    const said: string[] = [];
    await model.embed(["a ".repeat(40)], { task: "query", onWarning: (one) => said.push(one) });
    expect(said).toEqual([
      expect.stringContaining("40 tokens, and its tokenizer takes 20: 20 are"),
    ]);
    await expect(model.embed([[5, 99]], { task: "query" })).rejects.toThrow(
      "token 99 has no weight; there are 90 words",
    );
  });

  test("names its routes where there is none of that name, or one must be named", async () => {
    const model = await encoder();
    await expect(model.embed(["No."], { task: "passage" })).rejects.toThrow(
      'no route for the task "passage"; it has query, document',
    );
    const strict = await encoder(withParameters({ allow_empty_key: false }));
    await expect(strict.embed(["No."])).rejects.toThrow("Name it: task (--task) query or document");
    const first = await encoder(withParameters({}));
    expect((await first.embed(["No."])).how).toContain("by its route query");
  });

  test("is taken by what route_mappings say first", async () => {
    const model = await encoder(
      withParameters({
        route_mappings: { "('passage', 'text')": "document", "(None, None)": "query" },
      }),
    );
    expect((await model.embed(["No."], { task: "passage" })).how).toContain("route document");
    expect((await model.embed(["No."], { task: "document" })).how).toContain("route query");
  });

  test.each([
    [withParameters({ route_mappings: { "(None, None)": "all" } }), 'names a route "all"'],
    [{ [`${words}/config.json`]: { path: "idf.json" } }, "says path, which heed does not have"],
    [
      { [`${words}/tokenizer.json`]: { ...fields(`${words}/tokenizer.json`), normalizer: null } },
      "is not the transformer's, and heed reads every route with one",
    ],
    [
      {
        "modules.json": [
          ...fields("modules.json"),
          { idx: 1, path: "", type: "sentence_transformers.models.Normalize" },
        ],
      },
      "lists Normalize behind a Router of sparse vectors",
    ],
    [
      {
        "router_config.json": {
          ...fields("router_config.json"),
          structure: {
            query: [words, words],
            document: ["document_0_MLMTransformer", "document_1_SpladePooling"],
          },
        },
      },
      "is SparseStaticEmbedding, SparseStaticEmbedding; heed has",
    ],
  ])("of another kind is refused by name: %#", async (changes, message) => {
    const model = await encoder(changes as Record<string, unknown>);
    await expect(model.embed(["No."], { task: "query" })).rejects.toThrow(message);
  });

  test("whose file is broken is told at its place", async () => {
    const broken = { ...fields("router_config.json"), structure: { query: "words" } };
    await expect(encoder({ "router_config.json": broken })).rejects.toThrow(
      'router_config.json: the route "query" must be a list of names that have types',
    );
  });

  test("is what a task is for", async () => {
    for (const folder of ["sparse-bert", "sentence-dense"]) {
      const place = new URL(`../../../test/tasks/${folder}`, import.meta.url).pathname;
      const all = (readdirSync(place, { recursive: true }) as string[]).filter((name) =>
        /\.(json|safetensors)$/.test(name),
      );
      const files = Object.fromEntries(all.map((name) => [name, readFileSync(`${place}/${name}`)]));
      const model = await loadFrom(memorySource(files), reference());
      await expect(model.embed(["No."], { task: "query" })).rejects.toThrow(
        "reads every text alike",
      );
    }
  });
});
