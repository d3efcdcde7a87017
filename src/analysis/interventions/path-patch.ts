/**
 * Path patching (Wang et al. 2022, arXiv 2211.00593, appendix B; Goldowsky-Dill et al. 2023, arXiv 2304.05969): what senders tell receivers,
 * and nobody else. Here later feed-forward parts are frozen too, so that only the direct path through the stream counts; where norms
 * come first or last alike, norms are computed anew on the changed stream: a receiver reads x + Σ (s′ − s) over senders, s′ being what they
 * give in the other text.
 */

import { InputError, SiteError } from "../../errors/errors.ts";
import type { Patch } from "../../probe/patch.ts";
import type { PathPatch } from "./intervention.ts";
import { headNamed, layerHeads } from "./named-heads.ts";
import { dimensionsOf, headsIn, layersIn, type Subject, siteIn } from "./subject.ts";
import { transplantPatches } from "./transplant.ts";

interface Receiver {
  readonly layer: number;
  readonly head: number;
  readonly input: "q" | "k" | "v";
}

/**
 * The patches of a path: for receivers, what they read in a run where all else is frozen; for the output, that run's own patches.
 * Throws InputError for receivers that do not come after every sender.
 */
export async function pathPatches(
  subject: Subject,
  { from, senders, receivers, stack = "encoder" }: PathPatch,
): Promise<Patch[]> {
  const { model } = subject;
  const place = "path";
  if (stack === "cross")
    throw new InputError(`${place}: senders and receivers are of one stack: encoder or decoder`);
  if (receivers === "output" && stack === "encoder" && model.dimensions.decoderLayers !== undefined)
    throw new InputError(
      `${place}: what an encoder's heads tell the output goes through the decoder, which is no direct path. Name receivers, or senders of the decoder`,
    );
  const where = layerHeads(model, stack, { heads: senders }, place);
  const targets =
    receivers === "output" ? [] : receivers.map((name) => receiverOf(subject, stack, name, place));
  const last = where.at(-1)!.layer;
  const early = targets.find(({ layer }) => layer <= last);
  if (early)
    throw new InputError(
      `${place}: receiver L${early.layer}H${early.head} hears nothing of a sender in layer ${last}. Receivers are in later layers`,
    );
  const sent: Patch[] = [];
  for (const { layer, heads } of where)
    sent.push(
      ...(await transplantPatches(subject, {
        kind: "transplant",
        from,
        site: "mixed",
        layers: [layer],
        heads,
        stack,
      })),
    );
  const frozen = await frozenPatches(subject, stack, where);
  if (receivers === "output") return [...frozen, ...sent];
  const sites = [...new Set(targets.map(({ layer, input }) => siteIn(model, stack, layer, input)))];
  const run = await model.run(subject.input, {
    read: sites,
    patch: [...frozen, ...sent],
    output: false,
    onWarning: () => {},
  });
  return targets.map(({ layer, head, input }) => {
    const site = siteIn(model, stack, layer, input);
    const { heads, keyHeads } = dimensionsOf(model, stack);
    const own = input === "q" ? head : Math.floor((head * keyHeads) / heads);
    return { site, head: own, set: run.trace.part(site, [[0], [own]], place) };
  });
}

function receiverOf(
  { model }: Subject,
  stack: "encoder" | "decoder",
  name: string,
  place: string,
): Receiver {
  const [, head, input] = /^(L\d+H\d+)\.([qkv])$/i.exec(name.trim()) ?? [];
  if (!head || !input)
    throw new SiteError(
      `${place}: "${name}" is no receiver. It is a head and what it reads: L4H2.q, .k or .v`,
    );
  return {
    ...headNamed(model, stack, head, place),
    input: input.toLowerCase() as Receiver["input"],
  };
}

/** From the first sender's layer on, everything that adds to the stream stays what it was, but for the senders. */
async function frozenPatches(
  subject: Subject,
  stack: "encoder" | "decoder",
  senders: ReturnType<typeof layerHeads>,
): Promise<Patch[]> {
  const { model } = subject;
  const first = senders[0]!.layer;
  const ofSender = new Map(senders.map(({ layer, heads }) => [layer, heads]));
  const parts: { site: string; heads?: number[] }[] = [];
  for (let layer = first; layer < layersIn(model, stack); layer++) {
    const own = ofSender.get(layer);
    if (!own) parts.push({ site: siteIn(model, stack, layer, "attended") });
    else if (layer > first) {
      const others = Array.from({ length: headsIn(model, stack, layer) }, (_, head) => head).filter(
        (head) => !own.includes(head),
      );
      if (others.length > 0)
        parts.push({ site: siteIn(model, stack, layer, "mixed"), heads: others });
    }
    if (stack === "decoder") parts.push({ site: siteIn(model, "cross", layer, "attended") });
    parts.push({ site: siteIn(model, stack, layer, "mlp") });
  }
  const there = parts.filter(({ site }) => model.sites.has(site));
  const run = await subject.clean(there.map(({ site }) => site));
  return there.map(({ site, heads }) => ({
    site,
    ...(heads && { head: heads }),
    set: run.trace.part(site, heads ? [[0], heads] : [[0]], "path"),
  }));
}
