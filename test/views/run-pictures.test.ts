import { inspect } from "node:util";
import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buffersOf, load, type Model, Run, Tensor, Trace } from "../../src/index.ts";
import {
  gridPicture,
  headPicture,
  headSvg,
  imageGridPicture,
  imagePicture,
  linkGrid,
  pagePicture,
  sentencePicture,
} from "../../src/views/index.ts";
import { textSource } from "../../src/views/page/source/from-picture.ts";

const text = "The cat sat on the mat because it was tired.";
const display = Symbol.for("Jupyter.display");
let model: Model;
let run: Run;

beforeAll(async () => {
  model = await load();
  run = await model.run(text, { read: ["layers.*.weights"] });
});

afterAll(() => model.dispose());

/** What a notebook would show. */
function displayed(value: object): Record<string, string> {
  return (value as Record<symbol, () => Record<string, string>>)[display]!();
}

describe("pictures of a run, in one call", () => {
  test("one head is drawn as its numbers are", () => {
    const picture = headPicture(run, "L5H11", { word: "it" });
    const { data } = run.trace.get("layers.5.weights").select(0, 11);
    expect(picture.weights).toEqual(data);
    expect(picture.focus).toBe(8);
    expect(picture.svg({ theme: "light" })).toBe(headSvg({ ...picture }, { theme: "light" }));
    expect(picture.text()).toContain("L5H11 (layer 5, head 11)");
    expect(inspect(picture)).toContain("L5H11 (layer 5, head 11)");
    expect(displayed(picture)["image/svg+xml"]).toBe(picture.svg());
    expect(Object.keys(picture)).not.toContain("svg");
  });

  test("a sentence from a word: what it looks at stands in the text", () => {
    const picture = sentencePicture(run, "it", "L5H11");
    expect(picture.weights[2]).toBeCloseTo(run.weight("L5H11", "it", "cat"), 6);
    expect(picture.svg()).toContain("What &quot;it&quot; looks at in L5H11");
    const lines = picture.text({ unicode: false }).split("\n");
    expect(lines[0]).toBe('What "it" looks at in L5H11 (layer 5, head 11)');
    expect(picture.text()).toContain("0.71");
  });

  test("all heads, and how much each gives one link", () => {
    expect(gridPicture(run, { focus: "L5H11" }).svg()).toContain("L5H11, strongest");
    expect(inspect(gridPicture(run))).toContain("largest weight");
    const link = linkGrid(run, "it", "cat");
    expect(link.values[5 * 12 + 11]).toBeCloseTo(run.weight("L5H11", "it", "cat"), 6);
    expect(link.text()).toContain("Strongest: L5H11 0.71");
    expect(displayed(link)["image/svg+xml"]).toContain("<svg");
  });

  test("a page, as a file and as a source of elements", async () => {
    const picture = pagePicture(run, { word: "it", head: "L5H11", title: text });
    expect(picture.html()).toMatch(/^<!doctype html>/);
    expect(displayed(picture)["text/html"]).toMatch(/^<iframe srcdoc="&lt;!doctype html&gt;/);
    const row = await textSource(picture).row({ layer: 5, head: 11 }, 8);
    expect(row[2]).toBeCloseTo(0.71, 2);
  });

  test("what is not there is named", () => {
    expect(() => headPicture(run, "L6H0")).toThrow("headPicture: L6H0: layers up to 5 were read");
    expect(() => headPicture(run, "L0H12")).toThrow("heads 0 to 11");
    expect(() => sentencePicture(run, "dog", "L0H0")).toThrow(
      'sentencePicture, word: no word "dog"',
    );
    expect(() => headPicture(run, "L0H0", { text: 1 })).toThrow("headPicture: text 1");
    const bare = new Run({
      tokens: run.tokens,
      trace: new Trace(),
      output: {},
      inputs: run.inputs,
    });
    expect(() => headPicture(bare, "L0H0")).toThrow('Read them: { read: ["layers.*.weights"] }');
    expect(() =>
      imagePicture(run, { width: 1, height: 1, rgb: new Uint8Array(3) }, "L0H0"),
    ).toThrow("imagePicture: the run is of a text");
  });
});

test("causal models hide what comes later; decoders have their own stacks", async () => {
  const gpt2 = await load("test/golden/gpt2");
  const ids = [[1, 2, 3, 4]];
  const causal = await gpt2.run(ids, { read: ["layers.*.weights"] });
  const { weights } = headPicture(causal, "L0H0");
  expect(Array.from(weights, Number.isNaN)).toEqual(
    Array.from({ length: 16 }, (_, place) => place % 4 > Math.floor(place / 4)),
  );
  expect(Array.from(sentencePicture(causal, 1, "L0H0").weights, Number.isNaN)).toEqual([
    false,
    false,
    true,
    true,
  ]);
  await gpt2.dispose();
  const t5 = await load("test/golden/t5-first");
  const both = await t5.run(
    { ids, decoderIds: [[0, 1, 2]] },
    { read: ["{encoder,decoder}.layers.*.weights", "decoder.layers.*.cross.weights"] },
  );
  expect(headPicture(both, "L0H0").weights).toHaveLength(16);
  expect(headPicture(both, "L0H0", { stack: "decoder." }).weights[1]).toBeNaN();
  const cross = headPicture(both, "L0H0", { stack: "decoder.cross." });
  expect(cross.weights).toHaveLength(12);
  expect(Array.from(cross.weights).some(Number.isNaN)).toBe(false);
  expect(pagePicture(both, { stack: "decoder.cross." }).html()).toContain('"isSelf":false');
  await t5.dispose();
});

test("a decoder whose config lets it look both ways is drawn so", async () => {
  const t5 = await load("test/golden/t5-is-causal-false");
  const run = await t5.run(
    { ids: [[5, 6, 7]], decoderIds: [[0, 3, 4]] },
    { read: ["decoder.layers.*.weights"] },
  );
  const { data } = run.trace.get("decoder.layers.0.weights").select(0, 1);
  expect(data[1]).toBeGreaterThan(0);
  expect(headPicture(run, "L0H1", { stack: "decoder." }).weights).toEqual(data);
  await t5.dispose();
});

test("an image's heads", async () => {
  const vit = await load("test/golden/vit-oblong");
  const [height, width] = vit.images!.size;
  const rgb = Uint8Array.from({ length: height * width * 3 }, (_, place) => (place * 7) % 256);
  const image = { width, height, rgb };
  const seen = await vit.run(image, { read: ["layers.*.weights"] });
  const { rows, columns } = seen.inputs.grid!;
  const picture = imagePicture(seen, image, "L0H1", { query: "0,1", name: "noise.png" });
  expect(picture.weights).toHaveLength(rows * columns);
  expect(picture.query).toEqual({ row: 0, column: 1 });
  expect(picture.svg()).toContain("noise.png: what patch 0,1 looks at in L0H1");
  expect(picture.text()).toContain("noise.png");
  expect(imageGridPicture(seen, image).svg()).toContain("what [CLS] looks at in every head");
  expect(() => imagePicture(seen, image, "L0H0", { query: "99,0" })).toThrow('no token "99,0"');
  await vit.dispose();
});

describe("runs elsewhere", () => {
  test("across a port a run is sent plain, and is a run again there", async () => {
    const { port1, port2 } = new MessageChannel();
    const sent = await model.run(text, {
      read: ["layers.5.weights", { site: "layers.4.weights", keep: "rows" }],
    });
    const plain = sent.toPlain();
    port1.postMessage(plain);
    const back = Run.from(receiveMessageOnPort(port2)!.message);
    expect(back.weight("L5H11", "it", "cat")).toBe(sent.weight("L5H11", "it", "cat"));
    expect(back.trace.get("layers.4.weights")).toEqual(sent.trace.get("layers.4.weights"));
    expect(back.output.sentence).toEqual(sent.output.sentence);
    expect(headPicture(back, "L5H11").svg()).toBe(headPicture(sent, "L5H11").svg());
    port1.postMessage(plain, buffersOf(plain));
    expect(Run.from(receiveMessageOnPort(port2)!.message).trace.sites).toEqual(sent.trace.sites);
    expect(sent.trace.get("layers.5.weights").data).toHaveLength(0);
    port1.close();
  });

  test("parts that were read stay parts", async () => {
    const parts = await model.run(text, {
      read: [
        { site: "layers.5.weights", head: 11, query: "it" },
        { site: "layers.5.weights", head: 3 },
      ],
    });
    const back = Trace.from(structuredClone(parts.trace.toPlain()));
    expect(back.row("layers.5.weights", { head: 11, query: 8 })).toEqual(
      parts.trace.row("layers.5.weights", { head: 11, query: 8 }),
    );
    expect(back.getParts("layers.5.weights")).toHaveLength(2);
  });

  test("posted as they are, runs and traces say what to send", () => {
    for (const value of [run, run.trace])
      expect(() => structuredClone(value)).toThrow("post trace.toPlain() or run.toPlain()");
  });

  test("as JSON they hold their numbers", () => {
    const { trace, tokens, model: label } = JSON.parse(JSON.stringify(run));
    expect(label).toBe("all-MiniLM-L6-v2");
    expect(tokens[0][2].text).toBe("cat");
    expect(trace["layers.5.weights"].shape).toEqual([1, 12, 13, 13]);
    expect(trace["layers.5.weights"].data[0]).toBe(run.trace.get("layers.5.weights").data[0]);
  });
});

test("Node and notebooks show what values are", () => {
  const small = Tensor.from([
    [0.25, Number.NaN],
    [1, -3],
  ]);
  expect(inspect(small)).toBe(
    "Tensor (2, 2), 4 numbers from -3 to 1, mean -0.5833, 1 of them not finite: 0.25 NaN 1 -3",
  );
  expect(displayed(small)["text/html"]).toContain("<td>0.25</td><td>NaN</td>");
  expect(inspect(run.trace)).toContain("Trace of 6 sites\n  layers.0.weights (1, 12, 13, 13)");
  expect(inspect(run)).toMatch(/^Run of 1 text by .*\n {2}13 tokens: \[CLS\] the cat/i);
  expect(displayed(run)["text/plain"]).toBe(inspect(run));
});

test("await using frees a model at the end of its block", async () => {
  let kept: Model;
  {
    await using inside = await load("test/golden/gpt2");
    kept = inside;
    await inside.run([[1, 2]]);
  }
  await expect(kept.run([[1, 2]])).rejects.toThrow("dispose() was called");
});
