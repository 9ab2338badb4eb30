// What a slim page does by itself: it shows the reader's colours at once, and fetches the theme's script and style sheets at
// the first move of the mouse, a finger, a key or the page. slim.py writes FETCHED, their addresses.
(fetched => {
  const inputs = [...document.getElementsByName("__palette")]
  const saved = __md_get("__palette")
  const index = saved ? saved.index : inputs.findIndex(input => matchMedia(input.dataset.mdColorMedia).matches)
  const show = input => {
    const color = {}
    for (const part of ["media", "scheme", "primary", "accent"])
      document.body.setAttribute("data-md-color-" + part, color[part] = input.getAttribute("data-md-color-" + part))
    for (const other of inputs)
      other.nextElementSibling.hidden = other !== input
    return {index: inputs.indexOf(input), color}
  }
  let chosen
  // Kept as the theme keeps it: the reader may leave before its script is there.
  const choose = ({target}) => inputs.includes(target) && __md_set("__palette", show(chosen = target))
  addEventListener("change", choose)
  if (inputs.length)
    show(inputs[Math.max(0, index)])

  // As the theme does: where the menu is long, the part with this page is in sight.
  addEventListener("DOMContentLoaded", () => {
    for (const link of document.querySelectorAll(".md-nav__link--active[href]")) {
      const menu = link.closest(".md-sidebar__scrollwrap")
      if (link.clientHeight)
        menu?.scrollTo({top: link.offsetTop - menu.offsetTop - menu.clientHeight / 2})
    }
  }, {once: true})

  const MOVES = ["keydown", "mousemove", "pointerdown", "touchstart", "wheel", "scroll", "focusin", "beforeprint"]

  const load = (name, values) => new Promise((done, fail) => {
    document.head.append(Object.assign(document.createElement(name), values, {onload: done, onerror: fail}))
  })

  // The theme's keys for the search work before its script is there.
  const search = document.getElementById("__search"), field = document.querySelector(".md-search__input")
  const keys = event => {
    if (event.key === "Escape") {
      search.checked = false
      field.blur()
    } else if (["/", "s", "f"].includes(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest?.("input")) {
      event.preventDefault()
      search.checked = true
      field.focus()
    }
  }
  addEventListener("keydown", keys, true)

  const move = async event => {
    if (event.type === "scroll" && event.target !== document)
      return
    MOVES.forEach(name => removeEventListener(name, move, true))
    const sheets = fetched.sheets.map(href => load("link", {rel: "stylesheet", href}))
    if (document.readyState === "loading")
      await new Promise(done => addEventListener("DOMContentLoaded", done, {once: true}))
    await Promise.all(sheets)
    await Promise.all(fetched.scripts.map(src => load("script", {src, async: false})))  // fetched together, run in their order
    // The theme's script wraps the tables itself, before the next frame is drawn.
    for (const table of document.querySelectorAll(".md-typeset__scrollwrap table"))
      table.closest(".md-typeset__scrollwrap").replaceWith(table)
    document.dispatchEvent(new Event("DOMContentLoaded"))
    removeEventListener("change", choose)
    removeEventListener("keydown", keys, true)
    chosen?.dispatchEvent(new Event("change"))  // the theme's script keeps it
  }
  MOVES.forEach(name => addEventListener(name, move, {capture: true, passive: false}))
  // An address with a question, or with words to highlight, is a move of its own. A page from a disk needs its links mended.
  if (location.search || location.protocol === "file:")
    move({})
})(FETCHED)
