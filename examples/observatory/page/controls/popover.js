// The one way in which something opens over the page: under its button, on the phone from below.
import { element } from '../elements.js'

const phone = '(max-width: 699px)'
const gap = 8
let current

/**
 * Opens a dialog. `fill(form, popover)` puts what it holds into its form and gives what is focused first; `submit` is told that the
 * form was sent. `popover.close()` gives the focus back to the button.
 */
export function openPopover({ button, title, fill, submit, closed }) {
  current?.close()
  const heading = element('h2', { id: 'popover-title', tabindex: '-1' }, title)
  const form = element('form', { novalidate: true }, heading)
  const arrow = element('div', { class: 'popover-arrow', 'aria-hidden': 'true' })
  const dialog = element(
    'div',
    { class: 'popover', role: 'dialog', 'aria-modal': 'true', 'aria-labelledby': 'popover-title' },
    arrow,
    form,
  )
  const shade = element('div', { class: 'popover-shade' })
  const popover = { dialog, close, place: () => place(dialog, arrow, button) }
  current = popover
  const home = button.closest('article, li')

  function close() {
    if (current !== popover) return
    current = undefined
    removeEventListener('resize', popover.place)
    document.removeEventListener('keydown', onKey)
    dialog.remove()
    shade.remove()
    button.removeAttribute('aria-expanded')
    button.focus()
    // The frame that closes it may take the button away: an acknowledged fault has another one.
    setTimeout(() => {
      if (current === undefined && document.activeElement === document.body) focusNear(home)
    }, 0)
    closed?.()
  }

  shade.addEventListener('pointerdown', (event) => {
    event.preventDefault()
    close()
  })
  // What had the focus may be gone or disabled; then the page has it, and the keys shall work all the same.
  function onKey(event) {
    if (event.key === 'Escape') {
      event.preventDefault()
      close()
    }
    if (event.key === 'Tab') keepInside(event, dialog)
  }
  document.addEventListener('keydown', onKey)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    submit()
  })
  const first = fill(form, popover)
  document.body.append(shade, dialog)
  addEventListener('resize', popover.place)
  button.setAttribute('aria-expanded', 'true')
  popover.place()
  ;(first ?? heading).focus({ preventScroll: true })
  dialog.scrollIntoView({ block: 'nearest' })
  return popover
}

/** What is still there of the place in which the button was. */
function focusNear(home) {
  const place = home?.isConnected === true ? home.querySelector('button:not(:disabled)') : undefined
  if (place) return place.focus()
  const page = document.querySelector('main')
  page.tabIndex = -1
  page.focus({ preventScroll: true })
}

function place(dialog, arrow, button) {
  if (matchMedia(phone).matches || !button.isConnected) {
    dialog.style.removeProperty('left')
    dialog.style.removeProperty('top')
    return
  }
  const at = button.getBoundingClientRect()
  const width = dialog.offsetWidth
  // A button of the bar stays where it is while the page is scrolled.
  const isFixed = button.closest('#bar') !== null
  const left = Math.max(gap, Math.min(at.left - 10, document.documentElement.clientWidth - width - gap))
  dialog.style.position = isFixed ? 'fixed' : 'absolute'
  dialog.style.left = `${left + (isFixed ? 0 : scrollX)}px`
  dialog.style.top = `${at.bottom + 5 + (isFixed ? 0 : scrollY)}px`
  arrow.style.left = `${Math.max(12, Math.min(at.left + Math.min(at.width / 2, 42) - left - 8, width - 30))}px`
}

function keepInside(event, dialog) {
  const stops = [...dialog.querySelectorAll('button, input, textarea, select, a[href]')].filter(
    (stop) => !stop.disabled && stop.offsetParent !== null && isStop(stop),
  )
  const [first, last] = [stops.at(0), stops.at(-1)]
  const isOutside = !dialog.contains(document.activeElement)
  const isLast = isOutside || document.activeElement === last || isInGroup(document.activeElement, last)
  const isFirst = isOutside || document.activeElement === first || isHeading()
  if (event.shiftKey ? !isFirst : !isLast) return
  event.preventDefault()
  ;(event.shiftKey ? last : first)?.focus()
}

const isHeading = () => document.activeElement?.id === 'popover-title'
/** Of radio buttons with one name, Tab stops at the chosen one only. */
const isStop = (stop) => stop.type !== 'radio' || stop.checked
const isInGroup = (one, other) => one?.type === 'radio' && one.name === other?.name
