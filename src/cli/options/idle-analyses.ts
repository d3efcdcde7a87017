import { type IdleOption, noColors } from "./idle-option.ts";

/** When nobody looks at what a decoder reads. */
export const decoderText = [
  { option: "--decoder", without: ["--stack"], because: "it is what a decoder has written" },
  {
    option: "--decoder",
    with: ["--stack encoder"],
    because: "the encoder does not see what the decoder writes",
  },
];
/** With --lines a command has an answer for each text, which no picture has. */
export const picturesOfOne = {
  option: "--lines",
  with: ["--format svg"],
  because: "a picture is of one text",
};

const drawnOfOne = [
  picturesOfOne,
  { option: "--lines", with: ["--format html"], because: "a page is of one text" },
];

/** A map over a picture's patches is drawn as SVG in two themes, as PNG in one. */
const themeOfMaps = {
  option: "--theme",
  with: ["a picture", "--format png"],
  because: "a PNG is of one colour scale",
};

/** What a picture is not read beside. */
const aloneOfPictures = ["--lines", "--pair", "--ids", "--stack", "--decoder"].map((option) => ({
  option,
  with: ["a picture"],
  because: "a picture is read alone",
}));

/** What a sound is not read beside. */
const aloneOfSounds = ["--lines", "--pair", "--ids"].map((option) => ({
  option,
  with: ["a sound"],
  because: "a sound is read alone",
}));

/** What is about words, where moments are looked at. */
const wordsOfSounds = ["--tags", "--words-only"].map((option) => ({
  option,
  with: ["moments of a sound"],
  because: "moments are no words, and none is special",
}));

/** One number is explained. */
const ofOneNumber = [
  ...["--to", "--answers", "--class"].map((option) => ({
    option,
    with: ["--like"],
    because: "--like says what is explained",
  })),
  ...["--answers", "--class"].map((option) => ({
    option,
    with: ["--to"],
    because: "--to says what is explained",
  })),
  { option: "--word", with: ["--like"], because: "--like is of the whole sentence" },
  ...["--lines", "--pair", "--ids", "--decoder"].map((option) => ({
    option,
    with: ["a picture"],
    because: "a picture is read alone",
  })),
];

