/** The words of the stories: who there is, where one can be, what can be found. */

const list = (text: string): readonly string[] => text.split(/\s+/);

/** Names, and by which word each is spoken of. */
export const names = {
  she: list(
    "Mia Lily Anna Rosa Nora Ella Ruby Clara Ida Vera Emma Lucy Sara Jane Olga Tina Maya Nina Eva Lena",
  ),
  he: list(
    "Tom Ben Max Sam Leo Jack Finn Otto Hugo Paul Noah Carl Fred Luke Adam Theo Dan Rob Nick Pete",
  ),
} as const;

export const kinds = list(
  "cat dog bird fox pig hen goat mouse rabbit bear horse duck sheep wolf frog owl hare deer donkey squirrel",
);
export const sizes = list("small big young calm clever shy brave kind quiet strong");
export const coats = list("grey brown white black golden spotted");

/** Places, with how one is there and how one goes there. */
export const places: ReadonlyMap<string, { readonly at: string; readonly to: string }> = new Map(
  [
    [
      "in",
      "kitchen garden barn forest library attic cellar meadow village tower orchard shop bakery",
    ],
    ["by", "river lake mill well"],
    ["on", "hill bridge beach"],
    ["at", "market harbour school station"],
  ].flatMap(([at, all]) =>
    list(all!).map(
      (place) => [place, { at: `${at} the ${place}`, to: `to the ${place}` }] as const,
    ),
  ),
);

export const things = list(
  "mat rug sofa chair bed box bench pillow basket blanket step table shelf stone log carpet",
);
export const objects = list(
  "ball apple book key hat map lamp bell coin drum kite letter rope ring spoon cup cake pear flower shell feather button candle brush",
);
export const colours = list("red blue green yellow purple pink silver golden");
export const feelings = list(
  "tired hungry sleepy thirsty happy sad afraid cold bored angry lonely proud",
);
export const states = list("dirty warm soft dry broken clean new wet hard smooth light empty");

export const resting = list("sat lay slept stood rested waited");
export const going = list("went walked ran hurried");
export const weathers = list("sunny rainy windy snowy foggy bright");
export const times = list("morning evening afternoon night day");

/** The word a name is spoken of by. */
export function pronoun(name: string): "she" | "he" {
  return names.she.includes(name) ? "she" : "he";
}

/** Kinds and things that never stand together in what the model learns from: one pair in five. */
export function isHeldOut(kind: string, thing: string): boolean {
  return (kinds.indexOf(kind) + 2 * things.indexOf(thing)) % 5 === 0;
}
