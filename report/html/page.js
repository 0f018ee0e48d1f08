"use strict";
// The list of operations: searched, filtered, sorted and decided on. Whatever
// comes from the data is put in as text, never as markup.
(() => {
const $ = (id) => document.getElementById(id);
const explorer = $("explorer");
if (!explorer) { // there are no operations
  document.documentElement.dataset.ready = "1";
  return;
}
const data = JSON.parse($("data").textContent);
const n = data.uids.length;
const perPage = 50, printed = 3000;
const words = ["apply", "hold", "never"]; // by their number in decision

// columns, in reading order

const ints = (list) => Int32Array.from(list || []);
const role = ints(data.role), tagSet = ints(data.tagSet), shape = ints(data.shape);
const causeSet = ints(data.causeSet), outcome = ints(data.outcome), decided = ints(data.decision);
const causes = data.causes || [], causeSets = data.causeSets || []; // of fields, where they are known
const whyChanged = {source: "the source changed", configuration: "the configuration changed", app: "it was changed in the app"};
const verbs = data.verbs.map((v) => v.verb);
const verb = new Uint8Array(n);
{
  let i = 0;
  data.verbs.forEach((v, k) => { verb.fill(k, i, i + v.count); i += v.count; });
}
const withheld = data.outcomes.indexOf("withheld");
const decidable = (i) => data.decide && outcome[i] !== withheld;
const decision = new Uint8Array(n);
const uid = (i) => Object.hasOwn(data.exact, i) ? data.exact[i] : data.uids[i];
const id = (i) => data.ids.slice(16 * i, 16 * i + 16);
const fieldsOf = (i) => data.shapes[shape[i]];
const place = (i) => data.place[i] ? data.places[data.place[i]] + ":" + data.row[i] : "";
const number = (k) => k.toLocaleString("en-US");
const counted = (k, noun) => number(k) + " " + noun + (k === 1 ? "" : "s");

// values are in chunks, which are read when somebody needs them

const chunks = [...document.querySelectorAll("script.values")];
const perChunk = chunks.length > 1 ? JSON.parse(chunks[0].textContent).length : n;
function valuesOf(i) {
  const c = Math.floor(i / perChunk);
  if (chunks[c] instanceof Element) chunks[c] = JSON.parse(chunks[c].textContent);
  return chunks[c][i - c * perChunk];
}

// changesOf gives an operation's changes: the field, before and after, and why.
function changesOf(i) {
  const values = valuesOf(i), created = verbs[verb[i]] === "create", why = causeSets[causeSet[i]] || [];
  return fieldsOf(i).map((f, j) => created
    ? [data.fields[f], 0, values[j]]
    : [data.fields[f], values[2 * j], values[2 * j + 1], causes[why[j]]]);
}

// groups: the verbs, updates by the fields that they change, the withheld

const groups = [];
const group = new Int32Array(n);
{
  const at = new Map();
  for (let i = 0; i < n; i++) {
    const held = outcome[i] === withheld, update = verbs[verb[i]] === "update";
    const key = held ? "withheld " + verbs[verb[i]] : update ? shape[i] : verbs[verb[i]];
    let g = at.get(key);
    if (g === undefined) {
      at.set(key, g = groups.length);
      groups.push({
        verb: verbs[verb[i]], held, fields: update && !held ? fieldsOf(i) : null, count: 0,
        rank: held ? verbs.length + verb[i] : verb[i], title: held ? data.verbs[verb[i]].withheld : data.verbs[verb[i]].heading,
      });
    }
    group[i] = g;
    groups[g].count++;
    if (data.place[i]) groups[g].placed = true;
  }
  const order = groups.map((_, g) => g).sort((a, b) => groups[a].rank - groups[b].rank || groups[b].count - groups[a].count || a - b);
  const rank = [];
  order.forEach((g, k) => { rank[g] = k; });
  for (let i = 0; i < n; i++) group[i] = rank[group[i]];
  groups.splice(0, groups.length, ...order.map((g) => groups[g]));
  const updates = groups.filter((g) => g.fields).length;
  for (const g of groups) g.open = !g.fields || updates <= 3 || g.count <= 20;
}

// search: the words of an operation in lower case, made once

const texts = new Array(n);
let known = 0; // operations of which the text is made
function learn(until) {
  for (; known < until; known++) {
    let text = data.uids[known] + "\n" + data.names[known] + "\n" + data.roles[role[known]] + "\n" + place(known);
    for (const t of data.tagSets[tagSet[known]]) text += "\n" + data.tags[t];
    for (const v of valuesOf(known)) if (v) text += "\n" + (typeof v === "string" ? v : v.join("\n"));
    texts[known] = text.toLowerCase();
  }
}

// orders are permutations of all operations, so sorting is walking

const orders = new Map();
function orderOf(key) {
  let order = orders.get(key);
  if (!order) {
    order = Int32Array.from({length: n}, (_, i) => i);
    const by = (keys) => order.sort((a, b) => keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : a - b);
    switch (key) {
    case "operation": by(group); break;
    case "uid": by(data.uids); break;
    case "name": by(data.names.map(plain)); break;
    case "role": {
      const rank = [];
      data.roles.map((r, k) => [plain(r), k]).sort((a, b) => a[0] < b[0] ? -1 : 1).forEach((r, k) => { rank[r[1]] = k; });
      by(role.map((r) => r ? rank[r] : rank.length)); // without a role last
      break;
    }
    case "row": by(Float64Array.from(data.place, (p, i) => p ? p * 1e8 + data.row[i] : Infinity)); break;
    }
    orders.set(key, order);
  }
  return order;
}
const plain = (s) => (/^[\x20-\x7e]*$/.test(s) ? s : s.normalize("NFKD").replace(/\p{M}/gu, "")).toLowerCase();

// state: what is shown. It is in the address, so a link shares it.

const filters = {
  op: {control: $("filter-op"), all: "any change", names: verbs, of: verb},
  field: {control: $("filter-field"), all: "any field", names: data.fields, sets: data.shapes, of: shape},
  cause: {control: $("filter-cause"), all: "any cause", names: causes, sets: causeSets, of: causeSet, shown: (name) => whyChanged[name]},
  role: {control: $("filter-role"), all: "any role", names: data.roles, of: role},
  tag: {control: $("filter-tag"), all: "any tag", names: data.tags, sets: data.tagSets, of: tagSet},
  outcome: {control: $("filter-outcome"), all: "any outcome", names: data.outcomes, of: outcome, shown: (name) => data.unsent && name === "skipped" ? "planned" : name},
  decision: data.decide
    ? {control: $("filter-decision"), all: "any decision", names: words, of: decision, moving: true}
    : {control: $("filter-decision"), all: "any decision", names: data.decisions || [], of: decided},
};
const sorts = ["operation", "uid", "name", "role", "row"];
const fresh = () => ({q: "", op: "", field: "", cause: "", role: "", tag: "", outcome: "", decision: "", sort: "operation", page: 1, fold: new Set()});
let state = fresh();

function hashOf(s) {
  const parts = [];
  const add = (key, value) => { if (value) parts.push(key + "=" + encodeURIComponent(value)); };
  add("q", s.q);
  for (const key in filters) add(key, s[key]);
  add("sort", s.sort === "operation" ? "" : s.sort);
  add("fold", [...s.fold].sort((a, b) => a - b).join("."));
  add("page", s.page > 1 ? String(s.page) : "");
  return "#" + (parts.join("&") || "view");
}

// stateOf is null for the address of a section.
function stateOf(hash) {
  const text = hash.replace(/^#/, ""), s = fresh();
  if (text && text !== "view" && !text.includes("=")) return null;
  for (const [key, value] of new URLSearchParams(text.replaceAll("+", "%2B"))) {
    if (key === "q") s.q = value;
    else if (Object.hasOwn(filters, key)) s[key] = filters[key].names.includes(value) ? value : "";
    else if (key === "sort" && sorts.includes(value.replace(/^-/, ""))) s.sort = value;
    else if (key === "page") s.page = Math.max(1, Math.floor(Number(value)) || 1);
    else if (key === "fold") value.split(".").forEach((g) => { if (groups[g]) s.fold.add(Number(g)); });
  }
  return s;
}

let settled = ""; // the address that is shown
function go(changes, replace) {
  Object.assign(state, {page: 1}, changes);
  show();
  const hash = hashOf(state);
  if (hash === settled) return;
  settled = hash;
  if (replace) location.replace(hash); else location.hash = hash;
}

function follow() {
  if (location.hash === settled) return;
  const s = stateOf(location.hash);
  if (!s) return;
  state = s;
  settled = location.hash;
  show();
}

const filtered = () => state.q.trim() !== "" || Object.keys(filters).some((key) => state[key]);
const grouped = () => state.sort === "operation";
// A group whose rows are asked for by a filter is open, unless somebody folds it.
const open = (g) => (filtered() || groups[g].open) !== state.fold.has(g);

// finding

let hits = new Int32Array(n), found = 0; // the operations that are shown, in order
let inGroup = new Int32Array(groups.length); // how many of them, by group
let items = []; // what the pages are made of: operations, and -1-g for the heading of a group

function find() {
  const wanted = state.q.normalize("NFC").toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length) learn(n);
  const tests = [];
  for (const key in filters) {
    const f = filters[key];
    if (!state[key]) continue;
    const k = f.names.indexOf(state[key]);
    // Of a filter by sets: which of the sets have it.
    const has = f.sets ? Uint8Array.from(f.sets, (set) => set.includes(k) ? 1 : 0) : null;
    tests.push(has ? (i) => has[f.of[i]] === 1 : f.moving ? (i) => f.of[i] === k && decidable(i) : (i) => f.of[i] === k);
  }
  const back = state.sort.startsWith("-"), order = orderOf(state.sort.replace("-", ""));
  found = 0;
  inGroup.fill(0);
  next: for (let k = 0; k < n; k++) {
    const i = order[back ? n - 1 - k : k];
    for (const test of tests) if (!test(i)) continue next;
    for (const word of wanted) if (!texts[i].includes(word)) continue next;
    hits[found++] = i;
    inGroup[group[i]]++;
  }
  lay(true);
}

// lay puts what was found on pages; folded groups have their heading there.
function lay(folding) {
  if (!grouped()) {
    items = hits.subarray(0, found);
    return;
  }
  items = new Int32Array(found + groups.length);
  let m = 0;
  for (let k = 0; k < found;) {
    const g = group[hits[k]];
    items[m++] = -1 - g;
    if (!folding || open(g)) items.set(hits.subarray(k, k + inGroup[g]), m), m += inGroup[g];
    k += inGroup[g];
  }
  items = items.subarray(0, m);
}

// drawing

function el(tag, attributes, ...children) {
  const e = document.createElement(tag);
  for (const key in attributes) {
    const value = attributes[key];
    if (value === true) e.setAttribute(key, "");
    else if (value !== false && value != null) e.setAttribute(key, value);
  }
  e.append(...children.filter((c) => c != null));
  return e;
}
const bdi = (text, attributes) => el("bdi", attributes, text);

// marked gives the parts of a text that differ from another one, between what
// both begin and end with; nothing is marked if that is little.
function marked(b, a) {
  if (b === a) return [[[b, false]], [[a, false]]];
  let head = 0, tail = 0;
  while (head < b.length && head < a.length && b[head] === a[head]) head++;
  for (; head > 0 && !(between(b, head) && between(a, head)); head--);
  while (tail < b.length - head && tail < a.length - head && b[b.length - 1 - tail] === a[a.length - 1 - tail]) tail++;
  for (; tail > 0 && !(between(b, b.length - tail) && between(a, a.length - tail)); tail--);
  if ((head + tail) * 3 < Math.min(b.length, a.length)) return [[[b, false]], [[a, false]]];
  const cut = (s) => [[s.slice(0, head), false], [s.slice(head, s.length - tail), true], [s.slice(s.length - tail), false]].filter((p) => p[0]);
  return [cut(b), cut(a)];
}
// between says that no letter, and no mark upon one, is torn apart at i.
function between(s, i) {
  if (i === 0 || i === s.length) return true;
  if (/[\uDC00-\uDFFF]/.test(s[i])) return false;
  const after = String.fromCodePoint(s.codePointAt(i));
  const low = /[\uDC00-\uDFFF]/.test(s[i - 1]) && i > 1;
  const before = String.fromCodePoint(s.codePointAt(low ? i - 2 : i - 1));
  return !(inWord.test(before) && inWord.test(after)) && !/\p{M}/u.test(after);
}
const inWord = /[\p{L}\p{Nd}\p{M}\u{1F001}-\u{10FFFF}\u200D\uFE0F\uFFFD]/u;

function drawValue(into, value, parts, other) {
  if (value === 0) into.append(el("span", {class: "none"}, "none"));
  else if (value.length === 0) into.append(el("span", {class: "none"}, "empty"));
  else if (typeof value === "string") into.append(el("bdi", null, ...(parts || [[value, false]]).map((p) => p[1] ? el("mark", null, p[0]) : p[0])));
  else for (const v of value) into.append(bdi(v, {class: "tag" + (Array.isArray(other) && !other.includes(v) ? " differs" : "")}), " ");
  return into;
}

const kindOf = (value) => Array.isArray(value) && value.length ? {class: "list"} : null;

function drawChange([field, before, after, cause]) {
  const dd = el("dd");
  let parts = [null, null];
  if (typeof before === "string" && typeof after === "string" && before && after) parts = marked(before, after);
  if (before !== 0) dd.append(drawValue(el("del", kindOf(before)), before, parts[0], after), " ", el("span", {class: "to"}, el("span", {class: "sr"}, "becomes")), " ");
  dd.append(drawValue(el("ins", kindOf(after)), after, parts[1], before === 0 ? null : before));
  if (cause) dd.append(" ", el("span", {class: "message"}, whyChanged[cause]));
  return [el("dt", null, el("bdi", null, ...field.split(/(?<=\.)/).flatMap((s, k) => k ? [el("wbr"), s] : [s]))), dd];
}

// decider is the choice of one operation.
function decider(i) {
  const who = data.names[i] === data.uids[i] ? data.uids[i] : data.names[i] + ", " + data.uids[i];
  const box = el("div", {class: "choice", role: "radiogroup", "aria-label": "Decision on " + who});
  words.forEach((word, k) => {
    const input = el("input", {type: "radio", name: "decide-" + i, value: word, "data-decide": word});
    input.checked = decision[i] === k;
    box.append(el("label", {class: word}, input, el("span", null, word)));
  });
  box.append(el("span", {class: "word"}, words[decision[i]])); // in print
  return box;
}

function drawRow(i, columns) {
  const tr = el("tr", {"data-uid": uid(i), "data-op": verbs[verb[i]], "data-i": i, "data-decided": decidable(i) ? words[decision[i]] : null});
  tr.append(el("th", {scope: "row"}, bdi(data.names[i], {class: "name"}), el("code", null, data.uids[i]), " ",
    el("button", {type: "button", class: "copy-uid", "aria-label": "Copy the uid " + data.uids[i], title: "Copy the uid"}, "copy")));
  for (const c of columns) {
    const td = el("td", {"data-label": c.label, class: c.class});
    c.draw(td, i);
    tr.append(td);
  }
  return tr;
}

const hasPlace = data.place.some((p) => p);
const column = {
  operation: {label: "Change", sort: "operation", class: "operation", draw: (td, i) => td.append(el("span", {class: "verb " + verbs[verb[i]]}, verbs[verb[i]]))},
  role: {label: "Role, tags", sort: "role", class: "roles", draw: (td, i) => {
    if (role[i]) td.append(bdi(data.roles[role[i]]), " ");
    for (const t of data.tagSets[tagSet[i]]) td.append(bdi(data.tags[t], {class: "tag"}), " ");
  }},
  what: {label: "What", class: "changes", draw: (td, i) => {
    const v = verbs[verb[i]];
    if (v === "deactivate" || v === "reactivate") td.append(el("span", {class: "reason"}, data.whys[data.why[i]]));
    const changes = changesOf(i);
    if (!changes.length) return;
    const dl = el("dl", {class: v}, ...changes.flatMap(drawChange));
    // What is out of sight is laid out when it comes into sight.
    dl.style.containIntrinsicSize = "auto " + 1.7 * changes.length + "rem";
    td.append(dl);
  }},
  place: {label: "Row", sort: "row", class: "row", draw: (td, i) => { if (data.place[i]) td.append(bdi(place(i), {class: "place"})); }},
  outcome: {label: "Outcome", class: "came", draw: (td, i) => {
    const name = data.outcomes[outcome[i]];
    td.append(el("span", {class: "outcome " + name}, name));
    if (data.message[i]) td.append(" ", el("span", {class: "message"}, data.messages[data.message[i]]));
  }},
  decided: {label: "Decision", class: "decided", draw: (td, i) => { if (decided[i]) td.append(el("span", {class: "decided"}, data.decisions[decided[i]])); }},
  decide: {label: "Decision", class: "decide", draw: (td, i) => {
    if (decidable(i)) td.append(decider(i));
    else td.append(el("span", {class: "outcome withheld"}, "withheld"), " ", el("span", {class: "message"}, "can't be decided on: " + data.messages[data.message[i]]));
  }},
};

function columnsOf(g) {
  const list = g ? [] : [column.operation];
  list.push(column.role, column.what);
  if (g ? g.placed : hasPlace) list.push(column.place);
  if (data.decision) list.push(column.decided);
  list.push(...data.decide ? [column.decide] : data.unsent && !(g ? g.held : withheld >= 0) ? [] : [column.outcome]);
  return list;
}

function whatLabel(g) {
  if (!g) return "What changes, or why";
  if (g.held || g.verb === "deactivate") return "Why";
  return {create: "With", reactivate: "Why, and what changes"}[g.verb] || "Changes";
}

function drawTable(g, rows, caption) {
  const columns = columnsOf(g), back = state.sort.startsWith("-"), key = state.sort.replace("-", "");
  const head = (label, sort, className) => {
    if (!sort) return el("th", {scope: "col", class: className}, label);
    const mine = sort === key || sort === "name" && key === "uid", on = mine && !grouped();
    return el("th", {scope: "col", class: className, "aria-sort": on ? back ? "descending" : "ascending" : "none"},
      el("button", {type: "button", class: "sort", "data-sort": sort}, label));
  };
  const thead = el("tr", null, head("Person", "name", "person"));
  for (const c of columns) thead.append(head(c === column.what ? whatLabel(g) : c.label, c.sort, c.class));
  return el("div", {class: "scroll"}, el("table", {class: "operations " + (g ? g.verb : "flat")},
    el("caption", {class: "sr"}, caption), el("thead", null, thead),
    el("tbody", null, ...Array.from(rows, (i) => drawRow(i, columns)))));
}

function groupTitle(g) {
  if (!g.fields) return g.title;
  return g.title + ": " + g.fields.map((f) => data.fields[f]).join(" + ");
}

function drawHeading(at, again) {
  const g = groups[at], shown = inGroup[at];
  const h = el("h3");
  const button = el("button", {type: "button", class: "toggle", "data-toggle": at, "aria-expanded": String(open(at))});
  if (g.fields) {
    button.append(el("b", null, number(g.count) + " ×"), " ");
    g.fields.forEach((f, k) => button.append(...k ? [" ", el("span", {class: "plus"}, "+"), " "] : [], bdi(data.fields[f], {class: "field"})));
  } else button.append(g.title, " ", el("span", {class: "n"}, number(g.count)));
  if (shown < g.count) button.append(" ", el("span", {class: "part"}, number(shown) + " of them shown"));
  if (again) button.append(" ", el("span", {class: "part"}, "continued"));
  h.append(button);
  const div = el("div", {class: "group " + (g.held ? "withheld" : g.verb), "data-group": at}, h);
  if (data.decide && !g.held) {
    const which = shown < g.count ? "the " + number(shown) + " shown" : "all " + number(g.count);
    const box = el("div", {class: "decide-all", role: "group", "aria-label": "Decide on " + which + ": " + groupTitle(g)}, el("span", null, which + ":"));
    for (const word of words) box.append(" ", el("button", {type: "button", "data-group-decide": word, "data-group": at}, word[0].toUpperCase() + word.slice(1)));
    div.append(box);
  }
  return div;
}

const rows = $("rows");

// draw puts items in place of what is there, groups under their headings.
function draw(list) {
  const made = document.createDocumentFragment();
  if (!grouped()) {
    if (list.length) made.append(drawTable(null, list, "Changes"));
  } else {
    for (let k = 0; k < list.length;) {
      const heading = list[k] < 0, g = heading ? -1 - list[k] : group[list[k]];
      if (heading) k++;
      let end = k;
      while (end < list.length && list[end] >= 0) end++;
      const part = el("div", {class: "part-of", role: "group", "aria-label": groupTitle(groups[g])}, drawHeading(g, !heading));
      if (end > k) part.append(drawTable(groups[g], list.subarray(k, end), groupTitle(groups[g])));
      made.append(part);
      k = end;
    }
  }
  if (!list.length) made.append(el("p", {class: "empty"}, "No change matches. Search for something else, or show all. Users without a change, protected ones among them, are in users.csv."));
  rows.replaceChildren(made);
  highlight();
}

// highlight shows what was searched for, without touching the document.
function highlight() {
  if (!globalThis.CSS || !CSS.highlights) return;
  CSS.highlights.delete("found");
  const wanted = state.q.normalize("NFC").toLowerCase().split(/\s+/).filter(Boolean);
  if (!wanted.length) return;
  const mark = new Highlight(), walker = document.createTreeWalker(rows, NodeFilter.SHOW_TEXT,
    (t) => t.parentElement.closest("button, .choice, caption, .sr, thead") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
  for (let t = walker.nextNode(); t; t = walker.nextNode()) {
    const text = t.data.toLowerCase();
    if (text.length !== t.data.length) continue;
    for (const word of wanted) {
      for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
        mark.add(new StaticRange({startContainer: t, startOffset: at, endContainer: t, endOffset: at + word.length}));
      }
    }
  }
  CSS.highlights.set("found", mark);
}

function show() {
  find();
  page();
  const q = $("search");
  if (q.value !== state.q) q.value = state.q;
  for (const key in filters) filters[key].control.value = state[key];
  $("sort").value = state.sort;
  $("hits").textContent = number(found) + " of " + counted(n, "operation");
  $("clear").hidden = !filtered();
  elsewhere();
  if (data.decide) {
    let may = 0;
    for (let k = 0; k < found; k++) if (decidable(hits[k])) may++;
    $("decide-count").textContent = filtered() ? "All " + number(may) + " shown:" : "All " + number(may) + ":";
    $("decide-shown").hidden = may === 0;
  }
}

// page draws the page that the state names, or the last one.
function page() {
  const pages = Math.max(1, Math.ceil(items.length / perPage));
  state.page = Math.min(state.page, pages);
  const from = (state.page - 1) * perPage, to = Math.min(items.length, from + perPage);
  draw(items.subarray(from, to));
  $("pager").hidden = pages === 1;
  $("pager").parentElement.classList.toggle("idle", pages === 1 && !data.decide);
  $("page-rows").textContent = "page " + number(state.page) + " of " + number(pages);
  $("page-previous").disabled = state.page === 1;
  $("page-next").disabled = state.page === pages;
  const fold = $("fold"), headings = grouped() ? groups.map((_, g) => g).filter((g) => inGroup[g]) : [];
  fold.hidden = headings.length < 2;
  fold.textContent = headings.some(open) ? "Fold all" : "Unfold all";
}

// elsewhere tells of the page's tables that have what is searched for, too.
const others = [["rejects", "row that can't be used", "rows that can't be used"], ["rekeys", "pair under a new uid", "pairs under a new uid"], ["leaving", "user who is leaving", "users who are leaving"], ["held", "held user", "held users"], ["conflicts", "user in conflict", "users in conflict"]];
const cells = new Map();
function elsewhere() {
  const wanted = state.q.normalize("NFC").toLowerCase().split(/\s+/).filter(Boolean);
  const told = [];
  if (wanted.length) {
    for (const [name, one, many] of others) {
      if (!$(name)) continue;
      if (!cells.has(name)) cells.set(name, [...$(name).parentElement.querySelectorAll("tbody tr")].map((tr) => tr.textContent.toLowerCase()));
      const hit = cells.get(name).filter((text) => wanted.every((word) => text.includes(word))).length;
      if (hit) told.push(el("a", {href: "#" + name}, number(hit) + " " + (hit === 1 ? one : many)));
    }
  }
  $("elsewhere").hidden = !told.length;
  $("elsewhere").replaceChildren("Further down: ", ...told.flatMap((a, k) => k ? [", ", a] : [a]));
}

// decisions

const counts = [0, 0, 0];
let unsaved = false, before = null; // before: what undoing brings back
const store = "cometsync.decisions." + data.run;
const say = (text) => { $("said").textContent = text; };

function tally() {
  counts.fill(0);
  for (let i = 0; i < n; i++) if (decidable(i)) counts[decision[i]]++;
  tell();
}
function tell() {
  $("decision-counts").textContent = words.map((word, k) => word + " " + number(counts[k])).join(" · ");
  $("unsaved").hidden = !unsaved;
  $("undo-decisions").hidden = !before;
}

let keeping = 0;
function changed() {
  unsaved = true;
  tell();
  clearTimeout(keeping);
  keeping = setTimeout(keep, 300);
}

// keep remembers the decisions in this browser, by ids and words alone. A
// browser may not allow it; the file is what counts.
function keep() {
  clearTimeout(keeping);
  keeping = 0;
  const kept = {hold: [], never: [], unsaved};
  for (let i = 0; i < n; i++) if (decision[i]) kept[words[decision[i]]].push(id(i));
  try {
    if (unsaved || kept.hold.length || kept.never.length) localStorage.setItem(store, JSON.stringify(kept));
    else localStorage.removeItem(store);
  } catch { /* they last as long as the page */ }
}
function recall() {
  let kept;
  try { kept = JSON.parse(localStorage.getItem(store)); } catch { return; }
  if (!kept || typeof kept !== "object") return;
  const of = new Map();
  for (const k of [1, 2]) if (Array.isArray(kept[words[k]])) for (const name of kept[words[k]]) of.set(name, k);
  let known = 0;
  for (let i = 0; i < n; i++) {
    const k = of.get(id(i));
    if (k && decidable(i)) decision[i] = k, known++;
  }
  unsaved = known > 0 && kept.unsaved === true;
  if (known) say("The decisions that were made in this browser before are back.");
}

function decide(i, k) {
  counts[decision[i]]--;
  counts[k]++;
  decision[i] = k;
  before = null;
  changed();
}

// decideAll decides on all of a list that can be decided on.
function decideAll(list, word) {
  const k = words.indexOf(word);
  const was = decision.slice();
  let m = 0;
  for (const i of list) if (decidable(i)) decision[i] = k, m++;
  before = was;
  tally();
  changed();
  mark();
  say(counted(m, "operation") + ": " + word + ". " + $("decision-counts").textContent);
}

// mark brings the rows that are drawn up to date.
function mark() {
  for (const tr of rows.querySelectorAll("tr[data-decided]")) {
    const i = Number(tr.dataset.i), word = words[decision[i]];
    if (tr.dataset.decided === word) continue;
    tr.dataset.decided = word;
    tr.querySelector(`input[value="${word}"]`).checked = true;
    tr.querySelector(".word").textContent = word;
  }
}

function save() {
  const lines = [];
  for (let i = 0; i < n; i++) {
    lines.push(JSON.stringify({id: id(i), uid: uid(i), operation: verbs[verb[i]], decision: words[decision[i]]}));
  }
  const text = `{"schema":"cometsync.decisions/v1","run":${JSON.stringify(data.run)},"decisions":[\n${lines.join(",\n")}\n]}\n`;
  const url = URL.createObjectURL(new Blob([text], {type: "application/json"}));
  const a = el("a", {href: url, download: "decisions-" + data.run + ".json", hidden: true});
  document.body.append(a);
  a.click();
  a.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  unsaved = false;
  keep();
  tell();
  say("Saved: " + $("decision-counts").textContent);
}

// copying; where there is no clipboard for pages, the old way

async function copy(button) {
  const text = uid(Number(button.closest("tr").dataset.i));
  let ok = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = el("textarea", {class: "sr", readonly: true, "aria-hidden": "true"});
    area.value = text;
    document.body.append(area);
    area.select();
    ok = document.execCommand("copy");
    area.remove();
    button.focus();
  }
  button.textContent = ok ? "copied" : "not copied";
  say(ok ? "Copied: " + text : "The uid could not be copied.");
  setTimeout(() => { button.textContent = "copy"; }, 1500);
}

// what people do

function choices() {
  for (const key in filters) {
    const f = filters[key], count = new Array(f.names.length).fill(0);
    if (f.sets) {
      const perSet = new Int32Array(f.sets.length);
      for (let i = 0; i < n; i++) perSet[f.of[i]]++;
      f.sets.forEach((set, s) => set.forEach((k) => { count[k] += perSet[s]; }));
    } else if (!f.moving) for (let i = 0; i < n; i++) count[f.of[i]]++;
    const list = f.names.map((name, k) => [name, count[k]]).filter(([name, c]) => name && (c || f.moving));
    if (key === "role" || key === "tag" || key === "field") list.sort((a, b) => b[1] - a[1]);
    f.control.append(el("option", {value: ""}, f.all),
      ...list.map(([name, c]) => el("option", {value: name}, (f.shown ? f.shown(name) : name) + (f.moving ? "" : " (" + number(c) + ")"))));
    f.control.parentElement.hidden = !list.length || list.length === 1 && list[0][1] === n;
    f.control.addEventListener("change", () => go({[key]: f.control.value, fold: new Set()}));
  }
  if (!hasPlace) for (const o of $("sort").querySelectorAll('[value$="row"]')) o.remove();
}

function again(selector) { // focus goes on where it was, on what was drawn anew
  const e = rows.querySelector(selector);
  if (e) e.focus();
}

function turn(by) {
  go({page: state.page + by});
  $("hits").scrollIntoView({block: "start"});
  say($("page-rows").textContent);
}

function listen() {
  let typing = false;
  $("search").addEventListener("input", (e) => {
    go({q: e.target.value, fold: new Set()}, typing);
    typing = true;
  });
  $("search").addEventListener("change", () => { typing = false; });
  $("sort").addEventListener("change", (e) => go({sort: e.target.value}));
  $("clear").addEventListener("click", () => { go({...fresh(), sort: state.sort}); $("search").focus(); });
  $("fold").addEventListener("click", () => {
    const all = groups.map((_, g) => g).filter((g) => inGroup[g]), closing = all.some(open);
    const fold = new Set(state.fold);
    for (const g of all) if (open(g) === closing) fold.has(g) ? fold.delete(g) : fold.add(g);
    go({fold});
  });
  $("print").addEventListener("click", () => window.print());
  $("page-previous").addEventListener("click", () => turn(-1));
  $("page-next").addEventListener("click", () => turn(1));
  rows.addEventListener("change", (e) => {
    if (!e.target.dataset.decide) return;
    decide(Number(e.target.closest("tr").dataset.i), words.indexOf(e.target.value));
    mark();
    const tr = e.target.closest("tr");
    tr.dataset.decided = e.target.value;
    tr.querySelector(".word").textContent = e.target.value;
  });
  rows.addEventListener("click", (e) => {
    const button = e.target.closest("button");
    if (!button) return;
    const d = button.dataset;
    if (button.classList.contains("copy-uid")) copy(button);
    else if (d.sort) {
      const key = state.sort === d.sort && d.sort !== "operation" ? "-" + d.sort : d.sort;
      go({sort: key});
      again(`[data-sort="${d.sort}"]`);
    } else if (d.toggle) {
      const fold = new Set(state.fold), g = Number(d.toggle);
      fold.has(g) ? fold.delete(g) : fold.add(g);
      go({fold, page: state.page});
      again(`[data-toggle="${d.toggle}"]`);
    } else if (d.groupDecide) {
      const g = Number(d.group);
      decideAll(hits.subarray(0, found).filter((i) => group[i] === g), d.groupDecide);
    }
  });
  if (data.decide) {
    $("decide-shown").addEventListener("click", (e) => {
      if (e.target.dataset.decision) decideAll(hits.subarray(0, found), e.target.dataset.decision);
    });
    $("save-decisions").addEventListener("click", save);
    $("undo-decisions").addEventListener("click", () => {
      decision.set(before);
      before = null;
      tally();
      changed();
      mark();
      say("Undone. " + $("decision-counts").textContent);
      $("save-decisions").focus();
    });
    addEventListener("beforeunload", (e) => {
      if (keeping) keep();
      if (unsaved) e.preventDefault();
    });
    addEventListener("pagehide", () => { if (keeping) keep(); });
  }
  for (const a of document.querySelectorAll("a[data-view]")) {
    a.hidden = false;
    a.addEventListener("click", (e) => {
      e.preventDefault();
      const [key, value] = a.dataset.view.split("=");
      go({...fresh(), [key]: value});
      $("operations").scrollIntoView();
      $("search").focus({preventScroll: true});
    });
  }
  addEventListener("hashchange", follow);
  addEventListener("beforeprint", () => {
    const list = grouped() ? (lay(false), items) : items;
    draw(list.subarray(0, printed));
    const more = list.length - Math.min(list.length, printed);
    $("unprinted").hidden = more === 0;
    $("unprinted").textContent = number(more) + " more are not printed; operations.csv has all.";
  });
  addEventListener("afterprint", () => {
    $("unprinted").hidden = true;
    lay(true);
    page();
  });
}

// warm does in idle time what somebody might soon ask for.
function warm() {
  const idle = globalThis.requestIdleCallback || ((f) => setTimeout(() => f({timeRemaining: () => 10}), 1));
  const rest = [...sorts];
  const step = (deadline) => {
    while (known < n && deadline.timeRemaining() > 2) learn(Math.min(n, known + 500));
    if (known === n && rest.length) orderOf(rest.shift());
    if (known < n || rest.length) idle(step);
    else document.documentElement.dataset.warm = "1";
  };
  idle(step);
}

if (data.decide) {
  recall();
  tally();
}
choices();
listen();
state = stateOf(location.hash) || fresh();
settled = location.hash;
explorer.hidden = false;
show();
$("unready").hidden = true;
document.documentElement.dataset.ready = "1";
if (stateOf(location.hash) && location.hash.includes("=")) $("operations").scrollIntoView();
warm();
})();
