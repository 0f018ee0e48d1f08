// copying; where there is no clipboard for pages, the old way, and else by hand

async function copied(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = el("textarea", {class: "sr", readonly: true, "aria-hidden": "true"});
    area.value = text;
    document.body.append(area);
    area.select();
    const ok = document.execCommand("copy");
    area.remove();
    button.focus();
    return ok;
  }
}
async function copy(button) {
  const text = uid(Number(button.closest("tr").dataset.i)), ok = await copied(text, button);
  button.textContent = ok ? "copied" : "not copied";
  say(ok ? "Copied: " + text : "The uid could not be copied.");
  setTimeout(() => { button.textContent = "copy"; }, 1500);
}
async function copyAll(button) {
  const uids = Array.from(hits.subarray(0, found), uid), text = uids.join("\n") + "\n";
  const ok = await copied(text, button), area = $("uids");
  area.value = ok ? "" : text;
  area.parentElement.hidden = ok;
  if (!ok) area.focus(), area.select();
  button.textContent = ok ? "Copied" : "Not copied";
  setTimeout(offerCopy, 1500);
  say(ok ? "Copied: " + counted(uids.length, "uid") + ", one a line." : "The browser does not allow copying. The uids are in a field, to be copied by hand.");
}

// times, where the reader is, with UTC beside

function local(at) {
  const text = (timeZone) => new Intl.DateTimeFormat("sv-SE", {dateStyle: "short", timeStyle: "short", timeZone}).format(at);
  const zone = (language) => new Intl.DateTimeFormat(language, {timeZoneName: "short"}).formatToParts(at)
    .find((p) => p.type === "timeZoneName").value;
  const here = text(), utc = text("UTC"), names = [zone("en-GB"), zone("en-US")];
  if (here === utc) return utc + " UTC";
  const name = names.find((n) => !n.startsWith("GMT")) || names[0];
  return here + " " + name + " (" + (here.slice(0, 10) === utc.slice(0, 10) ? utc.slice(11) : utc) + " UTC)";
}
for (const t of document.querySelectorAll("time[datetime], .facts dd bdi")) {
  const at = t.dateTime || (t.textContent.match(/^(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC$/) || []).slice(1).join("T");
  if (at) t.textContent = local(new Date(t.dateTime || at + "Z"));
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
  $("sort").parentElement.hidden = !n;
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
  $("people-more").addEventListener("click", () => { most += 200; look(wordsOf(state.q)); });
  $("copy-uids").addEventListener("click", (e) => copyAll(e.target));
  $("print").addEventListener("click", () => window.print());
  $("page-previous").addEventListener("click", () => turn(-1));
  $("page-next").addEventListener("click", () => turn(1));
  rows.addEventListener("change", (e) => {
    if (!e.target.dataset.decide) return;
    decide(Number(e.target.closest("tr").dataset.i), words.indexOf(e.target.value));
    mark();
    const tr = e.target.closest("tr");
    tr.dataset.decided = e.target.value;
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
    $("save-decisions").addEventListener("click", (e) => save(e.target));
    $("undo-decisions").addEventListener("click", () => {
      decision.set(before);
      before = null;
      tally();
      changed();
      mark();
      say("Undone. " + $("decision-counts").textContent);
      $("save-decisions").focus();
    });
  }
  if (data.decide || openPairs.length) {
    addEventListener("keydown", (e) => {
      const close = document.querySelector("#saved .close");
      if (e.key === "Escape" && close) close.click();
    });
    addEventListener("beforeunload", (e) => {
      if (keeping) keep();
      if (unsaved) e.preventDefault();
    });
    addEventListener("pagehide", () => { if (keeping) keep(); });
  }
  document.addEventListener("click", async (e) => {
    const button = e.target.closest(".copy-command");
    if (button) button.textContent = await copied(button.dataset.copy, button) ? "copied" : "not copied";
  });
  for (const a of document.querySelectorAll("a[data-view]")) {
    a.hidden = false;
    a.addEventListener("click", (e) => {
      e.preventDefault();
      go({...fresh(), ...Object.fromEntries(new URLSearchParams(a.dataset.view))});
      $("operations").scrollIntoView();
      $("search").focus({preventScroll: true});
    });
  }
  addEventListener("hashchange", follow);
  addEventListener("beforeprint", () => {
    rows.classList.add("paper");
    paper = true;
    lay();
    draw(items.subarray(0, printed));
    paper = false;
    const more = items.length - Math.min(items.length, printed);
    $("unprinted").hidden = more === 0;
    $("unprinted").textContent = number(more) + " more are not printed; operations.csv has all.";
  });
  addEventListener("afterprint", () => {
    rows.classList.remove("paper");
    $("unprinted").hidden = true;
    lay();
    page();
  });
}

// warm does in idle time what somebody might soon ask for.
function warm() {
  const idle = globalThis.requestIdleCallback || ((f) => setTimeout(() => f({timeRemaining: () => 10}), 1));
  const rest = [...sorts];
  const step = (deadline) => {
    let more = learn();
    while (more && deadline.timeRemaining() > 5) more = learn();
    if (!more && rest.length) orderOf(rest.shift());
    if (more || rest.length) idle(step);
    else unpackAll();
  };
  const unpackAll = async () => {
    try {
      for (const part of crowd) await unpack(part), await pause();
    } catch { /* a search tells of it */ }
    document.documentElement.dataset.warm = "1";
  };
  idle(step);
}

if (data.decide || openPairs.length) {
  recall();
  drawPairs();
  tally();
}
choices();
listen();
state = stateOf(location.hash) || fresh();
settled = location.hash;
explorer.hidden = false;
while (folded.length < columnTexts.length && learn()); // so that a search at once finds half of the work done
show();
$("unready").hidden = true;
document.documentElement.dataset.ready = "1";
if (stateOf(location.hash) && location.hash.includes("=")) $("operations").scrollIntoView();
warm();
