import { InputError, SiteError } from "../../errors/errors.ts";
import { nearest } from "../../errors/nearest.ts";
import type { Model } from "../../model.ts";
import { headMatrix } from "../../models/head-matrix.ts";
import { shortName } from "../../models/short-name.ts";
import { parseHead } from "../../probe/head-address.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { type ParameterPicture, parameterText } from "../../views/text/parameter.ts";
import { parametersText } from "../../views/text/parameters.ts";
import { namesModel } from "../input/text-input.ts";
import { loadModel, type ModelOptions } from "../loading.ts";
import { modelJson } from "../model-json.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { refuseIdle } from "../options/idle-options.ts";
import { csv, deliver, json } from "../output.ts";
import { terminalOf } from "../terminal/terminal.ts";

const formats = ["text", "json", "csv"] as const;

const meanings = {
  q: "W^Q of this head: from the stream (C) to the query (D)",
  k: "W^K of this head: from the stream (C) to the key (D)",
  v: "W^V of this head: from the stream (C) to the value (D)",
  o: "W^O of this head: from what it mixed (D) back to the stream (C)",
};

/** `heed parameters [NAME]`: the learned matrices; with a name, one of them, "L3H1.q" for one head's share. */
export async function parameters(
  name: string | undefined,
  options: ModelOptions & FormatOptions,
): Promise<void> {
  const format = formatOf(options, formats);
  refuseIdle("parameters", { ...options, format }, [name !== undefined && "a name"]);
  const model = await loadModel(options, "both");
  const terminal = terminalOf(process.stdout);
  if (name === undefined) {
    const rows = model.parameters.map(({ name, storedName, shape }) => ({
      name,
      stored: storedName,
      shape,
      count: sizeOf(shape),
    }));
    const list = { model: shortName(model.label), parameters: rows, unused: model.unused };
    const unused =
      model.unused.length > 0
        ? `In the checkpoint, used by nothing: ${model.unused.join(", ")}\n`
        : "";
    const content = {
      text: () => `${parametersText(list, terminal).trimEnd()}\n${unused}`,
      json: () => json({ ...list, model: modelJson(model, options) }),
      csv: () =>
        csv(
          ["name", "stored", "shape", "count"],
          rows.map((row) => [row.name, row.stored, row.shape.join(" "), row.count]),
        ),
    }[format];
    return deliver(content(), options, format);
  }
  const picture = await pictureOf(model, name);
  const columns = picture.shape.at(-1) ?? 1;
  const content = {
    text: () => parameterText(picture, terminal),
    json: () => json({ model: modelJson(model, options), ...picture }),
    csv: () =>
      csv(
        ["row", "column", "value"],
        Array.from(picture.values, (value, place) => [
          Math.floor(place / columns),
          place % columns,
          value,
        ]),
      ),
  }[format];
  return deliver(content(), options, format);
}

async function pictureOf(model: Model, name: string): Promise<ParameterPicture> {
  const head = /^((?:encoder|decoder|decoder\.cross)\.)?(L\d+H\d+)\.([qkvo])$/i.exec(name);
  if (head) {
    const map = head[3]!.toLowerCase() as keyof typeof meanings;
    const { parameter, matrix } = await headMatrix(model, parseHead(head[2]!), map, head[1] ?? "");
    return {
      name,
      stored: parameter.storedName,
      meaning: meanings[map],
      shape: matrix.shape,
      values: matrix.data,
    };
  }
  const found = model.parameter(name);
  if (!found) {
    if (namesModel(name))
      throw new InputError(
        `${name} is a model's folder; here goes the name of a parameter. A model goes behind --model: heed parameters --model ${name}`,
      );
    const names = model.parameters.map((parameter) => parameter.name);
    throw new SiteError(
      `no parameter "${name}"${nearest(name, names)}. \`heed parameters\` lists them; one head's matrix is written L3H1.q`,
    );
  }
  const values = await model.parameterRows(found);
  const meaning =
    found.shape.length === 2 ? "a map: rows are what comes out, columns what goes in" : undefined;
  return { name: found.name, stored: found.storedName, meaning, shape: found.shape, values };
}
