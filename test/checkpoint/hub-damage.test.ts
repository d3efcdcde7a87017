import { readFileSync, realpathSync, truncateSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fetchFromHub, hubSource } from "../../src/checkpoint/hub/hub.node.ts";
import {
  asked,
  cacheDir,
  commit,
  eachWithHub,
  failure,
  model,
  options,
  stub,
  warnings,
  weights,
} from "../support/hub-fixture.ts";
import { sha256 } from "../support/hub-stub.ts";

eachWithHub();

const file = "model.safetensors";

/** A whole copy in the cache, then damaged. */
async function damaged(how: "cut" | "changed", name = file): Promise<string> {
  const folder = await fetchFromHub("tiny/bert", options());
  const blob = realpathSync(join(folder, name));
  if (how === "cut") truncateSync(blob, 3);
  else {
    const bytes = readFileSync(blob);
    bytes[2]! ^= 1;
    writeFileSync(blob, bytes);
  }
  stub.requests.length = 0;
  return join(folder, name);
}

test.each(["sizes", "hashes"] as const)(
  "a file that was cut is fetched again: %s",
  async (check) => {
    const path = await damaged("cut");
    await fetchFromHub("tiny/bert", options({ check }));
    expect(sha256(readFileSync(path))).toBe(sha256(weights));
    expect(asked()).toEqual([file]);
    expect(warnings).toEqual([
      `hub: ${file} of tiny/bert has 3 bytes in the cache, the hub lists ${weights.length}: it is fetched again`,
    ]);
  },
);

test.each([file, "vocab.txt"])("a changed byte of %s is seen by its hash alone", async (name) => {
  const path = await damaged("changed", name);
  await fetchFromHub("tiny/bert", options({ check: "sizes" }));
  expect(asked()).toEqual([]);
  await fetchFromHub("tiny/bert", options({ check: "hashes", revision: commit }));
  expect(asked()).toEqual([name]);
  expect(warnings.join()).toMatch(/has the hash [0-9a-f]+ in the cache, the hub lists/);
  const whole = name === file ? sha256(weights) : sha256(model["vocab.txt"]);
  expect(sha256(readFileSync(path))).toBe(whole);
});

test("without a network what is damaged is named", async () => {
  await damaged("changed");
  const error = await failure(
    fetchFromHub("tiny/bert", options({ check: "hashes", isOffline: true })),
  );
  expect(error.message).toMatch(
    /the cache holds damaged files: model\.safetensors\. Unset HF_HUB_OFFLINE and run heed fetch --verify tiny\/bert/,
  );
});

test("an intact copy is not fetched again, and a source says that nothing came", async () => {
  const first = await hubSource("tiny/bert", options());
  expect(first.isCached?.()).toBe(false);
  stub.requests.length = 0;
  await fetchFromHub("tiny/bert", options({ check: "hashes" }));
  expect(asked()).toEqual([]);
  expect((await hubSource("tiny/bert", options())).isCached?.()).toBe(true);
  stub.requests.length = 0;
  const source = await hubSource("tiny/bert", options({ cacheFirst: true }));
  expect(source.isCached?.()).toBe(true);
  expect(stub.requests).toEqual([]);
});

test("a hub's password is a header, and in no message", async () => {
  const url = stub.url.replace("//", "//me:secret@");
  await fetchFromHub("tiny/bert", options({ hubUrl: url }));
  expect(stub.requests[0]!.authorization).toMatch(/^Basic /);
  const error = await failure(fetchFromHub("no/where", options({ hubUrl: url })));
  expect(error.message).not.toContain("secret");
  await expect(
    fetchFromHub("tiny/bert", options({ hubUrl: "ftp://me:secret@host" })),
  ).rejects.toThrow('"ftp://host/" is not an address');
});

test.each([
  ["nothing for a commit", /revision/, "null"],
  ["broken JSON", /revision/, '{"sha": \u001b[2J'],
  ["a list of nothing", /paths-info/, "[null]"],
  ["no list", /paths-info/, "{}"],
])("%s is told as an answer of no hub", async (_, path, body) => {
  const headers = { "content-type": "application/json" };
  stub.faults.push({ path, times: 9, status: 200, headers, body });
  const error = await failure(fetchFromHub("tiny/bert", options()));
  expect(error.name).toBe("HubError");
  expect(error.message).toMatch(
    /^hub: http:\S+ answers for tiny\/bert at \w+ in no form that a hub has \([^)]+\)?.*Is it a complete mirror\?$/s,
  );
});

test.each([{ oid: 5 }, { path: 7 }])(
  "a listing with %j is told as one that cannot be checked",
  async (wrong) => {
    const entry = { type: "file", path: "config.json", size: 3, oid: "0".repeat(40), ...wrong };
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify([entry]);
    stub.faults.push({ path: /paths-info/, times: 9, status: 200, headers, body });
    const error = await failure(fetchFromHub("tiny/bert", options()));
    expect(error.message).toMatch(/^hub: the listing gives .* which heed cannot check/);
  },
);

test("a server that cuts after every few bytes is given up", async () => {
  stub.faults.push({ path: new RegExp(sha256(weights)), times: 1000, cutAfter: 10 });
  const error = await failure(fetchFromHub("tiny/bert", options()));
  expect(error.message).toMatch(/model\.safetensors of tiny\/bert at main was cut/);
  expect(stub.requests.filter(({ isCdn }) => isCdn)).toHaveLength(5);
});

test("a folder where a file of the cache should be is told with its place", async () => {
  await mkdir(join(cacheDir, "models--tiny--bert", "blobs", sha256(weights)), { recursive: true });
  const error = await failure(fetchFromHub("tiny/bert", options()));
  expect(error.name).toBe("CheckpointError");
  expect(error.message).toMatch(
    /blobs\/[0-9a-f]{64} cannot be written \(EISDIR\)\. Mend its rights, remove the folder that stands there/,
  );
});

test("a redirect out of the web is not tried again, and a wait that a hub asks for is said", async () => {
  const { waits } = await import("../support/hub-fixture.ts");
  const headers = { location: "file:///etc/passwd" };
  stub.faults.push({ path: /revision/, times: 1, status: 302, headers });
  const error = await failure(fetchFromHub("tiny/bert", options()));
  expect(error.message).toMatch(/cannot be reached/);
  expect(waits).toEqual([]);
  const later = { "retry-after": "9999" };
  stub.faults.push({ path: /revision/, times: 1, status: 429, headers: later });
  await fetchFromHub("tiny/bert", options());
  expect(warnings.join()).toMatch(/It asks to wait 9999 s; the next attempt is in 60 s$/);
});
