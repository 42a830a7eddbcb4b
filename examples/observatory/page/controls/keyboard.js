// Keys of the whole page. Popovers and the filter take their own Escape first.

export function listenToKeys(model, actions) {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    if (document.querySelector('[role="dialog"]') !== null) return
    if (event.key === '/' && !isTyping(event.target)) {
      const input = /** @type {HTMLInputElement} */ (document.getElementById('filter-text'))
      input.focus()
      input.select()
      event.preventDefault()
    }
    if (event.key === 'Escape' && model.view.zoom !== undefined) actions.zoom(undefined)
  })
}

function isTyping(target) {
  return (
    target instanceof HTMLElement &&
    target.matches('input:not([type="radio"]), textarea, select, [contenteditable]')
  )
}
