import { isSoundFile } from "../engine/sound.ts";
import type { AppContext } from "./context.ts";

/** Files that a reader chose or dropped. */
export interface GivenFiles {
  /** What `load` takes: a drop, a list of files. */
  readonly files: unknown;
  /** The folder's name, or that of the first file. */
  readonly name: string;
  readonly first: File;
  readonly isAlone: boolean;
}

/** Opens what was given: a model's files, or a picture or a sound for the model that is there. Gives why where that model reads neither. */
export function openGiven(
  app: AppContext,
  { files, name, first, isAlone }: GivenFiles,
): string | undefined {
  const { said } = app.model ?? {};
  const { words } = app;
  // A folder may hold a picture or a sound beside its model.
  const [isSound, isPicture] = [
    isAlone && isSoundFile(first),
    isAlone && /^image\//.test(first.type),
  ];
  if (isSound && !said?.readsSound) return words.sound.noReader(said?.label ?? "");
  if (isPicture && !said?.readsImages) return words.picture.noReader(said?.label ?? "");
  if (isSound) app.openSound(first);
  else if (isPicture) app.openPicture(first);
  else app.open({ kind: "files", name }, { files });
  return undefined;
}

/** The files of a drop; undefined where something else was dropped. */
export function givenIn({ dataTransfer }: DragEvent): GivenFiles | undefined {
  const [first] = dataTransfer?.files ?? [];
  if (!dataTransfer || !first) return undefined;
  const { items, files } = dataTransfer;
  return {
    files: items.length > 0 ? dataTransfer : files,
    name: first.name,
    first,
    isAlone: files.length === 1,
  };
}

/** Takes what is dropped where no part of the page takes it: a browser would leave the page and show the file. `refuse` is told why not. */
export function takeDrops(app: () => AppContext, refuse: (why: string) => void): void {
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    const given = givenIn(event);
    if (!given) return;
    const why = isMeant(given) ? openGiven(app(), given) : app().words.models.drop;
    if (why !== undefined) refuse(why);
  });
}

/** Whether what was dropped anywhere may be a model, a picture or a sound: a note that missed its window would put the model out of the page. */
function isMeant({ first, isAlone }: GivenFiles): boolean {
  const isFolder = first.type === "" && !first.name.includes(".");
  return (
    !isAlone ||
    isFolder ||
    isSoundFile(first) ||
    /^image\//.test(first.type) ||
    /\.(safetensors|gguf|bin|pt|pth)$/i.test(first.name)
  );
}
