// Messages on this phone: the button asks the browser, and tells us what it answered.
"use strict";

(() => {
  const form = document.getElementById("push");
  const says = document.getElementById("push-says");
  const button = form.querySelector("button");

  const say = (what) => {
    says.textContent = says.dataset[what];
  };

  const read = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

  async function tell(said) {
    const answer = await fetch(form.dataset.address, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value,
      },
      body: JSON.stringify(said),
    });
    if (!answer.ok) throw new Error("refused");
  }

  function show(subscription) {
    say(subscription ? "on" : "off");
    button.textContent = subscription ? button.dataset.off : button.dataset.on;
    button.disabled = false;
  }

  async function turn(manager) {
    const known = await manager.getSubscription();
    if (known) {
      await tell({ endpoint: known.endpoint });
      await known.unsubscribe();
      return null;
    }
    if ((await Notification.requestPermission()) !== "granted") return undefined;
    const made = await manager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: read(form.dataset.key),
    });
    await tell(made.toJSON());
    return made;
  }

  async function begin() {
    if (!("serviceWorker" in navigator) || !("PushManager" in window)) {
      say("never");
      return;
    }
    const registration = await navigator.serviceWorker.ready;
    show(await registration.pushManager.getSubscription());
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      button.disabled = true;
      try {
        const now = await turn(registration.pushManager);
        if (now === undefined) {
          say("refused");
          button.disabled = false;
        } else {
          show(now);
        }
      } catch {
        say("failed");
        button.disabled = false;
      }
    });
  }

  begin().catch(() => say("never"));
})();
