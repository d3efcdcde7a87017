/**
 * A visitor of the explorer, in whatever browser opens the page: it stands in the page itself, taps what is on top where it taps, and tells the
 * server what it saw. After the first half it opens the address anew, as somebody does who was given the link.
 */
import type { AppContext } from "../../../web/app/context.ts";

/** What is seen in one visit; `complaints` are errors, unhandled refusals, refusals of the policy, and what the console calls an error. */
export interface Visit {
  readonly complaints: readonly string[];
  readonly failure?: string;
  readonly firstPicture?: { readonly arcs: number; readonly found: string };
  readonly backend?: string;
  readonly tapped?: { readonly query: number; readonly shown: string; readonly weight: number };
  readonly cut?: {
    readonly changes: unknown;
    readonly angles: readonly string[];
    readonly weight: string;
  };
  readonly steps?: readonly { readonly title: string; readonly height: number }[];
  readonly before?: unknown;
  readonly after?: unknown;
  readonly anew?: { readonly shown: string };
}

const kept = "heed: visit";
const complaints: string[] = [];
addEventListener("error", (event) => complaints.push(`error: ${event.message}`));
addEventListener("unhandledrejection", ({ reason }) => complaints.push(`not caught: ${reason}`));
document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
  complaints.push(`policy: ${violatedDirective} ${blockedURI}`),
);
const { error } = console;
console.error = (...said) => {
  complaints.push(`console: ${said.join(" ")}`);
  error(...said);
};

const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

/** Resolves to what is there once it is there. */
async function there<T>(name: string, find: () => T | undefined | null | false): Promise<T> {
  const end = performance.now() + 40_000;
  for (;;) {
    const found = find();
    if (found) return found;
    if (performance.now() > end) throw new Error(`was waited for in vain: ${name}`);
    await pause();
  }
}

const app = () => (document.querySelector("heed-app") as { app?: AppContext } | null)?.app;

/** All elements of the page, within its shadow roots too. */
function* all(root: ParentNode = document): Generator<Element> {
  for (const element of root.querySelectorAll("*")) {
    yield element;
    if (element.shadowRoot) yield* all(element.shadowRoot);
  }
}

const every = (selector: string) => [...all()].filter((element) => element.matches(selector));
const textOf = (element: Element) => (element.textContent ?? "").replace(/\s+/g, " ").trim();

/** A thing to tap by the text on it or its name. */
function named(name: string): HTMLElement | undefined {
  return every("button").find(
    (button) => (button.getAttribute("aria-label") ?? textOf(button)) === name,
  ) as HTMLElement | undefined;
}

/** What lies on top at a point, within shadow roots too. */
function topAt(x: number, y: number): Element | null {
  let top = document.elementFromPoint(x, y);
  for (;;) {
    const inner = top?.shadowRoot?.elementFromPoint(x, y);
    if (!inner || inner === top) return top;
    top = inner;
  }
}

/** Taps in the middle of an element, and fails where something else lies on top of it. */
function tap(element: HTMLElement): void {
  element.scrollIntoView({ block: "center" });
  const box = element.getBoundingClientRect();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const top = topAt(x, y);
  if (!top || (top !== element && !element.contains(top)))
    throw new Error(`${textOf(element)} is covered by ${top?.localName}.${top?.className}`);
  const where = { bubbles: true, composed: true, cancelable: true, clientX: x, clientY: y };
  top.dispatchEvent(new PointerEvent("pointerdown", where));
  top.dispatchEvent(new PointerEvent("pointerup", where));
  element.focus();
  top.dispatchEvent(new MouseEvent("click", where));
}

async function tapNamed(name: string): Promise<void> {
  tap(await there(name, () => named(name)));
}

const answers = () =>
  there("an answer of the model", () => {
    const now = app();
    return now?.model && now.seen && !now.isRecorded && !now.isBusy ? now : undefined;
  });

