/** All words of the page in English: the language that the others are held to. */
export const english = {
  name: "English",
  direction: "ltr",

  /** The first screen. */
  first: {
    title: "heed: see attention happen",
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
