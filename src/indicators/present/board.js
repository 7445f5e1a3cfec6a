// The script of the pages. One renderer, two homes: our own Voila template, where it also holds
// the kernel's websocket, and JupyterLab, where anywidget calls `render`.
// Rule: the only HTML ever inserted is the page made by our own kernel; everything else is text.

const WORDS = {
  fr: {
    busy: "Calcul en cours…", long: "Le calcul dure plus longtemps que prévu…", done: "Chiffres à jour.",
    file: "Fichier prêt : ", close: "Fermer", reload: "Recharger la page",
    lost: "Chiffres figés : la connexion est perdue. ",
    refused: "Choix refusé : cette page ne le propose pas. ",
    failed: "Le calcul a échoué ; les chiffres affichés sont ceux du choix précédent. ",
  },
  en: {
    busy: "Computing…", long: "This is taking longer than expected…", done: "Figures up to date.",
    file: "File ready: ", close: "Close", reload: "Reload the page",
    lost: "Frozen figures: the connection is lost. ",
    refused: "Choice refused: this page does not offer it. ",
    failed: "The computation failed; the figures shown are those of the previous choice. ",
  },
};
const KEPT = ["territory", "lang"]; // choices that follow the reader from page to page
const SLOW = 300, LONG = 10000; // milliseconds
const HEIGHT = 320, PAPER = 680; // pixels: a chart, and its width on A4
const CONFIG = { displayModeBar: false, responsive: true, showTips: false, doubleClick: false };
const LOCALE = {
  moduleType: "locale", name: "fr", dictionary: {},
  format: {
    days: ["dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"],
    shortDays: ["dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."],
    months: ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août",
      "septembre", "octobre", "novembre", "décembre"],
    shortMonths: ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août",
      "sept.", "oct.", "nov.", "déc."],
    date: "%d/%m/%Y", decimal: ",", thousands: "\u202f", grouping: [3],
    year: "%Y", month: "%b\n%Y", dayMonth: "%-d %b", dayMonthYear: "%-d %b %Y",
  },
};

const all = (root, selector) => [...root.querySelectorAll(selector)];
const byId = (root, id) => root.querySelector("#" + CSS.escape(id));

function element(tag, attributes, text = "") {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = text;
  return node;
}

function once(make) {
  let made;
  return () => (made ??= make());
}

// The words first: the plotting library waits until the page has been painted.
const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));

function script(address) {
  return new Promise((resolve, reject) => {
    const node = element("script", { src: address });
    node.onload = () => { window.Plotly.register(LOCALE); resolve(window.Plotly); };
    node.onerror = reject;
    document.head.append(node);
  });
}

// What a figure did not say about its looks.
const AXIS = {
  automargin: true, fixedrange: true, gridcolor: "#e3e7ec", zerolinecolor: "#8a95a3", linecolor: "#8a95a3",
};
const TEMPLATE = {
  layout: {
    xaxis: AXIS, yaxis: AXIS, hovermode: "closest",
    colorway: ["#1f4e79", "#b3400a", "#5f6368", "#00755e", "#8a5a00", "#5b4b8a"],
  },
};

function dressed({ transition, font, margin, ...layout } = {}, family, locale) {
  const calm = !transition || matchMedia("(prefers-reduced-motion: reduce)").matches;
  return {
    height: HEIGHT, dragmode: false, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    separators: locale === "fr" ? ",\u202f" : ".,", template: TEMPLATE,
    ...layout,
    margin: { l: 48, r: 16, t: 16, b: 32, ...margin },
    font: { family, size: 13, color: "#1b2430", ...font },
    ...(calm ? {} : { transition }),
  };
}

