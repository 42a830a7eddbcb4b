// Makes elements of the page; text is only ever text.

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
