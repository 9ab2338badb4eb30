// The theme's copy button drops a file's last line break, and copies prompts and output with the commands.
document.addEventListener("click", event => {
  const button = event.target.closest("[data-clipboard-target]")
  if (!button)
    return
  const code = document.querySelector(button.dataset.clipboardTarget).cloneNode(true)
  if (code.querySelector(".gp")) {
    for (const part of code.querySelectorAll(".gp, .go"))
      part.remove()
    button.dataset.clipboardText = code.textContent.replace(/\n+/g, "\n").trim()
  } else {
    button.dataset.clipboardText = code.textContent
  }
}, true)

// The theme searches at the keyboard's events alone: a text that a mouse or a finger pastes starts no search.
document.addEventListener("input", event => {
  if (event.target.matches("[data-md-component=search-query]"))
    event.target.dispatchEvent(new Event("keyup"))
})
