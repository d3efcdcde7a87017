/**
 * What the explorer's page may load and run, wherever it is served from. Scripts and styles come from where the page does; styles that elements
 * give themselves are no danger, what is typed is never markup.
 */
export const pagePolicy: readonly string[] = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "connect-src 'self' https:",
  "img-src 'self' data: blob:",
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
];
