// The till's page while there is a line: scan without touching, sound, camera, journal.

import { hasCamera, scan } from "./camera.js";
import { bring, refresh } from "./line.js";
import { play } from "./sound.js";
import { waits } from "./store.js";
import { listenForScanner } from "./wedge.js";

const field = document.querySelector("[data-scan]");
const page = document.querySelector("[data-till]");

if (field) listenForScanner(field);

const heard = document.querySelector("[data-sound]");
if (heard) play(heard.dataset.sound);

// The line of seconds in which a receipt can be undone with one tap.
for (const left of document.querySelectorAll("[data-seconds]")) {
  const until = Date.now() + 1000 * Number(left.dataset.seconds);
  const tick = setInterval(() => {
    const seconds = Math.max(0, Math.round((until - Date.now()) / 1000));
    left.textContent = String(seconds);
    if (seconds === 0) {
      clearInterval(tick);
      left.closest("[data-undo]").hidden = true;
    }
  }, 1000);
}

const camera = document.querySelector("[data-camera]");
if (camera && field && hasCamera()) {
  const video = document.querySelector("[data-camera-view]");
  let stop = null;
  camera.hidden = false;
  camera.addEventListener("click", async () => {
    if (stop) {
      stop.abort();
      return;
    }
    stop = new AbortController();
    video.hidden = false;
    camera.setAttribute("aria-pressed", "true");
    try {
      const text = await scan(video, stop.signal);
      if (text) {
        field.value = text;
        field.form.requestSubmit();
      }
    } catch {
      document.querySelector("[data-camera-refused]").hidden = false;
    } finally {
      stop = null;
      video.hidden = true;
      camera.setAttribute("aria-pressed", "false");
    }
  });
}

async function keepInStep() {
  const band = document.querySelector("[data-waiting]");
  const anew = (await waits()) > 0; // what was used meanwhile stands in the next pack only
  if (anew) {
    const answers = await bring(page.dataset.token);
    const lost = [...answers.values()].filter((one) => one.outcome !== "BOOKED");
    band.hidden = false;
    band.querySelector("[data-brought]").textContent = String(answers.size);
    const refused = band.querySelector("[data-refused]");
    refused.hidden = lost.length === 0;
    refused.querySelector("[data-count]").textContent = String(lost.length);
  }
  await refresh(page.dataset.till, page.dataset.token, { anew });
}

if (page && page.dataset.till) {
  navigator.serviceWorker?.register("/till/sw.js", { scope: "/till/" }).catch(() => {});
  keepInStep().catch(() => {}); // no line after all: what waits, waits on
}
