import { type Exploring, exploreInWorker, exploreOver } from "heed/explore";
import type { GivenModel } from "../app/context.ts";
import type { Progress } from "../app/loading.ts";
import { isSameModel, type ModelChoice } from "../state/state.ts";

/** What a model is loaded with. */
export interface OpenOptions extends GivenModel {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** Loads a model in a worker of its own; the worker ends with the model. Throws what `load` throws. */
export async function openModel(choice: ModelChoice, options: OpenOptions): Promise<Exploring> {
  const { signal, onProgress, token } = options;
  const served = servedModel();
  if (served && isServed(choice))
    return exploreOver(new URL("./ask", document.baseURI), served.token);
  const worker = new Worker(new URL("./engine-worker.js", import.meta.url), { type: "module" });
  const end = () => worker.terminate();
  signal.addEventListener("abort", end, { once: true });
  try {
    const model = await exploreInWorker(worker, sourceOf(choice, options), {
      signal,
      token,
      ...(choice.kind === "hub" && choice.revision !== undefined && { revision: choice.revision }),
      onDownload: ({ received, total }) => onProgress({ received, total }),
    });
    return {
      ...model,
      dispose: async () => {
        await model.dispose();
        end();
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}

function sourceOf(choice: ModelChoice, { files, made }: GivenModel): unknown {
  // The worker carries their addresses.
  if (choice.kind === "embedded" || choice.kind === "stories") return choice;
  return choice.kind === "hub" ? choice.id : made ? { made } : files;
}

/** Whether whoever serves the page runs this model itself: its files need not be here. */
export function isServed(choice: ModelChoice): boolean {
  const served = servedModel();
  return served !== undefined && isSameModel(served.choice, choice);
}

/** The picture or sound that whoever serves the page was given, where there is one. */
export async function servedFile(kind: "picture" | "sound"): Promise<File | undefined> {
  const said = document.querySelector<HTMLMetaElement>(`meta[name=heed-${kind}]`);
  if (!said) return undefined;
  const answer = await fetch(new URL(`./${kind}`, document.baseURI));
  return answer.ok ? new File([await answer.blob()], said.content) : undefined;
}

/** The model that whoever serves the page runs itself (`heed open`), and what questions to it have to show. */
function servedModel(): { readonly choice: ModelChoice; readonly token: string } | undefined {
  const said = document.querySelector<HTMLMetaElement>("meta[name=heed-engine]");
  const token = new URLSearchParams(location.search).get("engine");
  if (!said || token === null) return undefined;
  return { choice: JSON.parse(said.content) as ModelChoice, token };
}
