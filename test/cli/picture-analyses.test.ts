import { describe, expect, test } from "vitest";
import { valueNormSites, valueNorms, valueZeroing } from "../../src/analysis/index.ts";
import { readImage } from "../../src/images/read-image.node.ts";
import { load } from "../../src/load.node.ts";
import { commandLine, refused, written } from "../support/command-line.ts";
import { goldenFolder } from "../support/small-models.ts";

// Tiny models need no threads.
process.env.HEED_BACKEND = "reference";

const image = "test/images/exif-8.png"; // 10 × 15 pixels
const folder = goldenFolder("dinov2-with-registers");
const model = ["--model", folder];

async function json(...args: readonly string[]) {
  const { stdout, error } = await commandLine(...args, "--json");
  expect(error, args.join(" ")).toBeUndefined();
  return JSON.parse(stdout);
}

describe("analyses of one token of a picture", () => {
  test("norms over the picture are a row of the layer's", async () => {
    const opened = await load(folder, { backend: "reference" });
    const run = await opened.run(await readImage(image), { read: valueNormSites(opened) });
    const norms = valueNorms(opened, run);
    const keys = norms.maps.keys.length;
    const query = run.tokens[0]!.findIndex(({ surface }) => surface === "1,0");
    const layer = await norms.layer(1, "residual");
    const ofLayer = ["--layer", "1", "--variant", "residual", "--word", "1,0"];
    const found = await json("norms", image, ...ofLayer, ...model);
    expect(Object.values(found.norm)).toEqual([...layer.slice(query * keys, (query + 1) * keys)]);
    expect(found.word).toEqual({ label: "1,0", tokens: [query] });
    const ofHead = await json("norms", image, "--head", "L0H1", ...model);
    expect(ofHead).toMatchObject({ image, head: "L0H1", word: { label: "[CLS]" } });
    expect((await json("norms", image, ...model)).rows).toHaveLength(opened.dimensions.layers);
    await opened.dispose();
  });

  test("zeroing is the row of the layer asked for", async () => {
    const opened = await load(folder, { backend: "reference" });
    const { layers, tokens } = await valueZeroing(opened, await readImage(image), { layers: [0] });
    const found = await json("zeroing", image, "--layer", "0", ...model);
    expect(Object.values(found.score)).toEqual([...layers[0]!.scores.slice(0, tokens.length)]);
    await opened.dispose();
  });

  test("a stream is the sum of what wrote it, a patch's too", async () => {
    const registers = ["[CLS]", "[REG 0]", "[REG 1]", "0,0", "1,1"];
    for (const word of [undefined, ...registers]) {
      const found = await json("stream", image, ...(word ? ["--word", word] : []), ...model);
      expect(found.reason).toBeNull();
      const shares = found.layers.map(({ share }: { share: number }) => share);
      expect(shares.reduce((sum: number, share: number) => sum + share, 0)).toBeCloseTo(1, 3);
    }
  });

  test("matter follows [CLS], or the patch named, and a special token of a text", async () => {
    const cls = await json("matter", image, "--controls", "0", ...model);
    expect(cls.experiment.word).toBe("[CLS]");
    expect(cls.rows.length).toBeGreaterThan(0);
    const patch = await json("matter", image, "--word", "0,1", "--controls", "0", ...model);
    expect(patch.rows[0].effects).not.toEqual(cls.rows[0].effects);
    const { stdout } = await commandLine(
      "matter",
      image,
      "--word",
      "cls",
      "--controls",
      "0",
      ...model,
    );
    expect(stdout).toContain('from "[CLS]" to another patch');
    expect(
      (await commandLine("matter", image, "--word", "99,0", ...model)).error?.message,
    ).toContain("a picture's tokens are [CLS] and");
    const bert = ["--model", goldenFolder("bert-relative-key"), "--ids", "5,6,7"];
    expect((await json("matter", ...bert, "--word", "0", "--controls", "0")).rows).toBeTruthy();
  });

  test("are drawn over the picture", async () => {
    for (const args of [["norms", "--head", "L0H0"], ["zeroing"]]) {
      const { stdout } = await commandLine(...args, image, ...model, "--format", "svg");
      expect(stdout).toMatch(/^<svg[\s\S]*data:image/);
    }
  });

  test("say what is wrong", async () => {
    const said = async (...args: readonly string[]) => (await commandLine(...args)).error?.message;
    const swin = ["--model", goldenFolder("swin")];
    for (const args of [["heads"], ["stream"], ["measure"]])
      expect(await said(...args, image, ...swin), args[0]).toContain("tokens of their own");
    expect(await said("patch", image, "--grid", "positions", "--zero", ...swin)).toContain(
      "--layers 0-1",
    );
    const gpt2 = ["--model", goldenFolder("gpt2")];
    for (const command of ["norms", "zeroing", "stream", "matter"]) {
      expect(await said(command, image, ...gpt2), command).toMatch(/picture|not images/);
      expect(await said(command, image, "--ids", "1,2", ...model)).toContain("read alone");
    }
    const clip = ["--model", goldenFolder("clip-both")];
    expect(await said("attribute", image, ...clip)).toContain("has no head");
    expect(await said("zeroing", image, "--word", "9,9", ...model)).toContain("patches 0,0 to");
    expect(await said("norms", image, "--word", "0,1", ...model)).toContain("--word");
  });
});

