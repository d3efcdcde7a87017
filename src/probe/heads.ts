import { SiteError } from "../errors/errors.ts";
import { formatHead, type HeadAddress, parseHead } from "./head-address.ts";
import { parseSite, sitePattern } from "./sites.ts";
import type { Which } from "./words.ts";

/** A site or a pattern, and heads of it. */
interface HeadsOfSite {
  readonly site: string;
  readonly head?: Which;
}

/** Heads named by address, L5H11; undefined where all are named by index. */
function addressesIn(head: Which | undefined): readonly HeadAddress[] | undefined {
  const addresses = [head].flat().flatMap((one) => (isAddress(one) ? [parseHead(one)] : []));
  return addresses.length > 0 ? addresses : undefined;
}

function isAddress(one: unknown): one is string {
  return typeof one === "string" && /^\s*L\d+H\d+\s*$/i.test(one);
}

/** Whether every head is named by address: then the part is in the layers of these heads only. */
function isInLayersOnly(head: Which | undefined): boolean {
  return head !== undefined && [head].flat().every(isAddress);
}

/** The heads that are meant in one layer, by index: those named by address there, and those named without a layer. */
export function headsInLayer(head: Which, layer: number | undefined): Which {
  if (!addressesIn(head)) return head;
  return [head].flat().flatMap((one) => {
    if (!isAddress(one)) return [one as number | string];
    const address = parseHead(one);
    return address.layer === layer ? [address.head] : [];
  });
}

/** One head of a site by its index, whichever way it is named. Throws SiteError for a head of another layer, and for what names no head. */
export function headAt(site: string, head: number | string, place: string): number {
  if (typeof head === "number") return head;
  const address = parseHead(head);
  expectHeads({ site, head }, place, () => [site]);
  return address.head;
}

/**
 * A test for the sites a part means. Heads named by address narrow a pattern to their layers: `layers.*.weights` with L5H11 is
 * `layers.5.weights`. A layer's site may be named by its kind alone then: "weights" with L5H11.
 */
export function sitesOf({ site, head }: HeadsOfSite): (name: string) => boolean {
  const matches = sitePattern(wholeName(site, head));
  if (!isInLayersOnly(head)) return matches;
  const layers = new Set(addressesIn(head)!.map(({ layer }) => layer));
  return (name) => {
    const layer = parseSite(name)?.layer;
    return layer !== undefined && layers.has(layer) && matches(name);
  };
}

/** Throws SiteError for a head named by address where no site of the part is in its layer; `all` are the sites there are. */
export function expectHeads(
  { site, head }: HeadsOfSite,
  place: string,
  all: () => Iterable<string>,
): void {
  const addresses = addressesIn(head);
  if (!addresses) return;
  const named = [...all()].filter(sitePattern(wholeName(site, head)));
  // That the site itself is not there is said elsewhere.
  if (named.length === 0) return;
  const layers = new Set(named.map((name) => parseSite(name)?.layer));
  for (const address of addresses)
    if (!layers.has(address.layer)) {
      const [own] = layers;
      const where =
        layers.size > 1
          ? `in ${layers.size} other layers`
          : own === undefined
            ? "in no layer"
            : `in layer ${own}`;
      throw new SiteError(
        `${place}: head ${formatHead(address)} is in layer ${address.layer}, and site "${site}" is ${where}. Name a site of that layer, or the head by its index: ${address.head}`,
      );
    }
}

/** "weights" beside a head's address stands for `layers.*.weights`. */
function wholeName(site: string, head: Which | undefined): string {
  const isKind = parseSite(`layers.0.${site}`) !== undefined && parseSite(site) === undefined;
  return isKind && isInLayersOnly(head) ? `layers.*.${site}` : site;
}
