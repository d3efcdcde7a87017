/** A class with the name of its element. */
export interface NamedElement extends CustomElementConstructor {
  readonly tag: string;
}

/** Makes classes known by their names, those aside whose names are taken. */
export function defineAll(classes: readonly NamedElement[], registry = customElements): void {
  for (const element of classes)
    if (!registry.get(element.tag)) registry.define(element.tag, element);
}
