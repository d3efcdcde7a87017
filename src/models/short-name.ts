/** What a model is called in pictures: a folder's last name; a hub id has one slash and no more, and stays whole. */
export function shortName(label: string): string {
  const isFolder = /^([./~]|[a-zA-Z]:[/\\])|^[^:]*[/\\].*[/\\]/.test(label);
  return isFolder ? (label.split(/[/\\]/).filter(Boolean).at(-1) ?? label) : label;
}

/**
 * The name of a model's or a file's place in what others may be handed: a hub id, an address or a path that begins here, as it was given; of a path from
 * the root or the home, which may name a person, the last name alone; of a repository in Python's cache its hub id, with its commit where that is in it.
 */
export function sharedName(label: string): string {
  const [, repository, commit] =
    /(?:^|[/\\])models--([^/\\]+)(?:[/\\]snapshots[/\\]([^/\\]+))?[/\\]*$/.exec(label) ?? [];
  if (repository !== undefined)
    return `${repository.replace("--", "/")}${commit === undefined ? "" : `@${commit}`}`;
  const isPlace = /^([/\\~]|[a-z]:[/\\]|file:|\.\.[/\\])/i.test(label);
  return isPlace ? shortName(label.replace(/^file:/i, "")) : label;
}
