// Makes elements of the page and changes them in place, only where they differ, so that focus and selection survive. Text is only ever text.

const svgSpace = 'http://www.w3.org/2000/svg'

/** `element('p', { class: 'note', hidden: true }, 'text', child)`; an attribute of `undefined` or `false` is left out. */
export function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children)
}

export function svgElement(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(svgSpace, tag), attributes, children)
}

function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : value)
  }
  made.append(...children.filter((child) => child !== undefined))
  return made
}

/** Writes a text only where it is another one, so that nothing is laid out or read aloud anew. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text
}

export function setAttribute(node, name, value) {
  if (value === undefined) node.removeAttribute(name)
  else if (node.getAttribute(name) !== value) node.setAttribute(name, value)
}

/** A button of that look: `primary`, `secondary`, `link` or `plain`. */
export function makeButton(look, text, onClick) {
  const button = element('button', { class: look, type: 'button' }, text)
  button.addEventListener('click', () => onClick(button))
  return button
}

/**
 * Writes a sentence of words/parts.js: strong parts as `<b>`, what ticks as `<time>` that is not read aloud. The nodes of the last
 * sentence are used again as long as their kinds are the same.
 */
export function setParts(root, parts) {
  const texts = parts.map((part) => (typeof part === 'string' ? part : (part.strong ?? part.ticks)))
  const kinds = parts.map((part) =>
    typeof part === 'string' ? '#text' : part.strong === undefined ? 'TIME' : 'B',
  )
  const nodes = [...root.childNodes]
  if (nodes.length !== kinds.length || nodes.some(({ nodeName }, at) => nodeName !== kinds[at])) {
    root.replaceChildren(...kinds.map(makeNode))
  }
  parts.forEach((part, at) => {
    const node = root.childNodes[at]
    if (kinds[at] === 'TIME') {
      setAttribute(node, 'datetime', machineTime(part.since))
      node.className = part.isStrong === true ? 'strong' : ''
    }
    write(node, texts[at])
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
export function setChildren(root, nodes) {
  const focused = document.activeElement
  const wanted = new Set(nodes)
  for (const child of [...root.childNodes]) if (!wanted.has(child)) child.remove()
  nodes.forEach((node, at) => {
    const there = root.childNodes[at]
    if (there !== node) root.insertBefore(node, there ?? null)
  })
  if (focused !== null && focused !== document.activeElement && focused.isConnected) {
    focused.focus({ preventScroll: true })
  }
}
