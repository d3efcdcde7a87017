import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { getHFHubCachePath } from "@huggingface/hub";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { hubEnvironment } from "../../src/checkpoint/hub/environment.node.ts";
import { checkHubId, checkRevision } from "../../src/checkpoint/hub/hub.ts";
import { hubConnection } from "../../src/checkpoint/hub/request.ts";
import { commit } from "../support/hub-fixture.ts";

beforeEach(() => {
  for (const name of Object.keys(process.env))
    if (/^(HF_|HUGGING|TRANSFORMERS_)/.test(name)) vi.stubEnv(name, undefined);
});
afterEach(() => void vi.unstubAllEnvs());

describe("the environment", () => {
  test.each([
    [{}, join(homedir(), ".cache/huggingface/hub")],
    [{ XDG_CACHE_HOME: "/x" }, "/x/huggingface/hub"],
    [{ XDG_CACHE_HOME: "/x", HF_HOME: "/h" }, "/h/hub"],
    [{ HF_HOME: "/h", HUGGINGFACE_HUB_CACHE: "/old" }, "/old"],
    [{ HUGGINGFACE_HUB_CACHE: "/old", HF_HUB_CACHE: "/new" }, "/new"],
  ])("%o gives %s, as the library says too", (variables, folder) => {
    for (const name of ["XDG_CACHE_HOME", "HF_HOME", "HUGGINGFACE_HUB_CACHE", "HF_HUB_CACHE"])
      vi.stubEnv(name, (variables as Record<string, string>)[name]);
    expect(hubEnvironment().cacheDir).toBe(folder);
    expect(getHFHubCachePath()).toBe(folder);
  });

  test("~ and $VARIABLES are replaced", () => {
    expect(hubEnvironment({ HF_HOME: "~/hf" }).cacheDir).toBe(join(homedir(), "hf/hub"));
    expect(hubEnvironment({ HF_HUB_CACHE: `\${DISK}/hub`, DISK: "/mnt" }).cacheDir).toBe(
      "/mnt/hub",
    );
  });

  test("tokens: HF_TOKEN, the older name, the file, none", async () => {
    const home = await mkdtemp(join(tmpdir(), "heed-home-"));
    onTestFinished(() => rm(home, { recursive: true }));
    await writeFile(join(home, "token"), "hf_file\n");
    expect(hubEnvironment({ HF_HOME: home }).token).toBe("hf_file");
    expect(hubEnvironment({ HF_HOME: "/nowhere", HF_TOKEN_PATH: join(home, "token") }).token).toBe(
      "hf_file",
    );
    expect(hubEnvironment({ HF_HOME: home, HUGGING_FACE_HUB_TOKEN: "hf_old" }).token).toBe(
      "hf_old",
    );
    expect(
      hubEnvironment({ HF_HOME: home, HF_TOKEN: " hf_new\n", HUGGING_FACE_HUB_TOKEN: "hf_old" })
        .token,
    ).toBe("hf_new");
    expect(
      hubEnvironment({ HF_HOME: home, HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" }).token,
    ).toBeUndefined();
    expect(hubEnvironment({ HF_HOME: "/nowhere" }).token).toBeUndefined();
  });

  test.each(["1", "ON", "yes", "True"])("HF_HUB_OFFLINE=%s", (value) => {
    expect(hubEnvironment({ HF_HOME: "/nowhere", HF_HUB_OFFLINE: value }).isOffline).toBe(true);
    expect(hubEnvironment({ HF_HOME: "/nowhere", HF_HUB_OFFLINE: `not ${value}` }).isOffline).toBe(
      false,
    );
  });
});

describe("names", () => {
  test.each(["gpt2", "openai-community/gpt2", "Org_1/a.b-c"])("%s is an id", (id) =>
    expect(checkHubId(id)).toBe(id),
  );
  test.each([
    "",
    "a/b/c",
    "../x",
    "a/..",
    "a..b",
    "a--b",
    "-a",
    "a/b.git",
    "a b",
    "/a",
    "a/",
    "./a",
    `${"x".repeat(97)}`,
  ])("%j is none", (id) =>
    expect(() => checkHubId(id)).toThrow(/is not a repository id\. Write owner\/name/),
  );
  test.each(["main", "v1.0", "refs/pr/7", commit])("%s is a revision", (name) =>
    expect(checkRevision(name)).toBe(name),
  );
  test.each(["", "../main", "a//b", "/a", "a\\b", "a b", "-a", "a/../b", "x.lock", "a:b"])(
    "%j is none",
    (name) => expect(() => checkRevision(name)).toThrow(/is not a revision/),
  );
  test("a hub's address", () =>
    expect(() => hubConnection({ hubUrl: "huggingface.co" })).toThrow(
      /is not an address\. HF_ENDPOINT looks like https/,
    ));
});
