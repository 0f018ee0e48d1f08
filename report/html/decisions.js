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
