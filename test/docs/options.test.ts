import { fileURLToPath } from "node:url";
import { MessageChannel } from "node:worker_threads";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { attentionFlow, attentionMaps } from "../../src/analysis/index.ts";
import { InputError } from "../../src/errors/errors.ts";
import {
  answerRequest,
  exploreInWorker,
  exploreOver,
  explorerOf,
  serveExplorer,
} from "../../src/explore/index.ts";
import { TaskTraining } from "../../src/explore/training/task-training.ts";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import { Tensor } from "../../src/tensor/tensor.ts";
import { shown, shownPage } from "../../src/views/from-run/shown.ts";
import { sentenceSvg } from "../../src/views/svg/sentence.ts";
import { loadInWorker, serve } from "../../src/worker.node.ts";
import type { Port } from "../../src/worker.ts";
import { entries, namesOf, textOf } from "../support/public-names.ts";
import { goldenFolder } from "../support/small-models.ts";

// Nothing that is asked for may be ignored: what a public function or method does not know among its options it refuses, before anything else.
// A function that is added is found in the sources; it calls expectKeys of src/errors/options.ts first.

/** What is called with a misspelt option: where it is declared, and which of its parameters are options. */
interface Door {
  readonly owner: string | undefined;
  readonly name: string;
  readonly file: string;
  readonly isStatic: boolean;
  readonly at: readonly number[];
}

/** Parameters of a declaration whose "(" stands right before `start`. */
function parametersFrom(text: string, start: number): string[] {
  const found = [""];
  let depth = 0;
  for (let at = start; depth >= 0; at++) {
    const letter = text[at]!;
    if ("([{<".includes(letter)) depth++;
    if (")]}".includes(letter) || (letter === ">" && text[at - 1] !== "=")) depth--;
    if (letter === "," && depth === 0) found.push("");
    else if (depth >= 0) found[found.length - 1] += letter;
  }
  return found.map((one) => one.replace(/\/\*\*.*?\*\/|\/\/.*/gs, "").trim()).filter(Boolean);
}