// Give `root` its page, and speak with the kernel through `send`.
export function attach(root, send, plotly, shown = () => {}) {
  const alert = element("div", { class: "board-alert", role: "alert" });
  const status = element("p", { class: "board-busy", role: "status" });
  root.before(alert, status);
  let page = { choice: {}, figures: {}, number: 0 };
  let asked = 0, pending = null, queued = null, frozen = false, timers = [];

  const language = (of = page) => (of.choice.lang in WORDS ? of.choice.lang : "fr");
  const words = (key) => WORDS[language()][key];

  function show(next, swapHtml = true) {
    const focused = mark(document.activeElement);
    page = next;
    for (const node of [root, alert, status]) node.lang = language();
    if (swapHtml) swap(next.html);
    for (const [id, figure] of Object.entries(page.figures)) {
      const node = byId(root, id);
      if (node) node.style.minHeight = (figure.layout?.height ?? HEIGHT) + "px";
    }
    sync();
    if (focused) root.querySelector(focused)?.focus({ preventScroll: true });
    return draw(next);
  }

  // Charts already drawn keep their place, so that Plotly only changes what changed.
  function swap(html) {
    const fresh = element("template", {});
    fresh.innerHTML = html;
    const drawn = new Map(all(root, ".chart.js-plotly-plot").map((node) => [node.id, node]));
    const open = all(root, "details[id][open]").map((node) => node.id);
    root.replaceChildren(fresh.content);
    for (const slot of all(root, ".chart[id]")) {
      const node = drawn.get(slot.id);
      if (!node || !page.figures[slot.id]) continue;
      for (const { name, value } of slot.attributes) if (name !== "class") node.setAttribute(name, value);
      slot.replaceWith(node);
      drawn.delete(slot.id);
    }
    for (const node of drawn.values()) window.Plotly.purge(node);
    for (const id of open) byId(root, id)?.setAttribute("open", "");
  }

  async function draw(wanted) {
    const figures = Object.entries(wanted.figures);
    const family = getComputedStyle(root).fontFamily, locale = language();
    const Plotly = figures.length && (await plotly());
    for (const [id, figure] of figures) {
      const node = byId(root, id);
      if (wanted !== page || !node) continue;
      if (!node.classList.contains("js-plotly-plot")) node.replaceChildren();
      await Plotly.react(node, figure.data, dressed(figure.layout, family, locale), { ...CONFIG, locale });
    }
    root.dataset.drawn = wanted.number;
    performance.mark("board-drawn");
  }

  function mark(node) {
    if (!node || !root.contains(node)) return null;
    if (node.id) return "#" + CSS.escape(node.id);
    return node.dataset.choice ? `[data-choice="${CSS.escape(node.dataset.choice)}"]` : null;
  }

  const fields = () => all(root, "[data-choice]").filter((node) => node.tagName !== "BUTTON");

  function sync() {
    for (const field of fields()) {
      const value = page.choice[field.dataset.choice];
      if (field.type === "radio") field.checked = field.value === value;
      else if (value !== undefined) field.value = value;
    }
    for (const node of all(root, ".table-wrap")) if (node.scrollWidth > node.clientWidth) node.tabIndex = 0;
  }

  function gathered() {
    const choice = { ...page.choice };
    for (const node of all(root, "button[data-once]")) delete choice[node.dataset.choice]; // held for one answer
    for (const field of fields()) {
      if (field.type !== "radio" || field.checked) choice[field.dataset.choice] = field.value;
    }
    return choice;
  }

  function ask(content, push = false) {
    if (frozen) return;
    if (pending) { queued = [content, push]; return; }
    pending = { number: ++asked, push };
    root.setAttribute("aria-busy", "true");
    timers = [[SLOW, "busy"], [LONG, "long"]].map(([delay, key]) =>
      setTimeout(() => { say(words(key)); status.classList.add("is-busy"); }, delay));
    tell("");
    send({ ...content, number: asked });
  }

  const choose = (choice, push) => ask({ kind: "choose", choice }, push);

  function settle(sentence) {
    timers.forEach(clearTimeout);
    status.classList.remove("is-busy");
    root.removeAttribute("aria-busy");
    say(sentence);
    pending = null;
    const next = queued;
    queued = null;
    if (next) ask(...next);
    return Boolean(next);
  }

  const say = (sentence) => { status.textContent = sentence; };

  function tell(sentence, label, act) {
    alert.replaceChildren();
    if (!sentence) return;
    const button = element("button", { type: "button" }, label);
    button.onclick = act;
    alert.append(element("span", {}, sentence), button);
  }

  function receive(content) {
    if (frozen || (pending && content.number !== pending.number)) return;
    if (content.kind === "refused") {
      settle("");
      tell(words(content.reason), words("close"), () => tell(""));
      sync();
    } else if (content.kind === "file") {
      settle(words("file") + content.name);
      save(content);
    }
  }

  function receivePage(next) {
    if (frozen || (pending && next.number !== pending.number)) return;
    const push = pending?.push;
    status.lang = language(next);
    if (settle(WORDS[language(next)].done)) return;
    show(next);
    shown(next, push);
  }

  function freeze() {
    if (frozen) return;
    frozen = true;
    settle("");
    root.classList.add("is-stale");
    for (const node of all(root, "[data-choice], [data-download]")) node.disabled = true;
    tell(words("lost"), words("reload"), () => location.reload());
  }

  root.addEventListener("change", (event) => {
    if (event.target.matches("[data-choice]")) choose(gathered(), true);
  });
  root.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const { choice, download, dialog, close, once } = button?.dataset ?? {};
    if (choice) choose({ ...gathered(), [choice]: button.value }, once === undefined);
    if (download) ask({ kind: "file", format: download, choice: page.choice });
    if (dialog) unfold(byId(root, dialog));
    if (close !== undefined || event.target.matches("dialog")) event.target.closest("dialog")?.close();
  });
  root.addEventListener("toggle", (event) => {
    for (const node of all(event.target, ".js-plotly-plot")) window.Plotly.Plots.resize(node);
  }, true);

  return { show, choose, receive, receivePage, freeze, current: () => page };
}

