import { InputError } from "../../errors/errors.ts";
import { runFormats } from "../run-file.ts";
import { decoderText, idleAnalyses, picturesOfOne } from "./idle-analyses.ts";
import { type IdleOption, noColors } from "./idle-option.ts";

const needsSampling = "without chance the most probable token is taken each time";
const isSampled = ["--temperature", "--top-k", "--top-p", "--min-p", "--top-h", "--typical-p"];
const writing = [
  { option: "--seed", with: ["--temperature 0"], because: needsSampling },
  {
    option: "--seed",
    without: [...isSampled, "a checkpoint that samples"],
    because: needsSampling,
  },
  ...isSampled.slice(1).map((option) => ({
    option,
    with: ["--temperature 0"],
    because: needsSampling,
  })),
  ...["--length-penalty", "--early-stopping"].map((option) => ({
    option,
    without: ["--num-beams"],
    because: "it says how beams are compared",
  })),
];
const allHeads = "CSV holds every head";
const partOfPage = ["--heads", "--layers"].map((option) => ({
  option,
  without: ["--format html"],
  because: "it says what a page holds (--out page.html)",
}));
const drawsOne = "the picture is of one word in one head";
const wordsOfTexts = "is for words of a text; a picture has --word and --head";

/** Files of tensors alone name sites. */
const namesOfFiles = {
  option: "--names",
  without: ["--format npz", "--format safetensors"],
  because: "npz and safetensors hold sites by their names",
};

