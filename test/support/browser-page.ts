/** A page that does what a user's would, tells the server, and goes to the next one. */
import { load } from "../../src/browser.ts";

const { searchParams } = new URL(location.href);

async function measured() {
  const warnings: string[] = [];
  const model = await load(searchParams.get("model")!, {
    threads: 2,
    onWarning: (message) => warnings.push(message),
  });
  const sites = ["layers.0.weights", "layers.5.weights"].filter((site) => model.sites.has(site));
  const run = await model.run("The cat sat on the mat because it was tired.", { read: sites });
  const weight = sites.includes("layers.5.weights")
    ? run.weight("L5H11", "it", "cat")
    : run.trace.get("layers.0.weights").sum(-1).max();
  const tokens = ["a\ud800b", "\udc00 mat", "e\u0301\ud83d"].map((text) =>
    model.tokenizer!.encode(text).tokens.map(({ text, start, end }) => [text, start, end]),
  );
  await model.dispose();
  return { backend: model.backend, weight, warnings, tokens };
}

const result = await measured().catch((error: Error) => ({
  error: `${error.name}: ${error.message}`,
}));
const page = location.pathname.slice(1);
await fetch("/result", {
  method: "POST",
  body: JSON.stringify({ page, isIsolated: globalThis.crossOriginIsolated === true, ...result }),
});
const next = searchParams.get("next");
if (next) location.href = next;
