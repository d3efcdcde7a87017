import { InputError } from "../errors/errors.ts";
import { parseHead } from "../probe/head-address.ts";
import type { Explained } from "../views/explain/explained.ts";
import type { HeedElement } from "../views/page/base/heed-element.ts";
import { keepView, readOwnNumbers } from "../views/page/source/own-numbers.ts";
import type { ImageSource, TextSource } from "../views/page/source/source.ts";
import { ownExplanation } from "../views/page/steps/own-explanation.ts";
import type { Exploring, Seen } from "./questions.ts";
import { exploredImageSource, exploredSource } from "./source.ts";

/** How far a model has come. */
export type OnLoading = (received: number, total: number) => void;

/** Opens the model that an element names: "embedded", "owner/name", "owner/name@revision", or an address. */
export type OpenModel = (name: string, onLoading: OnLoading) => Promise<Exploring>;

/** A run that elements draw. */
interface Drawn {
  readonly exploring: Exploring;
  readonly seen: Seen;
  readonly source: TextSource | ImageSource;
}

/** What a model is asked by an element's attributes. */
interface LiveAttributes {
  readonly model: string;
  readonly text: string | undefined;
  readonly pair: string | undefined;
  readonly image: string | undefined;
}

interface Loading {
  readonly exploring: Promise<Exploring>;
  readonly listeners: Set<OnLoading>;
}

/**
 * Runs what elements ask for by their attributes: `text`, or `text` and `pair`, or `image`, of `model`. Each model is opened once, each text is run
 * once, however many elements show it.
 */
export class LiveRuns {
  readonly #open: OpenModel;
  readonly #models = new Map<string, Loading>();
  readonly #runs = new Map<string, Promise<Drawn>>();
  readonly #asked = new WeakMap<Element, string>();

  constructor(open: OpenModel) {
    this.#open = open;
  }

  /** Gives an element the run that its attributes ask for; else what it carries itself. */
  readonly give = (element: HeedElement<TextSource>): void => {
    const asked = attributesOf(element);
    if (!asked) {
      readOwnNumbers(element);
      return;
    }
    const start = element.getAttribute("start") ?? "";
    const name = JSON.stringify([asked, start, element.getAttribute("group")]);
    if (this.#asked.get(element) === name) return;
    this.#asked.set(element, name);
    const isLatest = () => this.#asked.get(element) === name;
    const show: OnLoading = (received, total) => {
      if (isLatest()) element.wait(loadingText(asked.model, received, total));
    };
    show(0, 0);
    this.#run(asked, element.baseURI, show).then(
      ({ source, seen }) => {
        if (!isLatest()) return;
        element.wait(undefined);
        keepView(element, source as TextSource, seen.start);
      },
      (error: unknown) => {
        if (isLatest()) element.fail(error instanceof Error ? error : new Error(String(error)));
      },
    );
  };

  /** The steps that `<heed-steps>` asks for by its attributes, `start`, `to` and `against` with them; else what it carries itself. */
  readonly explain = async (element: Element): Promise<Explained | undefined> => {
    const asked = attributesOf(element);
    if (!asked) return ownExplanation(element);
    const { exploring, seen } = await this.#run(asked, element.baseURI, () => {});
    const parts = (element.getAttribute("start") ?? "").split(/\s+/).filter(Boolean);
    const head = parts.find((part) => /^L\d+H\d+$/i.test(part));
    const word = parts.find((part) => part !== head);
    const [to, against] = [element.getAttribute("to"), element.getAttribute("against")];
    return exploring.explain(seen.run, {
      head: head === undefined ? seen.start : parseHead(head),
      word: word ?? seen.start.query,
      ...(to !== null && { to }),
      ...(against !== null && { against }),
    });
  };

  #run(asked: LiveAttributes, base: string, onLoading: OnLoading): Promise<Drawn> {
    const name = JSON.stringify(asked);
    const known = this.#runs.get(name);
    if (known) {
      this.#models.get(asked.model)?.listeners.add(onLoading);
      return known;
    }
    const run = this.#drawn(asked, base, onLoading);
    this.#runs.set(name, run);
    run.catch(() => this.#runs.delete(name));
    return run;
  }

  async #drawn(
    { model, text = "", pair, image }: LiveAttributes,
    base: string,
    onLoading: OnLoading,
  ): Promise<Drawn> {
    const exploring = await this.#model(model, onLoading);
    if (image !== undefined) return drawnImage(exploring, new URL(image, base));
    if (exploring.said.readsImages)
      throw new InputError(`${model}: reads pictures, and "text" is given. Give "image"`);
    const seen = await exploring.see({ input: pair === undefined ? text : { text, pair } });
    const texts = pair === undefined ? [text] : [text, pair];
    return { exploring, seen, source: exploredSource(exploring, seen, { texts }) };
  }

  #model(name: string, onLoading: OnLoading): Promise<Exploring> {
    const known = this.#models.get(name);
    known?.listeners.add(onLoading);
    if (known) return known.exploring;
    const listeners = new Set([onLoading]);
    const exploring = this.#open(name, (received, total) => {
      for (const listener of listeners) listener(received, total);
    });
    this.#models.set(name, { exploring, listeners });
    exploring.then(
      () => listeners.clear(),
      () => this.#models.delete(name),
    );
    return exploring;
  }
}

async function drawnImage(exploring: Exploring, address: URL): Promise<Drawn> {
  const answer = await fetch(address);
  if (!answer.ok) throw new InputError(`${address}: ${answer.status} ${answer.statusText}`);
  const file = await answer.blob();
  const name = address.href;
  await exploring.keepImage(name, new Uint8Array(await file.arrayBuffer()));
  const seen = await exploring.see({ input: { image: name } });
  const { width, height } = await createImageBitmap(file);
  const picture = { name, address: URL.createObjectURL(file), width, height };
  return { exploring, seen, source: exploredImageSource(exploring, seen, picture) };
}

/** What an element asks for; undefined where it is neither a text nor a picture. */
function attributesOf(element: Element): LiveAttributes | undefined {
  const of = (name: string) => element.getAttribute(name) ?? undefined;
  const [text, pair, image] = [of("text"), of("pair"), of("image")];
  if (text === undefined && image === undefined) return undefined;
  return { model: of("model") ?? "embedded", text, pair, image };
}

function loadingText(model: string, received: number, total: number): string {
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  return `Loading ${model}${total > 0 ? `: ${megabytes(received)} of ${megabytes(total)} MB` : " …"}`;
}
