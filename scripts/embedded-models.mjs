// The models that come with heed: the folder each has in models/, the entry that carries it, the folder it has beside a page.
export const embeddedModels = [
  { name: "all-MiniLM-L6-v2", entry: "heed/model", beside: "model" },
  { name: "heed-stories", entry: "heed/stories", beside: "stories" },
];