/** What does nothing, command by command; "load" holds for all that load a model, "picture" for pictures. */
export const idleOptions = {
  load: [
    {
      option: "--revision",
      without: ["--model"],
      because: "the model that comes with heed has one version",
    },
    ...["half", "stored"].map((dtype) => ({
      option: `--dtype ${dtype}`,
      with: ["--backend reference"],
      because: "the reference keeps every weight as float32",
    })),
  ],
  look: [
    ...noColors,
    namesOfFiles,
    ...decoderText,
    {
      option: "--near",
      with: ["--stack cross"],
      because: "no word of one text stands beside a word of the other",
    },
    ...runFormats.flatMap((format) =>
      ["--word", "--to", "--head", "--near", "--lines"].map((option) => ({
        option,
        with: [`--format ${format}`],
        because: "the file holds every weight of one text",
      })),
    ),
    ...["svg", "html"].map((format) => ({
      option: "--lines",
      with: [`--format ${format}`],
      because: "a picture is of one text",
    })),
    ...partOfPage,
    { option: "--to", with: ["--format csv"], because: "CSV holds the weights on every word" },
    { option: "--head", with: ["--format csv"], because: allHeads },
    {
      option: "--near",
      with: ["--format csv", "--word"],
      because: "CSV holds the weights on every word",
    },
    ...["svg", "html"].flatMap((format) => [
      { option: "--to", with: [`--format ${format}`, "--head"], because: drawsOne },
      { option: "--near", with: [`--format ${format}`, "--word", "--head"], because: drawsOne },
      {
        option: "--near",
        with: [`--format ${format}`, "--word", "--to"],
        because: `${drawsOne}, which --to chooses`,
      },
      {
        option: "a second word of --to",
        with: [`--format ${format}`],
        because: `${drawsOne}, which the first chooses`,
      },
    ]),
  ],
  site: [
    ...noColors,
    namesOfFiles,
    ...partOfPage,
    { option: "--lines", with: ["--site"], because: "a site's numbers are those of one text" },
    { option: "--theme", with: ["--site"], because: "numbers have no colours" },
    ...["--word", "--to", "--near"].map((option) => ({
      option,
      with: ["--site"],
      because: "a site's numbers are printed as they are",
    })),
    ...["json", "csv", ...runFormats].map((format) => ({
      option: "--head",
      with: ["--site", `--format ${format}`],
      because: "all heads are written",
    })),
    { option: "--stack", with: ["--site"], because: "the site's name says its stack" },
    ...["--pair", "--ids", "--decoder"].map((option) => ({
      option,
      with: ["a picture"],
      because: "a picture is read alone",
    })),
    {
      option: "--decoder",
      without: ["a site of the decoder"],
      because: "the site is not the decoder's",
    },
    {
      option: "--head",
      without: ["an axis of heads"],
      because: "the site has one value for all heads",
    },
  ],
  picture: [
    ...noColors,
    namesOfFiles,
    ...["--heads", "--layers"].map((option) => ({
      option,
      because: "the page of a picture holds every head",
    })),
    { option: "--theme", with: ["--format png"], because: "a PNG is of one colour scale" },
    { option: "--lines", because: "a picture has no lines" },
    { option: "--ids", because: "a picture is read alone" },
    { option: "--to", because: `--to ${wordsOfTexts}` },
    { option: "--near", because: `--near ${wordsOfTexts}` },
    ...["--pair", "--stack", "--decoder"].map((option) => ({
      option,
      because: "a picture is read alone",
    })),
    { option: "--head", with: ["--format csv"], because: allHeads },
  ],
  show: [
    ...noColors,
    picturesOfOne,
    ...decoderText,
    { option: "a second word of --to", because: "show follows one word" },
    { option: "--word", with: ["a head", "--format csv"], because: "CSV holds all words" },
    { option: "--to", with: ["a head", "--format csv"], because: "CSV holds all words" },
    { option: "--to", with: ["a head", "--format svg"], because: "the picture holds all words" },
  ],
  ...idleAnalyses,
  sites: [{ option: "--names", with: ["--format json"], because: "JSON holds the names of both" }],
  parameters: [
    ...noColors,
    { option: "--theme", without: ["a name"], because: "a list of them has no colours" },
  ],
  generate: [
    ...noColors,
    { option: "--theme", without: ["--attention"], because: "only weights are coloured" },
    {
      option: "--head",
      without: ["--attention"],
      because: "it says which head --attention looks in",
    },
    { option: "--system", without: ["--chat"], because: "it is told to a chat model" },
    {
      option: "--decoder",
      with: ["--chat"],
      because: "a chat's template makes one text of its messages",
    },
    ...writing,
  ],
  chat: writing,
  film: [
    ...["text", "json"].map((format) => ({
      option: "--theme",
      with: [`--format ${format}`],
      because: "the page and the strip alone have colours",
    })),
    { option: "--no-caption", because: "a film has none" },
  ],
  tokens: [
    { option: "--tower", because: "a checkpoint has one tokenizer" },
    { option: "--backend", because: "nothing is computed" },
    { option: "--dtype", because: "no weights are read" },
  ],
  classify: [
    ...["--max-tokens", "--truncation"].flatMap((option) => [
      { option, with: ["a picture"], because: "a picture is read whole" },
      { option, with: ["--ids"], because: "ids are read as they are" },
      { option, with: ["a classifier of tokens"], because: "a long text is read in windows" },
    ]),
    { option: "--lines", with: ["a picture"], because: "a picture has no lines" },
    { option: "--pair", with: ["a picture"], because: "a picture is read alone" },
    { option: "--ids", with: ["a picture"], because: "a picture is read alone" },
    ...["--max-tokens", "--truncation", "--lines", "--pair", "--ids"].map((option) => ({
      option,
      with: ["a sound"],
      because: "a sound is read whole, and alone",
    })),
    {
      option: "--pair",
      with: ["a classifier of tokens"],
      because: "the tokens of one text are classified",
    },
    {
      option: "--function",
      with: ["a classifier of tokens"],
      because: "a token's scores are always shares of one",
    },
    {
      option: "--top-k",
      with: ["a classifier of tokens", "--format text"],
      because: "each token is shown with its best label",
    },
    {
      option: "--top-k",
      with: ["--aggregation", "--format csv"],
      because: "what tokens make up has one label",
    },
    ...["--aggregation", "--ignore"].map((option) => ({
      option,
      with: ["a classifier of wholes"],
      because: "it is for models that label tokens",
    })),
    {
      option: "--ignore",
      with: ["--format text"],
      without: ["--aggregation"],
      because: "every token is shown, until --aggregation puts them together",
    },
    {
      option: "--ignore",
      with: ["--format csv"],
      without: ["--aggregation"],
      because: "every token is shown, until --aggregation puts them together",
    },
  ],
  plan: [
    { option: "--model", because: "the model is named behind plan: heed plan gpt2" },
    { option: "--dtype", because: "memory is counted in float32, float16 and int8" },
    { option: "--tower", because: "both towers are counted; --type clip_text_model counts one" },
    ...["--base", "--without-adapter"].map((option) => ({
      option,
      because: "a config is counted, and an adapter has none: name its base behind plan",
    })),
    ...["--source-language", "--target-language"].map((option) => ({
      option,
      because: "no text is read",
    })),
    { option: "--timing", because: "nothing is loaded" },
    { option: "--backend", with: ["--no-measure"], because: "it says what is measured" },
    { option: "--revision", without: ["a hub id"], because: "only a hub id has revisions" },
  ],
  verify: [
    {
      option: "--model",
      because: "the folders are named behind verify: heed verify models/all-MiniLM-L6-v2",
    },
    { option: "--revision", because: "only a hub id has revisions, and verify reads folders" },
    { option: "--type", because: "verify reads folders as their config.json describes them" },
    { option: "--head-class", because: "verify reads folders as their config.json describes them" },
    { option: "--tower", because: "verify reads folders as their config.json describes them" },
    ...["--base", "--without-adapter", "--source-language", "--target-language"].map((option) => ({
      option,
      because: "verify reads folders as they are",
    })),
    { option: "--timing", because: "several models may be loaded" },
    { option: "--all", with: ["--format json"], because: "JSON holds every site" },
    ...["--all", "--tolerance"].map((option) => ({
      option,
      without: ["a recorded trace"],
      because: "only the sites of a trace are compared by it",
    })),
    ...["--backend", "--dtype"].map((option) => ({
      option,
      without: ["a recorded trace", "recorded answers"],
      because: "tokens and pixels are compared without a model",
    })),
    {
      option: "--image-backend",
      without: ["recorded pictures"],
      because: "no picture is prepared",
    },
  ],
} satisfies Readonly<Record<string, readonly IdleOption[]>>;

