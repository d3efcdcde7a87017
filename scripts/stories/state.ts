/** What is so in a story, as far as it has been told. */
export interface StoryState {
  /** Who there is, by name. */
  readonly who: Map<string, { readonly kind: string; place: string | undefined }>;
  /** What was found, by its word. */
  readonly objects: Map<
    string,
    { readonly colour: string; holder: string | undefined; place: string | undefined }
  >;
  /** Who or what is tired, dirty, …: a name, "the cat", "the mat". */
  readonly adjectives: Map<string, string>;
  /** The question that waits for its answer. */
  question: string | undefined;
  /** What was called out, which the next one repeats. */
  called: { readonly by: string; readonly words: string } | undefined;
}

export function newState(): StoryState {
  return {
    who: new Map(),
    objects: new Map(),
    adjectives: new Map(),
    question: undefined,
    called: undefined,
  };
}

/** The one of a kind; undefined where there is none, or several. */
export function ofKind(state: StoryState, kind: string): string | undefined {
  const all = [...state.who].filter(([, one]) => one.kind === kind);
  return all.length === 1 ? all[0]![0] : undefined;
}
