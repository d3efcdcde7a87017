/**
 * Begins the page where no server of ours serves it: a service worker keeps it for when there is no network, and sends the headers that
 * threads need, which static hosts do not.
 */

/** A page that the worker does not serve yet is opened again once; where that is not soon, it goes on without threads. */
const patienceMs = 2000;
/** What the page fetches for its first picture is not to share the network with what it may need later. */
const firstPictureMs = 1000;
const reopened = "heed-reopened";

/** Whether the page must be opened anew to have threads: not within another page, which has that one's isolation, and once only. */
function isToReopen({ controller }: ServiceWorkerContainer): boolean {
  return !(
    crossOriginIsolated ||
    window !== window.top ||
    controller ||
    sessionStorage.getItem(reopened) !== null
  );
}

function registered(serviceWorker: ServiceWorkerContainer): Promise<ServiceWorkerRegistration> {
  return serviceWorker.register(new URL("../service-worker.js", import.meta.url));
}

async function reopen(serviceWorker: ServiceWorkerContainer): Promise<void> {
  const isActive = await Promise.race([active(await registered(serviceWorker)), later(patienceMs)]);
  if (!isActive) return;
  sessionStorage.setItem(reopened, "");
  location.reload();
  await new Promise(() => {});
}

/** Has the page kept for when there is no network, when it has shown itself. */
async function keep(serviceWorker: ServiceWorkerContainer): Promise<void> {
  await registered(serviceWorker);
  const [{ active }] = await Promise.all([serviceWorker.ready, later(firstPictureMs)]);
  active?.postMessage("keep");
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
const warn = (error: Error) => console.warn(`heed is not kept: ${error.message}`);
const { serviceWorker } = navigator;
const comesFirst = serviceWorker !== undefined && isToReopen(serviceWorker);
if (comesFirst) await reopen(serviceWorker).catch(warn);
await import("../main.ts");
// Behind the page: a browser answers one that is served already when it has looked for a newer worker, which took up to two seconds.
if (serviceWorker) await keep(serviceWorker).catch(warn);
