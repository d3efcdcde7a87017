/** What a model is called in pictures: a folder's last name; a hub id has one slash and no more, and stays whole. */
export function shortName(label: string): string {
  const isFolder = /^([./~]|[a-zA-Z]:[/\\])|^[^:]*[/\\].*[/\\]/.test(label);
  return isFolder ? (label.split(/[/\\]/).filter(Boolean).at(-1) ?? label) : label;
}
