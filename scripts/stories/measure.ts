/**
 * Measures the language model that comes with heed, on stories it has not seen:
 *
 *     npx tsx scripts/stories/measure.ts [FOLDER]
 *     npx tsx scripts/stories/measure.ts [FOLDER] --seed=101 --continuations=600   # of other stories, continuations alone
 *
 * How many of 200 continuations are of the grammar and true to what was told before; and how many questions are answered when one head is cut:
 * those that the measures of the model's film name, and every other one.
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

const usual = { seed: 77, continuations: 200 };
const atOnce = 20;
/** Sentences of a continuation that are looked at. */
const looked = 2;

/** What one prompt became. */
interface Judged {
  readonly prompt: string;
  readonly written: readonly string[];
  readonly wrong: string | undefined;
}

/** Kinds of what is wrong, by how it is said: the first that fits. */
const wrongKinds: readonly (readonly [kind: string, said: RegExp])[] = [
  ["an answer with another's place", /^the answer is: \w+ was (in|by|on|at) the /],
  ["an answer with another noun, name or colour", /^the answer is: /],
  ["somebody finds, leaves or goes where they are not", / (is|are) (not )?(in|by|on|at) the /],
  ["a call repeated otherwise, or by the one who called", /called|repeated/],
  ["what was said, found or so already", / already$/],
  ["another", /^/],
];

/** How many of each kind are wrong, in the order of the kinds. */
function countWrong(judged: readonly Judged[]): (readonly [kind: string, count: number])[] {
  const kinds = judged.flatMap(({ wrong }) =>
    wrong === undefined ? [] : [wrongKinds.find(([, said]) => said.test(wrong))![0]],
  );
  return wrongKinds.map(([kind]) => [kind, kinds.filter((own) => own === kind).length]);
}

/** The beginnings of held-out stories; every other one ends with a question. */
function prompts({ seed, continuations }: typeof usual): string[] {
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

async function judge(model: Model, asked: typeof usual): Promise<Judged[]> {
  const judged: Judged[] = [];
  const all = prompts(asked);
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
  const asked = storiesOf(usual.seed, 2, 60, { isHeldOut: true }).flatMap(
    ({ sentences, answers }) =>
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
  const words = process.argv.slice(2);
  const folder =
    words.find((word) => !word.startsWith("--")) ??
    fileURLToPath(new URL("../../models/heed-stories", import.meta.url));
  const number = (name: keyof typeof usual) =>
    Number(words.find((word) => word.startsWith(`--${name}=`))?.split("=")[1] ?? usual[name]);
  const asked = { seed: number("seed"), continuations: number("continuations") };
  const model = await load(folder);
  const judged = await judge(model, asked);
  const good = judged.filter(({ wrong }) => wrong === undefined);
  for (const { prompt, written, wrong } of judged.filter((one) => one.wrong).slice(0, 5))
    console.log(`… ${prompt.slice(-120)} | ${written.join(" ")} (${wrong})`);
  console.log(`continuations: ${good.length} of ${judged.length} parse and agree with the story`);
  for (const [kind, count] of countWrong(judged)) console.log(`  ${count} wrong: ${kind}`);
  if (words.some((word) => word.startsWith("--"))) {
    await model.dispose();
    return;
  }
  const whole = await answersRight(model);
  console.log(`questions: ${whole.right.toFixed(3)} of ${whole.questions} answered`);
  const film = JSON.parse(await readFile(join(folder, "film.json"), "utf8")) as Film;
  const { heads } = film.model;
  const scores = film.frames.at(-1)!.heads.map((head) => head.scores);
  const named = film.measures.map(({ name }, measure) => {
    const own = scores.map((head) => head[measure]!);
    const place = own.indexOf(Math.max(...own));
    return { place, says: `${name} ${own[place]!.toFixed(2)}` };
  });
  const lower: number[] = [];
  for (const place of scores.keys()) {
    const address = { layer: Math.floor(place / heads), head: place % heads };
    const { right } = await answersRight(model, address);
    lower.push(whole.right - right);
    const says = named.filter((one) => one.place === place).map((one) => one.says);
    console.log(
      `without ${formatHead(address)}: ${right.toFixed(3)}, ${lower[place]!.toFixed(3)} lower${says.length > 0 ? `; named for ${says.join(", ")}` : ""}`,
    );
  }
  const others = lower.toSorted((one, other) => one - other).slice(0, -1);
  const mean = (numbers: readonly number[]) =>
    (numbers.reduce((sum, one) => sum + one, 0) / numbers.length).toFixed(3);
  console.log(
    `a head drawn by chance: ${mean(lower)} lower on average; of all but the one that matters most: ${mean(others)}, ${others.at(-1)!.toFixed(3)} at most`,
  );
  await model.dispose();
}

await main();
