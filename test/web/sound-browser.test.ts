import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { load, readAudio } from "../../src/index.ts";
import { noChromium, openChromium } from "../support/chromium.ts";
import { app } from "./support/app.ts";
import { complaintsOf, expectAccessible, holds } from "./support/app-page.ts";
import { packagedApp } from "./support/built-app.ts";
import { servers } from "./support/served.ts";

// A model that hears, as heed open serves it: a sound is chosen on the page, which decodes it.

const root = fileURLToPath(new URL("../..", import.meta.url));
const whisper = `${root}test/golden/hub-whisper`;
let browser: Browser | undefined;
const serve = servers();

beforeAll(async () => {
  await packagedApp();
  browser = await openChromium();
});
beforeEach(({ skip }) => {
  if (!browser) skip(noChromium);
});
afterAll(async () => {
  await browser?.close();
});

async function opened(...given: string[]): Promise<Page> {
  const address = await serve([...given, "--model", whisper]);
  const page = await browser!.newPage();
  await page.goto(address);
  await holds(page, `${app}?.model !== undefined`);
  return page;
}

test("a sound is decoded as in Node, seen, written down, and looked at by what was written", async () => {
  const page = await opened();
  const complaints = complaintsOf(page);
  const input = page.locator("heed-app-sound input[type=file]");
  await input.setInputFiles({ name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("no") });
  await page.getByRole("alert").first().waitFor();
  await input.setInputFiles(`${whisper}/sound.wav`);
  await page.getByText("Decoded by heed").waitFor();
  await page.getByText("The model reads 1.00 s at once: of 2.20 s").waitFor();
  const model = await load(whisper);
  const sound = await readAudio(`${whisper}/sound.wav`);
  const { inputs } = await model.run(sound, { read: [] });
  const features = await page.evaluate(`Array.from(${app}.seen.sound.features)`);
  expect(features).toEqual([...inputs.features!.data]);
  const beginning = { samples: sound.samples.slice(0, 16000), sampleRate: 16000 };
  const said = await model.transcribe(beginning, { timestamps: "words" });
  const words = page.locator("heed-app-sound .said button");
  await expect.poll(() => words.count()).toBe(said.words!.length);
  await page.getByRole("button", { name: "Writing → listening" }).click();
  await expect.poll(() => page.evaluate(`${app}.seen?.isSelf`)).toBe(false);
  await words.last().click();
  const at = Math.floor(said.words!.at(-1)!.start / 0.02);
  await expect.poll(() => page.evaluate(`${app}.state.keys`)).toEqual([Math.min(at, 49)]);
  await page.locator("heed-app-sound canvas").focus();
  await page.keyboard.press("Home");
  await expect.poll(() => page.evaluate(`${app}.state.keys`)).toEqual([0]);
  await expectAccessible(page);
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
  // As beside a picture: small type, and no button behind the end of its row.
  await page.getByRole("button", { name: "Listening", exact: true }).click();
  const taps = page.locator("heed-app-sound .row .row");
  const { size, isWhole } = await taps.evaluate((row) => ({
    size: getComputedStyle(row.querySelector("button")!).fontSize,
    isWhole: row.scrollWidth <= row.clientWidth,
  }));
  expect([size, isWhole]).toEqual(["14px", true]);
  await model.dispose();
  expect(complaints).toEqual([]);
});

test("heed open begins with a sound; its picture is drawn once, and on a phone it leaves room for what is asked of it", async () => {
  const page = await opened(`${whisper}/sound.wav`);
  const complaints = complaintsOf(page);
  await holds(page, `${app}.seen?.sound !== undefined && !${app}.isBusy`);
  const { hash } = new URL(page.url());
  expect(new URLSearchParams(hash.slice(1)).get("sound")).toBe("sound.wav");
  const canvas = page.locator("heed-app-sound canvas");
  const drawn = () => canvas.evaluate((one) => (one as HTMLCanvasElement).toDataURL());
  // What is counted comes behind the first drawing.
  const blank = () =>
    canvas.evaluate((one) => {
      const { width, height } = one as HTMLCanvasElement;
      const empty = Object.assign(document.createElement("canvas"), { width, height });
      return empty.toDataURL();
    });
  await expect.poll(async () => (await drawn()) === (await blank())).toBe(false);
  await page.evaluate(`(() => {
    const { prototype } = OffscreenCanvasRenderingContext2D;
    const put = prototype.putImageData;
    globalThis.puts = 0;
    prototype.putImageData = function (...given) { globalThis.puts++; return put.apply(this, given); };
  })()`);
  const before = await drawn();
  await canvas.focus();
  for (const key of ["Home", "ArrowRight", "End"]) await page.keyboard.press(key);
  await expect.poll(drawn).not.toBe(before);
  expect(await page.evaluate("globalThis.puts")).toBe(0);
  await page.setViewportSize({ width: 360, height: 740 });
  for (const attention of ["Listening", "Writing → listening"]) {
    await page.getByRole("button", { name: attention, exact: true }).click();
    await page.getByRole("button", { name: "Why?" }).click();
    await page.locator("heed-steps h3").waitFor();
    expect((await page.locator("heed-app .top").boundingBox())!.height).toBeLessThan(370);
    await page.getByRole("button", { name: "Close ✕" }).click();
  }
  expect(complaints).toEqual([]);
});

test("a sound of another rate is resampled by the browser, and that is said", async () => {
  const page = await opened();
  const wave = readFileSync(`${whisper}/sound.wav`);
  // The same samples, said to be of another rate.
  wave.writeUInt32LE(8000, 24);
  wave.writeUInt32LE(16000, 28);
  await page
    .locator("heed-app-sound input[type=file]")
    .setInputFiles({ name: "slow.wav", mimeType: "audio/wav", buffer: wave });
  await page.getByText("This file has 8000 samples a second, the model reads 16000").waitFor();
  await page.getByText("of 4.40 s, the beginning is heard").waitFor();
});
