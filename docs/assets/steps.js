// Shows each numbered list in <div class="steps"> a step at a time. Without this file, and in print, all steps show.

// An element with attributes, and what is in it.
function element(name, attributes, ...inside) {
  const made = document.createElement(name)
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value))
  made.append(...inside)
  return made
}

// The threads that the lines of a step name, as in "[MainThread] view".
function threadsOf(step) {
  const lines = step.querySelector("pre > code")?.textContent ?? ""
  return [...new Set([...lines.matchAll(/^\[(.+?)\]/gm)].map(([, name]) => name))].join(", ")
}

function stepper(list) {
  const steps = [...list.children]
  const names = steps.map(step => step.querySelector("strong").textContent.replace(/\.$/, ""))
  const places = steps.map(step => step.querySelector("[data-at]").dataset.at)
  // The way there and back: a place for each step that is not where the one before it was.
  const turns = places.map((place, number) => place === places[number - 1] ? 0 : 1)
  const path = places.filter((_, number) => turns[number]).map(place => element("span", {}, place))
  const back = element("button", {type: "button"}, "Back")
  const next = element("button", {type: "button"}, "Next")
  const all = element("button", {type: "button", "aria-pressed": "false"}, "Show all")
  const said = element("output", {})
  const bar = element("div", {class: "steps-bar"}, back, next, said, all)
  const picture = element("p", {class: "steps-path"}, ...path.flatMap(one => [" → ", one]).slice(1))
  let at = 0

  function show(step) {
    const whole = all.ariaPressed === "true"
    at = Math.max(0, Math.min(step, steps.length - 1))
    // The browser's own search finds "until-found", and says so with the event "beforematch".
    steps.forEach((one, number) => whole || number === at ? one.removeAttribute("hidden") : one.setAttribute("hidden", "until-found"))
    const turn = turns.slice(0, at + 1).reduce((sum, one) => sum + one) - 1
    path.forEach((one, number) => one.ariaCurrent = !whole && number === turn ? "step" : null)
    back.ariaDisabled = whole || at === 0
    next.ariaDisabled = whole || at === steps.length - 1
    const thread = threadsOf(steps[at])
    said.textContent = whole ? `All ${steps.length} steps` : `${at + 1} of ${steps.length}: ${names[at]}${thread && `, in ${thread}`}`
  }

  steps.forEach((step, number) => {
    step.value = number + 1
    step.addEventListener("beforematch", () => show(number))
  })
  back.addEventListener("click", () => show(at - 1))
  next.addEventListener("click", () => show(at + 1))
  all.addEventListener("click", () => {
    all.ariaPressed = all.ariaPressed !== "true"
    show(at)
  })
  const frame = element("div", {class: "stepper"})
  list.replaceWith(frame)
  frame.append(bar, picture, list)
  frame.addEventListener("keydown", event => {
    const way = {ArrowLeft: -1, ArrowRight: 1}[event.key]
    // A listing that scrolls has these keys for itself, and with Alt they are the browser's.
    if (!way || all.ariaPressed === "true" || event.target.closest("pre") || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey)
      return
    event.preventDefault()
    show(at + way)
  })
  show(0)
}

// A link can lead into a step, or into a tab that is not open, as the one back from a note does.
function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  const tab = target?.closest(".steps .tabbed-block")
  if (tab)
    tab.closest(".tabbed-set").querySelectorAll(":scope > input")[[...tab.parentElement.children].indexOf(tab)].click()
  target?.closest(".stepper li")?.dispatchEvent(new Event("beforematch"))
  if (target?.closest(".steps"))
    target.scrollIntoView()
}

document.querySelectorAll(".steps > ol, .steps .tabbed-block > ol").forEach(stepper)
addEventListener("hashchange", reveal)
reveal()
