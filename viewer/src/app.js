// The page: which of its views is shown, the keys, light and dark.

import { h, notice, replaceChildren } from "./dom.js";
import { InvocationsPage } from "./invocations.js";
import { OverviewPage } from "./overview.js";
import { DiffPage, PairPage } from "./pair.js";
import { ScenarioPage } from "./scenario.js";
import { EmbeddedSource, LiveSource } from "./source.js";
import { visible } from "./text.js";

const THEMES = ["auto", "light", "dark"];

function remembered(storage, key) {
  try {
    return storage().getItem(key);
  } catch {
    return null; // files from disk may have no storage
  }
}

function remember(storage, key, value) {
  try {
    storage().setItem(key, value);
  } catch {
    // it is forgotten with the page then
  }
}

function themeButton() {
  const button = h("button.quiet.theme", { type: "button" });
  const apply = (theme) => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.replaceChildren({ auto: "◐ Auto", light: "☀ Light", dark: "☾ Dark" }[theme]);
    button.setAttribute("aria-label", `Colours: ${theme}. Press to change.`);
  };
  let now = remembered(() => localStorage, "scenario-theme") ?? "auto";
  if (!THEMES.includes(now)) now = "auto";
  apply(now);
  button.addEventListener("click", () => {
    now = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length];
    remember(() => localStorage, "scenario-theme", now);
    apply(now);
  });
  return button;
}

/**
 * The token. It came in the address, from where it is taken away; the browser keeps it for other tabs and for reloads, and
 * takes the newer one where the server was started anew.
 */
function token() {
  const given = /^#token=([\w-]+)$/.exec(location.hash)?.[1];
  if (given) {
    remember(() => localStorage, "scenario-token", given);
    history.replaceState(null, "", "#/");
  }
  let own = given ?? "";
  return () => (own = remembered(() => localStorage, "scenario-token") ?? own);
}

