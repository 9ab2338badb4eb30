// The box of "Find your error" compares what is pasted with the messages in the list of the same page, and sends nothing anywhere.

// The words of a text, and what can be a status. What a log, a traceback or a path adds to a message is none.
function wordsOf(text) {
  return text
    .replace(/File "[^"]*", line \d+(, in \S+)?|\S*site-packages\S*|https?:\/\/\S+/g, " ")
    .toLowerCase()
    .match(/[\p{L}_][\p{L}\p{N}_]*|\b[45]\d\d\b/gu) ?? []
}

// The words of a message, and those of them that are names in quotes: another project has other names.
function messageOf(text) {
  const names = text.match(/'[^']+'|"[^"]+"/g) ?? []
  return {words: new Set(wordsOf(text)), names: new Set(wordsOf(names.join(" ")))}
}

// A list of entries, {link, messages}, and what a set of words weighs: the rarer a word, the more.
function entriesOf(links) {
  const entries = links.map(link => {
    const codes = [...link.querySelectorAll("code")].map(code => code.textContent)
    return {link, messages: [...codes, link.textContent].map(messageOf)}
  })
  const seen = new Map()
  for (const {messages} of entries)
    for (const word of new Set(messages.flatMap(({words}) => [...words])))
      seen.set(word, (seen.get(word) ?? 0) + 1)
  const weigh = words => [...words].reduce((sum, word) => sum + Math.log(1 + entries.length / (seen.get(word) ?? 1)), 0)
  return {entries, weigh}
}

// How well a line fits a message: by the larger of the parts of both that are the same, then by the smaller, then by how
// much that is.
function fit(line, {words, names}, weigh) {
  const shared = weigh([...line].filter(word => words.has(word)))
  if (shared < 3)
    return 0
  const needed = weigh([...words].filter(word => line.has(word) || !names.has(word)))
  const [ofMessage, ofLine] = [shared / needed, shared / weigh(line)]
  return Math.max(ofMessage, ofLine) + Math.min(ofMessage, ofLine) / 2 + shared / 200
}

// The entries that fit a text, the best first. The last lines of a traceback say what is wrong: they count a little more.
function found(text, {entries, weigh}) {
  const lines = text.slice(-20000).split("\n").map(line => new Set(wordsOf(line))).filter(line => line.size).slice(-300)
  if (lines.length > 1 && lines.length < 6)  // a message that a terminal has wrapped
    lines.push(new Set(lines.flatMap(line => [...line])))
  return entries
    .map(({link, messages}) => ({
      link,
      score: Math.max(0, ...lines.flatMap((line, at) => messages.map(message => fit(line, message, weigh) + at / lines.length / 20))),
    }))
    .filter(({score}) => score > .8)
    .sort((one, other) => other.score - one.score)
}

const box = document.querySelector("#traceback")
if (box) {
  const answer = document.querySelector("output[for=traceback]")
  const list = entriesOf([...document.querySelectorAll("main .evidence li > a")])
  const say = (text, ...links) => {
    const shown = links.map(link => {
      const item = document.createElement("li")
      item.append(link.cloneNode(true))
      return item
    })
    const names = document.createElement("ul")
    names.append(...shown)
    answer.replaceChildren(text, ...(links.length ? [names] : []))
  }
  box.closest("[hidden]").hidden = false
  box.addEventListener("input", () => {
    if (!box.value.trim())
      return say("")
    const [first, ...more] = found(box.value, list)
    const near = more.filter(({score}) => score > first.score * .85).slice(0, 2)
    if (first)
      say(first.score > 1.08 ? "Read this entry:" : "No entry has all of it. The nearest:", first.link, ...near.map(({link}) => link))
    else if (wordsOf(box.value).length)
      say("No entry has these words. Paste the line that names the error, often the last one, or look through the list.")
    else
      say("There are no words in this. Paste the line that names the error.")
  })
}
