// The list of operations: searched, filtered, sorted and decided on. Whatever
// comes from the data is put in as text, never as markup.
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
const counted = (k, one, many = one + "s") => number(k) + " " + (k === 1 ? one : many);

// values are in chunks, which are read when somebody needs them

const valueTexts = [...document.querySelectorAll("script.values")], chunks = [];
const perChunk = valueTexts.length > 1 ? JSON.parse(valueTexts[0].textContent).length : n;
function valuesOf(i) {
  const c = Math.floor(i / perChunk);
  chunks[c] ||= JSON.parse(valueTexts[c].textContent);
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
        verb: verbs[verb[i]], held, reasons: new Set(), fields: update && !held ? fieldsOf(i) : null, count: 0,
        rank: held ? verbs.length + verb[i] : verb[i], title: held ? data.verbs[verb[i]].withheld : data.verbs[verb[i]].heading,
      });
    }
    group[i] = g;
    groups[g].count++;
    if (held && data.message[i]) groups[g].reasons.add(data.message[i]);
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
