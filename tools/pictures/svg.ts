/** What a picture is made of; text is escaped, numbers are cut to a tenth. */
type Attributes = Readonly<Record<string, string | number>>

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

const short = (value: string | number): string =>
  typeof value === 'number' ? String(Math.round(value * 10) / 10) : escape(value)

const element = (name: string, attributes: Attributes, content = ''): string => {
  const text = Object.entries(attributes).map(([key, value]) => ` ${key}="${short(value)}"`)
  return content === '' ? `<${name}${text.join('')}/>` : `<${name}${text.join('')}>${content}</${name}>`
}

export const line = (x1: number, y1: number, x2: number, y2: number, of = 'rule'): string =>
  element('line', { x1, y1, x2, y2, class: of })

export const box = (x: number, y: number, width: number, height: number, of = 'box'): string =>
  element('rect', { x, y, width, height, rx: 4, class: of })

export const dot = (cx: number, cy: number, of = 'dot'): string =>
  element('circle', { cx, cy, r: 4, class: of })

export const label = (x: number, y: number, text: string, of = '', anchor = 'start'): string =>
  element('text', { x, y, 'text-anchor': anchor, ...(of !== '' && { class: of }) }, escape(text))

export const arrow = (x1: number, y1: number, x2: number, y2: number, of = 'way'): string =>
  element('path', {
    d: `M${short(x1)} ${short(y1)}L${short(x2)} ${short(y2)}`,
    class: of,
    'marker-end': 'url(#head)',
  })

export const curve = (points: readonly (readonly [number, number])[], of: string): string =>
  element('path', {
    d: points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${short(x)} ${short(y)}`).join(''),
    class: of,
  })

// Readable on a white page and on a black one, wherever an image is shown: no colour tells alone what a word tells too.
const style = `
text{font:13px system-ui,sans-serif;fill:#24292f}
.small{font-size:11px;fill:#57606a}.strong{font-weight:600}
.rule{stroke:#8c959f;stroke-width:1}.faint{stroke:#d0d7de;stroke-width:1}
.box{fill:#f6f8fa;stroke:#8c959f}.kept{fill:#ddf4ff;stroke:#0969da}.band{fill:#b6d9fb;stroke:none}
.dot{fill:#0969da}.late{fill:#bc4c00}.way{fill:none;stroke:#57606a;stroke-width:1.5}
.lateway{fill:none;stroke:#bc4c00;stroke-width:1.5;stroke-dasharray:4 3}.middle{fill:none;stroke:#0550ae;stroke-width:2}
@media(prefers-color-scheme:dark){
text{fill:#e6edf3}.small{fill:#9198a1}.rule{stroke:#6e7681}.faint{stroke:#30363d}
.box{fill:#161b22;stroke:#6e7681}.kept{fill:#0c2d4d;stroke:#58a6ff}.band{fill:#1f4b7a}
.dot{fill:#58a6ff}.late{fill:#f0883e}.way{stroke:#9198a1}.lateway{stroke:#f0883e}.middle{stroke:#a5d6ff}}
`

/** A whole file; `title` is what is read out instead of it. */
export function picture(width: number, height: number, title: string, parts: readonly string[]): string {
  const head = element(
    'marker',
    { id: 'head', viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto' },
    element('path', { d: 'M0 0L8 4L0 8z', fill: '#6e7781' }),
  )
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`
  const lines = [
    `<title>${escape(title)}</title>`,
    `<style>${style}</style>`,
    `<defs>${head}</defs>`,
    ...parts,
  ]
  return `${open}\n${lines.join('\n')}\n</svg>\n`
}
