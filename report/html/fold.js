// Texts are compared folded: without accents, case and apostrophes, so that
// novak finds Novák, and O'Brien is found by obrien.

const letters = {ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ħ: "h", ŧ: "t", ı: "i", ς: "σ"};
const special = new RegExp("[" + Object.keys(letters).join("") + "]", "g");
const apostrophes = /['`´‘’‛′ʹʻʼʽʾʿ＇]/g;
const marks = /[\p{Script=Inherited}\u0591-\u05c7]/gu;

// What is not ASCII stands there again and again, in parts that are folded once. No part ends
// with an apostrophe, on both sides of which there may be marks of one letter.
let parts = new Map();
function fold(text) {
  return text.toLowerCase().replace(/[^\x00-&(-_a-\x7f]+/g, (part) => {
    let folded = parts.get(part);
    if (folded === undefined) {
      folded = part.replace(apostrophes, "").normalize("NFKD").toLowerCase().replace(marks, "").replace(special, (c) => letters[c]);
      if (parts.size > 20_000) parts = new Map();
      parts.set(part, folded);
    }
    return folded;
  });
}

const wordsOf = (query) => fold(query).split(/\s+/).filter(Boolean);

// spansOf gives where a text has one of some folded words, in the text as it is.
function spansOf(text, words) {
  const whole = fold(text); // most texts have none
  if (!words.some((word) => whole.includes(word))) return [];
  let folded = "", at = 0;
  const from = [], to = [], spans = [];
  for (const c of text) {
    for (const f of fold(c)) {
      folded += f;
      for (let k = 0; k < f.length; k++) from.push(at), to.push(at + c.length);
    }
    at += c.length;
  }
  for (const word of words) {
    for (let k = folded.indexOf(word); k >= 0; k = folded.indexOf(word, k + word.length)) {
      spans.push([from[k], to[k + word.length - 1]]);
    }
  }
  return spans;
}

// highlight shows what was searched for, without touching the document.
function highlight(words) {
  if (!globalThis.CSS || !CSS.highlights) return;
  CSS.highlights.delete("found");
  if (!words.length) return;
  const mark = new Highlight();
  for (const part of [rows, $("people")]) {
    const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT,
      (t) => t.parentElement.closest("button, .choice, caption, .sr, thead") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
    for (let t = walker.nextNode(); t; t = walker.nextNode()) {
      for (const [from, to] of spansOf(t.data, words)) {
        mark.add(new StaticRange({startContainer: t, startOffset: from, endContainer: t, endOffset: to}));
      }
    }
  }
  CSS.highlights.set("found", mark);
}
