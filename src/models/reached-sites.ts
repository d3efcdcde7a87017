import { meta } from "../backends/meta/meta.ts";
import { SiteError } from "../errors/errors.ts";
import type { Network } from "../families/family.ts";
import type { Inputs } from "../families/inputs.ts";
import { type Plan, Probe } from "../probe/probe.ts";
import { parseSite, type SiteKind } from "../probe/sites.ts";
import { Program } from "../tensor/program.ts";

/** Axes that grow with what is read. */
const growing = ["T", "S", "N", "Y", "X"] as const;
type Growing = (typeof growing)[number];

/** A site a model has. */
export interface ModelSite {
  readonly name: string;
  readonly kind: SiteKind;
  /** Lengths of the axes for one text of `T` tokens; named are the axes that grow with the text, and a second one that has as many as were given ("B"). */
  readonly shape: readonly (number | Growing | "B")[];
}

/** Every site of a model by name, in the order of the forward pass, of which `pass` records one. Nothing is computed. */
export function sitesOf(
  { dimensions, images, exampleInputs }: Network,
  pass: (inputs: Inputs, probe: Probe) => void,
): Map<string, ModelSite> {
  const found = new Map<string, ModelSite>();
  // Two lengths, so that the axes that grow with the text can be told from those that do not.
  // Where tokens are merged, so many that the last layer's lengths differ too.
  const step = 2 ** Math.max(0, ...(images?.merged ?? []));
  const enough = 5 * step + (images?.leading.length ?? 0);
  const longest = Math.min(enough, dimensions.positions ?? enough);
  const shapes = [Math.max(1, longest - 2 * step), longest].map((length) => {
    const ids = new Int32Array(length);
    const inputs = { batch: 1, length, ids, ...exampleInputs?.(length, 1) };
    return shapesOf((probe) => pass(inputs, probe));
  });
  for (const [name, shape] of shapes[0]!) {
    const kind = parseSite(name)!.kind;
    const longer = shapes[1]!.get(name)!;
    found.set(name, {
      name,
      kind,
      shape: shape.map((size, axis) => {
        if (axis > 0 && kind.axes[axis] === "B") return "B";
        // The pictures of these two lengths are strips of one row.
        if (kind.axes[axis] === "Y") return "Y";
        if (size === longer[axis]) return size;
        return growing.find((letter) => letter === kind.axes[axis]) ?? "T";
      }),
    });
  }
  return found;
}

/** Every site a pass reaches, with its shape. */
export function shapesOf(pass: (probe: Probe) => void): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  const everything: Plan = {
    wants: () => true,
    patches: () => false,
    reached(site, value) {
      if (!parseSite(site)) throw new SiteError(`"${site}" is not in the table of sites`);
      shapes.set(site, value.shape);
      return value;
    },
    reachedSparse: (site, { layout }) => shapes.set(site, layout.shape),
  };
  pass(new Probe(new Program(meta()), everything));
  return shapes;
}
