// Point at a line of the file on the first page, and its explanation shows beside it: with a mouse, a finger or the keyboard,
// or by an address such as #line-14. Without this script the explanations are a list.
const file = document.querySelector(".file")

if (file) {
  // The explanations in their order: the link that names the lines, their numbers, and what it names.
  const parts = [...file.querySelectorAll("dt")].map(term => {
    const link = term.querySelector("a[href]")
    const [first, last = first] = link.textContent.match(/\d+/g).map(Number)
    return {term, link, first, last, text: term.nextElementSibling}
  })
  const lines = [...file.querySelectorAll("pre code > span[id]")]
  const number = line => lines.indexOf(line) + 1
  const from = address => Number(address.match(/^#line-(\d+)$/)?.[1])

  // A blank line belongs to what stands above it.
  function show(line, exact = false) {
    const part = parts.findLast(part => part.first <= line)
    for (const one of parts) {
      one.term.classList.toggle("shown", one === part)
      one.text.classList.toggle("shown", one === part)
      one === part ? one.link.ariaCurrent = "true" : one.link.removeAttribute("aria-current")
    }
    lines.forEach((element, index) => {
      element.classList.toggle("shown", part.first <= index + 1 && index + 1 <= part.last)
      element.classList.toggle("exact", exact && index + 1 === line)
    })
  }

  file.classList.add("live")
  file.querySelector("dl").ariaLive = "polite"
  show(from(location.hash) || 14, Boolean(from(location.hash)))
  addEventListener("hashchange", () => from(location.hash) && show(from(location.hash), true))

  const code = file.querySelector("pre code")
  for (const event of ["pointerover", "click"])
    code.addEventListener(event, ({target}) => {
      const line = number(target.closest("pre code > span[id]"))
      if (!line || String(getSelection()))
        return
      show(line, event === "click")
      if (event === "click")
        history.replaceState(null, "", `#line-${line}`)
    })
  for (const {link, first} of parts)
    link.addEventListener("focus", () => link.hash !== location.hash && show(first))
}
