/** Texts by the plural categories of a language; "other" is what every language has. */
type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string };

/** Chooses the form that a language has for a count. */
export function pluralsOf(tag: string): (count: number | string, forms: Forms) => string {
  const rules = new Intl.PluralRules(tag);
  return (count, forms) => forms[rules.select(Number(count))] ?? forms.other;
}
