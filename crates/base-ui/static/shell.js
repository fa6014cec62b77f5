// Mangrove: keys and the quick search. Plain script, no evaluation of text; every page works without it.
"use strict";
(() => {
  const body = document.body;
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const typing = (element) =>
    element instanceof HTMLElement &&
    (element.isContentEditable || (/^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) && !/^(checkbox|radio|button|submit)$/.test(element.type)));

  // ---- keys: what each does comes with the page, from the table the help sheet is made of -----------------
  const table = new Map((body.dataset.keys ?? "").split("\n").filter(Boolean).map((line) => {
    const cut = line.indexOf("=");
    return [line.slice(0, cut), line.slice(cut + 1)];
  }));
  const first = new Set([...table.keys()].filter((k) => k.length > 1).map((k) => k[0]));
  const deeds = {
    help: () => openHelp(),
    search: () => {
      const field = one("[data-search]");
      if (field) { field.focus(); field.select?.(); } else if (one("#palette")) openPalette();
    },
    filter: () => {
      const field = one("main .filter-bar input:not([type=hidden]), main .filter-bar select");
      field?.focus();
      field?.select?.();
    },
    next: () => selectRow(1),
    previous: () => selectRow(-1),
  };
  let prefix = "";
  let timer = 0;
  document.addEventListener("keydown", (event) => {
    // With a modifier: acts wherever the focus is, but not over another dialog.
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k" && one("#palette")) {
      event.preventDefault();
      if (!one("dialog[open]")) openPalette();
      return;
    }
    if (body.dataset.keysOff !== undefined || event.defaultPrevented) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target) || one("dialog[open]")) return;
    const key = prefix ? prefix + " " + event.key : event.key;
    prefix = "";
    clearTimeout(timer);
    const does = table.get(key);
    const here = does ? null : one(`main [data-key="${CSS.escape(event.key)}"]`);
    if (does?.startsWith("/")) {
      event.preventDefault();
      window.location.assign(does);
    } else if (does) {
      event.preventDefault();
      deeds[does]?.();
    } else if (here && key.length === 1) {
      event.preventDefault();
      here.focus();
      here.click();
    } else if (first.has(event.key)) {
      prefix = event.key;
      timer = setTimeout(() => { prefix = ""; }, 1500);
    }
  });
  // The selected row's link has the focus, so that Enter opens it and a screen reader says it.
  const selectRow = (step) => {
    const rows = all("main tr[data-row]").filter((row) => row.getClientRects().length);
    if (!rows.length) return;
    const now = rows.findIndex((row) => row.classList.contains("row-selected"));
    const next = Math.min(rows.length - 1, Math.max(0, now + step));
    rows[now]?.classList.remove("row-selected");
    rows[next].classList.add("row-selected");
    rows[next].scrollIntoView({ block: "nearest" });
    one("a[href]", rows[next])?.focus({ preventScroll: true });
  };
  const openHelp = () => {
    const sheet = one("#keys");
    if (!sheet || sheet.open) return;
    const part = one("[data-keys-here]", sheet);
    const list = one("dl", part);
    list.replaceChildren(...all("main [data-key]").map((item) => {
      const row = document.createElement("div");
      const keys = document.createElement("dt");
      const key = document.createElement("kbd");
      key.textContent = item.dataset.key;
      keys.append(key);
      const text = document.createElement("dd");
      text.textContent = item.getAttribute("aria-label") ?? item.textContent.trim();
      row.append(keys, text);
      return row;
    }));
    part.hidden = !list.children.length;
    sheet.showModal();
  };
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest("[data-help]")) { event.preventDefault(); openHelp(); }
    if (target?.closest("[data-palette]")) { event.preventDefault(); openPalette(); }
  });

  // ---- menus close with a click elsewhere and with Escape ----------------------------------------------------
  document.addEventListener("click", (event) => {
    all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    all("details.menu[open]").forEach((menu) => {
      menu.open = false;
      if (menu.contains(document.activeElement)) one("summary", menu)?.focus();
    });
  });

  // ---- the quick search: a combobox over a list of links ----------------------------------------------------
  const palette = one("#palette");
  const RECENT = "mangrove-recent";
  if (!palette) {
    // Signed out: what one person looked for must not be shown to the next at this machine.
    try { sessionStorage.removeItem(RECENT); } catch { /* storage is off */ }
    return;
  }
  const field = one("input", palette);
  const list = one("#palette-list", palette);
  const status = one("[data-none]", palette);
  let asked = null;
  let wait = 0;
  const recent = () => {
    try { return JSON.parse(sessionStorage.getItem(RECENT) ?? "[]").filter((r) => r.href?.startsWith("/")); } catch { return []; }
  };
  const remember = (item) => {
    const title = one(".palette-name", item)?.textContent ?? item.textContent;
    const href = item.getAttribute("href");
    const kept = [{ title, href }, ...recent().filter((r) => r.href !== href)].slice(0, 8);
    try { sessionStorage.setItem(RECENT, JSON.stringify(kept)); } catch { /* storage is off */ }
  };
  const options = () => all('[role="option"]', list);
  const mark = (item) => {
    options().forEach((o) => o.setAttribute("aria-selected", String(o === item)));
    if (item) {
      field.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    } else field.removeAttribute("aria-activedescendant");
  };
  const show = (nodes, said) => {
    list.replaceChildren(...nodes);
    const some = options();
    list.hidden = !some.length;
    field.setAttribute("aria-expanded", String(some.length > 0));
    mark(some[0] ?? null);
    status.textContent = said ?? (some.length ? status.dataset.found.replace("#", String(some.length)) : status.dataset.none);
    status.classList.toggle("visually-hidden", some.length > 0 || said === "");
  };
  const showRecent = () => {
    const kept = recent();
    if (!kept.length) { show([], ""); return; }
    const group = document.createElement("div");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", list.dataset.recent);
    const title = document.createElement("div");
    title.className = "palette-title";
    title.setAttribute("aria-hidden", "true");
    title.textContent = list.dataset.recent;
    group.append(title, ...kept.map((r, n) => {
      const item = document.createElement("a");
      item.className = "palette-item";
      item.id = "palette-recent-" + n;
      item.href = r.href;
      item.tabIndex = -1;
      item.setAttribute("role", "option");
      const name = document.createElement("span");
      name.className = "palette-name";
      name.textContent = r.title;
      item.append(name);
      return item;
    }));
    show([group], "");
  };
  const ask = async () => {
    asked?.abort();
    const text = field.value.trim();
    if (!text) { showRecent(); return; }
    asked = new AbortController();
    try {
      const answer = await fetch("/tim-nhanh?q=" + encodeURIComponent(text), { credentials: "same-origin", headers: { "X-Fragment": "1" }, signal: asked.signal });
      if (answer.status === 401) { window.location.reload(); return; }
      if (!answer.ok) return;
      const html = await answer.text();
      // The answer of our own server, parsed without running anything in it.
      const fresh = new DOMParser().parseFromString(html, "text/html").body;
      show(Array.from(fresh.childNodes));
    } catch { /* typed on, or the connection is gone */ }
  };
  const openPalette = () => {
    if (palette.open) return;
    field.value = "";
    showRecent();
    palette.showModal();
    field.focus();
  };
  field.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(ask, 120); });
  field.addEventListener("keydown", (event) => {
    const some = options();
    const now = some.findIndex((o) => o.getAttribute("aria-selected") === "true");
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && some.length) {
      event.preventDefault();
      mark(some[(now + (event.key === "ArrowDown" ? 1 : -1) + some.length) % some.length]);
    } else if (event.key === "Enter" && some[now]) {
      event.preventDefault();
      some[now].click();
    } else if (event.key === "Escape") {
      // The first Escape would only empty a search field.
      event.preventDefault();
      palette.close();
    }
  });
  list.addEventListener("click", (event) => {
    const item = event.target instanceof Element ? event.target.closest('[role="option"]') : null;
    if (item) { remember(item); if (!event.ctrlKey && !event.metaKey) palette.close(); }
  });
})();
