import { cpSync } from "node:fs";

export default {
  mode: "production",
  entry: "./src/main.js",
  performance: { hints: false },
  plugins: [
    { apply: ({ hooks }) => hooks.done.tap("page", () => cpSync("index.html", "dist/index.html")) },
  ],
};