/** Throws InputError for the first option that would change nothing. `facts` are what options do not say: "a picture". */
export function refuseIdle(
  command: keyof typeof idleOptions,
  options: object,
  facts: readonly (string | false)[] = [],
): void {
  const given = new Set<string | false>([...facts, ...Object.entries(options).flatMap(namesOf)]);
  const rules: readonly IdleOption[] = idleOptions[command];
  const idle = rules.find(
    ({ option, with: beside = [], without = [] }) =>
      given.has(option) &&
      beside.every((name) => given.has(name)) &&
      !without.some((name) => given.has(name)),
  );
  if (idle) throw new InputError(refusal(idle));
}

/** "--near does nothing with --site: …" */
export function refusal({ option, with: beside = [], without = [], because }: IdleOption): string {
  const company = [
    ...(beside.length > 0 ? [` with ${beside.join(" and ")}`] : []),
    ...(without.length > 0 ? [` without ${without.join(" or ")}`] : []),
  ];
  return `${option} does nothing${company.join("")}: ${because}`;
}

/** An option as rules name it: topK "40" is "--top-k" and "--top-k 40". */
function namesOf([key, value]: [string, unknown]): string[] {
  const name = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  if (value === undefined) return [];
  if (typeof value === "boolean") return [value ? name : `--no-${name.slice(2)}`];
  if (Array.isArray(value)) return value.length > 1 ? [name, `a second word of ${name}`] : [name];
  const number = Number(value);
  return [name, `${name} ${Number.isNaN(number) ? value : number}`];
}
