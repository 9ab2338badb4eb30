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

// The mark of a proof leads to its test: its source is open at once.
function openSource() {
  if (location.hash.startsWith("#tests."))
    document.getElementById(location.hash.slice(1))?.parentElement.querySelector("details")?.setAttribute("open", "")
}
addEventListener("hashchange", openSource)
addEventListener("DOMContentLoaded", openSource)
