// Everybody else: who has no operation, by what becomes of them. They are packed,
// and unpacked when there is time, or somebody searches.

const {missing, fates} = JSON.parse($("everybody").textContent);
const crowd = [...document.querySelectorAll("script.people")].map((e) => ({packed: e, fate: e.dataset.fate, n: Number(e.dataset.n)}));
const others = crowd.reduce((sum, c) => sum + c.n, 0);
const pause = (ms = 0) => new Promise((go) => setTimeout(go, ms));

// unpack gives a part its lines, as they are and folded: each has uid, name, and
// what else there is to say.
async function unpack(part) {
  if (part.folded !== undefined) return;
  const bytes = Uint8Array.from(atob(JSON.parse(part.packed.textContent)), (c) => c.charCodeAt(0));
  const text = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).text();
  part.text = text;
  part.folded = fold(text);
  part.packed.textContent = '""';
}

// linesWith calls with where in a part's folded text lines begin that have all words.
function linesWith(part, words, call) {
  const text = part.folded, rare = words.reduce((a, b) => b.length > a.length ? b : a);
  for (let at = text.indexOf(rare); at >= 0;) {
    const from = text.lastIndexOf("\n", at) + 1;
    let to = text.indexOf("\n", at);
    if (to < 0) to = text.length;
    const line = words.length > 1 ? text.slice(from, to) : "";
    if (words.every((word) => word === rare || line.includes(word))) call(from, to);
    at = text.indexOf(rare, to);
  }
}

// lineAt is the line as it is that begins at a place in the folded text.
function lineAt(part, from) {
  part.lines ||= part.text.split("\n");
  let k = 0;
  for (let at = part.folded.indexOf("\n"); at >= 0 && at < from; at = part.folded.indexOf("\n", at + 1)) k++;
  return part.lines[k].split("\t");
}

let looking = 0; // the search that is under way
let most = 20; // people that are shown

// look finds those whom nothing happens to, a few milliseconds at a time. Whoever's uid is
// what was searched for comes first.
async function look(words) {
  const mine = ++looking, exact = words.length === 1 ? "\n" + words[0] + "\t" : null;
  if (!words.length) {
    $("people").hidden = true;
    return;
  }
  await pause(50); // the changes are drawn first, and somebody may go on typing
  if (mine !== looking) return;
  const list = [];
  let all = 0, since = performance.now();
  try {
    for (const part of crowd) {
      if (part.folded === undefined) {
        tellCrowd(list, all, true);
        await unpack(part);
      }
      linesWith(part, words, (from, to) => {
        all++;
        if (exact && part.folded.startsWith(exact, from - 1)) list.unshift([part, from]);
        else if (list.length < most) list.push([part, from]);
      });
      if (performance.now() - since > 30) {
        await pause();
        since = performance.now();
      }
      if (mine !== looking) return;
    }
    tellCrowd(list, all, false);
  } catch {
    $("people").hidden = false;
    $("people-list").replaceChildren();
    $("people-more").hidden = true;
    $("people-count").textContent = "This browser is too old to look through the " + number(others) + " people of whom nothing changes; to read about one of them: cometsync explain " + data.run + " UID";
  }
}

function tellCrowd(list, all, more) {
  const also = found ? "more " : "";
  const told = all ? counted(all, also + "person", also + "people") + (more ? " so far" : "") + ", without a change:"
    : more ? "Looking through " + counted(others, also + "person", also + "people") + " …"
    : found ? ""
    : others ? "Nobody else matches, of " + counted(others, "person", "people") + " without a change." : "";
  $("people-count").textContent = [told, more ? "" : missing].filter(Boolean).join(" ");
  $("people").hidden = $("people-count").textContent === "";
  $("people-list").replaceChildren(...list.slice(0, most).map(([part, from]) => {
    const [uid, name, about] = lineAt(part, from);
    return el("li", null, bdi(name || "", {class: "name"}), " ", uid ? el("code", null, bdi(uid)) : null, " ",
      el("span", {class: "message"}, fates[part.fate] + (about ? " (" : "") , about ? bdi(about) : null, about ? ")." : "."));
  }));
  $("people-more").hidden = more || all <= most;
  if (!more) $("people").dataset.told = state.q;
  if (list.length) highlight(wordsOf(state.q));
}