function unfold(node) {
  if (node?.showModal) node.showModal();
  else if (node) {
    node.open = true;
    node.querySelector("summary")?.focus();
  }
}

function save({ name, mime, base64 }) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const link = element("a", { href: URL.createObjectURL(new Blob([bytes], { type: mime })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

// Home 1: a Voila page. The kernel's websocket speaks Jupyter's message protocol, in JSON.
function connect(state, { update, custom, freeze }) {
  const session = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0")).join("");
  const address = new URL(`${state.base}api/kernels/${state.kernel}/channels?session_id=${session}`, location);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = new WebSocket(address);
  const waiting = [];
  let count = 0;
  const post = (content) => socket.send(JSON.stringify({
    channel: "shell", parent_header: {}, metadata: {}, buffers: [],
    header: { msg_id: `${session}_${++count}`, msg_type: "comm_msg", version: "5.3", username: "", session,
      date: new Date().toISOString() },
    content: { comm_id: state.model, data: { method: "custom", content } },
  }));
  socket.onopen = () => waiting.splice(0).forEach(post);
  socket.onclose = freeze;
  socket.onmessage = ({ data }) => {
    const { header, content } = JSON.parse(data);
    if (header.msg_type === "status" && /dead|restarting/.test(content.execution_state)) freeze();
    if (header.msg_type === "shutdown_reply") freeze();
    if (header.msg_type !== "comm_msg" || content.comm_id !== state.model) return;
    if (content.data.method === "custom") custom(content.data.content);
    else if (content.data.state?.page) update(content.data.state.page);
  };
  return (content) => (socket.readyState === WebSocket.CONNECTING ? waiting.push(content) : post(content));
}

// What surrounds the page follows its language, and its links keep the choices that all pages share.
function frame(page, title) {
  const language = page.choice.lang ?? "fr";
  document.title = `${page.title} – ${title}`;
  document.documentElement.lang = language;
  for (const node of all(document, "[data-en]")) {
    node.dataset.fr ??= node.textContent;
    node.textContent = node.dataset[language];
  }
  const kept = new URLSearchParams(shared(page.choice));
  for (const link of all(document, "nav a")) link.search = kept;
}

function shared(choice) {
  const known = { ...Object.fromEntries(new URLSearchParams(location.search)), ...choice };
  return Object.fromEntries(KEPT.filter((name) => name in known).map((name) => [name, known[name]]));
}

function startPage(root, state) {
  let leaving = false, search = location.search;
  const title = document.title.split(" – ").at(-1);
  const library = once(() => painted().then(() => script(state.plotly)));
  const board = attach(root, (content) => send(content), library, (page, push) => {
    if (push) history.pushState(null, "", "?" + new URLSearchParams({ ...shared(page.choice), ...page.choice }));
    search = location.search;
    frame(page, title);
  });
  const send = connect(state, {
    update: board.receivePage,
    custom: board.receive,
    freeze: () => leaving || board.freeze(),
  });
  const wanted = () => Object.fromEntries(
    [...new URLSearchParams(location.search)].filter(([key]) => key in state.page.choice));
  const differs = Object.entries(wanted()).some(([key, value]) => state.page.choice[key] !== value);
  document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  frame(state.page, title);
  board.show(state.page, false);
  if (differs) board.choose(wanted());
  window.addEventListener("popstate", () => location.search === search || board.choose(wanted()));
  window.addEventListener("pagehide", () => {
    leaving = true;
    const token = document.cookie.match(/(?:^|; )_xsrf=([^;]+)/)?.[1] ?? "";
    navigator.sendBeacon(`${state.base}voila/api/shutdown/${state.kernel}?_xsrf=${encodeURIComponent(token)}`);
  });
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
  const resize = (size) => all(root, ".js-plotly-plot").forEach((node) => window.Plotly.relayout(node, size));
  window.addEventListener("beforeprint", () => resize({ width: PAPER }));
  window.addEventListener("afterprint", () => resize({ width: null, autosize: true }));
}

// Home 2: JupyterLab. The plotting library comes from the kernel, never from another host.
function render({ model, el }) {
  const root = element("div", {});
  el.classList.add("ondam");
  el.append(root);
  const library = once(() => window.Plotly ?? new Promise((resolve) => {
    model.on("msg:custom", ({ kind, source }) => {
      if (kind === "library") resolve(script(URL.createObjectURL(new Blob([source], { type: "text/javascript" }))));
    });
    model.send({ kind: "library" });
  }));
  const board = attach(root, (content) => model.send(content), library);
  model.on("msg:custom", board.receive);
  model.on("change:page", () => board.receivePage(model.get("page")));
  board.show(model.get("page"));
}

const state = document.getElementById("board-state");
if (state) startPage(document.querySelector("main"), JSON.parse(state.textContent));

export default { render };
