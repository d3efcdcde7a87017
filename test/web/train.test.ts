import type { FilmPicture } from "heed/elements";
import type { Training, TrainingAsked, TrainingTold, TrainOptions } from "heed/explore";
import { trainingTasks } from "heed/training";
import { describe, expect, test } from "vitest";
import { addressOf, readAddress } from "../../web/state/address.ts";
import { firstState, trainingNames } from "../../web/state/state.ts";
import { firstChosen } from "../../web/train/asking.ts";
import { PageTraining } from "../../web/train/page-training.ts";
import {
  learnedHead,
  matrixLearned,
  neededMost,
  openingOf,
  timeText,
} from "../../web/train/said.ts";

const head = (
  queryKey: readonly number[],
  score: number,
): FilmPicture["frames"][number]["heads"][number] => ({
  queryKey,
  valueOutput: queryKey,
  directions: [{ value: queryKey[0]!, asking: ["[MASK]", "it"], found: ["cat", "fox"] }],
  lengths: [1, 1, 1, 1],
  scores: [score],
});

/** A film of two heads, of which the second learns. */
const film: FilmPicture = {
  title: "a film",
  model: { family: "bert", layers: 1, heads: 2, width: 4, headWidth: 2 },
  seed: 1,
  steps: 2,
  probes: [["a", "b"]],
  measures: [{ name: "it", what: "looks at it", chance: 0.5 }],
  curve: [
    [1, 3],
    [2, 2],
  ],
  frames: [
    {
      step: 0,
      loss: 3,
      accuracy: 0,
      heads: [head([1, 1], 0.9), head([1, 1], 0.1)],
      attention: [""],
    },
    {
      step: 2,
      loss: 2,
      accuracy: 1,
      heads: [head([1, 1], 0.95), head([3, 0], 0.8)],
      attention: [""],
    },
  ],
};

describe("what is said of a training", () => {
  test("the head that learned is the one that grew, not the one that was high from the start", () => {
    expect(learnedHead(film)).toBe(1);
    expect(learnedHead({ ...film, measures: [] })).toBe(1);
  });

  test("a matrix is told before and after, by its strongest directions and words that are words", () => {
    expect(matrixLearned(film, 1)).toEqual({
      before: 1,
      now: 3,
      shareBefore: 1,
      shareNow: 1,
      asking: ["it"],
      found: ["cat", "fox"],
    });
  });

  test("a head is needed where it loses far more than others do", () => {
    const found = neededMost({ whole: 1, without: [0.99, 0.5, 1] });
    expect(found).toEqual({ place: 1, left: 0.5, others: 1, isNeeded: true });
    expect(neededMost({ whole: 1, without: [0.5, 0.52, 0.6] }).isNeeded).toBe(false);
    expect(neededMost({ whole: 1, without: [0.97, 1, 1] }).isNeeded).toBe(false);
    expect(neededMost({ whole: 1, without: [0.2, 0.25, 1, 1, 1] }).isNeeded).toBe(false);
  });

  test("times are read in minutes and seconds", () => {
    expect(timeText(47_600)).toBe("48 s");
    expect(timeText(80_000)).toBe("1 min 20 s");
  });

  test("a trained model opens with a text of its task and the words it is about", () => {
    expect(openingOf("world")).toEqual({
      text: "the cat sat on the mat because it was tired . what was tired ? the [MASK]",
      pin: { word: "it", keys: ["cat"] },
    });
    for (const { name } of trainingTasks) expect(openingOf(name).text).not.toBe("");
  });

  test("a reader's first question is of words that the task has", () => {
    expect(firstChosen("world")).toEqual({ animal: "cat", thing: "mat", adjective: "tired" });
    expect(firstChosen("sort")).toEqual({});
  });
});

describe("the address of a training", () => {
  test("has every task of heed/training, and none else", () => {
    expect([...trainingNames]).toEqual(trainingTasks.map(({ name }) => name));
    for (const task of trainingNames) {
      const training = { task, seed: 7 };
      const { change, unread } = readAddress(addressOf({ ...firstState, training }, "1"));
      expect(change.training).toEqual(training);
      expect(unread).toEqual([]);
    }
    for (const wrong of ["weather,1", "world", "world,-1", "world,1e9", "<b>,1"])
      expect(readAddress(`train=${encodeURIComponent(wrong)}`).unread).toHaveLength(1);
  });
});

/** A training whose steps are made by hand. */
class Handmade {
  readonly asked: TrainingAsked;
  options: TrainOptions = {};
  finish: (told: TrainingTold) => void = () => {};
  steps = 0;
  isDisposed = false;

  constructor(asked: TrainingAsked) {
    this.asked = asked;
  }

  get training(): Training {
    const said = { ...this.asked, steps: 2 } as Training["said"];
    return {
      said,
      train: (options: TrainOptions = {}) => {
        this.options = options;
        return new Promise<TrainingTold>((resolve, reject) => {
          this.finish = resolve;
          options.signal?.addEventListener("abort", () => reject(options.signal?.reason));
        });
      },
      film: async () => ({ ...film, curve: film.curve.slice(0, this.steps) }),
      dispose: async () => {
        this.isDisposed = true;
      },
    } as unknown as Training;
  }

  step(): void {
    this.steps += 1;
    const losses = [film.curve[this.steps - 1]!];
    this.options.onTold?.({ step: this.steps, steps: 2, losses, milliseconds: 5 });
  }
}

const soon = () => new Promise((resolve) => setTimeout(resolve));

async function begun(): Promise<{ page: PageTraining; made: Handmade[] }> {
  const made: Handmade[] = [];
  const page = new PageTraining(async (asked) => {
    const one = new Handmade(asked);
    made.push(one);
    return one.training;
  });
  void page.begin({ task: "world", seed: 1 });
  await soon();
  return { page, made };
}

describe("the training of a page", () => {
  test("goes from loading over training to done, and keeps every loss", async () => {
    const { page, made } = await begun();
    expect(page.phase).toBe("training");
    made[0]!.step();
    expect(page.loss).toBe(3);
    made[0]!.step();
    made[0]!.finish({ step: 2, steps: 2, losses: [], milliseconds: 9 });
    await soon();
    expect(page.phase).toBe("done");
    expect(page.film?.curve).toEqual(film.curve);
    expect(page.rests).toBe(true);
  });

  test("rests when it is paused, goes on, and what comes late of the time before is not heard", async () => {
    const { page, made } = await begun();
    made[0]!.step();
    const late = made[0]!.options;
    page.pause();
    await soon();
    expect(page.phase).toBe("paused");
    late.onTold?.({ step: 9, steps: 2, losses: [[9, 9]], milliseconds: 9 });
    expect(page.told?.step).toBe(1);
    void page.goOn();
    expect(page.phase).toBe("training");
    page.stop();
    await soon();
    expect(page.phase).toBe("stopped");
    expect(made).toHaveLength(1);
  });

  test("another training lets the first go; what fails says why", async () => {
    const { page, made } = await begun();
    void page.begin({ task: "sort", seed: 2 });
    await soon();
    expect(made[0]!.isDisposed).toBe(true);
    expect(page.asked?.task).toBe("sort");
    page.forget();
    await soon();
    expect(page.phase).toBe("none");
    const failing = new PageTraining(async () => {
      throw new Error("no memory");
    });
    await failing.begin({ task: "world", seed: 1 });
    expect([failing.phase, failing.failure]).toEqual(["failed", "no memory"]);
  });
});
