/** What opens under the sentence. */
export const panelElements: readonly (CustomElementConstructor & { readonly tag: string })[] = [];
