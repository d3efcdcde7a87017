import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { builtCommand, builtPackage } from "../support/built-package.ts";
import { type HubStub, hubStub } from "../support/hub-stub.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);
const commit = "d".repeat(40);
const main = "e".repeat(40);

/** A checkpoint of test/golden without its trace, and a vocabulary as large as its config says. */
function checkpoint(golden: string): Record<string, Uint8Array | string> {
  const folder = join(root, "test/golden", golden);
  const files = readdirSync(folder).filter((file) => file !== "trace.safetensors");
  const { vocab_size: size } = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
  const words = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "the",
    "cat",
    "sat",
    "on",
    "mat",
    ".",
  ];
  const vocab = Array.from({ length: size }, (_, id) => words[id] ?? `word${id}`);
  return {
    ...Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file))])),
    "vocab.txt": `${vocab.join("\n")}\n`,
  };
}

/** A sentence encoder of test/tasks, whose modules have folders of their own. */
function encoder(task: string): Record<string, Uint8Array | string> {
  const folder = join(root, "test/tasks", task);
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name))]));
}

let hub: HubStub;
let cache: string;

beforeAll(async () => {
  await builtPackage();
  const offMain = (golden: string, revision: string) => ({
    refs: { main, [revision]: commit },
    // On main there is what the hub has there: other formats only.
    commits: {
      [main]: { "config.json": "{}", "tf_model.h5": "tensorflow" },
      [commit]: checkpoint(golden),
    },
  });
  hub = await hubStub({
    "huawei-noah/TinyBERT_General_4L_312D": {
      refs: { main },
      commits: { [main]: checkpoint("bert-tiny-bin") },
    },
    "made/sentence-subfolders": {
      refs: { main },
      commits: { [main]: encoder("sentence-subfolders") },
    },
    "made/sentence-dense": { refs: { main }, commits: { [main]: encoder("sentence-dense") } },
    "google/mobilebert-uncased": offMain("mobilebert-pretraining", "refs/pr/8"),
    "allenai/longformer-base-4096": offMain("longformer-windows", "refs/pr/7"),
    "xlnet/xlnet-base-cased": offMain("xlnet-uni", "refs/pr/1"),
  });
  cache = mkdtempSync(join(tmpdir(), "heed-layouts-"));
});

afterAll(() => hub.close());

function heed(...args: readonly string[]) {
  const env = {
    ...process.env,
    HF_ENDPOINT: hub.url,
    HF_HOME: cache,
    HF_HUB_CACHE: join(cache, "hub"),
    HF_TOKEN: "",
    NO_COLOR: "1",
    COLUMNS: "80",
  };
  return run(process.execPath, [builtCommand, ...args], { cwd: root, env });
}

describe("checkpoints laid out as the hub has them", () => {
  test("TinyBERT: pytorch_model.bin and vocab.txt, nothing else", async () => {
    const { stdout, stderr } = await heed(
      "the cat sat on the mat .",
      "--word",
      "cat",
      "--model",
      "huawei-noah/TinyBERT_General_4L_312D",
    );
    expect(stdout).toContain('"cat" looks at');
    expect(stderr).toContain("fetching pytorch_model.bin");
    const again = await heed(
      "the cat sat on the mat .",
      "--word",
      "cat",
      "--model",
      "huawei-noah/TinyBERT_General_4L_312D",
    );
    expect(again.stdout).toBe(stdout);
    expect(again.stderr).not.toContain("fetching");
  });

  test.each([
    ["google/mobilebert-uncased", "refs/pr/8"],
    ["allenai/longformer-base-4096", "refs/pr/7"],
    ["xlnet/xlnet-base-cased", "refs/pr/1"],
  ])("%s: safetensors under %s", async (id, revision) => {
    const { stdout } = await heed("sites", "--model", id, "--revision", revision, "--json");
    expect(JSON.parse(stdout).sites.length).toBeGreaterThan(20);
    const folder = (await heed("fetch", id, "--revision", revision)).stdout.trim();
    expect(readdirSync(folder)).toContain("model.safetensors");
  });

  test.each(["sentence-subfolders", "sentence-dense"])(
    "%s: every module's files come with it",
    async (name) => {
      const args = ["embed", "The cat sat.", "--format", "csv", "--model"];
      const { stdout } = await heed(...args, join("test/tasks", name));
      expect((await heed(...args, `made/${name}`)).stdout).toBe(stdout);
      const again = await heed(...args, `made/${name}`);
      expect(again).toEqual({ stdout, stderr: "" });
    },
  );

  test("without the revision, says what is missing there", async () => {
    const failure = await heed("sites", "--model", "google/mobilebert-uncased").catch(
      (error) => error,
    );
    expect(failure.code).toBe(1);
    expect(failure.stderr).toMatch(/^heed: .*google\/mobilebert-uncased/m);
  });
});
