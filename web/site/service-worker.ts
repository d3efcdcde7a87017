/**
 * Keeps the page and the model for when there is no network, and sends the headers of cross-origin isolation. One version of the page is kept
 * whole, and replaced when no tab shows it; the model's files are kept once for as long as the model is the same.
 */

/** What the build puts in: addresses relative to this file, and names that change with what is in them. */
declare const site: {
  readonly version: string;
  readonly files: readonly string[];
  readonly modelVersion: string;
  readonly modelFiles: readonly string[];
};

interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface Scope {
  readonly registration: ServiceWorkerRegistration;
  readonly clients: { matchAll(): Promise<readonly unknown[]>; claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "fetch", listen: (event: FetchEvent) => void): void;
  addEventListener(type: "install" | "activate", listen: (event: ExtendableEvent) => void): void;
  addEventListener(type: "message", listen: (event: ExtendableEvent & MessageEvent) => void): void;
}
const scope = globalThis as unknown as Scope;

const home = new URL("./", location.href).href;
const addresses = (files: readonly string[]) =>
  new Set(files.map((file) => new URL(file, home).href));
const appFiles = addresses(site.files);
const modelFiles = addresses(site.modelFiles);
// Other pages of the same host may keep things too: names begin with where this one lies.
const prefix = `heed ${new URL(home).pathname} `;
const appCache = `${prefix}app ${site.version}`;
const modelCache = `${prefix}model ${site.modelVersion}`;
const takeOver = "take over";
// Opens the page when the next version has taken over; opened at once, it would keep the old one busy.
const nextVersion = `<!doctype html><title>heed</title><link rel="icon" href="data:,">
<script>navigator.serviceWorker.addEventListener("controllerchange", () => location.reload())</script>`;

async function isWhole(cache: Cache): Promise<boolean> {
  return (await cache.keys()).length >= appFiles.size;
}

/** Keeps what is not kept yet of the page. */
async function keepApp(): Promise<void> {
  const cache = await caches.open(appCache);
  if (await isWhole(cache)) return;
  await Promise.all(
    [...appFiles].map(async (address) => {
      if (await cache.match(address)) return;
      // A host may let browsers reuse an old index.html.
      const response = await fetch(address, { cache: address === home ? "reload" : "default" });
      if (!response.ok) throw new Error(`${address}: the server answered ${response.status}`);
      await cache.put(address, response);
    }),
  );
}

scope.addEventListener("install", (event) => {
  // The first visit waits for nothing: what it has opened has the page kept behind it.
  if (scope.registration.active) event.waitUntil(keepApp());
});

scope.addEventListener("activate", (event) => {
  const drop = async () => {
    const names = await caches.keys();
    const old = names.filter(
      (name) => name.startsWith(prefix) && name !== appCache && name !== modelCache,
    );
    await Promise.all([scope.clients.claim(), ...old.map((name) => caches.delete(name))]);
  };
  event.waitUntil(drop());
});

scope.addEventListener("message", (event) => {
  if (event.data === takeOver) void scope.skipWaiting();
  if (event.data === "keep")
    event.waitUntil(
      keepApp().catch((error: Error) => console.warn(`heed is not kept: ${error.message}`)),
    );
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || !address.href.startsWith(home)) return;
  address.search = "";
  address.hash = "";
  if (request.mode === "navigate") {
    if (address.href === home || address.href === `${home}index.html`)
      event.respondWith(page().then(isolated));
  } else if (modelFiles.has(address.href)) event.respondWith(kept(event, modelCache));
  else {
    const answer = appFiles.has(address.href) ? kept(event, appCache) : fetch(request);
    // What begins a thread needs the headers, as the page does. Other answers go on as they are: a body that is handed on piece by piece takes five times as long.
    event.respondWith(request.destination === "worker" ? answer.then(isolated) : answer);
  }
});

/** The page: as it is kept when all of it is, else as the host has it. */
async function page(): Promise<Response> {
  const { waiting } = scope.registration;
  if (waiting && (await scope.clients.matchAll()).length < 2) {
    // The only tab is opened anew: the next version takes over, and answers.
    waiting.postMessage(takeOver);
    return new Response(nextVersion, { headers: { refresh: "1", "content-type": "text/html" } });
  }
  const cache = await caches.open(appCache);
  const known = await cache.match(home);
  if (known && (await isWhole(cache))) return known;
  return fetch(home, { cache: "no-cache" }).catch((error: unknown) => {
    if (known) return known;
    throw error;
  });
}

/** A file that never changes under its name. */
async function kept(event: FetchEvent, name: string): Promise<Response> {
  const cache = await caches.open(name);
  const { request } = event;
  const known = await cache.match(request, { ignoreSearch: true });
  if (known) return known;
  const response = await fetch(request);
  if (response.ok) {
    const keeping = cache.put(request.url, response.clone());
    event.waitUntil(
      keeping.catch((error: Error) => console.warn(`${request.url} is not kept: ${error.message}`)),
    );
  }
  return response;
}

/** With the headers that let a page have threads. */
function isolated(response: Response): Response {
  if (response.status === 0 || response.type === "opaque") return response;
  const headers = new Headers(response.headers);
  headers.set("cross-origin-opener-policy", "same-origin");
  headers.set("cross-origin-embedder-policy", "require-corp");
  headers.set("cross-origin-resource-policy", "same-origin");
  const { status, statusText } = response;
  const body = [204, 205, 304].includes(status) ? null : response.body;
  return new Response(body, { status, statusText, headers });
}
