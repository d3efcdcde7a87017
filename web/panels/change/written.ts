import type { ExperimentFile, Intervention } from "heed/analysis";
import { inputOf, nameOfModel, type State } from "../../state/state.ts";

/** What is written down of changes: on which text, of which model, at which word. */
export interface Written
  extends Pick<State, "model" | "text" | "picture" | "sound" | "query" | "changes"> {
  /** What the model has written, where it reads one text and writes another. */
  readonly written?: string;
  /** Each token as the command line names it. */
  readonly names: readonly string[];
}

/** The file of an experiment, which `heed run` carries out. */
export function experimentOf({ model, query, changes, ...of }: Written): ExperimentFile {
  return {
    heed: "experiment",
    version: 1,
    ...(model.kind !== "embedded" && {
      model: {
        name: nameOfModel(model),
        ...(model.kind === "hub" && model.revision !== undefined && { revision: model.revision }),
      },
    }),
    input: inputWith(of),
    word: query,
    do: { kind: "patch", interventions: changes },
    seed: 0,
  };
}

/** What is read, and what was written of it. */
function inputWith({ written, ...of }: Pick<Written, "text" | "picture" | "sound" | "written">) {
  if (written === undefined) return inputOf(of);
  return of.sound === undefined
    ? { text: of.text, target: written }
    : { sound: of.sound, target: written };
}

/** The name under which the file is saved. */
export const fileName = "change.heed.json";

/** A program that carries the changes out. */
export function typescriptOf(written: Written): string {
  const { model, query, changes } = written;
  const { input, opens } = programInput(written);
  const source =
    model.kind === "embedded"
      ? ""
      : JSON.stringify(
          nameOfModel(model) +
            (model.kind !== "hub" || model.revision === undefined ? "" : `@${model.revision}`),
        );
  const lines = JSON.stringify(changes, undefined, 2).replaceAll("\n", "\n    ");
  return `import { ${["load", ...opens].join(", ")} } from "heed";
import { runExperiment, Subject } from "heed/analysis";

const model = await load(${source});
const subject = new Subject(model, ${input});
const result = await runExperiment(subject, {
  do: {
    kind: "patch",
    interventions: ${lines},
  },
  word: ${query},
  seed: 0,
});
console.dir(result, { depth: 6 });
`;
}

/** What a program reads, and what opens it. */
function programInput({ text, picture, sound, written }: Written) {
  const said = JSON.stringify(written);
  if (sound !== undefined) {
    const opened = `await readAudio(${JSON.stringify(sound)})`;
    const input = written === undefined ? opened : `{ ...(${opened}), target: ${said} }`;
    return { input, opens: ["readAudio"] };
  }
  if (picture !== undefined)
    return { input: `await readImage(${JSON.stringify(picture)})`, opens: ["readImage"] };
  const input = JSON.stringify(written === undefined ? text : { text, target: written });
  return { input, opens: [] };
}

/** The command that does the same: \`heed patch\` where its options can say it, else \`heed run\` of the file. */
export function commandOf(written: Written): string {
  const { model, text, picture, changes, names, query } = written;
  // Options name what is read, and not what was written.
  const isFile =
    changes.length !== 1 || written.written !== undefined || written.sound !== undefined;
  const said = isFile ? undefined : optionsOf(changes[0]!, names);
  if (!said) return `heed run ${fileName}`;
  const chosen =
    model.kind === "embedded"
      ? []
      : [
          "--model",
          quoted(nameOfModel(model)),
          ...(model.kind === "hub" && model.revision !== undefined
            ? ["--revision", quoted(model.revision)]
            : []),
        ];
  const word = ["--word", quoted(names[query] ?? String(query))];
  return ["heed patch", quoted(picture ?? text), ...said, ...word, "--seed 0", ...chosen].join(" ");
}

/** What an intervention is in options; undefined where they have no words for it. */
function optionsOf(one: Intervention, names: readonly string[]): string[] | undefined {
  const nameOf = (which: unknown) => (typeof which === "number" ? names[which] : undefined);
  switch (one.kind) {
    case "cut": {
      const [query, key] = [nameOf(one.query), nameOf(one.key)];
      if (query === undefined || key === undefined || one.by !== undefined) return undefined;
      return [
        "--cut",
        quoted(`${query}->${key}`),
        ...(one.heads ? ["--head", one.heads.join(",")] : []),
        ...(one.layers ? ["--layers", one.layers.join(",")] : []),
        ...(one.how === undefined ? [] : ["--how", one.how]),
      ];
    }
    case "ablateHeads":
      return filled(one.by, one.heads, atOf(one.query, nameOf));
    case "ablateLayers": {
      const part = one.part === "both" ? "" : `.${one.part}`;
      return filled(
        one.by,
        one.layers.map((layer) => `L${layer}${part}`),
        atOf(one.query, nameOf),
      );
    }
    case "ablatePositions": {
      const word = nameOf(one.query);
      return word === undefined || one.layers ? undefined : filled(one.by, [quoted(word)], []);
    }
    case "transplant": {
      const at = atOf(one.query, nameOf);
      if (!at || one.fromQuery !== undefined || typeof one.from !== "string") return undefined;
      const [layer, ...more] = one.layers;
      if (more.length > 0 || !one.heads) return undefined;
      const heads = one.heads.map((head) => `L${layer}H${head}`).join(",");
      return ["--from", quoted(one.from), "--head", heads, "--site", one.site, ...at];
    }
    default:
      return undefined;
  }
}

function atOf(
  query: unknown,
  nameOf: (which: unknown) => string | undefined,
): string[] | undefined {
  if (query === undefined) return [];
  const name = nameOf(query);
  return name === undefined ? undefined : ["--at", quoted(name)];
}

function filled(
  by: Extract<Intervention, { kind: "ablateHeads" }>["by"],
  targets: readonly string[],
  at: readonly string[] | undefined,
): string[] | undefined {
  if (!at) return undefined;
  if (by === "zero") return ["--zero", ...targets, ...at];
  if ("mean" in by) return by.mean === "text" ? ["--mean", ...targets, ...at] : undefined;
  const [text, ...more] = by.resample;
  if (typeof text !== "string" || more.length > 0) return undefined;
  return ["--resample", ...targets, "--from", quoted(text), ...at];
}

/** A word as a shell passes it on unread. */
function quoted(text: string): string {
  return /^[\w.,/@#-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