/** The number under a word, once it no longer moves and is the run's: a page that is busy stands still too. */
async function shownUnder(token: number): Promise<string> {
  let [last, same] = ["", 0];
  await there("a number that stands", () => {
    const [number] = every("heed-app-sentence").flatMap((one) => [
      ...one.shadowRoot!.querySelectorAll(`[data-token="${token}"] .number`),
    ]);
    const now = number ? textOf(number) : "";
    same = now !== "" && now === last ? same + 1 : 0;
    last = now;
    return same > 15 && Math.abs(Number(now) - weightOf(app()!, token)) < 0.006;
  });
  return last;
}

const word = (token: number) =>
  every("heed-app-sentence")[0]!.shadowRoot!.querySelector<HTMLElement>(
    `[data-token="${token}"] .word`,
  )!;

function weightOf({ seen, state }: AppContext, key: number): number {
  const size = seen!.keys.length;
  const heads = seen!.weights![state.layer]!;
  return heads[(state.head * size + state.query) * size + key]!;
}

/** The state as a link carries it. */
const linked = () => {
  const { pin: _, ...state } = app()!.state;
  return JSON.parse(JSON.stringify(state));
};

async function firstHalf(): Promise<Partial<Visit>> {
  const arcs = await there("the first picture", () => {
    const drawn = every(".arcs path").length;
    return app()?.seen && drawn > 0 ? drawn : undefined;
  });
  const found = await there("what is found", () => {
    const said = every(".found").map(textOf).join(" ");
    return said.includes("0.49") || said.includes(".49") ? said : undefined;
  });
  await answers();

  tap(word(4));
  const moved = await there("the tapped word", () => app()!.state.query === 4 && app());
  const shown = await shownUnder(1);
  const tapped = { query: moved.state.query, shown, weight: weightOf(moved, 1) };
  tap(word(8));
  await there("it", () => app()!.state.query === 8);

  await tapNamed("What if?");
  await tapNamed("Cut “it” → “cat”");
  const angles = await there("what comes of it", () => {
    const numbers = every(".strip .number").map(textOf);
    return numbers.length === 7 && !app()!.isBusy ? numbers : undefined;
  });
  const cut = { changes: linked().changes, angles, weight: await shownUnder(2) };

  await tapNamed("Why?");
  const steps: { title: string; height: number }[] = [];
  const section = () => {
    const root = every("heed-steps")[0]?.shadowRoot;
    const one = root?.querySelector("section");
    return one ? { title: one.getAttribute("aria-label") ?? "", one } : undefined;
  };
  for (;;) {
    const { title, one } = await there("another step", () => {
      const now = section();
      return now && now.title !== steps.at(-1)?.title ? now : undefined;
    });
    steps.push({ title, height: one.getBoundingClientRect().height });
    const next = named("Next");
    if (!next || next.getAttribute("aria-disabled") === "true" || steps.length > 40) break;
    tap(next);
  }
  await tapNamed("Back");
  await there("the step before", () => section()?.title === steps.at(-2)?.title);
  return {
    firstPicture: { arcs, found },
    backend: String((await answers()).model!.said.backend ?? ""),
    tapped,
    cut,
    steps,
  };
}

async function tell(visit: Visit): Promise<void> {
  await fetch("./result", { method: "POST", body: JSON.stringify(visit) });
}

async function visit(): Promise<void> {
  const before = sessionStorage.getItem(kept);
  const first: Visit | undefined = before === null ? undefined : JSON.parse(before);
  try {
    if (!first) {
      const seen = await firstHalf();
      const told: Visit = { ...seen, before: linked(), complaints };
      sessionStorage.setItem(kept, JSON.stringify(told));
      await there("the step in the address", () =>
        location.hash.includes(`step=${app()!.state.step}`),
      );
      return location.reload();
    }
    await answers();
    await there("the step of the link", () =>
      every("heed-steps")[0]?.shadowRoot?.querySelector("h3"),
    );
    const anew = { shown: await shownUnder(2) };
    sessionStorage.removeItem(kept);
    await tell({
      ...first,
      after: linked(),
      anew,
      complaints: [...first.complaints, ...complaints],
    });
  } catch (reason) {
    sessionStorage.removeItem(kept);
    await tell({ ...first, complaints, failure: String(reason) });
  }
}

void visit();
