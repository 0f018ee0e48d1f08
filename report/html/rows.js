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
// prose is a text with what no line ends within: an option, and a row with its number.
const prose = (text) => text.split(/(--[a-z][\w-]{1,30}|\b[Rr]ows? \d[\d,]*)/).map((s, k) => k % 2 ? el("span", {class: "whole"}, s) : s);
const bdi = (text, attributes) => el("bdi", attributes, text);

// differing gives what two texts begin with, what differs in each, and what both end with;
// of texts that have little in common, all of each differs.
function differing(b, a) {
  let head = 0, tail = 0;
  while (head < b.length && head < a.length && b[head] === a[head]) head++;
  for (; head > 0 && !(between(b, head) && between(a, head)); head--);
  while (tail < b.length - head && tail < a.length - head && b[b.length - 1 - tail] === a[a.length - 1 - tail]) tail++;
  for (; tail > 0 && !(between(b, b.length - tail) && between(a, a.length - tail)); tail--);
  if (b === a || (head + tail) * 3 < Math.min(b.length, a.length)) head = tail = 0;
  return [b.slice(0, head), b.slice(head, b.length - tail), a.slice(head, a.length - tail), b.slice(b.length - tail)];
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
  else if (typeof value === "string") into.append(el("bdi", null, ...parts ? [parts[0], parts[1] && el("mark", null, parts[1]), parts[2]].filter(Boolean) : [value]));
  else for (const v of value) into.append(bdi(v, {class: "tag" + (Array.isArray(other) && !other.includes(v) ? " differs" : "")}), " ");
  return into;
}

const kindOf = (value) => Array.isArray(value) && value.length ? {class: "list"} : null;

function drawChange([field, before, after, cause]) {
  const dd = el("dd");
  const [head, was, is, tail] = typeof before === "string" && typeof after === "string" ? differing(before, after) : [];
  const parts = (own) => head || tail ? [head, own, tail] : null;
  if (before !== 0) dd.append(drawValue(el("del", kindOf(before)), before, parts(was), after), " ", el("span", {class: "to"}, el("span", {class: "sr"}, "becomes")), " ");
  dd.append(drawValue(el("ins", kindOf(after)), after, parts(is), before === 0 ? null : before));
  if (cause) dd.append(" ", el("span", {class: "message"}, whyChanged[cause]));
  return [el("dt", null, el("bdi", null, ...field.split(/(?<=\.)/).flatMap((s, k) => k ? [el("wbr"), s] : [s]))), dd];
}

// writeChange is a change on paper: a text in which what goes is struck out, and what comes is
// underlined; what is written from right to left is not taken apart. A browser lays out and tags
// each element that it prints, so that there are few.
function writeChange([field, before, after, cause], k) {
  const text = (value) => value === 0 ? "" : value.length === 0 ? "(empty)" : [value].flat().join(", ");
  let [head, was, is, tail] = ["", text(before), text(after), ""];
  if (Array.isArray(before) && Array.isArray(after)) {
    const kept = after.filter((v) => before.includes(v));
    const [gone, come] = [before, after].map((list) => list.filter((v) => !kept.includes(v)));
    if (kept.length && gone.length + come.length) [head, was, is] = [text(kept) + ", ", gone.join(", "), come.join(", ")];
  } else if (typeof before === "string" && typeof after === "string" && !leftwards.test(was + is)) [head, was, is, tail] = differing(was, is);
  return [(k ? "; " : "") + field + ": " + head, was && el("del", null, was), was && is && " → ", is && el("ins", null, is), tail,
    ...cause ? [" ", el("span", {class: "message"}, whyChanged[cause])] : []].filter(Boolean);
}

const leftwards = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC]/;

// decider is the choice of one operation.
function decider(i) {
  const who = data.names[i] === data.uids[i] ? data.uids[i] : data.names[i] + ", " + data.uids[i];
  return choice("Decision on " + who, "decide-" + i, words, decision[i]);
}

// choice is one word of several. It is remembered here, and not by the browser, which would look
// through all choices of the page at each key of a search.
function choice(label, name, list, chosen) {
  const box = el("div", {class: "choice", role: "radiogroup", "aria-label": label});
  list.forEach((word, k) => {
    const input = el("input", {type: "radio", name, value: word, "data-decide": word, autocomplete: "off"});
    input.checked = chosen === k;
    box.append(el("label", {class: word}, input, el("span", null, word)));
  });
  return box;
}

let paper = false; // what is drawn is printed: it has nothing to press, and says nothing twice

// reasonsOf is why operations are withheld, each reason once: those of a group, or all that are shown.
const reasonsOf = (g) => [...new Set((g ? [g] : groups.filter((_, k) => inGroup[k])).flatMap((of) => [...of.reasons]))];
const drawReasons = (g) => reasonsOf(g).map((k) =>
  el("p", {class: "reason"}, data.decide ? "Withheld, and can't be decided on: " : "Withheld: ", ...prose(data.messages[k]), "."));

