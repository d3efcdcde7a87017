import { randomNumbers } from "./timing.ts";

const WORDS =
  `the a this that every some river mountain harbour kitchen letter teacher captain neighbour window garden
  orchestra newspaper photograph thunderstorm laboratory grandmother bicycle restaurant question answer walks reads
  remembers forgets repairs discovers paints follows carries whispers slowly quietly suddenly yesterday tomorrow often
  never beneath behind without towards because although while before green ancient unfinished transparent curious
  electromagnetic misunderstood seventeen 1987 42 café Zürich naïve`.split(/\s+/);

/** So many seeded words with commas and full stops between them. */
export function randomText(words: number, seed: number): string {
  const numbers = randomNumbers(2 * words, seed);
  const share = (index: number) => (numbers[index]! + 1) / 2;
  const chosen = Array.from({ length: words }, (_, place) => {
    const word = WORDS[Math.floor(share(2 * place) * WORDS.length)]!;
    const isLast = place === words - 1;
    return `${word}${isLast || share(2 * place + 1) < 0.08 ? "." : share(2 * place + 1) < 0.2 ? "," : ""}`;
  });
  const text = chosen.join(" ");
  return text[0]!.toUpperCase() + text.slice(1);
}
