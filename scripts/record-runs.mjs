// What the explorer shows before its model has loaded: runs of the first sentence, recorded by heed itself.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { deflateRawSync } from "node:zlib";
import { build } from "esbuild";
import { root } from "./setup.mjs";

/** The sentence that the page opens with, its head and words, and what one tap makes of it: as the page has them. */
async function firstQuestion() {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { firstState } from "./state/state.ts"; export { examples } from "./examples/examples.ts";`,
      resolveDir: join(root, "web"),
    },
    bundle: true,
    format: "esm",
    write: false,
  });
  const code = Buffer.from(outputFiles[0].contents).toString("base64");
  const { firstState, examples } = await import(`data:text/javascript;base64,${code}`);
  const swap = examples.find(({ text, swap }) => text === firstState.text && swap)?.swap;
  const texts = [firstState.text, ...(swap ? [firstState.text.replace(...swap)] : [])];
  return { texts, ...firstState };
}

/** The files that web/engine/recorded.ts reads: what is drawn first, and the steps, which are asked for when they are opened. */
export async function recordRuns() {
  const imported = (file) => import(pathToFileURL(join(root, "dist", file)).href);
  const { load } = await imported("index.js");
  const { Explorer, pack } = await imported("explore/index.js");
  const { texts, layer, head, query, keys } = await firstQuestion();
  const explorer = new Explorer(await load());
  const [to, against] = keys;
  const question = { head: { layer, head }, word: query, to, against };
  const runs = [];
  const explained = [];
  for (const text of texts) {
    const seen = await explorer.see({ input: text });
    // How long it took, and by which kernels, is the building machine's matter.
    explained.push([{ question, explanation: await explorer.explain(seen.run, question) }]);
    runs.push({ text, seen: { ...seen, run: runs.length, milliseconds: 0 } });
  }
  const { said } = explorer;
  await explorer.dispose();
  const packed = (value) => deflateRawSync(pack(value), { level: 9 });
  return {
    "recorded.bin": packed({ said: { ...said, backend: "recorded" }, runs }),
    "recorded-steps.bin": packed(explained),
  };
}
