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
    nothing: (word: string) => `“${word}” has no other word to look at.`,
    loading: "One moment: the first numbers are coming.",
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
  },

  /** What the model is, and how far it has come. */
  loading: {
    model: (name: string) => `Loading ${name}`,
    bytes: (received: number, total: number) => `${received} of ${total} MB`,
    ready: (name: string, layers: number, heads: number) =>
      `${name}: ${layers} layers × ${heads} heads`,
    tokens: (tokens: number, words: number) => `${tokens} tokens, ${words} words`,
    recorded: "recorded",
    recordedWhy: "These numbers were recorded; once the model has loaded, it computes them here",
    failed: "The model could not be loaded:",
  },

  /** The menu. */
  menu: {
    open: "Menu",
    examples: "Examples",
    works: "Where it follows the meaning",
    fails: "Where it fails",
    learn: "Learn: ten stops",
    compare: "Compare two sentences",
    models: "Other models",
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
  },

  /** The panel Change (What if?). */
  change: {
    title: "What if?",
  },

  /** The panel Heads. */
  heads: {
    title: "Other heads",
    intro: (count: string) =>
      `This model reads the sentence with ${count} heads. Each one looks in its own way. Tap a head to open it.`,
    shadeBy: "Show",
    measures: {
      pattern: "the pattern of each head",
      key: (key: string) => `looks at ${key}`,
      entropy: "how widely it looks",
      distance: "how far it looks",
      special: "share on special tokens",
      silenced: "what changes without it",
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
      silenced:
        "How much the result changes when the head says nothing: each head is switched off once.",
    },
    short: {
      entropy: "entropy",
      distance: "distance",
      special: "on special tokens",
      silenced: "change without it",
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
    },
    pictures: "How the head is drawn",
    map: "Map",
    lines: "Lines",
    links: "Strongest links",
    linksLabel: "Strongest links of the head: choose one to pin its words",
    linksSpecial: "with special tokens",
    linksNone: "No word looks at another here.",
  },

  /** The panel Compare. */
  compare: {
    title: "Compare",
  },

  /** The panel Models. */
  models: {
    title: "Models",
  },

  /** The tour. */
  learn: {
    title: "Learn",
  },
};
