/**
 * Begins the page where no server of ours serves it: a service worker keeps it for when there is no network, and sends the headers that
 * threads need, which static hosts do not.
 */

/** A page that the worker does not serve yet is opened again once; where that is not soon, it goes on without threads. */
const patienceMs = 2000;
const reopened = "heed-reopened";

async function prepare(): Promise<void> {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  const address = new URL("../service-worker.js", import.meta.url);
  const registration = await serviceWorker.register(address);
  // A page within another page has that one's isolation.
  if (crossOriginIsolated || window !== window.top || serviceWorker.controller) return;
  if (sessionStorage.getItem(reopened) !== null) return;
  const isActive = await Promise.race([active(registration), later(patienceMs)]);
  if (!isActive) return;
  sessionStorage.setItem(reopened, "");
  location.reload();
  await new Promise(() => {});
}

async function active(registration: ServiceWorkerRegistration): Promise<boolean> {
  const worker = registration.installing ?? registration.waiting ?? registration.active;
  if (!worker) return false;
  while (worker.state !== "activated") {
    if (worker.state === "redundant") return false;
    await new Promise((resolve) => worker.addEventListener("statechange", resolve, { once: true }));
  }
  return true;
}

function later(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

// Without it (a private window, storage that is off) the page only lacks threads, and needs its network.
await prepare().catch((error: Error) => console.warn(`heed is not kept: ${error.message}`));
await import("../main.ts");
