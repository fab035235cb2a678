// The page's service worker: answers from the network, or else from the cache of the last visit.
const KEPT = "pulmo";

interface Fetching extends Event {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Installing extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Scope {
  addEventListener(type: "fetch", listener: (event: Fetching) => void): void;
  addEventListener(type: "install" | "activate", listener: (event: Installing) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
}
const scope = self as unknown as Scope;

/** Defined by build.mjs. */
declare const FILES: string[];

scope.addEventListener("install", (event) =>
  event.waitUntil(
    caches
      .open(KEPT)
      .then((cache) => cache.addAll(FILES))
      .then(() => scope.skipWaiting()),
  ),
);
scope.addEventListener("activate", (event) => event.waitUntil(scope.clients.claim()));
scope.addEventListener("fetch", (event) => {
  if (event.request.method === "GET") event.respondWith(fetched(event.request));
});

async function fetched(request: Request): Promise<Response> {
  const cache = await caches.open(KEPT);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch (error) {
    const kept = await cache.match(request);
    if (kept) return kept;
    throw error;
  }
}
