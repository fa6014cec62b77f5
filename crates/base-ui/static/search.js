// Mangrove: what the search page does by itself. Everything here adds comfort; the page works without it.
"use strict";
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  // The answer of our own server, parsed without running anything in it.
  const parsed = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content;
  };

  // ---- the rest of a search, as it is found ------------------------------------
  const results = one("#results[data-stream]");
  let stopping = null;
  const put = (message) => {
    const part = document.getElementById(message.to);
    if (!part) return;
    const fresh = parsed(message.html);
    if (message.to === "progress") {
      part.replaceWith(fresh);
      showStop();
    } else if (message.more) {
      part.append(fresh);
      window.htmx?.process(part);
    } else {
      // What a person has opened or closed among the values stays so.
      const closed = all("details:not([open]) > summary", part).map((s) => s.textContent);
      const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      part.replaceChildren(fresh);
      all("details[open]", part).forEach((d) => { if (closed.includes(one("summary", d)?.textContent)) d.open = false; });
      if (focused) all("a[href]", part).find((a) => a.getAttribute("href") === focused)?.focus();
      window.htmx?.process(part);
    }
  };
  const showStop = () => {
    const button = one("#progress [data-cancel]");
    if (button && stopping) button.hidden = false;
  };
  const finish = () => {
    stopping = null;
    const progress = one("#progress");
    if (progress) progress.hidden = true;
    document.body.dataset.searchDone = "1";
  };
  const follow = async (address) => {
    stopping = new AbortController();
    showStop();
    try {
      const answer = await fetch(address, { credentials: "same-origin", signal: stopping.signal });
      if (answer.status === 401) { window.location.reload(); return; }
      if (!answer.ok || !answer.body) { finish(); return; }
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        text += value;
        let end;
        while ((end = text.indexOf("\n\n")) >= 0) {
          const line = text.slice(0, end);
          text = text.slice(end + 2);
          if (!line.startsWith("data: ")) continue;
          const message = JSON.parse(line.slice(6));
          if (message.done) { finish(); return; }
          put(message);
        }
      }
    } catch { /* stopped, or the connection is gone: what was found stays */ }
    finish();
  };
  if (results) follow(results.dataset.stream);
  else document.body.dataset.searchDone = "1";
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-cancel]")) stopping?.abort();
  });
  window.addEventListener("pagehide", () => stopping?.abort());

  // ---- drag over the picture to narrow the time -------------------------------------
  let drag = null;
  const share = (box, x) => {
    const svg = one("svg", box).getBoundingClientRect();
    return Math.min(1, Math.max(0, (x - svg.left) / svg.width));
  };
  document.addEventListener("pointerdown", (event) => {
    const box = event.target instanceof Element ? event.target.closest("[data-drag][data-from] svg")?.closest("[data-drag]") : null;
    if (!box || event.button !== 0) return;
    drag = { box, from: share(box, event.clientX), to: null };
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const to = share(drag.box, event.clientX);
    // A hand that trembles is a click.
    if (drag.to === null && Math.abs(to - drag.from) < 0.01) return;
    drag.to = to;
    event.preventDefault();
    const svg = one("svg", drag.box);
    let mark = one(".histogram-range", svg);
    if (!mark) {
      mark = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      mark.setAttribute("class", "histogram-range");
      mark.setAttribute("y", "0");
      mark.setAttribute("height", "80");
      svg.append(mark);
    }
    mark.setAttribute("x", String(Math.min(drag.from, to) * 1000));
    mark.setAttribute("width", String(Math.abs(to - drag.from) * 1000));
  });
  document.addEventListener("pointerup", () => {
    const done = drag;
    drag = null;
    if (!done || done.to === null) return;
    // Bars are links: the click that ends the drag must not follow one.
    window.addEventListener("click", (event) => event.preventDefault(), { capture: true, once: true });
    const begin = Number(done.box.dataset.from);
    const span = Number(done.box.dataset.until) - begin;
    const at = (part) => String(Math.round(begin + span * part));
    const address = new URL(done.box.dataset.drag, window.location.href);
    address.searchParams.set("from", at(Math.min(done.from, done.to)));
    address.searchParams.set("until", at(Math.max(done.from, done.to)));
    window.location.assign(address);
  });
  document.addEventListener("dragstart", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-drag]")) event.preventDefault();
  });

  // ---- completion of fields and values -------------------------------------------------
  const box = one("[data-complete]");
  const list = one("#suggestions");
  if (box && list) {
    box.setAttribute("role", "combobox");
    box.setAttribute("aria-expanded", "false");
    box.setAttribute("aria-controls", "suggestions");
    box.setAttribute("aria-autocomplete", "list");
    let timer = 0;
    let asked = null;
    const close = () => {
      clearTimeout(timer);
      asked?.abort();
      list.hidden = true;
      box.setAttribute("aria-expanded", "false");
      box.removeAttribute("aria-activedescendant");
    };
    const ask = async () => {
      asked?.abort();
      asked = new AbortController();
      const form = new URLSearchParams(new FormData(box.form));
      form.set("caret", String(Array.from(box.value.slice(0, box.selectionStart ?? box.value.length)).length));
      try {
        const answer = await fetch(box.dataset.complete + "?" + form, { credentials: "same-origin", headers: { "X-Fragment": "1" }, signal: asked.signal });
        if (!answer.ok || document.activeElement !== box) return;
        list.replaceChildren(parsed(await answer.text()));
        const some = list.children.length > 0;
        list.hidden = !some;
        box.setAttribute("aria-expanded", String(some));
        box.removeAttribute("aria-activedescendant");
      } catch { /* typed on */ }
    };
    const take = (item) => {
      box.value = item.dataset.query;
      const before = Array.from(box.value).slice(0, Number(item.dataset.caret)).join("").length;
      box.focus();
      box.setSelectionRange(before, before);
      close();
      // Behind a field's name its values come next.
      if (item.textContent.endsWith(":")) ask();
    };
    const mark = (step) => {
      const items = all("li", list);
      const now = items.findIndex((i) => i.getAttribute("aria-selected") === "true");
      const next = (now + step + items.length + (now < 0 && step < 0 ? 1 : 0)) % items.length;
      items.forEach((i, n) => i.setAttribute("aria-selected", String(n === next)));
      items[next].scrollIntoView({ block: "nearest" });
      box.setAttribute("aria-activedescendant", items[next].id);
    };
    box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 180); });
    box.addEventListener("keydown", (event) => {
      if (list.hidden || !list.children.length) {
        if (event.key === "ArrowDown") { event.preventDefault(); ask(); }
        return;
      }
      const chosen = one('li[aria-selected="true"]', list);
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        mark(event.key === "ArrowDown" ? 1 : -1);
      } else if (event.key === "Escape") {
        event.preventDefault();
        close();
      } else if ((event.key === "Enter" || event.key === "Tab") && chosen) {
        event.preventDefault();
        take(chosen);
      }
    });
    box.addEventListener("blur", () => setTimeout(close, 150));
    list.addEventListener("pointerdown", (event) => {
      const item = event.target instanceof Element ? event.target.closest("li") : null;
      if (item) { event.preventDefault(); take(item); }
    });
  }

  // ---- columns, drawer, keyboard ---------------------------------------------------------
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest('[data-dialog="columns"]')) window.htmx?.trigger(document.body, "open-columns");
    const opened = target?.closest("[data-event]");
    if (opened) {
      all("tr.row-open").forEach((row) => row.classList.remove("row-open"));
      opened.closest("tr")?.classList.add("row-open");
    }
    if (target?.closest("[data-close-event]")) { event.preventDefault(); closeEvent(); }
    // An open menu closes with the next click elsewhere.
    all("details.menu[open]").forEach((menu) => { if (!menu.contains(target)) menu.open = false; });
  });
  const pick = one("#event .event-pick")?.cloneNode(true);
  const closeEvent = () => {
    const drawer = one("#event");
    if (!drawer || !pick || one(".event-pick", drawer)) return;
    drawer.replaceChildren(pick.cloneNode(true));
    const row = one("tr.row-open");
    row?.classList.remove("row-open");
    one("a[data-event]", row ?? document)?.focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || one("dialog[open]")) return;
    all("details.menu[open]").forEach((menu) => { menu.open = false; });
    closeEvent();
  });
})();
