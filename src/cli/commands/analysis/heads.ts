import { basename } from "node:path";
import { nounIn } from "../../../analysis/explain/context.ts";
import { headAgreement } from "../../../analysis/heads/agreement.ts";
import { type HeadDetection, headDetector } from "../../../analysis/heads/detect.ts";
import { type HeadName, nameHeads, strongestNames } from "../../../analysis/heads/names.ts";
import { picturePatterns, soundPatterns, textPatterns } from "../../../analysis/heads/patterns.ts";
import { withoutSpecial } from "../../../analysis/layers/word-maps.ts";
import { InputError } from "../../../errors/errors.ts";
import { readImage } from "../../../images/read-image.node.ts";
import type { Model } from "../../../model.ts";
import { sharedName } from "../../../models/short-name.ts";
import { stagePatches } from "../../../models/site-tokens.ts";
import { formatHead, headAt } from "../../../probe/head-address.ts";
import type { Noun } from "../../../probe/noun.ts";
import type { TextToken } from "../../../probe/words.ts";
import type { HeadNames, NamedHeads } from "../../../views/measured/head-names.ts";
import { headNamesSvg } from "../../../views/measured/head-names-svg.ts";
import { headNamesText } from "../../../views/measured/head-names-text.ts";
import type { NumberGrid } from "../../../views/measured/number-grid.ts";
import { numberGridSvg } from "../../../views/measured/number-grid-svg.ts";
import { numberGridText } from "../../../views/measured/number-grid-text.ts";
import { countOf } from "../../../views/numbers.ts";
import {
  type AttentionRun,
  attentionOfLines,
  attentionRun,
  headNames,
  layerNames,
  ofMoments,
  type StackOptions,
  stageNumber,
} from "../../analysis/attention-run.ts";
import { familiesWritten } from "../../analysis/head-families.ts";
import {
  type RandomOptions,
  randomIds,
  randomInputs,
  specialIdsOf,
} from "../../analysis/random-texts.ts";
import { type FigureFacts, figure, figureFacts } from "../../figure.ts";
import { underHeading } from "../../heading.ts";
import { allOf } from "../../input/inputs.ts";
import { type Line, type LineOptions, readHeard, textsIn } from "../../input/lines.ts";
import { namesPicture, readsOf } from "../../input/text-input.ts";
import { endPhase, loadModel, type ModelOptions } from "../../loading.ts";
import { type ModelJson, modelJson } from "../../model-json.ts";
import { expectTexts } from "../../named.ts";
import { type FormatOptions, formatOf } from "../../options/format.ts";
import { refuseIdle } from "../../options/idle-options.ts";
import { csv, deliver, json } from "../../output.ts";
import { terminalOf } from "../../terminal/terminal.ts";

export interface HeadsOptions
  extends ModelOptions,
    FormatOptions,
    LineOptions,
    StackOptions,
    RandomOptions {
  readonly random?: boolean;
  readonly of?: string;
  readonly least?: string;
  readonly tags?: readonly string[];
  readonly families?: boolean | string;
  readonly wordsOnly?: boolean;
}

const formats = ["text", "json", "csv", "svg"] as const;
const usualLeast = 0.3;

/** `heed heads TEXT|PICTURE|--random`: what each head does, by name where it stands out. */
export async function heads(given: string | undefined, options: HeadsOptions): Promise<void> {
  const format = formatOf(options, formats);
  const isPicture = given !== undefined && namesPicture(given);
  const { random, families } = options;
  refuseIdle("heads", { ...options, format }, [
    isPicture && "a picture",
    ofMoments(given, options),
    given !== undefined && "a text",
  ]);
  const least = leastOf(options.least);
  const lines = isPicture || random ? undefined : await allOf(await readHeard(given, options));
  const model = await loadModel(options, readsOf(given));
  if (random && model.images)
    throw new InputError(
      `heads --random: ${model.label} reads pictures, and random texts are of tokens. Name a picture`,
    );
  if (model.audio) expectTexts(model, given);
  if (!isPicture && !random) expectTexts(model, given);
  const detector = headDetector();
  const agreement = families ? headAgreement() : undefined;
  const noun = nounIn(model, options.stack !== "decoder");
  const rareness = lines && lines.length > 1 ? rarenessIn(model, lines) : undefined;
  const stage = stageNumber(options.stage);
  for await (const found of runsOf(model, given, lines, options)) {
    const { run, tags } = found;
    const { grid } = run.inputs;
    const specialIds = specialIdsOf(model);
    const maps = options.wordsOnly
      ? withoutSpecial(found.maps, ({ special, id }) => special || specialIds.has(id))
      : found.maps;
    detector.add(
      maps,
      grid
        ? picturePatterns(maps, stagePatches(run, stage).grid)
        : noun === "moment"
          ? soundPatterns(maps)
          : textPatterns(maps, { tags, rareness, specialIds }),
    );
    agreement?.add(maps);
  }
  endPhase("run");
  const detection = detector.result();
  const about = {
    model: modelJson(model, options),
    ...(isPicture
      ? { image: sharedName(given!) }
      : random
        ? { random: randomIds(model, options).facts }
        : { texts: lines!.map((line) => textsIn(model, line)) }),
    count: detection.texts,
  };
  const facts = figureFacts(
    model,
    isPicture
      ? [basename(given)]
      : random
        ? ["random tokens that repeat"]
        : lines!.length > 1
          ? [countOf(lines!.length, "text")]
          : textsIn(model, lines![0]!),
  );
  const of = isPicture ? "picture" : model.audio ? "sound" : "text";
  const notes = notesOf(detection, {
    ...options,
    least,
    hasCounts: rareness !== undefined,
    noun,
    of,
  });
  const content = agreement
    ? familiesWritten(agreement.result(), detection, { ...options, format, least, about, facts })
    : options.of !== undefined
      ? patternWritten(detection, options.of, { ...options, format, about, facts, of })
      : namesWritten(detection, { ...options, format, least, about, facts, notes });
  await deliver(format === "text" ? underHeading(facts, content) : content, options, format);
}