/** Whether a parameter is options: by its type's name, by what it is where it is left out, or since some of its keys may be left out. */
function isOptions(parameter: string): boolean {
  const type = parameter.replace(/^(\{.*?\}|\w+)\??:/s, "");
  // What errors are caused by is JavaScript's own; how a view begins is a view.
  if (/: (ErrorOptions|ViewChange)\b/.test(parameter)) return false;
  return (
    /\b(\w*Options|\w+Choice|ExplainQuestion|Terminal)\b(?!\[)/.test(
      type.replace(/\(.*?\) =>.*/s, ""),
    ) ||
    /= \{\}$/.test(parameter) ||
    /^\s*\{[^}]*\?:/.test(type)
  );
}

function doorsIn(file: string, name: string): Door[] {
  const text = textOf(file);
  const at = (start: number) =>
    parametersFrom(text, start).flatMap((one, place) => (isOptions(one) ? [place] : []));
  const declared = new RegExp(
    `^export (?:abstract )?(?:async )?(function\\*?|class|interface) ${name}\\b[^(]*?([({])`,
    "m",
  ).exec(text);
  if (!declared) return [];
  const [whole, kind] = declared;
  const start = declared.index + whole.length;
  const none = { owner: undefined, isStatic: false, file };
  if (kind!.startsWith("function")) return [{ ...none, name, at: at(start) }];
  const end = text[start] === "}" ? start : text.indexOf("\n}\n", start);
  const methods = /^ {2}(?:override )?(static )?(?:async )?\*?(\w+)(?:<[^(]*>)?\(/gm;
  methods.lastIndex = start;
  const found: Door[] = [];
  for (let one = methods.exec(text); one && one.index < end; one = methods.exec(text))
    found.push({
      ...none,
      owner: name,
      name: one[2]!,
      isStatic: one[1] !== undefined,
      at: at(one.index + one[0].length),
    });
  return found;
}

const doors = [
  ...new Map(
    entries
      .flatMap(namesOf)
      .flatMap(({ file, name }) => doorsIn(file, name))
      .filter(({ at }) => at.length > 0)
      .map((door) => [`${door.file} ${door.owner} ${door.name}`, door] as const),
  ).values(),
];

const folder = fileURLToPath(new URL("../tasks/fill-distilbert-clean-up", import.meta.url));
let model: Model;
let towers: Model;
const channels: MessageChannel[] = [];

function channel(): readonly [Port, Port] {
  const made = new MessageChannel();
  channels.push(made);
  return [made.port1, made.port2] as unknown as [Port, Port];
}

beforeAll(async () => {
  model = await load(folder, { backend: "reference" });
  towers = await load(goldenFolder("clip-both"), { backend: "reference" });
});

afterAll(async () => {
  vi.unstubAllGlobals();
  for (const { port1 } of channels) port1.close();
  await model.dispose();
  await towers.dispose();
});

/**
 * What methods are called on, by the name of its class or interface: of an interface everything that is one. A class that is not here needs
 * nothing of its own before its options are looked at: its prototype will do.
 */
const instances: Readonly<Record<string, () => Promise<readonly object[]>>> = {
  Model: async () => [model],
  LogitReader: async () => [model],
  Tensor: async () => [new Tensor([1], Float32Array.of(1))],
  Tokenizer: async () => [model.tokenizer!],
  AttentionFlow: async () => {
    const run = await model.run([[5, 6, 7]], { read: ["layers.*.weights"] });
    return [attentionFlow(attentionMaps(run))];
  },
  ShownPicture: async () => [shown({} as never, sentenceSvg, () => "")],
  ShownPage: async () => [shownPage({}, () => "")],
  WorkerModel: async () => {
    const [here, there] = channel();
    serve(load, there);
    return [await loadInWorker(here, folder, { backend: "reference" })];
  },
  Exploring: async () => {
    const explorer = explorerOf(model);
    const [here, there] = channel();
    serveExplorer(load, there);
    const inWorker = await exploreInWorker(here, folder, { backend: "reference" });
    vi.stubGlobal("fetch", async (_: unknown, { body }: { body: Uint8Array }) => ({
      ok: true,
      body: new Blob([(await answerRequest(explorer, body)) as BlobPart]).stream(),
    }));
    const overHttp = await exploreOver("http://localhost/", "token");
    return [explorer, explorerOf(towers), inWorker, overHttp];
  },
  Training: async () => [Object.create(TaskTraining.prototype) as object],
};

/** What a door is called on and by: functions of their module, constructors and static methods of their class, methods of an instance. */
async function callsOf({
  file,
  owner,
  name,
  isStatic,
}: Door): Promise<((...given: unknown[]) => unknown)[]> {
  const module = (await import(file)) as Record<string, never>;
  if (owner === undefined) return [module[name]!];
  const made = module[owner] as unknown as (new (...given: unknown[]) => object) | undefined;
  if (made && name === "constructor") return [(...given) => new made(...given)];
  const known = instances[owner];
  if (!made && !known)
    throw new Error(
      `${owner} of ${file} is an interface, and nothing here is one. Add to \`instances\` whatever gives it`,
    );
  const on = isStatic
    ? [made!]
    : known
      ? await known()
      : [Object.create(made!.prototype) as object];
  return on.map(
    (one) =>
      (...given: unknown[]) =>
        (one as Record<string, (...given: unknown[]) => unknown>)[name]!.call(one, ...given),
  );
}

/** What a call throws, at once, as a promise, or when its first value is asked for. */
async function thrownBy(call: () => unknown): Promise<unknown> {
  try {
    const given = await call();
    if (typeof given === "object" && given !== null && Symbol.asyncIterator in given)
      await (given as AsyncGenerator).next();
  } catch (error) {
    return error;
  }
  return undefined;
}

test("the sources are read: functions, methods and what generates are found", () => {
  const found = doors.map(({ owner, name, at }) => `${owner ?? ""}.${name} ${at}`);
  expect(found.length).toBeGreaterThan(170);
  for (const known of [".rollout 1", ".headSvg 1", ".gridCells 2", "Model.run 1", "Tensor.sum 1"])
    expect(found).toContain(known);
});

test.each(
  doors.map((door) => [`${door.owner ?? door.file.split("/src/")[1]} ${door.name}`, door] as const),
)("%s refuses an option that there is not, before it does anything", async (_, door) => {
  for (const call of await callsOf(door))
    for (const place of door.at) {
      const before = Array.from({ length: place }, () => ({}));
      const error = await thrownBy(() => call(...before, { misspelt: true }));
      expect(error, "call expectKeys of src/errors/options.ts first").toBeInstanceOf(InputError);
      const [where, what] = (error as Error).message.split(/: (?=there is no option)/);
      expect(what).toMatch(/^there is no option "misspelt"; nearest: \w/);
      const named = [door.name, door.owner ?? door.name].map((name) => name.toLowerCase());
      expect(
        named.some((name) => where!.toLowerCase().includes(name)),
        where,
      ).toBe(true);
    }
});
