/**
 * Measures the language model that comes with heed, on stories it has not seen:
 *
 *     npx tsx scripts/stories/measure.ts [FOLDER]
 *
 * How many of 200 continuations are of the grammar and true to what was told before; and how many questions are answered when one head is cut:
 * the one that the model's film names, and every other one.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import { formatHead } from "../../src/probe/head-address.ts";
import { makeRandom } from "../../src/tasks/sampling.ts";
import type { Film } from "../../src/training/index.ts";
import { storiesOf } from "./lessons.ts";
import { sentencesOf, tellSentence } from "./sentences.ts";
import { newState } from "./state.ts";

const seed = 77;
const continuations = 200;
const atOnce = 20;
/** Sentences of a continuation that are looked at. */
const looked = 2;

/** What one prompt became. */
interface Judged {
  readonly prompt: string;
  readonly written: readonly string[];
  readonly wrong: string | undefined;
}

/** The beginnings of held-out stories; every other one ends with a question. */
function prompts(): string[] {
  const random = makeRandom(seed);
  return storiesOf(seed, 1, continuations, { isHeldOut: true }).map(({ sentences, answers }, n) => {
    const questions = answers.filter((place) => sentences[place - 1]!.endsWith("?"));
    const first = sentences.findIndex((sentence) => / was (in|by|on|at) the /.test(sentence)) + 2;
    const end =
      n % 2 === 0
        ? questions[Math.floor(random() * questions.length)]!
        : first + Math.floor(random() * Math.max(1, questions[0]! - 1 - first));
    return sentences.slice(0, end).join(" ");
  });
}

async function judge(model: Model): Promise<Judged[]> {
  const judged: Judged[] = [];
  const all = prompts();
  for (let start = 0; start < all.length; start += atOnce) {
    const own = all.slice(start, start + atOnce);
    const { rows } = await model.generate(own, { maxNewTokens: 40, doSample: false });
    for (const [n, prompt] of own.entries()) {
      const state = newState();
      for (const sentence of sentencesOf(prompt)) tellSentence(state, sentence);
      const written = sentencesOf(rows[n]!.text).slice(0, looked);
      let wrong = written.length === 0 ? "no whole sentence" : undefined;
      for (const sentence of written) wrong ??= tellSentence(state, sentence);
      judged.push({ prompt, written, wrong });
    }
  }
  return judged;
}

/** Questions of held-out stories, and the ids of the words that answer them. */
async function answersRight(model: Model, cut?: { readonly layer: number; readonly head: number }) {
  const tokenizer = model.tokenizer!;
  const asked = storiesOf(seed, 2, 60, { isHeldOut: true }).flatMap(({ sentences, answers }) =>
    answers
      .filter((place) => sentences[place - 1]!.endsWith("?"))
      .map((place) => {
        const before = sentences.slice(0, place).join(" ");
        return { before, answer: ` ${sentences[place]!}`, question: sentences[place - 1]! };
      }),
  );
  let right = 0;
  for (const { before, answer, question } of asked) {
    const ids = [...tokenizer.encode(before).ids];
    const own = tokenizer.encode(answer).ids;
    const all = [...ids, ...own];
    const patch = cut
      ? [{ site: `layers.${cut.layer}.mixed`, head: cut.head, set: 0 } as const]
      : [];
    const { output } = await model.run([all], { patch });
    const [, , V] = output.logits!.shape as readonly [number, number, number];
    // What the question repeats anyone can say; the answer is the words that it does not.
    const known = new Set(tokenizer.encode(` ${question}`).ids);
    const isRight = own.every((id, n) => {
      if (known.has(id)) return true;
      const row = output.logits!.data.subarray((ids.length + n - 1) * V, (ids.length + n) * V);
      return row.indexOf(Math.max(...row)) === id;
    });
    if (isRight) right += 1;
  }
  return { right: right / asked.length, questions: asked.length };
}

async function main(): Promise<void> {
  const folder =
    process.argv[2] ?? fileURLToPath(new URL("../../models/heed-stories", import.meta.url));
  const model = await load(folder);
  const judged = await judge(model);
  const good = judged.filter(({ wrong }) => wrong === undefined);
  for (const { prompt, written, wrong } of judged.filter((one) => one.wrong).slice(0, 5))
    console.log(`… ${prompt.slice(-120)} | ${written.join(" ")} (${wrong})`);
  console.log(`continuations: ${good.length} of ${judged.length} parse and agree with the story`);
  const whole = await answersRight(model);
  console.log(`questions: ${whole.right.toFixed(3)} of ${whole.questions} answered`);
  const film = JSON.parse(await readFile(join(folder, "film.json"), "utf8")) as Film;
  const measure = film.measures.findIndex(({ name }) => name === "question → answer");
  const scores = film.frames.at(-1)!.heads.map((head) => head.scores[measure]!);
  const named = scores.indexOf(Math.max(...scores));
  const { heads } = film.model;
  for (const place of scores.keys()) {
    const address = { layer: Math.floor(place / heads), head: place % heads };
    const { right } = await answersRight(model, address);
    console.log(
      `without ${formatHead(address)}${place === named ? " (named by the film)" : ""}: ${right.toFixed(3)}, ${(whole.right - right).toFixed(3)} lower; question → answer ${scores[place]!.toFixed(2)}`,
    );
  }
  await model.dispose();
}

await main();
