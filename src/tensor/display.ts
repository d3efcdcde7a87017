import { formatShape, type Shape } from "./shape.ts";

/** The method by which Node shows a value. */
export const inspectSymbol: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;
/** The method by which notebooks (Deno's kernel) show a value: it gives texts by their media types. */
export const jupyterSymbol: unique symbol = Symbol.for("Jupyter.display") as never;

/** What a notebook shows, by its media types. */
export type MimeBundle = Readonly<Record<string, string>>;

interface Numbers {
  readonly shape: Shape;
  readonly data: Float32Array;
}

const mostShown = 8;
const mostRows = 20;
const mostColumns = 12;

/** "Tensor (1, 12, 13, 13), 2028 numbers from 0 to 0.9712, mean 0.0769: 0.0903 0.0065 …" */
export function tensorText({ shape, data }: Numbers): string {
  const numbers = data.length === 1 ? "1 number" : `${data.length} numbers`;
  if (data.length === 0) return `Tensor ${formatShape(shape)}, no numbers`;
  let [least, most, sum, count] = [Infinity, -Infinity, 0, 0];
  for (const value of data) {
    if (!Number.isFinite(value)) continue;
    [least, most] = [Math.min(least, value), Math.max(most, value)];
    sum += value;
    count += 1;
  }
  const others = data.length - count;
  const range = [
    ...(count > 0 ? [`from ${short(least)} to ${short(most)}, mean ${short(sum / count)}`] : []),
    ...(others > 0 ? [`${others} of them not finite`] : []),
  ].join(", ");
  const first = Array.from(data.subarray(0, mostShown), short).join(" ");
  const more = data.length > mostShown ? " …" : "";
  return `Tensor ${formatShape(shape)}, ${numbers} ${range}: ${first}${more}`;
}

/** The first rows of the last two axes as a table. */
export function tensorHtml(tensor: Numbers): string {
  const { shape, data } = tensor;
  const columns = shape.at(-1) ?? 1;
  const rows = shape.at(-2) ?? 1;
  const row = (index: number): string => {
    const own = data.subarray(index * columns, index * columns + Math.min(columns, mostColumns));
    const rest = columns > mostColumns ? "<td>…</td>" : "";
    return `<tr>${Array.from(own, (value) => `<td>${short(value)}</td>`).join("")}${rest}</tr>`;
  };
  const shown = data.length === 0 ? 0 : Math.min(rows, mostRows);
  const rest = rows > mostRows ? "<tr><td>…</td></tr>" : "";
  return `<p>${tensorText(tensor).split(":")[0]}</p><table>${Array.from({ length: shown }, (_, index) => row(index)).join("")}${rest}</table>`;
}

/** Four digits, without zeros at the end. */
function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-4)) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}
