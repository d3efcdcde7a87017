// Prints W^Q of head L5H11: its shape, its numbers, where it is stored.
import { type ParameterPicture, parameterText } from "../src/views/text/parameter.ts";
import head from "./data/cat-sat-L5H11.json" with { type: "json" };
import { show } from "./data/show.ts";

/** W^Q of L5H11, real values. */
export function parameterPicture(): ParameterPicture {
  return {
    name: "L5H11.q",
    stored: "encoder.layer.5.attention.self.query.weight, rows 352 to 383",
    meaning: "W^Q of layer 5, head 11: a row an input (C), a column a number of the query (D)",
    shape: [384, 32],
    values: head.queryMatrix,
  };
}

/** One matrix in a terminal of 80 columns without colour. */
export function picture(): string {
  return parameterText(parameterPicture(), { width: 80, color: 0, unicode: true });
}

show(import.meta.url, picture);