/** The parts of an address inside the page; those of the beginning where it cannot be read. */
function partsOf(hash) {
  try {
    return hash.replace(/^#\/?/, "").split("/").map((part) => decodeURIComponent(part));
  } catch {
    return [""];
  }
}

class App {
  constructor(source) {
    this._source = source;
    this._filter = { status: new Set(), text: "", search: "", criterion: "", order: "worst" };
    this._places = new Map();
    this._main = h("main", { id: "main", tabindex: "-1" });
    this._state = h("span.live-state", { role: "status" });
    this._help = h("dialog.help", { "aria-label": "Keys" }, h("h2", null, "Keys"), h("dl", null, [["j, ↓", "next scenario or message"], ["k, ↑", "the one before"], ["Enter", "open it"], ["n, p", "next and previous scenario"], ["u, Esc", "back to the list"], ["/", "search the conversations"], ["?", "these keys"]].map(([key, word]) => [h("dt", null, key), h("dd", null, word)])), h("button.quiet", { type: "button", onclick: () => this._help.close() }, "Close"));
    const skip = (word, target) => h("a.skip", { href: "#", onclick: (event) => { event.preventDefault(); target()?.focus(); } }, word);
    document.body.prepend(
      h("nav.skips", { "aria-label": "Skip" }, skip("Skip to the content", () => this._main), skip("Skip to the search", () => document.getElementById("search"))),
      h("header.bar-top", null, h("a.brand", { href: "#/" }, h("span.brand-mark", { "aria-hidden": "true" }, "◆"), "Scenario"), this._state, h("span.spring"), h("button.quiet.keys", { type: "button", onclick: () => this._help.showModal() }, "Keys"), themeButton()),
      this._main,
      this._help,
    );
    addEventListener("hashchange", () => {
      if (location.hash.startsWith("#token=")) {
        token(); // the address of a server that was started anew, in the tab of the one before
      }
      this._route();
    });
    addEventListener("click", (event) => {
      const link = event.target.closest?.("a[href]");
      if (link && link.getAttribute("href") === location.hash) this._page.arrive?.(partsOf(location.hash).slice(2));
    });
    addEventListener("keydown", (event) => this._key(event));
    addEventListener("beforeprint", () => {
      for (const frame of document.querySelectorAll(".timeline-frame:empty")) frame.dispatchEvent(new Event("near"));
      for (const all of document.querySelectorAll(".all")) if (!all.closest(".event")) all.click(); // paper has no buttons
      for (const details of document.querySelectorAll("details.tool-fold:not([open])")) {
        details.open = true;
        details.dataset.printed = "true";
      }
    });
    addEventListener("afterprint", () => {
      for (const details of document.querySelectorAll("details[data-printed]")) {
        details.open = false;
        delete details.dataset.printed;
      }
    });
    if (source.live) this._followStore();
    history.scrollRestoration = "manual";
    this._route();
  }

  _followStore() {
    this._source.follow((news) => {
      if (news.connected !== undefined) {
        this._state.textContent = news.connected ? "Live" : news.problem || "Not connected, trying again";
        this._state.classList.toggle("on", news.connected);
        // What was missed meanwhile, or could not be shown at all, comes now.
        if (news.connected && this._lost) this._shown ? this._page.load().catch(() => {}) : this._route();
        this._lost = !news.connected;
      }
      if (!news.rows?.length) return;
      this._page.changed?.(news.rows);
      if (this._kept && this._kept.page !== this._page) this._kept.page.changed(news.rows);
    });
  }

  _pageOf(parts) {
    const [kind, ...ids] = parts;
    const source = this._source;
    if (kind === "run" && ids[0]) return new ScenarioPage(source, ids[0], { list: this._kept?.hash, rows: this._rows ?? source._rows ?? [], words: source.wordsOf(this._filter.search) });
    if (kind === "pair" && ids[1]) return new PairPage(source, ids[0], ids[1]);
    if (source.live && kind === "diff" && ids[1]) return new DiffPage(source, ids[0], ids[1]);
    if (source.live && kind === "in" && ids[0]) return new OverviewPage(source, { invocation: ids[0], title: "Run", filter: this._filter });
    if (source.live && kind !== "all") return new InvocationsPage(source);
    return new OverviewPage(source, { title: source.live ? "All scenarios" : "", filter: this._filter });
  }

  /** Show what the address names. */
  async _route() {
    const before = this._page;
    if (before) {
      this._places.set(this._hash, scrollY);
      if (before.list) {
        this._rows = before.list.rows;
        // Who comes back to a long list finds it as it was, however far they had gone.
        if (this._shown) this._kept = { hash: this._hash, page: before };
      }
    }
    this._hash = location.hash || "#/";
    const parts = partsOf(this._hash);
    if (this._shown && before.id && parts[0] === "run" && parts[1] === before.id) {
      this._settle(parts.slice(2)); // another place of the same page
      return;
    }
    before?.close();
    this._shown = false;
    if (this._kept?.hash === this._hash && this._kept.page !== before) {
      this._page = this._kept.page;
      replaceChildren(this._main, this._page.element);
      this._page.reopen();
      this._arrived(parts, before);
      return;
    }
    const page = this._pageOf(parts);
    this._page = page;
    replaceChildren(this._main, page.element);
    scrollTo(0, 0);
    try {
      await page.load();
    } catch (error) {
      if (this._page === page) replaceChildren(this._main, h("div.page", null, notice("This cannot be shown.", error.message), h("p", null, h("a", { href: "#/" }, "← To the beginning"))));
      return;
    }
    if (this._page === page) this._arrived(parts, before);
  }

  _arrived(parts, before) {
    const page = this._page;
    this._shown = true;
    document.title = `${visible(page.title || this._source.title)} · Scenario`;
    this._settle(parts.slice(2));
    if (!before || document.activeElement !== document.body || page.list?.refocus()) return;
    this._main.querySelector("h1")?.focus({ preventScroll: true });
  }

  /** Go to the place that the address names; where the reader comes back, to where they were. */
  _settle(place) {
    const known = this._places.has(this._hash) && (!place.length || history.state?.seen);
    if (known || !this._page.arrive?.(place)) scrollTo(0, this._places.get(this._hash) ?? 0);
    try {
      history.replaceState({ seen: true }, "");
    } catch {
      // files from disk may have no history of their own
    }
    document.documentElement.dataset.ready = String(Number(document.documentElement.dataset.ready ?? 0) + 1);
  }

  _key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this._help.open) return;
    const target = event.target;
    if (target.matches?.("input, select, textarea")) {
      if (event.key === "Escape") target.blur();
      return;
    }
    const scrolls = target.closest?.(".events, pre, .scroll");
    const page = this._page;
    const go = (row) => row && (location.hash = `#/run/${encodeURIComponent(row.id)}`);
    const move = (step) => (page.list ? page.list.move(step) : page.move?.(step));
    const actions = {
      j: () => move(1),
      k: () => move(-1),
      ArrowDown: () => !scrolls && (page.list?.element.contains(target) || target.matches?.(".message, .invocation-link")) && (move(1), true),
      ArrowUp: () => !scrolls && (page.list?.element.contains(target) || target.matches?.(".message, .invocation-link")) && (move(-1), true),
      n: () => go(page.after),
      p: () => go(page.before),
      u: () => this._up(),
      Escape: () => this._up(),
      "/": () => document.getElementById("search")?.focus(),
      "?": () => this._help.showModal(),
    };
    const action = actions[event.key];
    if (action && action() !== false) event.preventDefault();
  }

  _up() {
    const path = this._main.querySelector(".path a");
    if (!path && this._page.list) return false;
    location.hash = path?.getAttribute("href") ?? "#/";
    return true;
  }
}

async function start() {
  const data = JSON.parse(document.getElementById("data").textContent);
  const source = data.live ? new LiveSource(token()) : await EmbeddedSource.open(data);
  document.querySelector(".needs")?.remove();
  new App(source);
}

start().catch((error) => {
  const lacking = typeof DecompressionStream === "undefined" ? document.querySelector(".needs").textContent : `The file is damaged, or was not loaded to its end (${error.message}). Have the report written again.`;
  document.querySelector(".needs")?.remove();
  document.body.prepend(h("main", null, h("div.page", null, notice("This report cannot be shown.", lacking))));
});
