// Keeps the portal's looks, a page for when there is no line, and the member's card.
"use strict";

const SHELL = "shell-{{ version }}";
const OWN = "own";
const CARD = "{{ card }}";
const OFFLINE = "{{ offline }}";
const SIGNED_OUT = {{ signed_out|safe }};
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
      .then((names) => names.filter((name) => name.startsWith("shell-") && name !== SHELL))
      .then((old) => Promise.all(old.map((name) => caches.delete(name))))
      .then(() => caches.has(OWN))
      .then((has) => (has ? keepCard() : undefined))
      .then(() => self.clients.claim())
  );
});

self.addEventListener("message", (event) => {
  if (event.data === "keep-card") event.waitUntil(keepCard());
});

// A message on the phone: its title, its text, and where it leads to when it is touched.
self.addEventListener("push", (event) => {
  let said;
  try {
    said = event.data.json();
  } catch (error) {
    return; // nothing that we would have sent
  }
  event.waitUntil(
    self.registration.showNotification(said.title || "", {
      body: said.text || "",
      icon: "{{ push_icon }}",
      lang: said.language || "",
      tag: said.tag || "",
      data: { link: said.link || "/" },
    })
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const link = new URL(event.notification.data.link, self.location.origin);
  if (link.origin === self.location.origin) event.waitUntil(self.clients.openWindow(link.href));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== self.location.origin) return;
  if (SIGNED_OUT.some((path) => url.pathname.startsWith(path))) {
    event.waitUntil(caches.delete(OWN));
  }
  if (event.request.method !== "GET") return;
  if (event.request.mode === "navigate") {
    event.respondWith(page(event.request, url));
  } else if (KEPT.includes(url.pathname + url.search)) {
    event.respondWith(kept(event.request));
  }
});

async function kept(request) {
  const copy = await caches.match(request, { cacheName: SHELL });
  return copy || fetch(request);
}

async function page(request, url) {
  try {
    return await fetch(request);
  } catch (error) {
    const copy = url.pathname === CARD && (await caches.match(CARD, { cacheName: OWN }));
    return copy || (await caches.match(OFFLINE, { cacheName: SHELL })) || Response.error();
  }
}

// The card as it is now; who is no longer signed in is sent elsewhere, and then nothing is kept.
async function keepCard() {
  let answer;
  try {
    answer = await fetch(CARD, { credentials: "same-origin", redirect: "manual" });
  } catch (error) {
    return; // no line: what is kept is still the card
  }
  if (answer.ok) {
    const cache = await caches.open(OWN);
    await cache.put(CARD, answer);
  } else {
    await caches.delete(OWN);
  }
}
