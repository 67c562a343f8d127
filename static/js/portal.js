// What makes the portal smoother where scripts run; every page works without it.
"use strict";

const OWN = "own"; // the cache with the member's card, see templates/portal/sw.js
const isSignedIn = document.body.hasAttribute("data-signed-in");

if ("caches" in window && !isSignedIn) {
  caches.delete(OWN).catch(() => {});
}

if ("serviceWorker" in navigator) {
  navigator.serviceWorker
    .register("/sw.js", { scope: "/" })
    .then(() => navigator.serviceWorker.ready)
    .then((registration) => {
      if (isSignedIn && document.body.hasAttribute("data-keep-card")) {
        registration.active.postMessage("keep-card");
      }
    })
    .catch(() => {}); // without one the pages still work, online
}

// Buttons that only a script can make useful are hidden until there is one.
for (const button of document.querySelectorAll("[data-copy], [data-print]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (button.hasAttribute("data-print")) {
      window.print();
      return;
    }
    const said = document.getElementById(button.getAttribute("aria-describedby"));
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      if (said) said.textContent = button.dataset.done;
    } catch {
      if (said) said.textContent = button.dataset.failed;
    }
  });
}
