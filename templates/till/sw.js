// Keeps the till's page for when there is no line. Nothing of a customer is ever kept.
"use strict";

const SHELL = "till-{{ version }}";
const PAGE = "{{ page }}";
const KEPT = {{ kept|safe }};

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(SHELL)
      .then((cache) => cache.addAll(KEPT.map((url) => new Request(url, { cache: "reload" }))))
      .then(() => self.skipWaiting())
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => names.filter((name) => name.startsWith("till-") && name !== SHELL))
      .then((old) => Promise.all(old.map((name) => caches.delete(name))))
      .then(() => self.clients.claim())
  );
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate") {
    event.respondWith(page(event.request));
  } else if (event.request.method === "GET" && KEPT.includes(url.pathname)) {
    event.respondWith(kept(event.request));
  }
});

async function kept(request) {
  const copy = await caches.match(request, { cacheName: SHELL, ignoreSearch: true });
  return copy || fetch(request);
}

// Without a line every page of the till is the one that needs none. A form that was sent then is
// not sent again: the till's receipt number keeps it from being booked twice when it had arrived.
async function page(request) {
  try {
    return await fetch(request);
  } catch (error) {
    return (await caches.match(PAGE, { cacheName: SHELL })) || Response.error();
  }
}
