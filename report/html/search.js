// search: what the rows show, folded, an operation a line: their columns, and their values as
// they are in the file. Each is folded once, when there is time, or somebody asks.

const columnTexts = [() => data.uids.join("\n"), () => data.names.join("\n"), () => data.place.map((_, i) => place(i)).join("\n")];
const shownTexts = [...columnTexts, ...valueTexts.map((e) => () => unescaped(e.textContent))];
const folded = [];
const learn = () => folded.length < shownTexts.length && folded.push(fold(shownTexts[folded.length]()));
const unescaped = (json) => json.includes("\\")
  ? json.replace(/\\(?:u(....)|(.))/g, (_, code, c) => code ? String.fromCharCode(parseInt(code, 16)) : "nrtbf".includes(c) ? " " : c) : json;

// linesOf calls with each operation whose line in a folded text has a word.
function linesOf(text, first, word, call) {
  let line = first, end = text.indexOf("\n");
  for (let at = text.indexOf(word); at >= 0; at = end < 0 ? -1 : text.indexOf(word, end)) {
    for (; end >= 0 && end < at; end = text.indexOf("\n", end + 1)) line++;
    call(line);
  }
}

const named = (names, sets) => sets.map((set) => set.map((k) => names[k]).join("\n"));
let shared; // columns of numbers, with the texts that they stand for
const share = () => [
  [verb, verbs], [role, data.roles], [tagSet, named(data.tags, data.tagSets)], [shape, named(data.fields, data.shapes)],
  [data.why.map((k, i) => verbs[verb[i]].endsWith("activate") ? k : 0), data.whys], [data.message, data.messages],
  [causeSet, named(causes.map((name) => whyChanged[name] || ""), causeSets)], [decided, data.decisions || []],
  [outcome, data.outcomes.map((name) => data.unsent && name !== "withheld" ? "" : name)],
].map(([of, list]) => [of, list.map(fold)]).filter(([, list]) => list.some(Boolean));

// having gives a test of whether an operation shows a word. One that may be of the file's own
// marks is looked for in the values.
function having(word) {
  shared ||= share();
  const marked = new Uint8Array(n), own = /["[\],]|^0$/.test(word);
  while (learn());
  folded.forEach((text, k) => linesOf(text, Math.max(0, k - columnTexts.length) * perChunk, word, (i) => {
    if (k < columnTexts.length || !own || !marked[i] && valuesOf(i).flat().some((v) => v && fold(v).includes(word))) marked[i] = 1;
  }));
  for (const [of, list] of shared) {
    const has = Uint8Array.from(list, (text) => text.includes(word) ? 1 : 0);
    if (has.includes(1)) for (let i = 0; i < n; i++) marked[i] |= has[of[i]];
  }
  return (i) => marked[i] === 1;
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
    case "name": by(fold(data.names.join("\n")).split("\n")); break;
    case "role": {
      const rank = [];
      data.roles.map((r, k) => [fold(r), k]).sort((a, b) => a[0] < b[0] ? -1 : 1).forEach((r, k) => { rank[r[1]] = k; });
      by(role.map((r) => r ? rank[r] : rank.length)); // without a role last
      break;
    }
    case "row": by(Float64Array.from(data.place, (p, i) => p ? p * 1e8 + data.row[i] : Infinity)); break;
    }
    orders.set(key, order);
  }
  return order;
}
// state: what is shown. It is in the address, so a link shares it.

const filters = {
  verb: {control: $("filter-op"), all: "any change", names: verbs, of: verb},
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
const fresh = () => ({q: "", verb: "", field: "", cause: "", role: "", tag: "", outcome: "", decision: "", sort: "operation", page: 1, fold: new Set(), odd: []});
let state = fresh();

function hashOf(s) {
  const parts = [];
  const add = (key, value) => { if (value) parts.push(key + "=" + encodeURIComponent(value).replace(/%(3A|2F|2C|40)/g, decodeURIComponent)); };
  add("q", s.q);
  for (const key in filters) add(key, s[key]);
  add("sort", s.sort === "operation" ? "" : s.sort);
  add("fold", [...s.fold].sort((a, b) => a - b).join("."));
  add("page", s.page > 1 ? String(s.page) : "");
  return "#" + (parts.join("&") || "view");
}

// stateOf is null for the address of a section. What of an address is not known
// is left out, and told.
function stateOf(hash) {
  const text = hash.replace(/^#/, ""), s = fresh();
  if (text && text !== "view" && !text.includes("=")) return null;
  for (let [key, value] of new URLSearchParams(text.replaceAll("+", "%2B"))) {
    if (key === "op") key = "verb"; // as earlier versions called it
    if (key === "q") s.q = value;
    else if (Object.hasOwn(filters, key) && (!value || filters[key].names.includes(value))) s[key] = value;
    else if (key === "sort" && sorts.includes(value.replace(/^-/, ""))) s.sort = value;
    else if (key === "page") s.page = Math.max(1, Math.floor(Number(value)) || 1);
    else if (key === "fold") value.split(".").forEach((g) => { if (groups[g]) s.fold.add(Number(g)); });
    else if (text !== "view") s.odd.push(value ? key + "=" + value : key);
  }
  return s;
}

let settled = ""; // the address that is shown
function go(changes, replace) {
  Object.assign(state, {page: 1, odd: []}, changes);
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
  const words = wordsOf(state.q), tests = [];
  for (const key in filters) {
    const f = filters[key];
    if (!state[key]) continue;
    const k = f.names.indexOf(state[key]);
    // Of a filter by sets: which of the sets have it.
    const has = f.sets ? Uint8Array.from(f.sets, (set) => set.includes(k) ? 1 : 0) : null;
    tests.push(has ? (i) => has[f.of[i]] === 1 : f.moving ? (i) => f.of[i] === k && decidable(i) : (i) => f.of[i] === k);
  }
  for (const word of words) tests.push(having(word));
  const back = state.sort.startsWith("-"), order = orderOf(state.sort.replace("-", ""));
  found = 0;
  inGroup.fill(0);
  next: for (let k = 0; k < n; k++) {
    const i = order[back ? n - 1 - k : k];
    for (const test of tests) if (!test(i)) continue next;
    hits[found++] = i;
    inGroup[group[i]]++;
  }
  lay();
}

// lay puts what was found on pages; folded groups have their heading there. On paper nothing is
// folded, and updates of fields that change together of few people are under one heading.
function lay() {
  if (!grouped()) {
    items = hits.subarray(0, found);
    return;
  }
  items = new Int32Array(found + groups.length);
  let m = 0, together = false;
  for (let k = 0; k < found;) {
    const g = group[hits[k]];
    if (!together || !groups[g].fields) items[m++] = -1 - g;
    together = paper && groups[g].fields && (together || inGroup[g] < 25);
    if (paper || open(g)) items.set(hits.subarray(k, k + inGroup[g]), m), m += inGroup[g];
    k += inGroup[g];
  }
  items = items.subarray(0, m);
}
