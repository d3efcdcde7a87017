// Prints some of a model's learned matrices with their names, shapes and types.
import { type ParameterRow, parametersText } from "../src/views/text/parameters.ts";
import { show } from "./data/show.ts";

const width = 384;

function layerRows(layer: number): ParameterRow[] {
  const stored = `encoder.layer.${layer}.attention`;
  const square = [width, width];
  return [
    {
      name: `layers.${layer}.q`,
      stored: `${stored}.self.query.weight`,
      shape: square,
      type: "F16",
    },
    {
      name: `layers.${layer}.q.bias`,
      stored: `${stored}.self.query.bias`,
      shape: [width],
      type: "F16",
    },
    {
      name: `layers.${layer}.o`,
      stored: `${stored}.output.dense.weight`,
      shape: square,
      type: "F16",
    },
  ];
}

/** Some of a model's learned matrices; its layers are alike. */
export function picture(): string {
  const words: ParameterRow = {
    name: "embeddings.words",
    stored: "embeddings.word_embeddings.weight",
    shape: [30522, width],
    type: "F16",
  };
  const parameters = [words, ...Array.from({ length: 6 }, (_, layer) => layerRows(layer)).flat()];
  const terminal = { width: 110, color: 0, unicode: true } as const;
  return parametersText({ model: "all-MiniLM-L6-v2", parameters }, terminal);
}

show(import.meta.url, picture);