// came is what became of an operation, and why, if that is not said above it of all who are withheld.
function came(td, i, g) {
  const name = data.outcomes[outcome[i]];
  td.append(el("span", {class: "outcome " + name}, name));
  if (data.message[i] && !(outcome[i] === withheld && reasonsOf(g).length === 1)) {
    td.append(" ", el("span", {class: "message"}, ...prose(data.messages[data.message[i]])));
  }
}

function drawRow(i, columns, g) {
  const tr = el("tr", {"data-uid": uid(i), "data-op": verbs[verb[i]], "data-i": i, "data-decided": decidable(i) ? words[decision[i]] : null});
  tr.append(el("th", {scope: "row"}, bdi(data.names[i], {class: "name"}), el("code", null, data.uids[i]), " ", paper ? null :
    el("button", {type: "button", class: "copy-uid", "aria-label": "Copy the uid " + data.uids[i], title: "Copy the uid"}, "copy")));
  if (paper) { // role, tags and row are below the name, where they leave what changes its room
    const below = [role[i] && bdi(data.roles[role[i]]), tagsOf(i).join(", "), data.place[i] && placed(place(i))].filter(Boolean);
    tr.firstChild.append(el("br"), ...below.flatMap((part, k) => k ? [" · ", part] : [part]));
  }
  for (const c of columns) {
    const td = el("td", {"data-label": c.label, class: c.class});
    c.draw(td, i, g);
    tr.append(td);
  }
  return tr;
}

// placed is a place: of its parts, the file with its row is the last that a line ends within.
function placed(text) {
  const [, dir, file, row] = text.match(/^(.*\/)?(.*?)(:\d+)?$/s);
  return el("bdi", {class: "place"}, dir, el("span", {class: "file"}, file, row && el("span", {class: "whole"}, row)));
}

const tagsOf = (i) => data.tagSets[tagSet[i]].map((t) => data.tags[t]);
const hasPlace = data.place.some((p) => p);
const column = {
  operation: {label: "Change", sort: "operation", class: "operation", draw: (td, i) => td.append(el("span", {class: "verb " + verbs[verb[i]]}, verbs[verb[i]]))},
  role: {label: "Role, tags", sort: "role", class: "roles", draw: (td, i) => {
    if (role[i]) td.append(bdi(data.roles[role[i]]), " ");
    for (const tag of tagsOf(i)) td.append(bdi(tag, {class: "tag"}), " ");
  }},
  what: {label: "What", class: "changes", draw: (td, i, g) => {
    const v = verbs[verb[i]];
    if (v === "deactivate" || v === "reactivate") td.append(el("span", {class: "reason"}, data.whys[data.why[i]]));
    const changes = changesOf(i).filter(([field]) => !(paper && v === "create" && ["name", "role", "tags"].includes(field)));
    if (paper) {
      for (const change of changes) change[0] = change[0].replace(/^metadata\./, "");
      td.append(" ", ...changes.flatMap(writeChange));
      td.normalize(); // one text where there can be
    }
    if (paper || !changes.length) return;
    const dl = el("dl", {class: v}, ...changes.flatMap(drawChange));
    // What is out of sight is laid out when it comes into sight.
    dl.style.containIntrinsicSize = "auto " + 1.7 * changes.length + "rem";
    td.append(dl);
  }},
  place: {label: "Row", sort: "row", class: "row", draw: (td, i) => { if (data.place[i]) td.append(placed(place(i))); }},
  outcome: {label: "Outcome", class: "came", draw: came},
  decided: {label: "Decision", class: "decided", draw: (td, i) => { if (decided[i]) td.append(el("span", {class: "decided"}, data.decisions[decided[i]])); }},
  decide: {label: "Decision", class: "decide", draw: (td, i, g) => {
    if (decidable(i)) td.append(paper ? el("b", null, words[decision[i]]) : decider(i));
    else came(td, i, g);
  }},
};

function columnsOf(g) {
  const list = g ? [] : [column.operation];
  list.push(...paper ? [] : [column.role], column.what);
  if (!paper && (g ? g.placed : hasPlace)) list.push(column.place);
  if (data.decision) list.push(column.decided);
  list.push(...data.decide ? [column.decide] : data.unsent && !(g ? g.held : withheld >= 0) ? [] : [column.outcome]);
  return list;
}

function whatLabel(g) {
  if (g && (g.held || g.verb === "deactivate")) return "Why";
  const label = !g ? "What changes, or why" : {create: "With", reactivate: "Why, and what changes"}[g.verb] || "Changes";
  return label + (paper ? " (metadata by its keys)" : "");
}

