import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { load } from "../../src/load.node.ts";
import { commandLine } from "../support/command-line.ts";

let home = "";
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "heed-train-"));
});
afterAll(() => rm(home, { recursive: true }));

const short = ["previous", "--steps", "4", "--batch", "4"] as const;

describe("heed train", () => {
  test("learns a task, keeps it, draws its film, and goes on to the same numbers", async () => {
    const [out, film] = [join(home, "kept"), join(home, "film.html")];
    const { stdout, error } = await commandLine("train", ...short, "--out", out, "--film", film);
    expect(error).toBeUndefined();
    expect(stdout).toContain("4 steps");
    expect(stdout).toContain("guessing one of 26 letters: 0.038");
    expect(stdout).toContain(`--model ${out}`);
    expect(await readFile(film, "utf8")).toContain("heed film 1");
    const weights = await readFile(join(out, "model.safetensors"));
    const again = await commandLine("train", "--resume", "--out", out, "--json");
    expect(JSON.parse(again.stdout)).toMatchObject({ steps: 4, firstStep: 4, seed: 0 });
    expect(again.stderr).toContain("all 4 steps of this training are done, and nothing more");
    expect(Buffer.compare(await readFile(join(out, "model.safetensors")), weights)).toBe(0);
    const model = await load(out);
    const run = await model.run("h e e d", { read: ["layers.0.weights"] });
    expect(run.tokens[0]!.map(({ text }) => text)).toEqual(["h", "e", "e", "d"]);
    await model.dispose();
  });

  test("ended by Ctrl-C in a step, it keeps that step and says how far it came", async () => {
    const out = join(home, "ended");
    const asked = ["previous", "--steps", "5000", "--batch", "64", "--save-every", "1"];
    const waiting = setInterval(() => {
      if (!existsSync(join(out, "training.safetensors"))) return;
      clearInterval(waiting);
      setTimeout(() => process.emit("SIGINT"), 20);
    }, 1);
    const { error } = await commandLine("train", ...asked, "--out", out);
    const film = JSON.parse(await readFile(join(out, "film.json"), "utf8"));
    expect(error?.message).toBe(
      `train: stopped after step ${film.curve.at(-1)[0]} of 5000. Go on with: heed train --resume --out ${out}`,
    );
  });

  test("learns texts, with a tokenizer of them, and trains the model further", async () => {
    const [text, out, further] = ["texts.txt", "of-texts", "further"].map((name) =>
      join(home, name),
    );
    await writeFile(text!, "The cat sat on the mat because it was tired. ".repeat(60));
    const small = ["--layers", "1", "--heads", "2", "--width", "16", "--length", "16"];
    const made = ["train", text!, "--steps", "3", "--batch", "2", "--vocabulary", "280"];
    expect((await commandLine(...made, ...small, "--out", out!)).error).toBeUndefined();
    expect(existsSync(join(out!, "tokenizer.json"))).toBe(true);
    const trained = ["train", text!, "--steps", "2", "--batch", "2", "--length", "16"];
    const next = await commandLine(
      ...trained,
      "--model",
      out!,
      "--low-rank",
      "2",
      "--out",
      further!,
      "--json",
    );
    expect(next.error).toBeUndefined();
    const { trained: numbers, heldOut } = JSON.parse(next.stdout);
    expect(numbers).toBe(2 * 2 * (16 + 16));
    expect(heldOut.answers).toBeGreaterThan(10);
    const [before, after] = await Promise.all([load(out!), load(further!)]);
    const rows = async (model: typeof before, name: string) =>
      model.parameterRows(model.parameter(name)!);
    expect(await rows(after, "layers.0.k.weight")).toEqual(await rows(before, "layers.0.k.weight"));
    expect(await rows(after, "layers.0.q.weight")).not.toEqual(
      await rows(before, "layers.0.q.weight"),
    );
    await Promise.all([before.dispose(), after.dispose()]);
  });

  test.each([
    [[], "name a task, or files of texts"],
    [["wrold"], "world"],
    [["previous", "more.txt"], "previous is a task, and more.txt stands behind it"],
    [["previous", "--family", "t5"], "t5 cannot learn the task"],
    [["previous", "--family", "bret"], "bert"],
    [["previous", "--steps", "0"], "--steps 0: needs a whole number of at least 1"],
    [["previous", "--rate", "fast"], "--rate fast: needs a number above 0"],
    [["previous", "--width", "10", "--heads", "4"], "cannot be shared out among 4 heads"],
    [["previous", "--film", "film.mp4"], "a film is html, svg, json"],
    [["previous", "--only", "L9H9.q"], "L9H9.q is not there"],
    [["previous", "--model", "."], "--model, --length and --vocabulary are for texts"],
    [["previous", "--only", "L0H0.q", "--low-rank", "2"], "Give one"],
    [["--resume"], "name with --out the folder"],
    [["--resume", "--out", "nowhere"], "cannot be read"],
    [["--resume", "--out", "nowhere", "--steps", "5"], "--steps does nothing"],
    [["previous", "--out", "src"], "there are files in it already"],
  ])("%j: %s", async (words, message) => {
    const { error } = await commandLine("train", ...words);
    expect(String(error)).toContain(message);
  });
});
