import type { Explained } from "../../explain/explained.ts";

/** The explanation that a text holds, as `heed explain --json` writes it. Throws an Error that says what is missing. */
export function readExplained(text: string): Explained {
  const value: unknown = JSON.parse(text);
  const wanted = { head: "string", query: "object", target: "object", answer: "object" };
  const given = (typeof value === "object" && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  const missing = Object.entries(wanted).find(([name, type]) => typeof given[name] !== type)?.[0];
  if (missing !== undefined || !Array.isArray(given.steps) || given.steps.length === 0)
    throw new Error(
      `no explanation: "${missing ?? "steps"}" is missing. heed explain --json writes one`,
    );
  return value as Explained;
}

/** What an element carries itself: its attribute `data`, the file at `src`, or a script of JSON within it; undefined where there is none. */
export async function ownExplanation(element: Element): Promise<Explained | undefined> {
  const [data, src] = [element.getAttribute("data"), element.getAttribute("src")];
  if (data === null && src !== null) {
    const response = await fetch(new URL(src, element.baseURI));
    if (!response.ok) throw new Error(`${src}: ${response.status} ${response.statusText}`);
    return readExplained(await response.text());
  }
  const inline = element.querySelector('script[type="application/json"]')?.textContent;
  const from = data ?? inline;
  return from === undefined || from === null ? undefined : readExplained(from);
}