test("Swin's layers have patches and heads of their own: in norms, zeroing, heads and matter", async () => {
  const swin = ["--model", goldenFolder("hub-swin")];
  const { rows, columns, values } = await json("norms", image, ...swin);
  expect([rows, columns]).toEqual([
    ["L0", "L1", "L2", "L3"],
    ["H0", "H1", "H2", "H3"],
  ]);
  expect(values[0].slice(2)).toEqual([null, null]);
  const ofLayer = await json("norms", image, "--layer", "2", "--word", "1,1", ...swin);
  expect([ofLayer.rows, ofLayer.columns, ofLayer.patches.length]).toEqual([4, 4, 16]);
  const zeroed = await json("zeroing", image, "--layer", "1", "--word", "7,7", ...swin);
  expect([zeroed.rows, zeroed.word.tokens]).toEqual([8, [63]]);
  const { heads } = await json("heads", image, "--stage", "1", ...swin);
  expect([heads.length, heads[0].head, heads.at(-1).head]).toEqual([8, "L2H0", "L3H3"]);
  const csv = await written(
    "heads",
    image,
    "--stage",
    "1",
    "--of",
    "left",
    "--format",
    "csv",
    ...swin,
  );
  expect(csv).toContain("\n3,3,left,");
  const text = await written("matter", image, "--word", "0,0", "--controls", "0", ...swin);
  // Moved windows leave the corner alone.
  expect(text.replace(/\s+/g, " ")).toContain("lies in a window there: all heads of layer 1, 3.");
  // Of every layer the mean is over its own patches, its controls' too.
  const { controls } = await json("patch", image, "--mean", "L2", ...swin);
  expect(controls).toEqual({ said: "other layers", count: 3 });
});

test("what a model sees is patches in what is said of it, of changes too", async () => {
  for (const name of ["hub-vit", "hub-swin"])
    for (const args of [
      [image, "--word", "1,1"],
      ["patch", image, "--zero", "1,1"],
      ["patch", image, "--cut", "1,1->0,0", "--head", "L0H0"],
      ["circuit", "L0H1"],
      ["saliency", image],
      ["norms", image],
      ["matter", image, "--controls", "1"],
    ]) {
      const said = await written(...args, "--model", goldenFolder(name));
      expect(said.replaceAll("--word", ""), `${name} ${args.join(" ")}`).not.toMatch(/\bwords?\b/i);
    }
});