/** What does nothing with the commands that analyse and change: by command. */
export const idleAnalyses = {
  rollout: [...noColors, picturesOfOne],
  measure: [
    ...noColors,
    ...["--lines", "--pair", "--ids", "--tags", "--words-only", "--decoder"].map((option) => ({
      option,
      with: ["a picture"],
      because: "a picture has no words",
    })),
    ...wordsOfSounds,
    {
      option: "--class",
      without: ["--of classes", "--of sentences"],
      because: "only classes and sentences have classes",
    },
    { option: "--tags", without: ["--of classes"], because: "they are classes of words" },
    { option: "--head", without: ["--of drawn"], because: "every head has its number" },
    { option: "--smoothing", without: ["--of entropy"], because: "it is about entropy" },
    {
      option: "--words-only",
      without: ["--of entropy", "--of distance", "--of confidence"],
      because: "every token counts, or is in a class",
    },
  ],
  heads: [
    ...noColors,
    ...["--lines", "--pair", "--ids", "--tags", "--decoder", "--words-only"].map((option) => ({
      option,
      with: ["a picture"],
      because: "a picture has no words",
    })),
    ...wordsOfSounds,
    ...["a text", "--lines", "--pair", "--ids", "--tags", "--decoder"].map((option) => ({
      option,
      with: ["--random"],
      because: "the texts are drawn",
    })),
    ...["--length", "--repeats", "--texts"].map((option) => ({
      option,
      without: ["--random"],
      because: "it is about the texts that --random draws",
    })),
    {
      option: "--seed",
      without: ["--random", "--families"],
      because: "nothing is left to chance",
    },
    { option: "--of", with: ["--families"], because: "families are by all of the weights" },
    { option: "--least", with: ["--of"], because: "--of shows every head's score" },
  ],
  lens: [...noColors, picturesOfOne],
  attribute: [...noColors, picturesOfOne],
  norms: [
    ...noColors,
    picturesOfOne,
    {
      option: "--variant",
      without: ["--layer"],
      because: "it is about the heads of a layer together",
    },
    { option: "--layer", with: ["--head"], because: "the head has its layer" },
    {
      option: "--word",
      without: ["--head", "--layer"],
      because: "heads are measured over every word or patch",
    },
    ...aloneOfPictures,
    ...["--head", "--layer"].map((option) => ({
      ...themeOfMaps,
      with: [...themeOfMaps.with, option],
    })),
  ],
  zeroing: [...noColors, picturesOfOne, ...aloneOfPictures, themeOfMaps],
  saliency: [
    themeOfMaps,
    ...noColors,
    picturesOfOne,
    ...ofOneNumber,
    ...["--norm"].flatMap((option) =>
      ["input-times-gradient", "integrated-gradients"].map((method) => ({
        option,
        with: [`--method ${method}`],
        because: "a product has a sign, and no size is taken",
      })),
    ),
    ...["--baseline", "--steps"].flatMap((option) =>
      ["gradient", "input-times-gradient"].map((method) => ({
        option,
        with: [`--method ${method}`],
        because: "only integrated gradients go a way",
      })),
    ),
  ],
  relevance: [
    ...noColors,
    { ...picturesOfOne, without: ["--heads"] },
    { ...themeOfMaps, without: ["--heads"] },
    ...ofOneNumber,
    { option: "--head", with: ["--heads"], because: "every head has its number" },
    { option: "--head", with: ["a picture"], because: "links are shown between words" },
    { option: "--per-layer", without: ["--heads"], because: "it is about heads" },
    {
      option: "--stack",
      without: ["--head", "--heads"],
      because: "relevance goes through all stacks",
    },
  ],
  compare: [
    ...noColors,
    ...drawnOfOne,
    { option: "--lines", with: ["no text"], because: "no text is read" },
    ...["--word", "--to"].map((option) => ({
      option,
      with: ["no text"],
      because: "without a text weights alone are compared",
    })),
  ],
  circuit: noColors,
  stream: [...noColors, ...drawnOfOne, ...decoderText, ...aloneOfPictures],
  explain: [
    ...noColors,
    ...drawnOfOne,
    ...decoderText,
    ...aloneOfPictures,
    {
      option: "--matrix",
      without: ["--format json", "--json"],
      because: "JSON alone has numbers in full",
    },
  ],
  patch: [
    ...noColors,
    picturesOfOne,
    {
      option: "--save",
      with: ["--lines"],
      because: "an experiment's file is of one text",
    },
    ...aloneOfSounds,
    ...aloneOfPictures,
    {
      option: "--pair",
      with: ["--decoder"],
      because: "beside a text an experiment has a second one, or what the decoder reads",
    },
    { option: "--how", without: ["--cut"], because: "it says how --cut cuts" },
    { option: "--site", without: ["--from"], because: "it says what is taken from another text" },
    {
      option: "--site",
      with: ["--resample"],
      because: "what is resampled is named behind --resample",
    },
    { option: "--site", with: ["--path"], because: "senders give their outputs" },
    {
      option: "--texts",
      without: ["--mean", "--resample"],
      because: "it is what means go over and resamples are drawn from",
    },
    {
      option: "--head",
      without: ["--cut", "--from", "a link taken out"],
      because: "a head that is silenced stands behind --zero, --mean or --resample",
    },
    { option: "--head", with: ["--grid"], because: "a grid takes every head in turn" },
    {
      option: "--layers",
      without: ["--cut", "--from", "--steer", "--toward", "--grid", "a word taken out"],
      because: "a layer that is silenced stands behind --zero, --mean or --resample: L4",
    },
    ...["--at", "--controls", "--path", "--steer", "--cut", "--toward"].map((option) => ({
      option,
      with: ["--grid"],
      because: "a grid's cells are made one by one, each a change of its own",
    })),
    {
      option: "--class",
      with: ["--answers"],
      because: "a model has a head for words or for classes",
    },
    ...["--answers", "--class"].map((option) => ({
      option,
      with: ["--divergence"],
      because: "a divergence is of the whole prediction",
    })),
    {
      option: "--foretell",
      with: ["--divergence"],
      because: "a prediction compared with itself has no slope",
    },
  ],
  matter: [
    ...noColors,
    ...aloneOfSounds.filter(({ option }) => option !== "--pair"),
    ...aloneOfPictures.filter(({ option }) => option !== "--pair"),
    ...["--from", "--texts"].map((option) => ({
      option,
      without: ["--by"],
      because: "a link is cut without another text",
    })),
    { option: "--links", with: ["--to"], because: "each head has one link to one word" },
    { option: "--links", with: ["--by"], because: "a silenced head has no link of its own" },
    {
      option: "--controls",
      with: ["--by"],
      because: "a silenced head stands beside the other heads",
    },
    {
      option: "--class",
      with: ["--answers"],
      because: "a model has a head for words or for classes",
    },
  ],
  run: noColors,
} satisfies Readonly<Record<string, readonly IdleOption[]>>;
