import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openChromium } from "../../test/support/chromium.ts";
import { serveApp } from "../../test/web/support/app-server.ts";
import { atLeast, atMost, type Claim, type Row } from "../claim.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const SEED = 1;
/** Seconds that learning the tiny world may take, and the share of answers that must be right then. */
const [MOST, MOST_IN_A_PAGE, LEAST_RIGHT] = [90, 300, 0.95];

/** How long the tiny world takes to learn: the whole command, and in a page on the WebAssembly kernels. */
export const world: Claim = {
  name: "world",
  title: "the tiny world is learned, seed 1",
  async measure() {
    const command = trained();
    const rows: Row[] = [
      row("heed train world", command.seconds, MOST),
      right("heed train world", command.right),
    ];
    const inPage = await trainedInPage();
    if (!inPage) {
      console.log("world: skipped in a page, there is no Chromium on this machine");
      return rows;
    }
    return [
      ...rows,
      row("in a page of Chromium", inPage.seconds, MOST_IN_A_PAGE),
      right("in a page of Chromium", inPage.right),
    ];
  },
};

const row = (label: string, seconds: number, most: number): Row => ({
  label: `${label}, from its start to its end`,
  ours: seconds,
  unit: "s",
  ...atMost(seconds, most),
});

const right = (label: string, share: number): Row => ({
  label: `${label}, share of unseen questions answered right`,
  ours: share,
  unit: "",
  ...atLeast(share, LEAST_RIGHT),
});

function trained() {
  const out = mkdtempSync(join(tmpdir(), "heed-bench-world-"));
  try {
    const started = performance.now();
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["dist/cli/main.js", "train", "world", "--seed", String(SEED), "--out", out, "--json"],
      { cwd: root, encoding: "utf8" },
    );
    const seconds = (performance.now() - started) / 1000;
    if (status !== 0) throw new Error(`bench: heed train world ended with ${status}: ${stderr}`);
    const { heldOut } = JSON.parse(stdout) as { heldOut: { accuracy: number } };
    return { seconds, right: heldOut.accuracy };
  } finally {
    rmSync(out, { recursive: true });
  }
}

async function trainedInPage() {
  const browser = await openChromium();
  if (!browser) return undefined;
  const server = await serveApp(join(root, "dist/web"), {
    headers: {
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    },
  });
  try {
    const page = await browser.newPage();
    await page.goto(`${server.address}#panel=train&train=world,${SEED}`);
    const train = page.getByRole("button", { name: "Train", exact: true }).first();
    await train.waitFor();
    const started = performance.now();
    await train.click();
    const panel = page.locator("heed-app-train");
    const done = panel.locator("[role=status]").first().getByText("Done");
    await done.waitFor({ timeout: 4000 * MOST_IN_A_PAGE });
    const seconds = (performance.now() - started) / 1000;
    const status = (await panel.locator(".status").textContent()) ?? "";
    const share = /right ([\d.]+)/.exec(status)?.[1];
    if (!share) throw new Error(`bench: the page says no share that is right: ${status}`);
    return { seconds, right: Number(share) };
  } finally {
    await browser.close();
    await server.close();
  }
}
