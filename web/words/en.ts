import { drawnEnglish, filmWords, stepWords } from "heed/elements";
import { pluralsOf } from "./plural.ts";

const plural = pluralsOf("en");
const layersOf = (count: number) => `${count} ${plural(count, { one: "layer", other: "layers" })}`;
const headsOf = (count: number | string) =>
  `${count} ${plural(count, { one: "head", other: "heads" })}`;

/** What was counted when heads were cut. */
interface CutFacts {
  readonly head: string;
  readonly left: string;
  readonly whole: string;
  readonly others: string;
  readonly chance: string;
}

/** All words of the page in English: the language that the others are held to. */
export const english = {
  /** The sentence on top. */
  sentence: {
    label: "The sentence: tap a word to see where it looks, tap a number to pin a word",
    input: "Your sentence",
    edit: "Change the sentence",
    look: (word: string) => `Where does “${word}” look?`,
    weight: (word: string, weight: string) => `“${word}” is looked at ${weight}: pin it`,
    pin: (word: string) => `Pin “${word}”`,
    swap: (from: string, to: string) => `Write “${to}” in place of “${from}”`,
  },

  /** The picture, where the model reads pictures. */
  picture: {
    taps: "A tap chooses the patch",
    looks: "that looks",
    compared: "to compare",
    plain: "without colours",
    patch: (place: string) => `patch ${place}`,
    unpin: (patch: string) => `Let ${patch} go`,
    choose: "Choose a picture",
    another: "Another picture",
    drop: "This model reads pictures. Drop one here: PNG, JPEG or WebP. It stays on this computer.",
    missing: (name: string) =>
      `The link is about a picture, “${name}”. Pictures do not fit into links: choose it here.`,
    failed: (reason: string) => `This picture cannot be shown: ${reason}`,
    noReader: (model: string) =>
      `${model} reads texts, not pictures. Load a model that does: google/vit-base-patch16-224.`,
    linkWithout: (name: string) =>
      `Copied. The picture does not fit into a link: whoever opens it chooses “${name}” there.`,
    beforeAfter: "Of pictures, before and after your changes are compared.",
    legend: {
      weight: "weight",
      gives: (shares: readonly string[], together: string) =>
        `gives ${[...shares, `all patches together ${together}`].join(", ")}`,
      merged: (layer: number, rows: number, columns: number) =>
        `Layer ${layer} has ${rows} × ${columns} patches: neighbours have become one.`,
      reach: (seen: number, all: number) =>
        `It sees ${seen} of ${all}, those of its window; the others are hatched.`,
    },
  },

  /** What is said otherwise where the model reads a picture: its tokens are patches. The same places as above. */
  ofPicture: {
    drawn: {
      headMap:
        "Heat map of the head: arrow keys choose the patch that looks and the patch looked at",
    },
    first: {
      hint: (head: string, layer: string, number: string, all: string) =>
        `${head} is head ${number} of layer ${layer}, one of ${all} ways in which this model looks.`,
      headGridPlain: "Rows are layers. Pin a patch to see which heads look at it.",
      nothing: (patch: string) => `“${patch}” has no other patch to look at.`,
    },
    steps: {
      notEmbedding: (layers: string) =>
        `Here x is not the embedding of the patch but what ${layers} made of it.`,
      isEmbedding:
        "In the first layer x is made of two things alone: what a patch shows, through one learned matrix, and where it lies; [CLS] shows nothing, its numbers are learned. Nearly what articles draw.",
      element: {
        moreTokens: "{count} more patches, looked at less",
        fewerTokens: "Fewer patches",
        keysOfAll: "k of every patch: what it can be found by",
        valuesOfAll: "v of every patch: what it hands over",
        productsOfAll: "q ∘ k of every patch, and its sum",
        carried: "weight · v of every patch, and their sum",
      },
    },
    change: {
      tools: { word: "A patch" },
      linkIntro: "In {head}, {query} looks at these patches. Drag a weight, or cut a link.",
      showAll: (count: number) => `Show all ${count} patches`,
      by: { mean: "the mean over this picture's tokens" },
      allWords: "all patches",
      wordIntro: "Mask a patch, for the whole model.",
      wordLabel: "Which patch",
      maskLooks: "no patch may look at it, in any head",
      swapIntro: "Put what one patch has in the place of what another has.",
      noSelf: "Choose another patch",
      saidHidden: (key: string) => `no patch looks at “${key}”`,
      station: { sentence: "vector of the picture" },
      why: (heads: string, one: string, count: number, all: string, vector: string) =>
        `Why: the output of ${heads} turned ${one}, but it is one of ${count} heads, which together turned ${all}; and they are added to what the patch had before, which turned ${vector}.`,
    },
    heads: {
      loading: "The heads appear when the model has looked at the picture.",
      intro: (count: string) =>
        `This model looks at the picture with ${headsOf(count)}. Each one looks in its own way. Tap a head to open it.`,
      says: {
        pattern:
          "The picture as each head weighs it: the brighter a patch, the more of the attention it gets.",
        entropy: (query: string) =>
          `How evenly ${query} spreads its attention (entropy, in nats): 0 is all on one patch, more is wider.`,
        distance: (query: string) =>
          `How far from ${query} the patches are that it looks at, on average: 1 is a patch beside it.`,
        special: (query: string) =>
          `How much of its attention ${query} gives to tokens that are no patches, such as [CLS].`,
      },
      mostly: (does: string) => `Over all patches of this picture, it mostly ${does}.`,
      linksLabel: "Strongest links of the head: choose one to pin its patches",
      linksNone: "No patch looks at another here.",
    },
    menu: { compare: "Compare before and after" },
    learn: {
      doesNotHold:
        "The tour is about a sentence, and this model looks at pictures. The model that comes with this page reads sentences.",
    },
    compare: {
      alike: "How alike the two patches are",
      intro: "The picture before and after your changes: see what becomes different, and where.",
      before: "Before and after",
      chooseWord: (where: string) => `${where}: tap a patch to compare it`,
      word: "patch",
      leftOut: (count: string) => `${count} patches with the smallest differences are left out.`,
      headsSays:
        "The share of a head's attention that goes to other patches in the second: 0 is the same, 1 is altogether elsewhere.",
    },
  },

  /** What pictures of weights say. */
  drawn: drawnEnglish,

  /** The sound, where the model hears. */
  sound: {
    label: "The sound: tap a moment, or move with the arrow keys",
    taps: "A tap chooses the moment",
    looks: "that looks",
    compared: "to compare",
    tapPins: "A tap pins the moment that is looked at",
    unpin: (moment: string) => `Let ${moment} go`,
    choose: "Choose a sound",
    another: "Another sound",
    drop: "This model hears. Drop a sound here: WAV, or whatever else this browser plays. It stays on this computer.",
    missing: (name: string) =>
      `The link is about a sound, “${name}”. Sounds do not fit into links: choose it here.`,
    failed: (reason: string) => `This sound cannot be heard: ${reason}`,
    noReader: (model: string) =>
      `${model} hears nothing. Load a model that does: openai/whisper-tiny.`,
    noSound: (name: string) => `“${name}” is no sound.`,
    linkWithout: (name: string) =>
      `Copied. The sound does not fit into a link: whoever opens it chooses “${name}” there.`,
    shows:
      "Above, what the model was given: how loud every pitch is from moment to moment (log-mel features), low tones below; silence that fills it up is hatched. Under them, the weights, the largest as tall as there is room.",
    cut: (read: string, whole: string) =>
      `The model reads ${read} s at once: of ${whole} s, the beginning is heard.`,
    whole: (seconds: string, read: string) =>
      `${seconds} s of sound; the model reads ${read} s at once.`,
    byHeed: "Decoded by heed: the same samples as in Python.",
    byBrowser: (rate: string) =>
      `Decoded by this browser and resampled to ${rate} samples a second: the last digits may differ in another one. A WAV file of that rate is decoded by heed itself.`,
    resampled: (from: string, to: string) =>
      `This file has ${from} samples a second, the model reads ${to}: this browser has resampled it, in its own way, so that the last digits may differ in another one.`,
    moments: (count: number) => `${count} moments`,
    hearing: "One moment: the model is writing down what is said.",
    times: "Said:",
    timesLabel: "What is said, with times: choose a word to pin its beginning",
    pinWord: (word: string) => `Pin the moment at which “${word}” begins`,
    noTimes:
      "The files of this model do not say which heads follow the sound, so its words have no times.",
    otherTokens: "Put together again, this text has other tokens than the model wrote.",
  },

  /** What is said otherwise where the model hears: always, and where the sound looks at itself, whose tokens are moments. The same places as above. */
  ofSound: {
    always: {
      picture: { beforeAfter: "Of sounds, before and after your changes are compared." },
      parts: {
        encoder: "Listening",
        cross: "Writing → listening",
        says: {
          encoder:
            "This model hears a sound and writes a text. Here is what it hears: each moment looks at the others (encoder).",
          cross:
            "Here what it has written, above, looks at what it has heard, below (cross-attention).",
        },
      },
      menu: { compare: "Compare before and after" },
      learn: {
        doesNotHold:
          "The tour is about a sentence, and this model hears sounds. The model that comes with this page reads sentences.",
      },
      heads: {
        loading: "The heads appear when the model has heard the sound.",
        intro: (count: string) =>
          `This model hears the sound with ${headsOf(count)}. Each one looks in its own way. Tap a head to open it.`,
      },
      compare: {
        intro: "The sound before and after your changes: see what becomes different, and where.",
        before: "Before and after",
      },
    },
    heard: {
      drawn: {
        headMap:
          "Heat map of the head: arrow keys choose the moment that looks and the moment looked at",
      },
      first: {
        hint: (head: string, layer: string, number: string, all: string) =>
          `${head} is head ${number} of layer ${layer}, one of ${all} ways in which this model looks.`,
        headGridPlain: "Rows are layers. Pin a moment to see which heads look at it.",
        nothing: (moment: string) => `“${moment}” has no other moment to look at.`,
      },
      steps: {
        notEmbedding: (layers: string) =>
          `Here x is not the embedding of the moment but what ${layers} made of it.`,
        isEmbedding:
          "In the first layer x is made of two things alone: what a moment sounds like, through two learned convolutions, and when it is.",
        element: {
          moreTokens: "{count} more moments, looked at less",
          fewerTokens: "Fewer moments",
          keysOfAll: "k of every moment: what it can be found by",
          valuesOfAll: "v of every moment: what it hands over",
          productsOfAll: "q ∘ k of every moment, and its sum",
          carried: "weight · v of every moment, and their sum",
        },
      },
      change: {
        tools: { word: "A moment" },
        linkIntro: "In {head}, {query} looks at these moments. Drag a weight, or cut a link.",
        showAll: (count: number) => `Show all ${count} moments`,
        allWords: "all moments",
        wordIntro: "Mask a moment, for the whole model.",
        wordLabel: "Which moment",
        maskLooks: "no moment may look at it, in any head",
        swapIntro: "Put what one moment has in the place of what another has.",
        noSelf: "Choose another moment",
        by: { mean: "the mean over this sound's tokens" },
        saidHidden: (key: string) => `no moment looks at “${key}”`,
        why: (heads: string, one: string, count: number, all: string, vector: string) =>
          `Why: the output of ${heads} turned ${one}, but it is one of ${count} heads, which together turned ${all}; and they are added to what the moment had before, which turned ${vector}.`,
      },
      compare: {
        alike: "How alike the two moments are",
        word: "moment",
        chooseWord: (where: string) => `${where}: tap a moment to compare it`,
        leftOut: (count: string) => `${count} moments with the smallest differences are left out.`,
        headsSays:
          "The share of a head's attention that goes to other moments in the second: 0 is the same, 1 is altogether elsewhere.",
      },
      heads: {
        linksNone: "No moment looks at another here.",
        says: {
          entropy: (query: string) =>
            `How evenly ${query} spreads its attention (entropy, in nats): 0 is all on one moment, more is wider.`,
          distance: (query: string) =>
            `How far from ${query} the moments are that it looks at, on average: 1 is a moment beside it.`,
        },
        mostly: (does: string) => `Over all moments of this sound, it mostly ${does}.`,
        linksLabel: "Strongest links of the head: choose one to pin its moments",
      },
    },
  },

  /** The first screen. */
  first: {
    title: "heed: see attention happen",
    headChip: (head: string) => `${head}: choose another head`,
    headGrid: (query: string, key: string) =>
      `The darker, the more “${query}” looks at “${key}” in that head. Rows are layers.`,
    headGridPlain: "Rows are layers. Pin a word to see which heads look at it.",
    headCell: (head: string, weight: string) => `${head}: ${weight}`,
    allHeads: "All heads",
    found: (head: string) =>
      `In ${head}, {query} looks at {most} with {weight} of its attention, and at {next} with {nextWeight}. All its weights add up to 1.`,
    foundOne: (head: string) =>
      `In ${head}, {query} looks at {most} with {weight} of its attention.`,
    onlyItself: (head: string) =>
      `In ${head}, {query} can look only at itself: all of its attention stays there.`,
    looksBack: "This model reads forward: what comes after {query} is hidden from it.",
    leftOut:
      "Left out is {rest}, with {restWeight}: heads of such models rest on a text’s first word when they find nothing.",
    rests: (some: number, all: number) =>
      `${some} of ${all} heads give the first token more than half of its attention: there they rest.`,
    hint: (head: string, layer: string, number: string, all: string) =>
      `${head} is head ${number} of layer ${layer}, one of ${all} ways in which this model looks. Tap a word to see where it looks, a number to pin its word.`,
    nothing: (word: string) => `“${word}” has no other word to look at.`,
    loading: "One moment: the first numbers are coming.",
    noInput: "There is nothing to show yet: choose what the model reads, above.",
    failed: "This could not be computed:",
    withoutChanges: "Show it without the changes",
    why: "Why?",
    whatIf: "What if?",
    otherHeads: "Other heads",
    close: "Close",
    showMe: "Show me, 6 minutes",
    notNow: "Not now",
    invitation: "New here? Ten short stops, and you know what attention is.",
    linkFrom: (version: string, own: string) =>
      `This link was made by heed ${version}; this is heed ${own}: numbers may differ in their last digits.`,
    linkUnread: (part: string, reason: string) => `Of the link, “${part}” was left out: ${reason}.`,
    /** What a part of a link may be, where it is something else. */
    linkRules: {
      oneOf: "it is one of {values}",
      fileName: "it is a file's name, of 200 letters at most",
      model: "it is written embedded, stories, hub:owner/name or hub:owner/name@revision",
      head: "it is written L5H11",
      token: "it is a token's number, from 0",
      keys: "they are at most two tokens' numbers, from 0",
      step: "it is a step's name",
      training: "it is a task and a seed, such as world,1. Tasks: {values}",
      from: "it is 0 or 1",
      language: "it is a tag such as en",
      text: "it is a text",
      changes: "no list of changes can be read from it ({values})",
    },
    linkBeyond: (names: string, layers: number, heads: number, tokens: number) =>
      `Of the link, ${names} was left out: here are ${layers} layers of ${heads} heads and ${tokens} tokens, counted from 0.`,
  },

  /** What the model's head says. */
  says: {
    next: "It expects next",
    class: "It takes this for",
    start: "The answer begins at",
    end: "The answer ends at",
    replaced: "It holds for replaced",
    label: (word: string) => `It labels ${word}`,
    hidden: (word: string, place: string) => `In place of ${word}, token ${place}`,
    after: (word: string) => `After “${word}” it expects`,
    inPlaceOf: (word: string) => `In place of “${word}” it expects`,
    write: (word: string) => `Write “${word}” at the end`,
    written: "What it has written",
    letWrite: "Let it write",
    stop: "Stop",
    anew: "Begin anew",
  },

  /** Which part of a model is looked at: see PartsElement. */
  parts: {
    towers: "Which part of the model",
    vision: "Picture",
    text: "Text",
    attentions: "Whose attention",
    encoder: "Reading",
    decoder: "Writing",
    cross: "Writing → reading",
    looking: "What it has written: tap what looks",
    says: {
      encoder:
        "This model reads one text and writes another. Here is what it reads, which looks at itself (encoder).",
      decoder: "Here is what it has written so far, which looks back at itself (decoder).",
      cross: "Here what it has written, above, looks at what it has read, below (cross-attention).",
    },
  },

  /** How well texts fit a picture. */
  fits: {
    title: "How well do texts fit the picture?",
    texts: "Texts, with commas between",
    usual: "a cat, a dog, a house, a street",
    byItself: "Each text is judged by itself.",
    together: "The texts share 100 %: the likeliest is likelier than the others here, no more.",
    cosine: (value: string) => `cosine ${value}`,
    needsPicture: "Choose a picture, and this text is compared with it.",
  },

  /** What the model is, and how far it has come. */
  loading: {
    model: (name: string) => `Loading ${name}`,
    bytes: (received: number, total: number) => `${received} of ${total} MB`,
    ready: (name: string, layers: number, heads: number | string) =>
      `${name}: ${layersOf(layers)} × ${headsOf(heads)}`,
    tokens: (tokens: number, words: number) =>
      `${tokens} ${plural(tokens, { one: "token", other: "tokens" })}, ${words} ${plural(words, { one: "word", other: "words" })}`,
    patches: (rows: number, columns: number) => `${rows} × ${columns} patches`,
    recorded: "recorded",
    recordedWhy: "These numbers were recorded; once the model has loaded, it computes them here",
    failed: "The model could not be loaded:",
    notRecorded:
      "Only the first sentence was recorded. The model is still loading: it answers this as soon as it is there.",
  },

  /** The menu. */
  menu: {
    open: "Menu",
    examples: "Examples",
    works: "Where it follows the meaning",
    fails: "Where it fails",
    learn: "Learn: ten stops",
    train: "Train a small model",
    compare: "Compare two sentences",
    models: "Other models",
    talk: "A talk of several views",
    shown: "How it is shown",
    language: "Language",
    theme: "Colours",
    themeAuto: "as the system",
    themeLight: "light",
    themeDark: "dark",
    notation: "Formulas",
    counting: "Counting",
    fromZero: "from 0",
    fromOne: "from 1",
    present: "Present: one view fills the screen",
  },

  /** What each example shows, by its name in web/examples. */
  examples: {
    tired: "Who can be tired? it looks at the cat.",
    dirty: "One other word, and it looks at the mat.",
    hungry: "Mats are not hungry: the cat again.",
    asleep: "The cat again.",
    sofa: "Other nouns, and the choice moves the same way.",
    far: "Fourteen words between: attention does not care how far.",
    everyone: "In L5H11 every word looks at the cat: a bright head need not mean anything.",
    trophy: "A person knows it is the suitcase. This head says the trophy.",
    street: "Streets are wide, animals are not. This head says the animal.",
    cup: "The cup is full. This head says the bottle.",
    kind: "The boy is kind. This head says the girl.",
  },

  /** The panel Steps (Why?). */
  steps: {
    title: "Why?",
    asking: "One moment: every number on the way is being computed.",
    needsModel: "The steps need the model, which is still loading.",
    failed: "These steps could not be computed:",
    more: "More of the answer",
    answer: {
      weights: (head: string) =>
        `In ${head}, {query} gives {first} {firstWeight} of its attention, and {second} {secondWeight}.`,
      scores:
        "These weights come from scores, {firstScore} for {first} and {secondScore} for {second}. {leader} leads by {lead}, and softmax turns that into {times} times the weight.",
    },
    notEmbedding: (layers: string) =>
      `Here x is not the embedding of the word but what ${layers} made of it.`,
    oneLayer: (layer: string) => `layer ${layer}`,
    layers: (first: string, last: string) => `layers ${first} to ${last}`,
    layerZero: (layer: string) => `Layer ${layer}: nearly what articles draw`,
    isEmbedding:
      "In the first layer x is made of tables alone: what {word} is, and where it stands. Nearly what articles draw.",
    backTo: (head: string) => `Back to ${head}`,
    /** What the analysis says, formulas and names too: what stands in braces comes from it. */
    phrases: {
      word: "word",
      words: "words",
      patch: "patch",
      patches: "patches",
      moment: "moment",
      moments: "moments",
      streamIn: "x = the stream",
      everyKey: "for each of {count} {words}, from its vector",
      everyKeyOther: "for each of {count} {words}, from the encoder's vector",
      each: "→ {size} each",
      oneNumber: "{sizes} → one number a {word}",
      turned: "{sizes}, then turned by its position (rotary)",
      overWriters: "q · k = Σ over what wrote the key's stream (then the query's)",
      overPairs: "q · k = Σ over pairs: token · token, token · position, …",
      overPatches: "q · k = Σ over pairs: patch · patch, patch · position, …",
      overMoments: "q · k = Σ over pairs: moment · moment, moment · position, …",
      fromProduct: "q · k = {sum}, from {product}",
      overKeys: "over {count} {words}",
      headsTimes: "{count} heads × {sizes}",
      ofThisHead: "{formula} of this head",
      ofThisHeadThen: "{formula} of this head · mixed",
      mixedIs: "mixed = {sum}",
      mixed: "mixed",
      mixedNumber: "mixed[{number}]",
      sumOfValues: "Σ weight · v",
      sumOfValuesTurned: "Σ v · weight",
      scoreParts: "score = content + position + bias + mask",
      softmaxIs: "weight = e^score / Σ e^score",
      streamNormed: "stream = norm(stream + Σ heads + b)",
      streamAdded: "stream = stream + Σ heads + b",
      xNormed: "x = norm(stream)",
      stream: "stream",
      whatTold:
        "What tells {first} from {second} was written into them before this layer; the largest parts of the lead come from {parts}.",
      whatTellsFirst: "What tells {first} from {second} here is mostly {parts}.",
      productsTold:
        "Of the {count} products that make up q · k, {favour} favour {first} and {oppose} favour {second}; the largest alone is {share}% of the lead: it is their sum that counts.",
      productsAlike:
        "By q · k alone {first} and {second} are alike: what tells them apart is in the other parts of the score.",
      headWrites:
        "What is taken from {first} is {share}% of what this head writes, and this head is {own}% of what attention adds to {query} in this layer.",
      headWritesMore:
        "What is taken from {first} is {share}% of what this head writes (what is taken from other {words} pulls the other way), and this head is {own}% of what attention adds to {query} in this layer.",
      leadParts: "The lead of {first} over {second}, {value}, part by part: {parts}.",
      noOther:
        "In {head}, {query} gives {first} a weight of {value}: there is no other {word} to hold it against.",
      mayNotLook: "{query} may not look at {key}: its score is −∞ whatever its key is.",
      givesTold: "In {head}, {query} gives {first} {value} of its attention, and {second} {other}.",
      scoresTold:
        "The weights come from scores, {score} for {first} and {other} for {second}: {leader} leads by {value}, and softmax makes of that {power} times the weight.",
      pieces: "{texts} are the pieces of one word: the steps follow its first.",
      piecesMost:
        "{texts} are the pieces of one word: the steps follow {first}, which is looked at most.",
      patchedScores: "The run's scores are others than q, k and biases make: they were patched.",
      patchedWeights: "The run used other weights than softmax gives: they were patched.",
      productsNote:
        "{favour} of the {count} products favour {first}, {oppose} favour {second}. Only their sum counts; which number is which means nothing (see the next step).",
      normsNote:
        "Norms on the way are taken as the linear maps they are for these {words}' own statistics; learned biases are one part.",
      noNorm: "No norm stands between the parts and the score.",
      grouped: "Queries are grouped: {count} heads share the keys and values of key head {number}.",
      nothingHidden:
        "{reason}, and nothing is hidden from this {word}: the scaled sum is the score",
      addsNothing: "{family} adds nothing to the scores",
      nothingAdded: "nothing is added to the scaled products",
      notScaled: "{family} does not scale: its scores are q · k as it is",
      onlyToken:
        "only what the {word} is enters layer {number} of {family}; where it stands comes in by turning queries and keys",
      onlyTokenBeside:
        "only what the {word} is enters layer {number} of {family}; where it stands comes in beside the products",
      noTable: "no table of this run leads to the query",
      outside: "the run's query or key lies outside what W^Q and W^K can make: it was patched",
      partsPatched: "the parts do not add up to the run's own vector: it was patched",
      byDirections: "by singular directions; biases count as one more number of x that is 1",
      byPairs: "by pairs; pair {number} turns fastest",
      pair: "pair {number}",
      otherNumbers: "the other {count}",
      direction: "direction {number} (σ {value})",
      byKeyWriters: "score by what wrote the key",
      byPartPairs: "score by query's part · key's part",
      leadByQuery: "the lead, by what wrote the query",
      scoreByQuery: "the score, by what wrote the query",
      embeddingPart: "embedding: {part}",
      token: "token",
      position: "position",
      type: "type",
      feedForward: "feed-forward of layer {number}",
      learnedBiases: "learned biases",
      learnedBias: "b, learned bias",
      biasOfOutput: "bias of W^O",
      keysNumbers: "q ∘ k, number by number",
      number: "number {number}",
      lengthsOfAll: "lengths of all keys and values",
      withAndWithout: "weights with the division, and what softmax would give without it",
      partsOfScores: "parts of the scores",
      toWeights: "from products to weights",
      taken: "what is taken from whom",
      whence: "what of it came from whom",
      sharesOfChange: "shares of the change, along it; below 0 a head pulls the other way",
      lengths: "lengths",
      streamBefore: "the stream before",
      attentionAdds: "what attention adds",
      headAlone: "of that, this head alone",
      streamAfterNormed: "the stream after, normed",
      streamAfter: "the stream after",
      about: "{name}: {count} numbers, length {value}",
      kOfWord: "k of {first}",
      vOfWord: "v of {first}",
      rest: "… {count} more",
      sum: "sum",
      difference: "difference",
      soFar: "so far",
      share: "share",
      adds: "adds",
      product: "product",
      weight: "weight",
      scaled: "scaled",
      added: "added",
      score: "score",
      largest: "− largest",
      without: "without",
      shareOfMixed: "share of mixed",
      length: "length",
      content: "content",
      contentUnturned: "content, unturned",
      contentBefore: "content before turning",
      turning: "turning",
      turningBy: "turning by position",
      distance: "distance",
      bias: "bias",
      mask: "mask",
      changedPart: "patched",
      learned: "learned bias",
    },
    /** What stands in the steps themselves. `steps` may give a step another title or sentence by its id: {word}, {first}, {second}, {width}, {count}. */
    element: stepWords,
  },

  /** The panel Change (What if?). */
  change: {
    title: "What if?",
    intro:
      "Change something inside the model, and it computes again from there. What you change stands here, what comes of it beside it.",
    cause: "What you change",
    consequence: "What comes of it",
    tools: {
      link: "Weights",
      head: "A head",
      layer: "A layer",
      word: "A word",
      swap: "Swap",
    },
    tool: "What is changed",

    linkIntro: "In {head}, {query} looks at these words. Drag a weight, or cut a link.",
    drag: (query: string, key: string) => `Weight of “${key}” for “${query}”`,
    hidden: "cannot be looked at",
    cut: "Cut",
    cutName: (query: string, key: string) => `Cut “${query}” → “${key}”`,
    showAll: (count: number) => `Show all ${count} tokens`,
    settings: "How it is done",
    dragged: "When a weight is dragged",
    othersShare: "the others share the rest",
    othersKeep: "the others keep theirs",
    cutHow: "A link is cut",
    how: {
      before: "before the softmax: the others share its weight",
      after: "after the softmax: its weight is lost",
      renormalized: "after the softmax, and the row is divided by its sum",
    },
    cutWhere: "in",
    thisHead: (head: string) => `${head} alone`,
    thisLayer: (layer: string) => `all heads of layer ${layer}`,
    everywhere: "all heads of all layers",
    inLayers: (layers: string) => `all heads of layer ${layers}`,

    headIntro: "Silence {head}: what it gives is replaced, whatever it looks at.",
    silence: (what: string) => `Silence ${what}`,
    layerIntro: (layer: string) => `Take out a part of layer ${layer}.`,
    part: {
      attention: "attention",
      mlp: "feed-forward part",
      both: "attention and feed-forward part",
    },
    partLabel: "Which part",
    partOfLayer: (part: string, layer: string) => `${part} of layer ${layer}`,
    byLabel: "In its place stands",
    by: {
      zero: "zero, which a model may never have seen there",
      mean: "the mean over this sentence's tokens",
      resample: "what another sentence has there",
    },
    forLabel: "for",
    allWords: "all words",
    onlyFor: (word: string) => `“${word}” alone`,

    wordIntro: "Mask a word, for the whole model.",
    wordLabel: "Which word",
    mask: (word: string) => `Mask “${word}”`,
    maskHow: "How",
    maskVector: "its vector is taken out before layer 0",
    maskLooks: "no word may look at it, in any head",

    swapIntro: "Put what one word has in the place of what another has.",
    swapWhat: "Take",
    site: {
      k: "the key",
      v: "the value",
      q: "the query",
      mixed: "the output",
    },
    swapOf: "of {head} at",
    swapFrom: "from",
    swapOther: "the same place in another sentence",
    otherSentence: "Another sentence",
    swap: "Swap",
    noSelf: "Choose another word, or another sentence",

    changes: "Your changes",
    none: "Nothing is changed yet.",
    remove: (change: string) => `Remove: ${change}`,
    undo: "Undo",
    redo: "Redo",
    removeAll: "Remove all",
    copyTypescript: "Copy as TypeScript",
    copyCommand: "Copy as command",
    copyLink: "Copy link",
    saveFile: "Save as a file",
    copied: "Copied",
    notCopied: "The browser does not allow copying here. Select this and copy it:",

    saidCut: (query: string, key: string, where: string, how: string) =>
      `“${query}” → “${key}” cut in ${where}, ${how}`,
    saidHidden: (key: string) => `no word looks at “${key}”`,
    saidWeight: (query: string, key: string, head: string, value: string, rest: string) =>
      `“${query}” → “${key}” in ${head} set to ${value}; ${rest}`,
    saidSilenced: (what: string, by: string, whom: string) => `${what} silenced for ${whom}: ${by}`,
    saidMasked: (word: string, by: string) => `vector of “${word}” taken out: ${by}`,
    saidSwapped: (site: string, heads: string, word: string, from: string) =>
      `${site} of ${heads} at “${word}” taken from ${from}`,
    fromWord: (word: string) => `“${word}”`,
    fromText: (text: string) => `the sentence “${text}”`,

    waiting: "This needs the model; it is still loading.",
    nothing:
      "Cut a link or silence a head: what comes of it is shown first where you changed it, then layer by layer, then at the end.",
    failed: "This could not be computed:",
    at: "At {query}, the vectors turn away from what they were. 0° is no change, 90° has nothing in common.",
    elsewhere: (word: string) => `See it at “${word}”, where it was changed`,
    station: {
      heads: (heads: string) => `output of ${heads}`,
      someHeads: "output of the heads",
      attention: (layer: string) => `output of all heads of layer ${layer}`,
      layer: (layer: string) => `vector behind layer ${layer}`,
      final: "last vector",
      sentence: "sentence vector",
    },
    gone: "all zeros now",
    turned: (angle: string, cosine: string) => `turned ${angle} (cosine ${cosine})`,
    turnedBeside: (angle: string, cosine: string, median: string, low: string, high: string) =>
      `turned ${angle} (cosine ${cosine}); others ${median}, most between ${low} and ${high}`,
    thisChange: "this change",
    randomMiddle: "the middle of others of its kind",
    randomRange: "where 90 of 100 of them lie",
    comparing: "Comparing it with others of its kind …",
    besides: (count: number, said: string) =>
      `${count} ${plural(count, { one: "other", other: "others" })}: ${said}.`,
    noControls: "There are no others of its kind to hold it against.",
    small: (what: string, angle: string, median: string) =>
      `Small: the ${what} turns ${angle}. Of others of its kind half turn it ${median} or more.`,
    usual: (what: string, angle: string, median: string) =>
      `In between: the ${what} turns ${angle}, more than half of others of its kind do (they: ${median} or less), but not more than nearly all.`,
    large: (what: string, angle: string, high: string) =>
      `Large: the ${what} turns ${angle}. Of others of its kind 95 of 100 turn it ${high} or less.`,
    plain: (what: string, angle: string) => `The ${what} turns ${angle}.`,
    why: (heads: string, one: string, count: number, all: string, vector: string) =>
      `Why: the output of ${heads} turned ${one}, but it is one of ${count} heads, which together turned ${all}; and they are added to what the word had before, which turned ${vector}.`,
    outcomes: "What the model says",
    outOfReach: (what: string) =>
      `Unchanged: ${what}. The change was made in the last layer, at another token, and stays there: no layer follows in which others look at it.`,
    before: "before",
    after: "after",
    nextWord: "next word",
    asClass: "class",
    metric: (name: string, before: string, after: string) => `${name}: ${before} → ${after}`,
    foretold: (after: string) => `Gradients, which know small changes only, foretold ${after}.`,
    asLarge: (count: number, of: number) => `${count} of ${of} others move it as much.`,
    here: "Where it was changed",
    there: (word: string) => `At “${word}”`,
    firstGone: (where: string, what: string) => `${where}, the ${what} is all zeros now.`,
    firstAt: (where: string, what: string, angle: string) =>
      `${where}, the ${what} turns ${angle}.`,
    firstBeside: (where: string, what: string, angle: string, median: string) =>
      `${where}, the ${what} turns ${angle}; others of its kind turn it ${median}.`,
    numbers: (heads: string, word: string, count: number) =>
      `The ${count} numbers that ${heads} gives “${word}”`,
  },

  /** The panel Heads. */
  heads: {
    title: "Other heads",
    intro: (count: string) =>
      `This model reads the sentence with ${headsOf(count)}. Each one looks in its own way. Tap a head to open it.`,
    shadeBy: "Show",
    measures: {
      pattern: "the pattern of each head",
      key: (key: string) => `looks at ${key}`,
      entropy: "how widely it looks",
      distance: "how far it looks",
      special: "share on special tokens",
      first: "share on the first token",
      silenced: "what changes without it",
      gradient: "gradient × weight",
    },
    says: {
      pattern:
        "Rows look, columns are looked at. Darker or brighter is more, as the bar below says.",
      key: (query: string, key: string) =>
        `How much of its attention ${query} gives to ${key}, in each head.`,
      entropy: (query: string) =>
        `How evenly ${query} spreads its attention (entropy, in nats): 0 is all on one word, more is wider.`,
      distance: (query: string) =>
        `How many tokens away from ${query} the words are that it looks at, on average.`,
      special: (query: string) =>
        `How much of its attention ${query} gives to tokens that are no words, such as [CLS] and [SEP].`,
      first: (query: string) =>
        `How much of its attention ${query} gives to the first token. Heads of models that read forward rest there.`,
      silenced:
        "How much the result changes when the head says nothing: each head is switched off once.",
      gradient: (query: string, key: string) =>
        `How much each head brings to making ${query} like ${key} at the end: its weights times their gradients. Below 0 it keeps them apart. It foretells small changes.`,
    },
    short: {
      entropy: "entropy",
      distance: "distance",
      special: "on special tokens",
      first: "on the first token",
      silenced: "change without it",
      gradient: "brings (gradient × weight)",
    },
    order: "Order",
    orders: { layers: "by layer", most: "largest first", least: "smallest first" },
    hideBelow: "Fade below",
    working: (done: string, of: string) => `${done} of ${of} heads tried`,
    needsModel: "This needs the model, which is still loading.",
    loading: "The heads appear when the model has read the sentence.",
    failed: (reason: string) => `This could not be measured: ${reason}`,
    label: "All heads: arrow keys choose one",
    unknown: "not known yet",
    thePattern: "its pattern",
    rank: (rank: string, of: string) => `number ${rank} of ${of}`,
    opened: (head: string, layer: string, number: string) =>
      `${head}: layer ${layer}, head ${number}`,
    everyone: (some: number, all: number, key: string) =>
      `${some} of ${all} tokens of this sentence look at “${key}” more than at anything else.`,
    most: (head: string, value: string) => `Most: ${head}, ${value}`,
    mostly: (does: string) => `Over all words of this sentence, it mostly ${does}.`,
    /** What heads do, in few letters for the grid, and as the end of a sentence. */
    names: {
      previous: "1 back",
      next: "1 ahead",
      itself: "itself",
      duplicate: "again",
      induction: "repeat",
      sameWord: "word",
      sameToken: "same",
      delimiter: "commas",
      punctuation: "signs",
      broad: "all alike",
      back: (count: string) => `${count} back`,
      ahead: (count: string) => `${count} ahead`,
      sink: (token: string) => token,
      sinkFirst: "the first",
    },
    does: {
      previous: "looks at the token before",
      next: "looks at the token after",
      itself: "looks at itself",
      duplicate: "looks at the same token elsewhere",
      induction: "looks at what came after the same token elsewhere",
      sameWord: "looks at other pieces of the same word",
      sameToken: "looks at the same token of the other text",
      delimiter: "looks at commas, full stops and their like",
      punctuation: "looks at punctuation",
      broad: "looks at nearly everything alike",
      back: (count: string) => `looks ${count} tokens back`,
      ahead: (count: string) => `looks ${count} tokens ahead`,
      sink: (token: string) => `rests on ${token}`,
      sinkFirst: "rests on the first token",
    },
    pictures: "How the head is drawn",
    map: "Map",
    lines: "Lines",
    keep: (head: string) => `Keep the lines of ${head}`,
    keepSays: "Keep several heads to see their lines together, each in its own colour.",
    linesSay: {
      looking: "Words that look",
      lookedAt: "Words that are looked at",
      between: "Between the sentences",
      all: "all",
      looks: (word: string) => `${word} looks at`,
      isLookedAt: (word: string) => `${word} is looked at by`,
      leftOut: (drawn: string, all: string) =>
        `The ${drawn} heaviest of ${all} lines are drawn here.`,
    },
    links: "Strongest links",
    linksLabel: "Strongest links of the head: choose one to pin its words",
    linksSpecial: "with special tokens",
    linksRest: "with the first word, where heads rest",
    linksNone: "No word looks at another here.",
  },

  /** The panel Compare. */
  compare: {
    title: "Compare",
    intro: "Put a second sentence beside yours, and see what becomes different, and where.",
    choose: "What is compared",
    sentence: "Another sentence",
    change: "Before and after my changes",
    other: "The second sentence",
    compare: "Compare",
    tries: "Try:",
    examples: { bank: "bank by a river, bank with money", tired: "tired or dirty" },
    first: "Your sentence",
    second: "The second sentence",
    before: "Your sentence, before and after",
    chooseWord: (where: string) => `${where}: tap a word to compare it`,
    working: "The second sentence is being read.",
    failed: (reason: string) => `This could not be compared: ${reason}`,
    needsModel: "This needs the model, which is still loading.",
    alike: "How alike the two words are",
    alikeSays: (first: string, second: string, start: string, end: string) =>
      `“${first}” and “${second}” are ${start} alike as they enter the model, and ${end} at the end. 1 is the same, 0 has nothing in common (cosine).`,
    alikeChanged: (word: string, start: string, end: string) =>
      `“${word}” with and without your changes: ${start} alike as it enters the model, ${end} at the end. 1 is the same (cosine).`,
    alikeLabel: (values: string) => `How alike, from the embedding to the end: ${values}`,
    embedding: "start",
    layer: (layer: string) => `L${layer}`,
    end: "end",
    looks: (head: string) => `Where each looks in ${head}`,
    word: "word",
    inFirst: "first",
    inSecond: "second",
    beforeColumn: "before",
    afterColumn: "after",
    difference: "difference",
    looksSays: "Blue to the left: looked at less in the second. Red to the right: looked at more.",
    leftOut: (count: string) => `${count} words with the smallest differences are left out.`,
    missing: "–",
    heads: "In which heads it looks elsewhere",
    headsSays:
      "The share of a head's attention that goes to other words in the second: 0 is the same, 1 is altogether elsewhere.",
    elsewhere: "looks elsewhere",
  },

  /** The panel Models. */
  models: {
    title: "Models",
    loads: "A model is loading.",
    now: (name: string, type: string, backend: string) =>
      `Now: ${name} (${type}), computed by ${backend}.`,
    embedded: "Back to the model that comes with this page",
    stories: "heed-stories, which writes little stories (it comes along, 4 MB)",
    hub: "From the hub",
    id: "Name: owner/name",
    revision: "Revision",
    token: "Token, for models that ask for one",
    load: "Load",
    hubSays:
      "Files come from huggingface.co to this browser and are kept here. A token goes to the hub alone, and is forgotten when the page closes.",
    files: "Your own files",
    drop: "Drop the folder of a checkpoint here: config.json, the weights (.safetensors or .bin), the tokenizer. They stay on this computer.",
    pickFolder: "Choose a folder",
    pickFiles: "Choose files",
    kept: "Kept in this browser",
    nothingKept: "Nothing yet.",
    size: (megabytes: number) => `${megabytes} MB`,
    remove: "Remove",
    removeNamed: (name: string) => `Remove ${name}`,
    removed: (name: string) => `${name} was removed.`,
    linkOfFiles: (name: string) =>
      `The link names files (“${name}”) that are on another computer. Drop them under Models.`,
    planner: {
      title: "What models take",
      says: "No weights are read: each model’s own forward pass is recorded from its shapes, and counted.",
      waits: "Counting …",
      failed: "This could not be counted:",
      memoryOf: (name: string) => `Memory of one pass: ${name}`,
      load: (name: string) => `Load ${name}`,
      backTo: (name: string) => `Back to ${name}`,
      upTo: "Up to, in tokens",
      tokens: "tokens",
      pictures: "pictures at once",
      at: (count: string, axis: string) => `At ${count} (${axis}):`,
      lines: {
        float32: "weights as float32",
        float16: "weights as float16",
        int8: "weights as int8",
        attention: "all attention weights",
      },
      legend:
        "The first three are learned weights kept in that type, with what a pass holds at its peak and, where text is generated, the keys and values that are kept (both float32). The last is what keeping every attention weight of every layer and head takes besides.",
      numbers: "The numbers",
      known: (models: string, families: string) =>
        `Known models: ${models}, of ${families} families`,
      kinds: {
        decoder: "Decoders write on: every token sees those before it",
        encoder: "Encoders read: every token sees all",
        both: "Encoders and decoders: a text is read whole, another is written",
        sound: "Sound: half a minute is heard, text is written",
        images: "Images: patches see each other",
        towers: "Images and texts: two towers meet in one space",
      },
      columns: {
        model: "model",
        parameters: "parameters",
        layers: "layers",
        heads: "heads × width",
        longest: "longest",
        here: "heed",
      },
      any: "any",
      runs: "runs it",
      counted: "counts it only",
      verified: (passes: number, sites: string, difference: string) =>
        `${passes} ${plural(passes, { one: "pass", other: "passes" })} recorded in PyTorch, compared at ${sites} sites: differs by at most ${difference} of the largest value`,
      notVerified: "not compared with PyTorch",
      unknown:
        "GPT-4 is not in the table: nothing but its longest text was published, so there is nothing to count.",
    },
  },

  /** The tour. */
  learn: {
    title: "Learn",
    waits: "The tour begins when the model has loaded.",
    stops: "Stops of the tour",
    stop: (number: number) => `Stop ${number}`,
    back: "Back",
    next: "Next",
    know: "What you know now:",
    failed: "The numbers of this stop could not be computed:",
    doesNotHold:
      "With this model what this stop tells is not so. Choose all-MiniLM-L6-v2 under Other models, or go on.",
    reveal: "Show what the model does",
    guessLabel: (word: string) => `How much “it” looks at “${word}”`,
    yours: "you",
    measured: "the model",
    madeUp: "made up by an article, for “cat”",
    tell: "Tell me where they are",
    thisHead: (head: string, previous: string, special: string, cat: string) =>
      `${head}: on average words give ${previous} to the word before, ${special} to [CLS], ${cat} to “cat”.`,
    goals: {
      previous: "a head where nearly every word looks at the word before it",
      special: "a head where the words look at [CLS], which is no word at all",
      cat: "a head where everyone looks at “cat”",
    },
    stations: {
      guess: {
        title: "Where does “it” look?",
        do: "Read the sentence. At “it”, which words do you think of?",
        hand: "Drag the sliders: the shares they give always add up to 1.",
        see: "The model gives “cat” {cat} and “mat” {mat}. An article that explained all this made its numbers up; these are computed here.",
        know: "Attention is a row like this: for one word, how much it takes from every word. The row adds up to 1. The model makes {rows} such rows for each word; this is one of them.",
        actions: {},
      },
      swap: {
        title: "One word changes the choice",
        do: "Only one word of the sentence will change.",
        hand: "Tap, and watch the numbers under “cat” and “mat”.",
        see: {
          tired: "tired: cat {tiredCat}, mat {tiredMat}.",
          dirty: "dirty: cat {dirtyCat}, mat {dirtyMat}.",
          warm: "warm: cat {warmCat}, mat {warmMat}, and that is hardly a choice.",
        },
        know: "Nobody wrote a rule such as “mats are never tired”. Numbers that were learned make the row, and sometimes, as with “warm”, they do not choose.",
        actions: { tired: "it was tired", dirty: "it was dirty", warm: "it was warm" },
      },
      place: {
        title: "A list of numbers, and a place",
        do: "The sentence has “the” twice.",
        hand: "Tap one, then the other: do they look at the same words?",
        see: {
          second:
            "They do not: {elsewhere} of their attention goes to different places. It is the same word, but the two lists of numbers they begin as have a likeness of only {alike}; 1 would be the same list.",
        },
        know: "A word enters the model as a list of {width} numbers, its [vector|vector]: the numbers of what it is, plus the numbers of where it stands. The little pieces that have one are called [token|tokens], counted from 0.",
        actions: {
          first: "the first “the”",
          second: "the second “the”",
          swapped: "exchange “cat” and “mat”",
        },
      },
      product: {
        title: "A sum of products",
        do: "Below, one number is made: inputs times weights, added.",
        hand: "Move one and watch the sum.",
        see: "In the model the same is done with {terms} inputs, and {numbers} times over, each time with other weights.",
        know: "Those {numbers} sums are the [query|query] of “it”: what this word looks for. The table of all the weights is a [matrix|matrix], W^Q. It was learned: nobody chose its numbers.",
        actions: {},
      },
      key: {
        title: "How a word is found",
        do: "Every word also has a [key|key], made by another matrix. Put the key of “mat” in the place of the key of “cat”.",
        see: {
          exchange:
            "The weight of “cat” goes from {before} to {after}: found by its key, it now looks like “mat”. What would be taken from it has not changed.",
        },
        know: "Query times key, number by number and added, is a [score|score]: how well what is looked for fits what is offered. A key is how a word is found.",
        actions: { exchange: "give “cat” the key of “mat”", back: "take it back" },
      },
      softmax: {
        title: "From scores to shares",
        do: "Scores can be any numbers; shares must add up to 1.",
        hand: "Switch the division off, or drag a score, and watch the row.",
        see: "Every score was divided by √{width} = {root}, because a query has {width} numbers. So “cat” has {with}. Without the division it would have {without}: nearly everything.",
        know: "[softmax|Softmax] turns scores into shares that add up to 1. The division keeps it from choosing one word alone.",
        actions: {},
      },
      value: {
        title: "What is carried",
        do: "Each word has a third list, its [value|value]. Put the value of “mat” in the place of the value of “cat”.",
        see: {
          exchange:
            "The weight of “cat” stays {before}, to the last digit. But what attention adds to “it” is another list now: its likeness to before is only {attention}.",
        },
        know: "Weights say from whom; a value is what is carried. What “it” receives is every value times its weight, added.",
        actions: { exchange: "give “cat” the value of “mat”", back: "take it back" },
      },
      heads: {
        title: "Many heads",
        do: "The model has many rows for each word, one a [head|head].",
        hand: "Open the head's name above the sentence, walk around, and find three of them:",
        see: "In {previousHead} the word before gets {previous} on average, in {specialHead} [CLS] gets {special}, in {catHead} “cat” gets {cat}.",
        know: "Heads have habits. In {catHead} everyone looks at “cat”, whether it means it or not: a bright head need not mean anything. The [special|special tokens] [CLS] and [SEP] are no words; heads look there when they have nothing to say.",
        actions: {},
      },
      far: {
        title: "Far, at once, by context",
        do: "Put fourteen words between “cat” and “it”.",
        see: {
          far: "“it” still gives “cat” {cat}, and “mat” {mat}. Far words are reached in one step, all words at once.",
        },
        know: "Layer by layer each word takes in its sentence: “bank” beside a river and “bank” beside money begin with a likeness of {first}, and end with {last}.",
        actions: { near: "without them", far: "with fourteen words between" },
      },
      effect: {
        title: "A weight is not an effect",
        do: "Cut the pretty link from “it” to “cat” in this head. Then silence the head where everyone looks at “cat”. Last, put random numbers in the place of the matrix that makes this head's queries.",
        see: {
          cut: "With the link cut, the vector of the sentence is as good as unchanged: its likeness to before is {cut}.",
          silence:
            "With that one head silenced, the sentence's likeness to before is only {silence}.",
          scramble:
            "With a random matrix the row goes flat: no word gets more than {random}, where {learned} was most before and {even} is an equal share.",
        },
        know: "A weight says where a head looks, not what comes of it. To know what matters one must change it and see. And now you know what a learned matrix is: numbers, found by training, that decide what is looked for, how it is found, and what is carried.",
        actions: {
          cut: "cut “it” → “cat”",
          silence: "silence L5H11",
          scramble: "random numbers for the query matrix",
          back: "take it back",
        },
      },
    },
    quiz: {
      title: "Five questions",
      do: "A sentence you have not seen.",
      hand: "Answer by touching it, and the page checks: a word shows where it looks, a number pins its word; ⇄ changes a word, and the head’s name above leads to other heads.",
      questions: {
        look: "Bring the row of “it” on screen.",
        most: "In L3H1, pin the word that “it” looks at most.",
        move: "Change one word, so that “it” looks at “sofa” most.",
        previous: "Choose a head where words look at the word before them.",
        silence: "Silence a head whose silence moves the sentence a lot.",
      },
      silence: (head: string) => `silence ${head}`,
      tried: (head: string, likeness: string) =>
        `Without ${head} the sentence’s vector has hardly moved: its likeness to before is ${likeness}. Look for another.`,
      result: (right: number, of: number) =>
        right === of ? "All five. You can read attention now." : `${right} of ${of}`,
    },
  },

  /** The panel Train. */
  train: {
    title: "Train",
    intro:
      "A model begins as tables of random numbers. Here a small one learns while you watch: in this page, on this computer.",
    anew: (name: string) =>
      `The link is to “${name}”, a model that was trained in a page. Its numbers do not fit into a link; trained anew from the same seed, it becomes the same.`,
    task: "What it learns",
    tasks: {
      world: "What “it” means",
      previous: "The letter before",
      repeat: "What comes again",
      sort: "The order of letters",
    },
    taskSays: {
      world:
        "“The cat sat on the mat because it was tired. What was tired? The cat.” With “dirty”, it is the mat. It is tested with pairs of nouns that it never saw together. Guessing one of the two nouns gets half.",
      previous:
        "Each letter is to say the one before it. One head that looks one back is enough. Guessing one of 26 letters gets 0.04.",
      repeat:
        "Letters come in a row, and then again. From the second time on it can know the next one. Guessing one of the letters that stand there gets a quarter at most.",
      sort: "Six letters are to be put into the order of the alphabet. Guessing one of them gets a sixth.",
    },
    seed: "Seed: which random numbers",
    start: "Train",
    again: "Train anew",
    shape: (
      family: string,
      layers: number,
      heads: number,
      width: number,
      steps: number,
      batch: number,
    ) =>
      `${family}: ${layersOf(layers)} of ${headsOf(heads)}, lists of ${width} numbers a word. ${steps} steps, each of ${batch} examples.`,
    numbers: (count: number, backend: string) => `${count} numbers learn, on ${backend}`,
    loading: "Drawing random numbers.",
    progress: "How far the training is",
    step: (step: number, steps: number) => `Step ${step} of ${steps}`,
    loss: (loss: string) => `loss ${loss}`,
    right: (share: string, chance: string) => `right ${share}, by guessing ${chance}`,
    time: (time: string) => `${time} of training`,
    timeLeft: (time: string, left: string) => `${time}, about ${left} to go`,
    pause: "Pause",
    goOn: "Go on",
    stop: "Stop",
    phases: {
      training: "It is being trained",
      paused: "Paused",
      stopped: "Stopped",
      done: "Done",
      failed: "It failed",
    },
    spoken: (step: number, loss: string, right: string) =>
      `Step ${step}, loss ${loss}, right ${right}`,
    failed: "This did not work:",
    film: filmWords,
    storiesTitle: "A model that came about like this",
    storiesIntro:
      "heed-stories, the language model that comes with heed, was trained by heed itself, on little stories of its own grammar: who there is, where they go, who has the ball, who is tired. Its film was kept.",
    storiesWatch: "Watch how it learned",
    storiesOpen: "Open it: it writes stories",
    askTitle: "Ask it",
    askIntro: "Choose words, or draw a question. Its answer stands below the word that gives it.",
    slots: { animal: "Who", thing: "Where", adjective: "It was …" },
    without: "With a head cut",
    noneCut: "no head cut",
    another: "Another question",
    answer: (said: string, right: string) => `It says ${said}. Right is: ${right}.`,
    rightOf: (right: number, of: number) => `${right} of ${of} are right.`,
    heldOut: "No step of its training had a question like this.",
    learnedFrom: "Questions like this were in its training.",
    cutTitle: "Cut a head, see it fail",
    cutIntro:
      "One head after another is cut: what it gives becomes zero. Then all questions that it is tested with are asked again.",
    cut: "Cut one head after another",
    cutting: (done: number, of: number) => `${done} of ${of} …`,
    cutHead: "Head that is cut",
    cutRight: "Right answers",
    cutFound: ({ head, left, whole, others, chance }: CutFacts) =>
      `Without ${head}, ${left} of the answers are right; with all heads, ${whole}. Without another head it is ${others} in the middle, by guessing ${chance}: ${head} does the work.`,
    cutNone: ({ head, left, whole, others, chance }: CutFacts) =>
      `No single head does it alone: ${whole} with all heads, ${left} without ${head}, which is missed most, ${others} without another in the middle, ${chance} by guessing.`,
    cutDashed: (answers: number, chance: string) =>
      `Shares of ${answers} answers. Dashed: guessing, ${chance}.`,
    openTitle: "Open it",
    openIntro:
      "The trained model becomes the page's model: Why?, What if? and Other heads then show this one.",
    open: "Open it",
    saveFilm: "Save the film as a page",
    saveModel: "Save the model's files",
    learnedTitle: "So what is a learned weight matrix?",
    learnedMatrix:
      "W^Q · W^Kᵀ of {head} is a table of {width} × {width} numbers. They began as chance (seed {seed}): its strongest direction had strength {before}, and the two strongest made {shareBefore} of it. After {step} steps its strongest direction has strength {now}, and two make {shareNow}.",
    learnedWords:
      "Along the strongest, words such as {asking} now ask, and words such as {found} are found.",
    learned:
      "Nobody wrote these numbers. Each step moved all {parameters} numbers of the model a little, so that right answers became likelier: {rightBefore} were right at the first frame, {rightNow} are right now, guessing gets {chance}. A learned weight matrix is that: numbers that began as chance and were nudged until the answers came out right.",
    fromLearn: "You know now that such numbers are learned. Watch it happen:",
  },

  /** Words with one sentence behind them, shown when they are tapped. */
  terms: {
    vector: "A vector is a list of numbers in a fixed order, here the same length for every word.",
    token:
      "A token is a piece of text with a number of its own: mostly a word, sometimes a part of one, or a sign such as [CLS] that marks the beginning.",
    query: "The query of a word is a short list of numbers that says what this word looks for.",
    matrix: "A matrix is a table of numbers; a list times a matrix is another list.",
    key: "The key of a word is a short list of numbers that says how this word can be found.",
    score: "A score is one number for one pair of words: the products of query and key, added.",
    softmax:
      "Softmax takes e to the power of every score and divides by the sum of all: bigger scores get much bigger shares.",
    value: "The value of a word is a short list of numbers: what others take from it.",
    head: "A head is one set of queries, keys and values, with one row of weights for each word. A layer has several.",
    special:
      "[CLS] stands before every text and [SEP] behind it: they belong to the model, not to the sentence.",
  },

  /** A talk: views in order. */
  talk: {
    title: "A talk",
    intro:
      "A talk is a list of views. “Add to the talk” in the menu adds what is on screen, whichever panel is open; here they are put in order and saved as one page that needs no network.",
    add: "Add the sentence as it is now",
    addView: "Add to the talk",
    added: (title: string) => `Added: ${title}`,
    save: "Save the talk as one page",
    none: "No views yet.",
    titleOf: (number: string) => `Title of view ${number}`,
    open: "Show",
    earlier: (number: string) => `View ${number} earlier`,
    later: (number: string) => `View ${number} later`,
    remove: (number: string) => `Remove view ${number}`,
    notKept: "This browser keeps nothing more: the talk lasts until the page closes. Save it.",
    failed: (reason: string) => `This view could not be added: ${reason}`,
    live: "live",
    keys: "Arrow keys or a clicker step through the talk, f fills the screen",
  },

  /** Saving and sharing what is seen. */
  exports: {
    changed: (what: string) => `changed: ${what}`,
    ownPatches:
      "The layers of this model have patches of their own: JSON and CSV hold what the chosen patch looks at, and a page of all heads is made by: heed PICTURE --format html",
    title: "Save and share",
    picture: "Picture",
    sentence: "the sentence",
    head: "the head whole",
    patches: "the picture",
    everyHead: "the picture, every head",
    shape: "Shape",
    fit: "as it is",
    wide: "16:9, for a slide",
    size: "Size",
    copyPicture: "Copy picture",
    copyLink: "Copy link",
    page: "Page",
    experiment: "Experiment",
    print: "Print",
    copied: "Copied.",
    saved: (name: string) => `Saved as ${name}.`,
    notCopied: (name: string) => `This browser copies no pictures: saved as ${name}.`,
    tooLong: "This is too much for a link. Save it as an experiment file.",
    noChanges:
      "Nothing is changed here: an experiment is a list of changes. A link carries the rest.",
    waiting: "Ready as soon as the model has answered.",
    failed: (reason: string) => `This did not work: ${reason}`,
  },
};
