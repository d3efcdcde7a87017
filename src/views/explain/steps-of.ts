import { quote } from "../surface.ts";
import type { ExplainedPicture, StepsPicture } from "./explained.ts";

/** An explanation as steps under their title. */
export function stepsOf({
  explanation,
  texts,
  model,
  words,
  noun,
}: ExplainedPicture): StepsPicture {
  const { head, query, target, against, answer, notes, steps } = explanation;
  const versus = against ? ` and not ${quote(against.text)}` : "";
  return {
    title: `${head}: why ${quote(query.text)} looks at ${quote(target.text)}${versus}`,
    about: model,
    texts,
    lines: [...answer, ...notes],
    steps,
    words,
    ...(noun && { noun }),
  };
}
