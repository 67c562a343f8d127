// Passkeys: a form with data-passkey asks the browser for one and sends what it answers.
(function () {
  "use strict";

  const read = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

  const write = (bytes) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");

  const keys = (list) => (list || []).map((key) => ({ ...key, id: read(key.id) }));

  async function made(options) {
    const asked = { ...options.publicKey };
    asked.challenge = read(asked.challenge);
    asked.user = { ...asked.user, id: read(asked.user.id) };
    asked.excludeCredentials = keys(asked.excludeCredentials);
    asked.authenticatorSelection = {
      ...asked.authenticatorSelection,
      residentKey: "required",
      requireResidentKey: true,
      userVerification: "required",
    };
    const key = await navigator.credentials.create({ publicKey: asked });
    return answer(key, {
      attestationObject: write(key.response.attestationObject),
      transports: key.response.getTransports ? key.response.getTransports() : [],
    });
  }

  async function shown(options) {
    const asked = { ...options.publicKey };
    asked.challenge = read(asked.challenge);
    asked.allowCredentials = keys(asked.allowCredentials);
    const key = await navigator.credentials.get({ publicKey: asked });
    const handle = key.response.userHandle;
    return answer(key, {
      authenticatorData: write(key.response.authenticatorData),
      signature: write(key.response.signature),
      userHandle: handle ? write(handle) : null,
    });
  }

  function answer(key, response) {
    return {
      id: key.id,
      rawId: write(key.rawId),
      type: key.type,
      authenticatorAttachment: key.authenticatorAttachment || null,
      clientExtensionResults: key.getClientExtensionResults(),
      response: { clientDataJSON: write(key.response.clientDataJSON), ...response },
    };
  }

  async function asked(form) {
    if (form.dataset.passkey !== "login") {
      return JSON.parse(form.dataset.options);
    }
    const reply = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!reply.ok) {
      throw new Error("no passkey can be asked for");
    }
    return (await reply.json()).request_options;
  }

  async function go(form) {
    const told = form.querySelector("[data-passkey-refused]");
    told.hidden = true;
    try {
      const options = await asked(form);
      const key = form.dataset.passkey === "create" ? await made(options) : await shown(options);
      form.elements.credential.value = JSON.stringify(key);
      form.submit();
    } catch (refused) {
      told.hidden = false;
    }
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      go(form);
    });
    if (window.PublicKeyCredential) {
      form.hidden = false;
      // Pressed before this listens, the button would send a form without a passkey.
      form.querySelector("button[type=submit]").disabled = false;
    }
  }
})();
