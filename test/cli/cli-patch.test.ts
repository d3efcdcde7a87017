import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { commandLine, refused } from "../support/command-line.ts";
import { goldenFolder } from "../support/small-models.ts";

const text = "The cat sat on the mat because it was tired.";
const dirty = "The cat sat on the mat because it was dirty.";
const folder = mkdtempSync(join(tmpdir(), "heed-patch-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function printed(...args: string[]): Promise<string> {
  const { stdout, error } = await commandLine(...args);
  expect(error).toBeUndefined();
  return stdout;
}

describe("heed patch", () => {
  test("a link may keep a weight that is not its own: a mean, or another text's", async () => {
    const head = ["--head", "L3H1", "--controls", "3"];
    const said = async (...args: string[]) =>
      (await printed("patch", text, ...args, ...head)).replace(/\s+/g, " ");
    const mean = await said("--mean", "it->cat");
    expect(mean).toContain(
      'Weight of "it" → "cat" in L3H1 set to what all words that can see "cat" give it on average',
    );
    expect(mean).toMatch(/random links of like weight .* whose link it changes/);
    expect(await said("--resample", "it->cat", "--from", dirty)).toContain(
      "taken from another text",
    );
    // Nothing left of a link is a cut.
    expect(await said("--zero", "it->cat")).toBe(await said("--cut", "it->cat"));
    expect(await refused("patch", text, "--mean", "it->")).toContain("needs two words");
    expect(await refused("patch", text, "--mean", "it->cat", "--at", "it")).toContain(
      "a link names its words",
    );
  });

  test("tokens that a file names by their places are said by their words", async () => {
    const file = join(folder, "places.json");
    const cut = { kind: "cut", heads: ["L3H1"], query: 8, key: 2 };
    const setWeight = { kind: "setWeight", head: "L3H1", query: 8, key: 0, value: 0.5 };
    const whole = {
      ...{ heed: "experiment", version: 1, input: text, seed: 1 },
      do: { kind: "patch", interventions: [cut, setWeight], controls: 0 },
    };
    writeFileSync(file, JSON.stringify(whole));
    const said = (await printed("run", file)).replace(/\s+/g, " ");
    expect(said).toContain('Cut "it" → "cat" in L3H1');
    expect(said).toContain('eight of "it" → [CLS] in L3H1 set to 0.5');
    expect(said).not.toMatch(/token \d/);
  });

  test("the whole prediction may be followed, by its divergence", async () => {
    const llama = ["--model", goldenFolder("hub-llama"), "--controls", "0"];
    const stdout = await printed("patch", text, "--zero", "L0H0", "--divergence", ...llama);
    const [, before, after] = /KL of the prediction at "." +([\d.]+) +([\d.]+)/.exec(stdout)!;
    expect([before, Number(after) > 0]).toEqual(["0.000", true]);
    expect(await refused("patch", text, "--zero", "L0H0", "--divergence")).toContain(
      "makes vectors alone",
    );
    const both = ["--zero", "L0H0", "--divergence", "--answers", "a,b", ...llama];
    expect(await refused("patch", text, ...both)).toContain("of the whole prediction");
  });

  test("words without a partner in the other text are named, and one control is one", async () => {
    const from = ["--from", "The dog ran home and lay on the rug.", "--head", "L3H1"];
    const other = (await printed("patch", text, ...from, "--controls", "1")).replace(/\s+/g, " ");
    expect(other).toMatch(
      /Words without a partner in the other text, and so left as they are: this text's .*it.*; the other's .*\./,
    );
    expect(other).toMatch(
      /its one control, of other heads of these layers, changes it (less|as much)/i,
    );
    expect(other).not.toMatch(/(\S+) \(\1 to \1\)/);
  });

  test("a cut link: its way from the head to the sentence, beside like cuts", async () => {
    const stdout = await printed("patch", text, "--cut", "it->cat", "--head", "L3H1");
    expect(stdout).toContain('Cut "it" → "cat" in L3H1, before the softmax');
    expect(stdout).toMatch(/output of L3H1 at "it" +0\.576 +82%/);
    expect(stdout).toMatch(/sentence vector +0\.99997 +0\.78%/);
    expect(stdout.replace(/\s+/g, " ")).toContain(
      "Sentence vector: cosine 0.99997, a small effect beside its like: of 50 random cuts",
    );
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    const asked = ["--cut", "it->cat", "--head", "L3H1", "--controls", "0", "--format", "svg"];
    const svg = await printed("patch", text, ...asked);
    const changes = [...svg.matchAll(/>([\d.]+%), cosine/g)].map(([, change]) => change!);
    expect(changes).toEqual(["82%", "30%", "14%", "9.4%", "8.7%", "0.78%"]);
    for (const change of changes) expect(stdout).toContain(` ${change} `);
    const everywhere = ["--cut", "it->cat", "--controls", "0", "--format", "svg"];
    const long = await printed("patch", text, ...everywhere);
    // A name goes on below, and is not cut.
    expect(long).toMatch(/>output of all heads of layer 0 at<.*>&quot;it&quot;</s);
    expect(long.split("<metadata>")[0]).not.toContain("…");
  });

  test("a silenced head: the largest of all 72, and what is to be doubted", async () => {
    const stdout = await printed("patch", text, "--zero", "L5H11");
    expect(stdout).toMatch(/sentence vector +0\.856/);
    const flat = stdout.replace(/\s+/g, " ");
    expect(flat).toContain(
      "Sentence vector: cosine 0.856. None of 71 other heads changes it as much.",
    );
    expect(flat).toContain("Zeros may be far from anything the model has seen there");
    expect(flat).toMatch(/output of L5H11 at "it" none 100%/);
    expect(flat).toContain('Cosine "none": the vector is all zeros');
  });

  test("an experiment that is saved runs again to the same numbers", async () => {
    const file = join(folder, "experiment.json");
    const first = JSON.parse(
      await printed(
        "patch",
        text,
        "--resample",
        "L2H3,L4",
        "--from",
        dirty,
        "--seed",
        "5",
        "--controls",
        "4",
        "--save",
        file,
        "--json",
      ),
    );
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
      seed: 5,
      input: text,
      word: "it",
    });
    const again = JSON.parse(await printed("run", file, "--json"));
    expect(again).toEqual(first);
    expect(first.metrics.map(({ metric }: { metric: object }) => metric)).toEqual([
      { kind: "wordCosine", word: "it" },
      { kind: "sentenceCosine" },
    ]);
    const { stations, controls } = first;
    expect(stations.at(-1)).toMatchObject({ kind: "sentence" });
    expect(controls.count).toBe(4);
  });

  test("a map of words: the words that differ carry the difference", async () => {
    const args = ["patch", text, "--from", dirty, "--grid", "positions", "--layers", "0,5"];
    const stdout = await printed(...args);
    expect(stdout).toMatch(/Strongest: L0 tired 1\.00\d, L5 it 1\.000/);
    const csv = (await printed(...args, "--format", "csv")).trim().split("\n");
    expect(csv[0]).toBe("layer,head,word,word_text,wordCosine,sentenceCosine");
    expect(csv).toHaveLength(1 + 2 * 13);
    const svg = await printed(...args, "--format", "svg");
    expect(svg).toMatch(/^<svg [^>]*aria-label="Each word/);
    expect(svg.match(/<title>L0 tired: 1\.00/g)).toHaveLength(1);
  });

  test("a map of heads, each silenced", async () => {
    const found = JSON.parse(await printed("patch", text, "--zero", "--grid", "heads", "--json"));
    expect(found.cells).toHaveLength(72);
    const [most] = found.cells.toSorted(
      (a: { values: number[] }, b: { values: number[] }) => a.values[1]! - b.values[1]!,
    );
    expect(most).toMatchObject({ layer: 5, head: 11 });
    expect(most.values[1]).toBeCloseTo(0.856, 3);
  });

  test("models with heads show what they predict, before and after", async () => {
    const next = await printed(
      "patch",
      "--ids",
      "3,9,4,22,17",
      "--model",
      goldenFolder("gpt2"),
      "--zero",
      "L1H2",
    );
    expect(next).toMatch(/Next word\n +before +after\n +#18 +0\.320/);
    const label = await printed(
      "patch",
      "--ids",
      "3,9,4",
      "--model",
      goldenFolder("distilbert-classify"),
      "--mean",
      "L1.mlp",
      "--class",
      "LABEL_1",
    );
    expect(label).toMatch(/logit\(LABEL_1\) +-?\d\.\d+ +-?\d\.\d+/);
    const cross = await printed(
      "patch",
      "--ids",
      "3,9,4",
      "--model",
      goldenFolder("t5-uneven"),
      "--cut",
      "0->2",
      "--stack",
      "cross",
      "--head",
      "L0H1",
    );
    expect(cross).toContain('Cut "0" → "2" in L0H1 (cross)');
  });

  test("other changes: path, steering, a picture of the way", async () => {
    const path = await printed(
      "patch",
      text,
      "--from",
      dirty,
      "--path",
      "L2H0->L4H1.v",
      "--controls",
      "3",
    );
    expect(path).toContain("Path L2H0 → L4H1.v");
    const steer = await printed(
      "patch",
      text,
      "--steer",
      "2",
      "--toward",
      "I love it.",
      "--away",
      "I hate it.",
      "--layers",
      "2",
      "--format",
      "svg",
    );
    expect(steer).toContain("50 random directions of the same length");
    const csv = await printed(
      "patch",
      text,
      "--cut",
      "it->cat",
      "--layers",
      "2-4",
      "--how",
      "after",
      "--format",
      "csv",
    );
    expect(csv.split("\n")[1]).toMatch(/^heads,2,,0\.9\d+,0\.\d+/);
  });

  const wrong: readonly [readonly string[], string][] = [
    [[], "patch: nothing is changed. Say what:"],
    [["--cut", "it"], '--cut it: needs two words, "it->cat"'],
    [["--cut", "it->dog", "--head", "L3H1"], '--cut: no word "dog" in the text'],
    [["--zero", "dog"], '--zero: no word "dog" in the text'],
    [["--zero", "L1H0", "--at", "dog"], '--at: no word "dog" in the text'],
    [["--zero", "L1.mpl"], "--zero L1.mpl: a head is written L5H11, a layer L5, a part of one"],
    [["--zero", "L9H0"], "layer 9, but"],
    [["--zero", "L1H0", "--how", "after"], "--how does nothing without --cut"],
    [["--from", dirty], "--from: what is taken from the other text? --head L3H1"],
    [["--grid", "heads"], "--grid heads: what is done in each cell?"],
    [
      ["--zero", "L1H0", "--grid", "heads"],
      "takes every one of them in turn, so --zero names none",
    ],
    [["--resample", "L1H0"], "--resample: from which text?"],
    [["--steer", "2", "--layers", "1"], '--steer: needs --toward "a text"'],
    [["--path", "L1H0", "--from", dirty], "--path L1H0: needs senders and receivers"],
    [["--path", "L3H0->L2H1.q", "--from", dirty], "Receivers are in later layers"],
    [["--zero", "L1H0", "--layers", "4-2"], "--layers does nothing"],
    [["--cut", "it->cat", "--layers", "4-2"], "--layers 4-2: needs layers: 3, or 2-4, or 1,5"],
    [["--zero", "L1H0", "--answers", "cat,mat"], "gives no logits, only vectors"],
    [["--zero", "L1H0", "--seed", "-1"], "--seed -1: needs a whole number from 0"],
    [["--mean", "L1H0", "--format", "html"], "this command writes text, json, csv, svg"],
  ];
  test.each(wrong)("%j is refused with what to do", async (args, message) => {
    const { error } = await commandLine("patch", text, ...args);
    expect(error?.message).toContain(message);
  });
});

describe("heed run", () => {
  test("refuses what is no experiment, and names what stands wrong", async () => {
    const file = join(folder, "wrong.json");
    writeFileSync(
      file,
      JSON.stringify({
        heed: "experiment",
        version: 1,
        input: text,
        seed: 1,
        do: { kind: "patch", interventions: [{ kind: "cut", query: "it", ky: "cat" }] },
      }),
    );
    expect((await commandLine("run", file)).error?.message).toMatch(
      /wrong\.json: do\.interventions\.0\.k/,
    );
    writeFileSync(file, "{}");
    expect((await commandLine("run", file)).error?.message).toContain("is no experiment");
    expect((await commandLine("run")).error?.message).toContain(
      "run needs the file of an experiment",
    );
    expect((await commandLine("run", join(folder, "none.json"))).error?.message).toContain(
      "there is no such file",
    );
  });
});

test("an experiment's file that is not there is no text", async () => {
  expect(await refused("run", "/nowhere/experiment.json")).toBe(
    "run /nowhere/experiment.json: there is no such file. heed patch … --save experiment.json writes an experiment",
  );
});

test("a sound where a text goes is told apart from a text", async () => {
  const sound = "test/golden/hub-whisper/sound.wav";
  for (const command of ["score", "generate", "fill"])
    expect(await refused(command, sound, "--model", "test/golden/hub-whisper")).toContain(
      `${sound} is a sound; here goes a text. heed transcribe ${sound} writes what is said`,
    );
});

test("why nothing changed, and that there are no controls, is said", async () => {
  const model = ["--model", goldenFolder("gpt2"), "--ids", "3,9,4,22,17,8"];
  const last = await printed(
    "patch",
    ...model,
    "--cut",
    "2->1",
    "--head",
    "L1H0",
    "--controls",
    "2",
  );
  const said = last.replace(/\s+/g, " ");
  expect(said).toContain(": nothing changed.");
  expect(said).toContain("in the last layer it stays where it is made");
  const all = ["--zero", "L0.mlp,L1.mlp"];
  const whole = (await printed("patch", ...model, ...all)).replace(/\s+/g, " ");
  expect(whole).toContain("(no controls: there are no other sets of 2 layers).");
  expect(whole).not.toContain("nothing changed");
});
