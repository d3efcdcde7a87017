import { exploredSource } from "heed/explore";
import type { AppContext } from "../app/context.ts";
import { findingOf } from "../app/finding.ts";
import { headText, weightText } from "../app/numbers.ts";
import { captionOf, type Exported, exportedOf, svgOf } from "../export/exported.ts";
import { changeSaid } from "../panels/change/said.ts";
import { stepsQuestion } from "../panels/steps/question.ts";
import { addressOf } from "../state/address.ts";
import { attentionOf, inputTitle } from "../state/state.ts";
import type { Slide } from "./talk.ts";

/** How wide a slide's pictures are drawn: across a 16:9 screen their smallest text, of 10 pixels, is then 28 on 1080 lines. */
const width = 624;
/** A map is as tall as wide: drawn so small, one of the page's own sentence is no taller than the screen where its text is as large. */
const widthOfMap = 300;
/** A sentence whose words have their numbers under them, below a title that says whose they are. */
const plain = { width, heading: "", hasLegend: false };
/** Two of them on one screen: what was 17 pixels is 28 on 1080 lines still. */
const oneOfTwo = { width: 680, wordSize: 12, hasLegend: false };

/**
 * The view on screen as a talk shows it: of Steps the step that is open, of changes before and after, of heads the head whole, else the sentence or
 * picture. Undefined until the model has answered. Throws what the model throws.
 */
export async function slideOf(app: AppContext): Promise<Slide | undefined> {
  const exported = await exportedOf(app);
  if (!exported) return undefined;
  const { state, model } = exported;
  const { text, pictures, lines = [] } = await shownOf(app, exported);
  return {
    link: addressOf({ ...state, panel: panelOf(app), presents: true }, model.said.version),
    title: text ?? foundIn(app, exported),
    lines: [...lines, ...captionOf(exported)],
    pictures,
  };
}

/** A link to a talk's view opens the view, not the talk. */
function panelOf({ state: { panel } }: AppContext) {
  return panel === "talk" ? undefined : panel;
}

async function shownOf(
  app: AppContext,
  exported: Exported,
): Promise<Partial<Pick<Slide, "lines">> & Pick<Slide, "pictures"> & { readonly text?: string }> {
  const { state, words, clean, seen, model } = app;
  if (state.panel === "steps" && seen && model) {
    const question = stepsQuestion(state, seen);
    const step = question && (await stepOf(app, exported, question));
    if (step) return step;
  }
  if (state.changes.length > 0 && clean && model) {
    const before: Exported = {
      ...exported,
      state: { ...state, changes: [] },
      ...(await headOf(app, clean)),
    };
    const { before: headingBefore, after } = words.change;
    const drawn = [
      svgOf(before, "sentence", "auto", { ...oneOfTwo, heading: headingBefore }),
      svgOf(exported, "sentence", "auto", { ...oneOfTwo, heading: after }),
    ];
    const namesOf = (tokens: typeof exported.source.keys) => tokens.map(({ name }) => name);
    const { queries, keys } = exported.source;
    const names = {
      queries: namesOf(queries),
      keys: namesOf(keys),
      stack: attentionOf(state, model.said),
    };
    const said = state.changes.map((change) => changeSaid(change, names, words.change));
    return { text: said.join("; "), pictures: await Promise.all(drawn) };
  }
  if (state.panel !== "heads")
    return { pictures: [await svgOf(exported, "sentence", "auto", plain)] };
  const map = { width: widthOfMap, heading: "" };
  return {
    pictures: [await svgOf(exported, "head", "auto", map)],
    lines: [words.heads.says.pattern],
  };
}

/** The head on screen in another run of the same text. */
async function headOf(
  { model, state, image }: AppContext,
  seen: NonNullable<AppContext["seen"]>,
): Promise<Pick<Exported, "seen" | "source" | "weights">> {
  const source = exploredSource(model!, seen, { texts: [inputTitle(state)] });
  const weights = await source.weights({ layer: state.layer, head: state.head });
  // Of a picture the patches are named as in the run on screen.
  const { queries, keys } = image ?? source;
  return { seen, source: { ...source, queries, keys }, weights };
}

async function stepOf(
  { model, state }: AppContext,
  { source }: Exported,
  { run, ...asked }: NonNullable<ReturnType<typeof stepsQuestion>>,
) {
  const { stepsSvg } = await import("heed/views");
  const explained = await model!.explain(run, asked);
  const step = explained.steps.find(({ id }) => id === state.step) ?? explained.steps[0];
  if (!step) return undefined;
  const { texts, model: about } = source;
  const picture = {
    title: explained.answer[0] ?? step.title,
    about,
    texts,
    lines: [],
    steps: [step],
  };
  return { text: step.title, pictures: [stepsSvg(picture, { theme: "auto", width })] };
}

/** What is found in the row on screen, as a sentence. */
function foundIn({ words, state }: AppContext, { seen, source, weights }: Exported): string {
  const S = source.keys.length;
  const row = seen.picture?.ofLayers
    ? weights
    : weights.subarray(state.query * S, (state.query + 1) * S);
  const { query, keys, rest, isAlone } = findingOf(seen, state, row, source);
  const [most, next] = keys;
  if (!most) return words.first.nothing(query);
  const values: Readonly<Record<string, string>> = {
    query,
    most: most.text,
    weight: weightText(most.weight),
    next: next?.text ?? "",
    nextWeight: next ? weightText(next.weight) : "",
    rest: rest?.text ?? "",
    restWeight: rest ? weightText(rest.weight) : "",
  };
  const sentence = words.first[isAlone ? "onlyItself" : next ? "found" : "foundOne"];
  const said = [sentence(headText(state, state)), ...(rest ? [words.first.leftOut] : [])];
  return said.join(" ").replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}
