/**
 * The one script that pages may load: passkeys can't be had without. Owns the talk with `navigator.credentials`; markup,
 * words and options come from the form (see `passkey-form`), and the server believes nothing that it sends.
 */
export const PASSKEY_SCRIPT = `"use strict";
(() => {
  const forms = document.querySelectorAll("[data-passkey]");
  const supported = typeof PublicKeyCredential === "function" && !!navigator.credentials;
  if (!supported) {
    for (const words of document.querySelectorAll("[data-no-passkey]")) words.hidden = false;
    return;
  }

  const decode = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (it) => it.charCodeAt(0));
  const encode = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\\+/g, "-").replace(/\\//g, "_").replace(/=+$/, "");

  // Browsers read and write the JSON forms themselves since 2023-2025; older ones get it done here.
  const withBytes = (list) => (list || []).map((it) => ({ ...it, id: decode(it.id) }));
  function parse(ceremony, json) {
    const native = "parse" + (ceremony === "get" ? "Request" : "Creation") + "OptionsFromJSON";
    if (PublicKeyCredential[native]) return PublicKeyCredential[native](json);
    const options = { ...json, challenge: decode(json.challenge) };
    if (ceremony === "get") return { ...options, allowCredentials: withBytes(json.allowCredentials) };
    const user = { ...json.user, id: decode(json.user.id) };
    return { ...options, user, excludeCredentials: withBytes(json.excludeCredentials) };
  }
  function serialise(credential) {
    try {
      return JSON.stringify(credential.toJSON());
    } catch {
      // no toJSON, or a password manager's object that only looks like a credential
    }
    const { response } = credential;
    const bytes = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
      if (response[name]) bytes[name] = encode(response[name]);
    if (response.getTransports) bytes.transports = response.getTransports();
    return JSON.stringify({
      id: credential.id,
      rawId: encode(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment || undefined,
      clientExtensionResults: credential.getClientExtensionResults(),
      response: bytes,
    });
  }

  // One question at a time: asking again takes the question before back.
  let asking;
  async function ask(form, mediation) {
    asking?.abort();
    asking = new AbortController();
    const ceremony = form.dataset.passkey;
    const publicKey = parse(ceremony, JSON.parse(form.dataset.options));
    const options = { publicKey, signal: asking.signal, ...(mediation ? { mediation } : {}) };
    const credential = await navigator.credentials[ceremony](options);
    send(form, serialise(credential));
  }

  // A form of its own, or a part beside another form that says where its answer goes.
  function send(form, credential) {
    if (form instanceof HTMLFormElement) {
      form.elements.namedItem("credential").value = credential;
      return form.submit();
    }
    const made = document.createElement("form");
    made.method = "post";
    made.action = form.dataset.action;
    for (const [name, value] of Object.entries({ ...JSON.parse(form.dataset.fields), credential })) {
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name, value });
      made.append(input);
    }
    document.body.append(made);
    made.submit();
  }

  const wordFor = { NotAllowedError: "cancelled", AbortError: "cancelled", InvalidStateError: "already" };
  for (const form of forms) {
    const button = form.querySelector("button");
    const status = form.querySelector("[role=status]");
    form.hidden = false;
    const isForm = form instanceof HTMLFormElement;
    (isForm ? form : button).addEventListener(isForm ? "submit" : "click", async (event) => {
      event.preventDefault();
      if (button.disabled) return;
      button.disabled = true;
      status.textContent = form.dataset.waiting;
      try {
        await ask(form);
      } catch (error) {
        status.textContent = form.dataset[wordFor[error?.name] || "failed"];
        button.disabled = false;
      }
    });
    // Back by the history: the page may come as it was left.
    addEventListener("pageshow", (event) => {
      if (!event.persisted) return;
      button.disabled = false;
      status.textContent = "";
    });
    if (form.dataset.conditional) offerInField(form);
  }

  async function offerInField(form) {
    try {
      const available = await PublicKeyCredential.isConditionalMediationAvailable?.();
      if (available && asking === undefined) await ask(form, "conditional");
    } catch {
      // The human took another way, or the browser has none to offer.
    }
  }
})();
`;