type Found = AttentionRun & { readonly tags?: readonly string[] };

async function* runsOf(
  model: Model,
  given: string | undefined,
  lines: readonly Line[] | undefined,
  options: HeadsOptions,
): AsyncIterable<Found> {
  if (options.random) {
    for (const input of randomInputs(model, options)) yield attentionRun(model, input, options);
    return;
  }
  if (!lines) {
    yield attentionRun(model, await readImage(given!), options);
    return;
  }
  yield* attentionOfLines(model, lines, options);
}

/** The rarer in the texts given, the higher. */
function rarenessIn(
  model: Model,
  lines: readonly Line[],
): ((token: TextToken) => number) | undefined {
  const { tokenizer } = model;
  if (!tokenizer) return undefined;
  const counts = new Map<number, number>();
  for (const line of lines)
    for (const text of textsIn(model, line))
      for (const { id } of tokenizer.encode(text).tokens) counts.set(id, (counts.get(id) ?? 0) + 1);
  // Of tokens that are as rare here, the one with the higher id is rarer elsewhere, as vocabularies go.
  return ({ id }) => -(counts.get(id) ?? 0) + id / 1e9;
}

function leastOf(text: string | undefined): number {
  if (text === undefined) return usualLeast;
  const least = Number(text);
  if (text.trim() === "" || !(least > 0 && least <= 1))
    throw new InputError(`--least ${text}: needs a share above 0, to 1`);
  return least;
}

const wordsNote =
  "Special tokens are left out, and what is left of a row is divided by its sum: of a head that gives them nearly all, little is left to see.";

interface NoteFacts extends Pick<HeadsOptions, "random" | "wordsOnly"> {
  readonly least: number;
  readonly hasCounts: boolean;
  /** What is looked at, and what it is given in. */
  readonly noun: Noun;
  readonly of: "text" | "picture" | "sound";
}

function notesOf(
  { texts }: HeadDetection,
  { least, random, hasCounts, noun, of, wordsOnly }: NoteFacts,
): string[] {
  return [
    `Score: the weight on what the name says, the mean over the queries that have such keys. Chance: all keys it may see alike.${noun === "word" ? " As far: what the head gives other keys at the same distances." : ""} A head is named where its score covers ${least} of the way from the larger of them to 1.`,
    ...(noun === "word" ? [wordsOnly ? wordsNote : "--words-only leaves special tokens out."] : []),
    ...(texts === 1
      ? [
          of !== "text"
            ? `This is one ${of}: what a head does here it may not do in another.`
            : "This is one text: what a head does here it may not do elsewhere. Give many (--lines), or --random.",
        ]
      : []),
    ...(random
      ? ["The tokens are random and stand there again: what heads do here has no meaning to go by."]
      : []),
    ...(noun !== "word" || random
      ? []
      : [
          hasCounts
            ? "Rare: the tenth of a text's tokens that stand least often in all texts given."
            : "Rare: the tenth of the tokens with the highest ids; vocabularies are roughly by frequency.",
        ]),
  ];
}

interface Written extends Omit<HeadsOptions, "least" | "of"> {
  readonly format: (typeof formats)[number];
  readonly about: { readonly model: ModelJson };
  /** What a picture's caption says. */
  readonly facts: FigureFacts;
}

