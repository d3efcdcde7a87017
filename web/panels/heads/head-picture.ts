import type { HeadAddress, TextSource } from "heed/elements";
import type { State } from "../../state/state.ts";

/** How one head is drawn. */
export const headPictures = ["map", "lines"] as const;
export type HeadPicture = (typeof headPictures)[number];

/** How the open head is drawn, as a link names it: the step of its panel. */
export function pictureOf({ step }: Pick<State, "step">): HeadPicture {
  return headPictures.find((picture) => picture === step) ?? "map";
}

/** The open head and those that are kept, where the source has them. */
export function withKept(
  kept: readonly HeadAddress[],
  { layers, heads }: Pick<TextSource, "layers" | "heads">,
  { layer, head }: HeadAddress,
): readonly HeadAddress[] {
  const others = kept.filter(
    (one) => one.layer < layers && one.head < heads && (one.layer !== layer || one.head !== head),
  );
  return [{ layer, head }, ...others];
}
