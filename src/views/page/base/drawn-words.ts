/** What pictures of weights say in words: `<heed-heat-map>`, `<heed-legend>`, `<heed-image-map>`, `<heed-image-grid>`. English if not given. */
export interface DrawnWords {
  readonly headMap: string;
  readonly larger: string;
  readonly smaller: string;
  readonly picture: string;
  readonly weight: string;
  readonly scale: string;
  /** In the place of a weight that a mask hides. */
  readonly hidden: string;
  /** In the place of a weight that a window does not reach. */
  readonly unreached: string;
  /** A patch by its row and column. */
  readonly patch: (place: string) => string;
  readonly inHead: (said: string, head: string) => string;
  /** What a head looks at, before it is known. */
  readonly looks: (query: string) => string;
  readonly most: (key: string, weight: string) => string;
}

/** The English of what is drawn; pages in other languages give their own. */
export const drawnEnglish: DrawnWords = {
  headMap: "Heat map of the head: arrow keys choose the word that looks and the word looked at",
  larger: "Larger cells",
  smaller: "Smaller cells",
  picture:
    "The picture: arrow keys choose the patch that looks, Escape the token before the patches",
  weight: "weight",
  scale: "Colour scale of the weights from 0 to 1",
  hidden: "cannot look",
  unreached: "out of its reach",
  patch: (place) => `patch ${place}`,
  inHead: (said, head) => `${said} in ${head}`,
  looks: (query) => `what ${query} looks at`,
  most: (key, weight) => `most at ${key}, ${weight}`,
};
