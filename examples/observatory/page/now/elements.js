// Nodes that stay: texts are changed in place, and only where they differ, so that focus and selection survive.

export { write as setText } from '../element.js'

/** `make('p', 'rule', 'text')` */
export function make(tag, className = '', text = '') {
  const element = document.createElement(tag)
  if (className !== '') element.className = className
  if (text !== '') element.textContent = text
  return element
}

export function setAttribute(element, name, value) {
  if (value === undefined) element.removeAttribute(name)
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value)
}

/** A button of that look: `primary`, `secondary`, `link` or `plain`. */
export function makeButton(look, text, onClick) {
  const button = make('button', look, text)
  button.type = 'button'
  button.addEventListener('click', () => onClick(button))
  return button
}

/**
 * Writes a sentence of words/parts.js: strong parts as `<b>`, what ticks as `<time>` that is not read aloud. The nodes of the last
 * sentence are used again as long as their kinds are the same.
 */
export function setParts(element, parts) {
  const texts = parts.map((part) => (typeof part === 'string' ? part : (part.strong ?? part.ticks)))
  const kinds = parts.map((part) =>
    typeof part === 'string' ? '#text' : part.strong === undefined ? 'TIME' : 'B',
  )
  const nodes = [...element.childNodes]
  if (nodes.length !== kinds.length || nodes.some(({ nodeName }, at) => nodeName !== kinds[at])) {
    element.replaceChildren(...kinds.map(makeNode))
  }
  parts.forEach((part, at) => {
    const node = element.childNodes[at]
    if (kinds[at] === 'TIME') {
      setAttribute(node, 'datetime', machineTime(part.since))
      node.className = part.isStrong === true ? 'strong' : ''
    }
    if (node.textContent !== texts[at]) node.textContent = texts[at]
  })
}

function makeNode(kind) {
  if (kind === '#text') return document.createTextNode('')
  const node = document.createElement(kind)
  if (kind === 'TIME') node.setAttribute('aria-hidden', 'true')
  return node
}

/** Without a time that it began, an age has no `datetime`. */
function machineTime(ms) {
  const date = new Date(ms)
  return ms === undefined || Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}

/** Puts nodes in that order, and moves as few as it can; what had the focus has it again. */
export function setChildren(element, nodes) {
  const focused = document.activeElement
  const wanted = new Set(nodes)
  for (const child of [...element.childNodes]) if (!wanted.has(child)) child.remove()
  nodes.forEach((node, at) => {
    const there = element.childNodes[at]
    if (there !== node) element.insertBefore(node, there ?? null)
  })
  if (focused !== null && focused !== document.activeElement && focused.isConnected) {
    focused.focus({ preventScroll: true })
  }
}
