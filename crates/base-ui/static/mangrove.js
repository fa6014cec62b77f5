// Mangrove: what a page does by itself. Plain script, no evaluation of text, no style attributes.
// Everything here adds comfort; each page works without it.
"use strict";
(() => {
  const body = document.body;
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  // ---- requests made by htmx carry the token of the session ------------------
  document.addEventListener("htmx:configRequest", (event) => {
    if (body.dataset.csrf) event.detail.headers["X-CSRF-Token"] = body.dataset.csrf;
  });

  // ---- short messages ----------------------------------------------------------
  const toast = (text) => {
    const box = one("#toasts");
    if (!box || !text) return;
    const item = document.createElement("div");
    item.className = "toast";
    item.textContent = text;
    box.append(item);
    setTimeout(() => item.remove(), 3500);
  };

  // ---- passkeys: what only a script can ask of the browser ----------------------------------
  const fromBase64 = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const toBase64 = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const fromHex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
  const asCredential = (id) => ({ type: "public-key", id: fromBase64(id) });
  const createKey = async (asked) => {
    const { response } = await navigator.credentials.create({
      publicKey: {
        challenge: fromBase64(asked.challenge),
        rp: asked.rp,
        user: { id: fromHex(asked.user.handle), name: asked.user.name, displayName: asked.user.displayName },
        pubKeyCredParams: asked.algorithms.map((alg) => ({ type: "public-key", alg })),
        excludeCredentials: asked.known.map(asCredential),
        authenticatorSelection: { userVerification: "required", residentKey: "preferred" },
        attestation: "none",
      },
    });
    return {
      client_data: toBase64(response.clientDataJSON),
      authenticator_data: toBase64(response.getAuthenticatorData()),
      public_key: toBase64(response.getPublicKey()),
      algorithm: String(response.getPublicKeyAlgorithm()),
    };
  };
  const useKey = async (asked) => {
    const answer = await navigator.credentials.get({
      publicKey: {
        challenge: fromBase64(asked.challenge),
        rpId: asked.rpId,
        allowCredentials: asked.allow.map(asCredential),
        userVerification: "required",
      },
    });
    return {
      credential: toBase64(answer.rawId),
      client_data: toBase64(answer.response.clientDataJSON),
      authenticator_data: toBase64(answer.response.authenticatorData),
      signature: toBase64(answer.response.signature),
    };
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const { passkeyCreate, passkeyGet } = form.dataset;
    if (!(passkeyCreate || passkeyGet) || form.elements.client_data.value) return;
    event.preventDefault();
    const asking = passkeyCreate ? createKey(JSON.parse(passkeyCreate)) : useKey(JSON.parse(passkeyGet));
    asking.then((fields) => {
      for (const [name, value] of Object.entries(fields)) form.elements[name].value = value;
      form.requestSubmit();
    }, () => { one("[data-passkey-failed]", form).hidden = false; });
  });

  // ---- clicks: copy, dialogs, navigation on a phone, theme ---------------------------
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    const copy = target.closest("[data-copy]");
    if (copy && navigator.clipboard) {
      navigator.clipboard.writeText(copy.dataset.copy).then(() => toast(body.dataset.copied), () => {});
      return;
    }
    const opener = target.closest("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (dialog && typeof dialog.showModal === "function") {
        event.preventDefault();
        dialog.showModal();
      }
      return;
    }
    const closer = target.closest("[data-close-dialog]");
    if (closer) {
      closer.closest("dialog")?.close();
      return;
    }
    if (target instanceof HTMLDialogElement) {
      target.close(); // a click on the backdrop
      return;
    }
    const toggle = target.closest("[data-nav-toggle]");
    if (toggle) {
      event.preventDefault();
      const open = one("#nav").classList.toggle("nav-open");
      toggle.setAttribute("aria-expanded", String(open));
      return;
    }
    const theme = target.closest("[data-theme-button]");
    if (theme) {
      event.preventDefault();
      chooseTheme(theme);
    }
  });

  // The theme changes at once and is kept in the background.
  const chooseTheme = (button) => {
    document.documentElement.dataset.theme = button.value;
    for (const other of all("[data-theme-button]", button.form)) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    const data = new URLSearchParams(new FormData(button.form));
    data.set("theme", button.value);
    fetch(button.form.action, { method: "POST", body: data, credentials: "same-origin" }).catch(() => {});
  };

  // ---- forms -------------------------------------------------------------------------
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field instanceof HTMLSelectElement && field.hasAttribute("data-submit")) field.form?.requestSubmit();
  });
  // What cannot be undone is asked first, in a dialog whose safe answer has the focus.
  const ask = (question, form, submitter) => {
    const dialog = one("#confirm");
    if (!dialog) {
      if (window.confirm(question)) { form.dataset.confirmed = "1"; form.requestSubmit(submitter); }
      return;
    }
    one("[data-question]", dialog).textContent = question;
    const yes = one("[data-yes]", dialog);
    yes.textContent = submitter?.textContent.trim() || yes.dataset.yes;
    yes.onclick = () => {
      dialog.close();
      form.dataset.confirmed = "1";
      form.requestSubmit(submitter);
    };
    dialog.showModal();
    one("[data-no]", dialog).focus();
  };
  // A page that has stood open for long may belong to a session that has ended. Its form is not sent into the sign-in
  // page, where what was typed would be lost: the person signs in beside it and sends it again.
  const OLD = 300000;
  const checkSession = async (form, submitter) => {
    let answer = null;
    try {
      answer = await fetch("/phien", { credentials: "same-origin", headers: { "X-Fragment": "1" } });
    } catch { /* no connection: the browser says so itself when the form is sent */ }
    if (answer?.status === 401) {
      one("#session-ended").showModal();
      return;
    }
    const token = answer?.ok ? (await answer.text()).trim() : "";
    // After a new sign-in the token of the page is of the old session.
    if (token) {
      body.dataset.csrf = token;
      all('input[name="_csrf"]').forEach((field) => { field.value = token; });
      if (form.action.includes("_csrf=")) form.action = form.action.replace(/_csrf=[^&#]*/, "_csrf=" + token);
    }
    form.dataset.checked = "1";
    form.dataset.confirmed = "1";
    form.requestSubmit(submitter);
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    // A passkey is asked for first; the form comes again with what the browser said.
    if (!(form instanceof HTMLFormElement) || event.defaultPrevented) return;
    const question = form.dataset.confirm;
    if (question && !form.dataset.confirmed) {
      event.preventDefault();
      ask(question, form, event.submitter);
      return;
    }
    delete form.dataset.confirmed;
    if (form.method === "post" && one("#session-ended") && performance.now() > OLD && !form.dataset.checked) {
      event.preventDefault();
      checkSession(form, event.submitter);
      return;
    }
    delete form.dataset.checked;
    // A second click must not send the form twice.
    if (form.method === "post" && !form.hasAttribute("hx-post")) {
      setTimeout(() => all("button", form).forEach((b) => { b.disabled = true; }), 0);
      // Back from the next page: the browser may show this one from its memory.
      window.addEventListener("pageshow", () => all("button", form).forEach((b) => { b.disabled = false; }), { once: true });
    }
  });

  const typing = (element) => element instanceof HTMLElement && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));

  // ---- live fragments --------------------------------------------------------------------
  // <div data-live="alerts overview" data-live-url="/fragment"> fetches its content anew when one
  // of its topics has news. The news itself carries no data: what a person sees always comes
  // through an ordinary, authorised page.
  let source = null;
  let wait = 1000;
  let retry = 0;
  const state = (word) => {
    const sign = one(".live");
    // The bell alone does not make a page live.
    if (!sign || !one("main [data-live][data-live-url]")) return;
    sign.hidden = false;
    sign.dataset.liveState = word;
    const text = one(".live-text", sign);
    if (!sign.dataset.onText) sign.dataset.onText = text.textContent;
    text.textContent = word === "lost" ? body.dataset.lost : sign.dataset.onText;
  };
  const liveParts = () => all("[data-live][data-live-url]");
  const topicsOf = (part) => part.dataset.live.split(/\s+/).filter(Boolean);

  const swap = (part, html) => {
    // The answer of our own server, parsed without running anything in it.
    const fresh = new DOMParser().parseFromString(html, "text/html").body;
    const focused = document.activeElement && part.contains(document.activeElement) ? document.activeElement.id : "";
    part.replaceChildren(...fresh.childNodes);
    if (focused) document.getElementById(focused)?.focus();
    window.htmx?.process(part);
  };
  const refresh = async (part) => {
    // While a person types into it or has selected text in it, a part stays as it is.
    const selection = window.getSelection();
    const busy = part.contains(document.activeElement) && typing(document.activeElement);
    const reading = selection && !selection.isCollapsed && part.contains(selection.anchorNode);
    // Nor while a menu in it is open.
    if (busy || reading || one("details.menu[open]", part)) return;
    if (part.dataset.liveBusy) { part.dataset.liveAgain = "1"; return; }
    part.dataset.liveBusy = "1";
    try {
      const answer = await fetch(part.dataset.liveUrl, { credentials: "same-origin", headers: { "X-Fragment": "1" } });
      if (answer.status === 401) { window.location.reload(); return; }
      if (answer.ok) swap(part, await answer.text());
    } catch { /* the connection is reported by the event stream */ } finally {
      delete part.dataset.liveBusy;
      if (part.dataset.liveAgain) { delete part.dataset.liveAgain; refresh(part); }
    }
  };
  const refreshTopic = (topic) => liveParts().filter((p) => topic === "*" || topicsOf(p).includes(topic)).forEach(refresh);

  const connect = () => {
    clearTimeout(retry);
    const topics = new Set(liveParts().flatMap(topicsOf));
    if (source || document.hidden || topics.size === 0 || !window.EventSource) return;
    source = new EventSource("/truc-tiep?topics=" + encodeURIComponent(Array.from(topics).sort().join(",")));
    source.addEventListener("open", () => { wait = 1000; state("on"); });
    source.addEventListener("news", (event) => event.data.split(",").forEach(refreshTopic));
    // The server ends a stream every two minutes, so that the session is looked at anew.
    source.addEventListener("bye", () => { disconnect(); connect(); refreshTopic("*"); });
    source.addEventListener("error", () => {
      // Reconnecting is ours, with growing pauses; the browser's own gives up on some answers.
      disconnect();
      state("lost");
      retry = setTimeout(() => { connect(); refreshTopic("*"); }, wait);
      wait = Math.min(wait * 2, 30000);
    });
  };
  const disconnect = () => {
    clearTimeout(retry);
    source?.close();
    source = null;
  };
  // A hidden tab holds no connection; when it comes back, it catches up.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) disconnect();
    else { connect(); refreshTopic("*"); }
  });
  window.addEventListener("pagehide", disconnect);
  window.addEventListener("pageshow", connect);
  connect();
})();
