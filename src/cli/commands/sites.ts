import type { Model } from "../../model.ts";
import { shortName } from "../../models/short-name.ts";
import { siteKinds } from "../../probe/sites.ts";
import { transformerLensName } from "../../probe/transformer-lens.ts";
import { type SiteRow, sitesText } from "../../views/text/sites.ts";
import { loadModel, type ModelOptions } from "../loading.ts";
import { modelJson } from "../model-json.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { refuseIdle } from "../options/idle-options.ts";
import { csv, deliver, json } from "../output.ts";
import { terminalOf } from "../terminal/terminal.ts";

const formats = ["text", "json", "csv"] as const;

export interface SitesOptions extends ModelOptions, FormatOptions {
  /** Whose names: heed's, or "tl", TransformerLens's where it has the same tensor. */
  readonly names?: string;
}

/** `heed sites`: every named tensor of a model, and why others are not there. */
export async function sites(options: SitesOptions): Promise<void> {
  const format = formatOf(options, formats);
  refuseIdle("sites", { ...options, format });
  const nameOf = (site: string) =>
    options.names === "tl" ? (transformerLensName(site) ?? site) : site;
  const model = await loadModel(options, "both");
  const content = {
    text: () =>
      sitesText(shortName(model.label), rowsOf(model, nameOf), terminalOf(process.stdout)),
    json: () =>
      json({
        model: modelJson(model, options),
        sites: [...model.sites.values()].map(({ name, kind, shape }) => ({
          name,
          axes: kind.axes.slice(0, shape.length),
          shape,
          what: kind.what,
          onDemand: kind.onDemand ?? false,
          transformerLens: kind.transformerLens,
        })),
        absent: Object.fromEntries(model.absentSites),
      }),
    csv: () =>
      csv(
        ["site", "axes", "shape", "what"],
        [...model.sites.values()].map(({ name, kind, shape }) => [
          nameOf(name),
          kind.axes.slice(0, shape.length).join(" "),
          shape.join(" "),
          kind.what,
        ]),
      ),
  }[format];
  await deliver(content(), options, format);
}

/** One row for the sites of all layers together: "layers.L.weights"; widths that differ from layer to layer stand all, "H=3/6/12/24". */
function rowsOf(model: Model, nameOf: (site: string) => string): SiteRow[] {
  const rows = new Map<string, SiteRow>();
  const widths = new Map<string, ReadonlyMap<string, ReadonlySet<number>>>();
  for (const { name, kind, shape } of model.sites.values()) {
    const general = nameOf(name).replace(/(layers|blocks)\.\d+\./, "$1.L.");
    // Under the other name, what differs there belongs to what it is.
    const differs = nameOf(name) === name ? undefined : kind.transformerLens?.differs;
    const meaning = differs ? `${kind.what}; ${differs}` : kind.what;
    const axes = kind.axes.slice(0, shape.length);
    const before = widths.get(general);
    const fixed = new Map(
      axes.flatMap((axis, n) => {
        const size = shape[n];
        return typeof size === "number" && axis !== "B"
          ? [[axis, new Set([...(before?.get(axis) ?? []), size])] as const]
          : [];
      }),
    );
    widths.set(general, fixed);
    rows.set(general, {
      name: general,
      axes: axes.join(" "),
      widths: [...fixed].map(([axis, sizes]) => `${axis}=${[...sizes].join("/")}`).join(", "),
      meaning: kind.onDemand ? `${meaning} (made when asked for)` : meaning,
    });
  }
  for (const [name, reason] of model.absentSites) {
    const kind = siteKinds.find((kind) => kind.name === name)!;
    rows.set(`absent ${name}`, {
      name: kind.of === "layer" ? `layers.L.${name}` : name,
      axes: kind.axes.join(" "),
      meaning: kind.what,
      absent: reason,
    });
  }
  return [...rows.values()];
}
