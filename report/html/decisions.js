// decisions

const counts = [0, 0, 0];
const pairs = data.pairs || [], pairWords = ["undecided", "same", "different"];
const pairDecision = Uint8Array.from(pairs, ([, , word]) => pairWords.indexOf(word));
const openPairs = pairs.flatMap((_, i) => pairDecision[i] ? [] : [i]); // on which the run had no decision
let unsaved = false, before = null; // before: what undoing brings back
const store = "cometsync.decisions." + data.run;
const say = (text) => { $("said").textContent = text; };

function tally() {
  counts.fill(0);
  for (let i = 0; i < n; i++) if (decidable(i)) counts[decision[i]]++;
  tell();
}
function tell() {
  if (openPairs.length) tellPairs();
  if (!data.decide) return;
  $("decision-counts").textContent = words.map((word, k) => word + " " + number(counts[k])).join(" · ");
  $("unsaved").hidden = !unsaved;
  $("undo-decisions").hidden = !before;
}

let keeping = 0;
function changed() {
  unsaved = true;
  closeSaved();
  tell();
  clearTimeout(keeping);
  keeping = setTimeout(keep, 300);
}

// keep remembers the decisions in this browser, by ids, places and words alone. A
// browser may not allow it; the file is what counts.
function keep() {
  clearTimeout(keeping);
  keeping = 0;
  const kept = {hold: [], never: [], pairs: Array.from(pairDecision), unsaved};
  for (let i = 0; i < n; i++) if (decision[i]) kept[words[decision[i]]].push(id(i));
  try {
    if (unsaved || kept.hold.length || kept.never.length || pairsDecided()) localStorage.setItem(store, JSON.stringify(kept));
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
  if (Array.isArray(kept.pairs) && kept.pairs.length === pairs.length) {
    for (const i of openPairs) if (kept.pairs[i] === 1 || kept.pairs[i] === 2) pairDecision[i] = kept.pairs[i], known++;
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
  say(counted(m, "change") + ": " + word + ". " + $("decision-counts").textContent);
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

function save(button) {
  const lines = [], name = "decisions-" + data.run + ".json";
  for (let i = 0; i < n; i++) { // nobody decides on what is withheld
    if (decidable(i)) lines.push(JSON.stringify({id: id(i), uid: uid(i), operation: verbs[verb[i]], decision: words[decision[i]]}));
  }
  const text = `{"schema":"cometsync.decisions/v1","run":${JSON.stringify(data.run)},"decisions":[\n${lines.join(",\n")}\n],"pairs":[\n${pairLines().join(",\n")}\n]}\n`;
  const url = URL.createObjectURL(new Blob([text], {type: "application/json"}));
  const a = el("a", {href: url, download: name, hidden: true});
  document.body.append(a);
  a.click();
  a.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  unsaved = false;
  keep();
  tell();
  saved(button, name);
}

// saved says where the file went, and what is done with it, beside the button, until that is
// closed or something is decided anew. Where there is little room, the latter is folded.
function saved(button, name) {
  closeSaved();
  const todo = el("details", null, el("summary", null, "What to do with it"),
    el("p", null, "Give the file to whoever runs cometsync, or do it yourself:"));
  todo.open = matchMedia("(min-width: 46.01rem)").matches;
  if (data.decide) {
    const command = "cometsync apply plan.json --decisions " + name;
    todo.append(el("p", null, "To make the changes that are left, put the file beside plan.json and run there: ", el("code", null, command), " ",
      el("button", {type: "button", class: "copy-command", "aria-label": "Copy the command", "data-copy": command}, "copy")));
  }
  // What made the plan may have had options that nobody sees here, so there is no command to copy.
  if (pairsDecided()) {
    todo.append(el("p", null, "To have the pairs as decided, in the next run and every later one, put the file where the command that made this plan runs, and add to that command: ",
      el("code", null, "--rekey " + name)));
  }
  const close = el("button", {type: "button", class: "close", "aria-label": "Close", title: "Close (Escape)"}, "×");
  const box = el("div", {id: "saved"}, close, el("p", null, "Saved as ", el("b", null, name), ", where this browser keeps downloads."), todo);
  close.addEventListener("click", () => { closeSaved(); button.focus(); });
  button.closest(".dock, section").append(box);
  box.scrollIntoView({block: "nearest"});
  say("Saved as " + name + ".");
}
function closeSaved() { $("saved")?.remove(); }

// pairs under a new uid are decided where they are shown: one person, or two

const pairsDecided = () => openPairs.filter((i) => pairDecision[i]).length;
function pairLines() {
  return pairs.flatMap(([old, fresh], i) => pairDecision[i] ? [JSON.stringify({old, new: fresh, decision: pairWords[pairDecision[i]]})] : []);
}
// The step of what to do now that counts the pairs on which nobody has decided.
const pairStep = [...document.querySelectorAll(".next :is(li, p)")].find((e) => / pairs?$/.test(e.textContent));
const undecidedAtFirst = pairStep ? Number(pairStep.textContent.match(/([\d,]+) pairs?$/)[1].replaceAll(",", "")) : 0;
function tellPairs() {
  if (pairStep) {
    const open = counted(Math.max(0, undecidedAtFirst - pairsDecided()), "pair");
    pairStep.textContent = pairStep.textContent.replace(/[\d,]+ pairs?$/, open);
  }
  const count = [0, 0, 0];
  for (const k of pairDecision) count[k]++;
  $("pair-counts").textContent = pairWords.map((word, k) => word + " " + number(count[k])).join(" · ") + (unsaved ? " · not saved yet" : "");
}
function drawPairs() {
  if (!openPairs.length) return;
  const table = $("rekeys").parentElement.querySelector("table");
  for (const i of openPairs) {
    const cell = table.tBodies[0].rows[i].lastElementChild, [old, fresh] = pairs[i];
    cell.dataset.pair = i;
    cell.replaceChildren(choice("Are " + old + " and " + fresh + " the same person?", "pair-" + i, pairWords, pairDecision[i]));
  }
  table.addEventListener("change", (e) => {
    pairDecision[e.target.closest("[data-pair]").dataset.pair] = pairWords.indexOf(e.target.value);
    changed();
  });
  $("save-pairs").addEventListener("click", (e) => save(e.target));
  $("pair-help").hidden = $("pairs").hidden = false;
}
