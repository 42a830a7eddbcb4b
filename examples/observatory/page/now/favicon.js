// The icon of the tab: the worst shape with the count, or what the page does not know.

const fills = new Map([
  ['check', '#136c3a'],
  ['severity-1', '#b01030'],
  ['severity-2', '#bd4a06'],
  ['severity-3', '#dc9c00'],
  ['severity-4', '#6f5c00'],
  ['severity-5', '#52637a'],
  ['unknown', '#2b333d'],
])
const outlines = new Map([
  ['severity-1', '<path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z"/>'],
  ['severity-2', '<path d="M8 .8 15.6 15H.4z"/>'],
  ['severity-3', '<path d="M8 .3 15.7 8 8 15.7.3 8z"/>'],
  ['severity-4', '<rect x="1" y="1" width="14" height="14" rx="2"/>'],
  ['severity-5', '<circle cx="8" cy="8" r="7.5"/>'],
  ['unknown', '<rect x="1" y="1" width="14" height="14" rx="2"/>'],
  ['check', '<circle cx="8" cy="8" r="7.5"/>'],
])

/** The same on tabs of every colour, so that it does not follow light or dark. `text` is a sign of the page's own, never a name. */
function faviconUrl({ shape, text }) {
  const picture = shape === 'ring' ? ring : (outlines.get(shape) ?? outlines.get('unknown'))
  const ink = shape === 'severity-3' ? '#1d1600' : '#ffffff'
  const sign =
    shape === 'check'
      ? '<path d="m4.6 8.2 2.4 2.4 4.4-4.8" fill="none" stroke="#fff" stroke-width="1.8"/>'
      : `<text x="8" y="${shape === 'severity-2' ? 13.2 : 11.7}" font-family="Arial,sans-serif" font-size="${text.length > 1 ? 8 : 10}" font-weight="700" text-anchor="middle" fill="${ink}">${text}</text>`
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="${fills.get(shape) ?? fills.get('unknown')}">${picture}${shape === 'ring' ? '' : sign}</svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}

const ring =
  '<circle cx="8" cy="8" r="6" fill="none" stroke="#5f6977" stroke-width="2" stroke-dasharray="3 2.2"/>'

export function setFavicon(favicon) {
  /** @type {HTMLLinkElement | null} */
  let link = document.querySelector('link[rel="icon"]')
  if (link === null) {
    link = document.createElement('link')
    link.rel = 'icon'
    document.head.append(link)
  }
  const url = faviconUrl(favicon)
  if (link.getAttribute('href') !== url) link.setAttribute('href', url)
}
