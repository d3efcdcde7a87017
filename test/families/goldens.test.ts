import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { readTrace } from "../../src/checkpoint/trace-file.ts";
import { embeddedModel, load } from "../../src/load.node.ts";
import { type SiteDifference, verifyTrace } from "../../src/tasks/verify.ts";

const own = fileURLToPath(new URL("../golden", import.meta.url));
const beside = fileURLToPath(new URL("../../../shared/goldens", import.meta.url));

/** Folders with a recorded forward pass. */
function recordedIn(home: string): string[] {
  return readdirSync(home)
    .map((name) => `${home}/${name}`)
    .filter((folder) => existsSync(`${folder}/trace.safetensors`))
    .sort();
}

/** The largest difference of all cases of a family, as a share of what is allowed. */
const worst = new Map<string, SiteDifference & { readonly folder: string }>();

function keepWorst(family: string, folder: string, sites: readonly SiteDifference[]): void {
  for (const site of sites) {
    const before = worst.get(family);
    const share = ({ difference, allowed }: SiteDifference) => difference / (allowed || 1e-4);
    if (!before || !(share(site) <= share(before))) worst.set(family, { ...site, folder });
  }
}

async function verify(folder: string, backend: "reference" | "auto"): Promise<void> {
  const recorded = readTrace(readFileSync(`${folder}/trace.safetensors`), folder);
  const model = await load(folder, { backend });
  try {
    const sites = await verifyTrace(model, recorded);
    keepWorst(`${recorded.metadata.family} (${model.backend})`, folder, sites);
    expect(sites.length).toBeGreaterThan(3);
    expect(sites.filter(({ passed }) => !passed)).toEqual([]);
    const isKnown = knownUnused[folder.replace(/^.*\//, "")];
    const unused = model.unused.filter((name) => !isKnown?.test(name));
    expect(unused, "tensors that nothing uses").toEqual([]);
  } finally {
    await model.dispose();
  }
}

/** Tensors that transformers writes, or published files carry, and nothing uses. */
const knownUnused: Readonly<Record<string, RegExp>> = {
  "albert-pretraining": /^sop_classifier\./,
  "bert-cross-attention-alone": /\.crossattention\./,
  "hub-bert": /^cls\.seq_relationship\./,
  "mobilebert-head-of-its-own": /\.embedding_transformation\./,
  "mobilebert-classify": /\.bottleneck\.attention\./,
  "mobilebert-pretraining": /^cls\.seq_relationship\./,
  "mobilebert-unshared": /^embeddings\.embedding_transformation\./,
};

for (const backend of ["reference", "auto"] as const) {
  describe(`recorded by PyTorch, computed by heed (${backend})`, () => {
    test.each(recordedIn(own))("%s", (folder) => verify(folder, backend));
    test("the embedded model", () => verify(embeddedModel(), backend));
  });

  describe(`more of them, beside the repository (${backend})`, () => {
    if (existsSync(beside))
      test.each(recordedIn(beside))("%s", (folder) => verify(folder, backend));
    else test("all", ({ skip }) => skip("there is no folder ../shared/goldens"));
  });
}

afterAll(() => {
  const lines = [...worst]
    .sort()
    .map(
      ([family, { site, difference, allowed, folder }]) =>
        `${family}: at most ${difference.toExponential(1)} of ${allowed.toExponential(1)} (${folder.replace(/^.*\//, "")}, ${site})`,
    );
  console.log(`largest differences\n${lines.join("\n")}`);
});
