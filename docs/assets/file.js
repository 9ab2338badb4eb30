// Point at a line of the file on the first page, and its explanation shows beside it: with a mouse, a finger or the keyboard,
// or by an address such as #line-14. A click holds it. Without this script the explanations are a list.
const file = document.querySelector(".file")

if (file) {
  // The explanations in their order: the link that names the lines, their numbers, and what it names.
  const parts = [...file.querySelectorAll("dt")].map(term => {
    const link = term.querySelector("a[href]")
    const [first, last = first] = link.textContent.match(/\d+/g).map(Number)
    return {term, link, first, last, text: term.nextElementSibling}
  })
  const code = file.querySelector("pre code")
  const lines = [...code.querySelectorAll("span[id]")]
  const numberOf = place => lines.indexOf(place.closest("span[id]")) + 1
  let held = false, waiting

  // A blank line belongs to what stands above it.
  function show(line, exact = false) {
    clearTimeout(waiting)
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
    held ||= exact
  }

  // The address of a line, or of what stands in an explanation, such as the sentence that a note leads back to.
  function open() {
    const line = Number(location.hash.match(/^#line-(\d+)$/)?.[1])
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)))
    const part = parts.find(part => part.text.contains(target))
    if (line || part)
      show(line || part.first, true)
  }

  file.classList.add("live")
  file.querySelector("dl").ariaLive = "polite"
  show(14)
  open()
  addEventListener("hashchange", open)

  // The mouse that crosses lines on its way to the explanation changes nothing.
  code.addEventListener("pointerover", ({target}) => {
    clearTimeout(waiting)
    const line = numberOf(target)
    if (line && !held)
      waiting = setTimeout(show, 100, line)
  })
  code.addEventListener("pointerleave", () => clearTimeout(waiting))
  code.addEventListener("click", ({target}) => {
    const line = numberOf(target)
    if (!line || String(getSelection()))
      return
    show(line, true)
    history.replaceState(null, "", `#line-${line}`)
  })
  parts.forEach(({link, first}, index) => {
    link.addEventListener("focus", () => link.hash !== location.hash && show(first))
    link.addEventListener("keydown", event => {
      const next = parts[index + ({ArrowLeft: -1, ArrowRight: 1}[event.key] ?? NaN)]
      if (next)
        next.link.focus()
    })
  })
}
