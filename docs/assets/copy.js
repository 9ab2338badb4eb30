// The theme's copy button drops the line break at the end. Give it the whole text where the block is a file's.
document.addEventListener("click", event => {
  const button = event.target.closest(".highlighttable [data-clipboard-target]")
  if (button)
    button.dataset.clipboardText = document.querySelector(button.dataset.clipboardTarget).textContent
}, true)