function drawTable(g, rows, caption) {
  const columns = columnsOf(g), back = state.sort.startsWith("-"), key = state.sort.replace("-", "");
  const head = (label, sort, className) => {
    if (!sort) return el("th", {scope: "col", class: className}, label);
    const mine = sort === key || sort === "name" && key === "uid", on = mine && !grouped();
    return el("th", {scope: "col", class: className, "aria-sort": on ? back ? "descending" : "ascending" : "none"},
      el("button", {type: "button", class: "sort", "data-sort": sort}, label));
  };
  const thead = el("tr", null, head(paper ? "Person, role, tags, row" : "Person", "name", "person"));
  for (const c of columns) thead.append(head(c === column.what ? whatLabel(g) : c.label, c.sort, c.class));
  return el("div", {class: "scroll"}, el("table", {class: "operations " + (g ? g.verb : "flat")},
    el("caption", {class: "sr"}, caption), el("thead", null, thead),
    el("tbody", null, ...Array.from(rows, (i) => drawRow(i, columns, g)))));
}

function groupTitle(g) {
  if (!g.fields) return g.title;
  return g.title + ": " + g.fields.map((f) => data.fields[f]).join(" + ");
}

function drawHeading(at, g, shown, again) {
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
  div.append(...drawReasons(g));
  return div;
}

const rows = $("rows");

// draw puts items in place of what is there, groups under their headings.
function draw(list) {
  const made = document.createDocumentFragment();
  if (!grouped()) {
    if (list.length) made.append(...drawReasons(), drawTable(null, list, "Changes"));
  } else {
    for (let k = 0; k < list.length;) {
      const heading = list[k] < 0, g = heading ? -1 - list[k] : group[list[k]];
      if (heading) k++;
      let end = k;
      while (end < list.length && list[end] >= 0) end++;
      let of = groups[g], shown = inGroup[g];
      if (end - k > shown) { // updates of which lay put more under the heading
        shown = groups.reduce((sum, other, at) => at >= g && other.fields ? sum + inGroup[at] : sum, 0);
        of = {...of, fields: null, title: "Updates of various fields", count: shown};
      }
      const part = el("div", {class: "part-of", role: "group", "aria-label": groupTitle(of)}, drawHeading(g, of, shown, !heading));
      if (end > k) part.append(drawTable(of, list.subarray(k, end), groupTitle(of)));
      made.append(part);
      k = end;
    }
  }
  if (!list.length) made.append(el("p", {class: "empty"}, n ? "No change matches. Search for something else, or show all." : "There are no changes. Search for somebody by uid or name."));
  rows.replaceChildren(made);
  highlight(wordsOf(state.q));
}

function show() {
  find();
  page();
  const q = $("search");
  if (q.value !== state.q) q.value = state.q;
  for (const key in filters) filters[key].control.value = state[key];
  $("sort").value = state.sort;
  $("hits").textContent = n ? number(found) + " of " + counted(n, "change") : "";
  $("clear").hidden = !filtered();
  $("ignored").hidden = !state.odd.length;
  $("ignored").textContent = "Left out of the link, since this page does not have it: " + state.odd.join(", ") + ".";
  $("copy-uids").hidden = !found;
  $("uids").parentElement.hidden = true;
  offerCopy();
  elsewhere();
  most = 20;
  look(wordsOf(state.q));
  if (data.decide) {
    let may = 0;
    for (let k = 0; k < found; k++) if (decidable(hits[k])) may++;
    $("decide-count").textContent = filtered() ? "All " + number(may) + " shown:" : "All " + number(may) + ":";
    $("decide-shown").hidden = may === 0;
  }
}

function offerCopy() {
  $("copy-uids").textContent = found === 1 ? "Copy the uid" : "Copy the " + number(found) + " uids";
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

// elsewhere tells of the page's tables that have what is searched for, too; whoever goes there finds it unfolded.
const tables = [["rejects", "row that can't be used", "rows that can't be used"], ["rekeys", "pair under a new uid", "pairs under a new uid"], ["leaving", "user who is leaving", "users who are leaving"], ["held", "held user", "held users"], ["conflicts", "user in conflict", "users in conflict"]];
const cells = new Map();
function elsewhere() {
  const words = wordsOf(state.q), told = [];
  if (words.length) {
    for (const [name, one, many] of tables) {
      if (!$(name)) continue;
      if (!cells.has(name)) cells.set(name, [...$(name).parentElement.querySelectorAll("tbody tr")].map((tr) =>
        [tr, fold((tr.closest("table").caption?.textContent || "") + " " + tr.textContent)]));
      const there = cells.get(name).filter(([, text]) => words.every((word) => text.includes(word)));
      if (!there.length) continue;
      const a = el("a", {href: "#" + name}, number(there.length) + " " + (there.length === 1 ? one : many));
      a.addEventListener("click", () => { for (const [tr] of there) tr.closest("details")?.setAttribute("open", ""); });
      told.push(a);
    }
  }
  $("elsewhere").hidden = !told.length;
  $("elsewhere").replaceChildren("Further down: ", ...told.flatMap((a, k) => k ? [", ", a] : [a]));
}
