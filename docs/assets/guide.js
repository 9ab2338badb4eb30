// The theme's copy button drops a file's last line break, and copies prompts and output with the commands.
document.addEventListener("click", event => {
  const button = event.target.closest("[data-clipboard-target]")
  if (!button)
    return
  const text = document.querySelector(button.dataset.clipboardTarget).textContent
  // A command is a line behind a prompt, and the lines behind > right below it.
  const commands = text.match(/^\$ .*(\n>.*)*/gm)
  button.dataset.clipboardText = commands
    ? commands.map(command => command.slice(2).replace(/\n> ?/g, "\n")).join("\n")
    : text
}, true)

// The theme searches at the keyboard's events alone: a text that a mouse or a finger pastes starts no search.
document.addEventListener("input", event => {
  if (event.target.matches("[data-md-component=search-query]"))
    event.target.dispatchEvent(new Event("keyup"))
})

// Of lines that are pasted, such as a traceback, the last one that names an error says what is wrong, or else the last that
// is not indented.
const NAMES_AN_ERROR = /^[\w.]*(Error|Exception|Warning|NotReady|OnlyOperation|Configured|DisallowedHost)\b/
document.addEventListener("paste", event => {
  const lines = event.clipboardData.getData("text").trim().split("\n")
  if (!event.target.matches("[data-md-component=search-query]") || lines.length === 1)
    return
  event.preventDefault()
  event.target.setRangeText(lines.findLast(line => NAMES_AN_ERROR.test(line)) ?? lines.findLast(line => /^\S/.test(line)) ?? lines.at(-1), event.target.selectionStart, event.target.selectionEnd, "end")
  event.target.dispatchEvent(new Event("input", {bubbles: true}))
})

// What a log puts around a message: the time, the machine, the process, the level, the place; nginx adds the visitor,
// and a container its name.
const AROUND = [
  /, client: .*/,
  /^\s*[\w.-]+ +\| /gm,
  /\b[A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d \S+ \S+\[\d+\]:/g,
  /\b[A-Z][a-z]{2} +\d+ (?=\d\d:)/g,
  /\d{4}[-/]\d\d[-/]\d\d|\d\d:\d\d:\d\d([.,]\d+)?|\[?[+-]\d{4}\]/g,
  /\S+\[\d+\]:|\[\d+\]|\d+#\d+:|\*\d+ |\(pid:\s*\d+\)/g,
  /\b(CRITICAL|ERROR|WARNING|INFO|DEBUG)\b|\[(error|warn|notice|crit)\]/g,
  /Traceback \(most recent call last\):|File "[^"]*", line \d+(, in \S+)?/g,
]

// Words that say nothing of what is asked.
const SMALL = new Set("a an and are as at be but by can do does for from how i in is it its me my of on or so the this that to what when where which who why will with you your".split(" "))

// The theme's search takes quotes, colons and the like as operators, and a pasted message is full of them: it would find
// nothing. A word is looked for as it is, which counts more, and as the beginning of others. A number of three digits is looked
// for as it is, and a shorter one not at all: they lead its index astray. 2 is the theme's number of a query. The next
// builder's query is no string, and passes as it is.
const post = Worker.prototype.postMessage
Worker.prototype.postMessage = function (message, ...more) {
  if (message?.type !== 2 || typeof message.data !== "string")
    return post.call(this, message, ...more)
  const plain = AROUND.reduce((text, part) => text.replace(part, " "), message.data).replace(/[":^~*+<>-]/g, " ")
  const words = (plain.trim() ? plain : message.data).match(/[^\s_,!=\[\]()'`]+/g) ?? []
  const telling = words.filter(word => !SMALL.has(word.toLowerCase()) && !/^\d{1,2}\W?$/.test(word))
  const query = (telling.length ? telling : words).map(word => /^\d+$/.test(word) ? `${word}^1` : `${word}^2 ${word}`).join(" ")
  return post.call(this, {...message, data: query}, ...more)
}

// The theme shows "Copied to clipboard" there; screen readers say it too.
document.querySelector("[data-md-component=dialog]").setAttribute("role", "status")

// Opened from a disk, the address of a folder shows its files and not its page, and a browser lets no page read the words
// to search.
if (location.protocol === "file:") {
  for (const link of document.querySelectorAll("a[href]"))
    if (link.protocol === "file:" && link.pathname.endsWith("/"))
      link.pathname += "index.html"
  const field = document.querySelector("[data-md-component=search-query]")
  field.placeholder = "Search needs a server: python -m http.server"
  field.disabled = true
}

// What the theme leaves without a name or out of the keyboard's reach, also in what its script adds later. Its buttons are
// labels, and a label must not have another role: what stands in it becomes the button.
const BUTTONS = {
  ".md-header__button[for=__drawer] > svg": "Menu",
  ".md-header__button[for=__search] > svg": "Search",
  ".md-nav--primary .md-nav__link[for] > .md-ellipsis": null,
  ".md-nav--primary .md-nav .md-nav__title > .md-nav__icon": "Back",
}
const small = matchMedia("(max-width: 76.234375em)")  // below it, the theme has a menu
const wide = new ResizeObserver(changes => {
  for (const {target} of changes)
    target.scrollWidth > target.clientWidth ? target.tabIndex = 0 : target.removeAttribute("tabindex")
})
function mend() {
  document.querySelectorAll(".md-code__nav:not([role])").forEach(nav => nav.role = "presentation")
  document.querySelectorAll(".md-tooltip2[role=dialog]:not([aria-label])").forEach(tip => tip.ariaLabel = "What was run")
  document.querySelectorAll(".md-typeset__scrollwrap, .tabbed-labels").forEach(wrap => wide.observe(wrap))
  for (const [parts, name] of Object.entries(BUTTONS))
    document.querySelectorAll(parts).forEach(part => {
      part.role = small.matches ? "button" : null
      part.ariaLabel = small.matches ? name : null
      small.matches ? part.tabIndex = 0 : part.removeAttribute("tabindex")
    })
}
mend()
small.addEventListener("change", mend)
new MutationObserver(mend).observe(document.body, {childList: true, subtree: true})

// These buttons listen to the keys of a button, and Escape closes the menu of a phone.
document.addEventListener("keydown", event => {
  const drawer = document.querySelector("#__drawer")
  if ([" ", "Enter"].includes(event.key) && event.target.matches("label > [role=button]")) {
    event.preventDefault()
    event.target.parentElement.click()
  }
  if (event.key === "Escape" && drawer.checked) {
    drawer.click()
    document.querySelector(".md-header__button[for=__drawer] > svg").focus()
  }
})

// A finger on a tick opens what a mouse or the keyboard opens; the theme would go to the notes at the page's end.
document.addEventListener("click", event => {
  const tick = event.target.closest(".footnote-ref")
  if (tick && matchMedia("(hover: none)").matches) {
    event.preventDefault()
    tick.focus()
  }
})