function namesWritten(
  detection: HeadDetection,
  {
    format,
    least,
    about,
    facts,
    notes,
    ...drawing
  }: Written & { least: number; notes: readonly string[] },
): string {
  const { layers, firstLayer = 0, heads, texts, patterns, broad } = detection;
  const names = nameHeads(detection, { least });
  const picture: HeadNames = {
    title: `What each head does, where it stands out${texts > 1 ? `, in ${countOf(texts, "text")}` : ""}`,
    layers,
    firstLayer,
    heads,
    names: strongestNames(detection, names).map(
      (name) => name && { short: name.short, excess: name.name === "broad" ? 0.15 : name.excess },
    ),
    listed: listedNames(names, texts > 1),
    notes,
  };
  if (format === "text") return headNamesText(picture, terminalOf(process.stdout));
  if (format === "svg")
    return headNamesSvg(
      picture,
      figure(drawing, facts, () => ({
        ...about,
        names: picture.names,
        listed: picture.listed,
      })),
    );
  const rows = Array.from({ length: layers * heads }, (_, place) => place);
  const chanceOf = (place: number) => Math.floor(place / heads);
  const address = (place: number) => headAt(place, { heads, firstLayer });
  if (format === "csv")
    return csv(
      ["layer", "head", "pattern", "score", "chance", "as_far", "spread", "texts", "named"],
      rows.flatMap((place) =>
        patterns.map((pattern) => {
          const { layer, head } = address(place);
          const isNamed = names.some(
            (one) => one.layer === layer && one.head === head && one.name === pattern.name,
          );
          return [
            layer,
            head,
            pattern.name,
            pattern.scores[place]!,
            pattern.chance[chanceOf(place)]!,
            pattern.habit?.[place] ?? "",
            pattern.texts > 1 ? pattern.spread[place]! : "",
            pattern.texts,
            isNamed ? 1 : 0,
          ];
        }),
      ),
    );
  return json({
    ...about,
    least,
    heads: rows.map((place) => {
      const { layer, head } = address(place);
      return {
        head: formatHead({ layer, head }),
        names: names
          .filter((one) => one.layer === layer && one.head === head)
          .map(({ name, excess }) => ({ name, excess })),
        broad: broad[place],
        patterns: Object.fromEntries(
          patterns.map((pattern) => [
            pattern.name,
            {
              score: pattern.scores[place],
              chance: pattern.chance[chanceOf(place)],
              ...(pattern.habit && { asFar: pattern.habit[place] }),
              ...(pattern.texts > 1 && { spread: pattern.spread[place] }),
              count: pattern.texts,
            },
          ]),
        ),
      };
    }),
    notes,
  });
}

/** Names with the heads that have them, the strongest first. */
function listedNames(names: readonly HeadName[], hasSpread: boolean): NamedHeads[] {
  const order = [...names].sort((a, b) => b.excess - a.excess);
  return [...new Set(order.map(({ name }) => name))].map((name) => {
    const [first, ...others] = order.filter((one) => one.name === name);
    const { spread, ...strongest } = first!;
    return {
      what: first!.what,
      strongest: { ...strongest, ...(hasSpread && { spread }) },
      others,
    };
  });
}

function patternWritten(
  detection: HeadDetection,
  name: string,
  { format, about, facts, of, ...drawing }: Written & { of: NoteFacts["of"] },
): string {
  const { layers, firstLayer = 0, heads, texts, patterns } = detection;
  const found = patterns.find((pattern) => pattern.name === name || pattern.short === name);
  if (!found)
    throw new InputError(
      `--of ${name}: ${texts === 1 ? `the ${of} has` : "the texts have"} ${patterns.map((pattern) => pattern.name).join(", ")}`,
    );
  const grid: NumberGrid = {
    title: `How much each head ${found.what}${texts > 1 ? `, in ${countOf(found.texts, "text")}` : ""}`,
    rows: layerNames(layers, firstLayer),
    columns: headNames(heads),
    values: found.scores,
    range: [0, 1],
    beside: { title: "chance", values: found.chance },
    notes: [
      "Beside each layer: what it would be if every query gave all the keys it may see alike.",
    ],
  };
  if (format === "text") return numberGridText(grid, terminalOf(process.stdout));
  if (format === "svg")
    return numberGridSvg(
      grid,
      figure(drawing, facts, () => ({ ...about, pattern: found })),
    );
  const rows = Array.from(found.scores, (score, place) => ({
    ...headAt(place, { heads, firstLayer }),
    score,
    chance: found.chance[Math.floor(place / heads)]!,
    habit: found.habit?.[place],
    spread: found.texts > 1 ? found.spread[place] : undefined,
  }));
  if (format === "csv")
    return csv(
      ["layer", "head", "pattern", "score", "chance", "as_far", "spread", "texts"],
      rows.map(({ layer, head, score, chance, habit, spread }) => [
        layer,
        head,
        found.name,
        score,
        chance,
        habit ?? "",
        spread ?? "",
        found.texts,
      ]),
    );
  return json({
    ...about,
    pattern: found.name,
    what: found.what,
    heads: rows.map(({ layer, head, score, chance, habit, spread }) => ({
      head: formatHead({ layer, head }),
      score,
      chance,
      asFar: habit,
      spread,
    })),
  });
}