test("explain chooses a head of Swin's among those whose patches are the picture's", async () => {
  const swin = ["--model", goldenFolder("swin")];
  const { head, query } = await json("explain", image, "--word", "7,7", ...swin);
  expect(JSON.stringify(head)).toMatch(/L[01]H[01]|"layer":[01]/);
  expect(query).toMatchObject({ text: "7,7" });
});

test("the weights of a picture are written as files of other tools, as those of a text are", async () => {
  const vit = ["--model", "test/golden/hub-vit"];
  const png = "test/images/exif-8.png";
  const whole = await written(png, "--format", "npz", ...vit);
  expect(whole).toBe(await written(png, "--site", "layers.*.weights", "--format", "npz", ...vit));
  expect(whole).toContain("layers.1.weights");
  expect((await written(png, "--format", "parquet", ...vit)).startsWith("PAR1")).toBe(true);
});

test("what has no logits to take apart says where to go", async () => {
  const png = "test/images/exif-8.png";
  const lens = (model: string) => refused("lens", png, "--model", `test/golden/${model}`);
  expect(await lens("hub-dinov2")).toContain("such as ViTForImageClassification");
  expect(await lens("hub-swin")).toContain("heed saliency and heed relevance say");
});

describe("what is said of a picture", () => {
  const vit = ["--model", goldenFolder("hub-vit")];
  const said = async (...args: string[]) => (await written(...args)).replace(/\s+/g, " ");

  test("changes speak of it, by its file's name", async () => {
    const mean = await said("patch", image, "--mean", "L0", "--controls", "0", ...vit);
    expect(mean).toMatch(/^exif-8.png .*set to the mean over the picture's own patches/);
    const from = ["--from", "test/images/gray.jpg", "--grid", "positions", "--layers", "0"];
    const grid = await said("patch", image, ...from, ...vit);
    expect(grid).toContain("taken from gray.jpg, one cell at a time");
    expect(grid).toContain("share of the way from this picture (");
    expect(grid).toMatch(/The two pictures lie [\d.]+ apart by what is followed/);
    const matter = await said("matter", image, "--word", "1,1", "--controls", "1", ...vit);
    expect(matter).toContain("One picture says nothing about others, and its heads are no sample.");
    const clip = ["--model", goldenFolder("hub-clip"), "--controls", "0"];
    expect(await said("patch", image, "--zero", "L0H1", ...clip)).toContain("Vector of [CLS]: ");
  });

  test("a link that no window holds is said to have no weight", async () => {
    const swin = ["--model", goldenFolder("hub-swin"), "--controls", "0"];
    const cut = await said("patch", image, "--cut", "1,1->2,2", "--head", "L0H1", ...swin);
    expect(cut).toContain("A link that a window or a mask hides has no weight to cut.");
  });

  test("patches out of a window are marked, and not listed with 0", async () => {
    const swin = ["--model", goldenFolder("hub-swin"), "--word", "1,1"];
    const text = await written("show", "L0H1", image, ...swin);
    // The first of the 2 × 2 windows: 4 of 64 patches.
    expect(text.match(/··/g)).toHaveLength(60 + 1);
    expect(text).toContain("·· out of its reach");
    expect(text).not.toMatch(/NaN|0\.000/);
    const svg = await written("show", "L0H1", image, ...swin, "--format", "svg");
    expect(svg).toContain(">hatched: out of its reach</text>");
    expect(await written("show", "L0H1", image, "--word", "1,1", ...vit)).not.toContain("··");
  });

  test("maps over patches name the patch, and a PNG of them takes no theme", async () => {
    expect(await said("zeroing", image, "--word", "1,1", ...vit)).toContain(
      "whose values patch 1,1 needs",
    );
    expect(await said("rollout", image, "--word", "1,1", ...vit)).toContain(
      "what goes into patch 1,1:",
    );
    for (const command of ["zeroing", "saliency", "relevance", "rollout"])
      expect(await refused(command, image, "--theme", "dark", "--format", "png", ...vit)).toContain(
        "--theme does nothing with",
      );
  });
});
