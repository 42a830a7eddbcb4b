// The shapes of the page: five severities and what is known. Colours come from now.css, by class.

const namespace = 'http://www.w3.org/2000/svg'

/** In a box of 24, with where the digit stands. */
const shapes = new Map([
  ['severity-1', { path: 'M7.4 1h9.2L23 7.4v9.2L16.6 23H7.4L1 16.6V7.4z', digit: 12 }],
  [
    'severity-2',
    {
      path: 'M12 1.6a1.4 1.4 0 0 1 1.2.7l10 18a1.4 1.4 0 0 1-1.2 2.1H2a1.4 1.4 0 0 1-1.2-2.1l10-18a1.4 1.4 0 0 1 1.2-.7z',
      digit: 15.6,
    },
  ],
  ['severity-3', { path: 'M12 1.2 22.8 12 12 22.8 1.2 12z', digit: 12 }],
  [
    'severity-4',
    {
      path: 'M4.5 3h15A1.5 1.5 0 0 1 21 4.5v15a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 19.5v-15A1.5 1.5 0 0 1 4.5 3z',
      digit: 12,
    },
  ],
  ['severity-5', { path: 'M12 2.5a9.5 9.5 0 1 1 0 19 9.5 9.5 0 0 1 0-19z', digit: 12 }],
])

const marks = new Map([
  ['check', { ring: 'solid', path: 'm7.2 12.4 3.3 3.3 6.3-6.9' }],
  ['check-good', { ring: 'solid', path: 'm7.2 12.4 3.3 3.3 6.3-6.9' }],
  ['cross', { ring: 'solid', path: 'm8.4 8.4 7.2 7.2m0-7.2-7.2 7.2' }],
  ['lost', { path: 'm5.5 5.5 13 13m0-13-13 13' }],
  ['clock', { ring: 'dashed', path: 'M12 7v5.4l3 2' }],
  ['question', { ring: 'dashed', text: '?' }],
  ['ring', { ring: 'dashed' }],
  ['wrench', { ring: 'solid', path: 'M8 9.5h8M8 14.5h8' }],
])

/** Small words for those who do not see it. */
const labels = new Map([
  ['check', 'acknowledged'],
  ['check-good', 'good'],
  ['cross', 'failed'],
  ['lost', 'not connected'],
  ['clock', 'nothing new'],
  ['question', 'not known'],
  ['ring', 'open'],
  ['wrench', 'maintenance'],
])

/** `severity 1` of `severity-1` */
function glyphLabel(name) {
  return labels.get(name) ?? name.replace('-', ' ')
}

function svg(tag, attributes) {
  const element = document.createElementNS(namespace, tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  return element
}

/** A picture of that name and size; `isHidden` where words beside it say the same. */
export function glyph(name, size, isHidden = false) {
  const picture = svg('svg', { viewBox: '0 0 24 24', width: size, height: size })
  picture.classList.add('glyph', `glyph-${name}`)
  if (isHidden) picture.setAttribute('aria-hidden', 'true')
  else {
    picture.setAttribute('role', 'img')
    picture.setAttribute('aria-label', glyphLabel(name))
  }
  const shape = shapes.get(name)
  if (shape !== undefined) {
    const digit = svg('text', { x: 12, y: shape.digit, class: 'digit' })
    digit.textContent = name.at(-1)
    picture.append(svg('path', { d: shape.path, class: 'shape' }), digit)
    return picture
  }
  const mark = marks.get(name) ?? marks.get('question')
  if (mark.ring !== undefined) {
    picture.append(svg('circle', { cx: 12, cy: 12, r: 10.2, class: `ring ${mark.ring}` }))
  }
  if (mark.path !== undefined) picture.append(svg('path', { d: mark.path, class: 'stroke' }))
  if (mark.text !== undefined) {
    const text = svg('text', { x: 12, y: 12, class: 'sign' })
    text.textContent = mark.text
    picture.append(text)
  }
  return picture
}

/** Puts the glyph of that name into a place, if it is not there. */
export function setGlyph(place, name, size, isHidden = false) {
  if (place.dataset.glyph === name) return
  place.dataset.glyph = name
  place.replaceChildren(glyph(name, size, isHidden))
}
