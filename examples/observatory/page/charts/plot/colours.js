// The colours of the style sheets, for the canvas.

const severities = [1, 2, 3, 4, 5]
const names = [
  ...[
    'panel',
    'sunken',
    'line',
    'grid',
    'ink',
    'ink-2',
    'ink-3',
    'accent',
    'hatch-ground',
    'hatch-stripe',
    'hatch-ink',
  ],
  ...severities.flatMap((severity) => [`severity-${severity}`, `data-${severity}`]),
  ...[1, 2, 3].flatMap((severity) => [`text-${severity}`, `on-severity-${severity}`]),
  'severity-3-edge',
]

/** Dashes by colour, so that lines differ without it. */
const dashes = [[], [5, 2], [], [2, 2], [7, 2]]

/**
 * `read()` gives the colours as they are now: `token(name)`, and by severity `line`, `fill`, `edge`, `digit`. `onChange` is called
 * when light, dark or forced colours begin.
 */
export function createColours(onChange) {
  const probe = document.createElement('span')
  probe.hidden = true
  // Forced colours would make each colour of the probe that of text.
  probe.style.forcedColorAdjust = 'none'
  document.body.append(probe)
  let known
  const forced = matchMedia('(forced-colors: active)')
  const forget = () => {
    known = undefined
    onChange()
  }
  for (const query of ['(prefers-color-scheme: dark)', '(prefers-contrast: more)', 'print'])
    matchMedia(query).addEventListener('change', forget)
  forced.addEventListener('change', forget)

  function readAll() {
    const style = getComputedStyle(probe)
    const colours = new Map()
    for (const name of names) {
      // As a colour of an element, a token may be anything that CSS has for a colour.
      probe.style.color = ''
      probe.style.color = `var(--${name})`
      colours.set(name, style.color)
    }
    return colours
  }

  return {
    read() {
      known ??= readAll()
      const token = (name) => known.get(name)
      const system = forced.matches
      return {
        token,
        data: (index) => (system ? 'CanvasText' : token(`data-${(index % 5) + 1}`)),
        line: (severity) =>
          system ? 'CanvasText' : token(`${severity <= 3 ? 'text' : 'severity'}-${severity}`),
        fill: (severity) => (system ? 'Canvas' : token(`severity-${severity}`)),
        zone: (severity) => (system ? 'CanvasText' : token(`severity-${severity}`)),
        edge: (severity) =>
          system ? 'CanvasText' : token(severity === 3 ? 'severity-3-edge' : `severity-${severity}`),
        digit: (severity) =>
          system ? 'CanvasText' : token(severity <= 3 ? `on-severity-${severity}` : `severity-${severity}`),
        panel: system ? 'Canvas' : token('panel'),
        ink: system ? 'CanvasText' : token('ink'),
        ink2: system ? 'CanvasText' : token('ink-2'),
        ink3: system ? 'CanvasText' : token('ink-3'),
        // Data are not to be mistaken for it.
        grid: system ? 'color-mix(in srgb, CanvasText 20%, Canvas)' : token('grid'),
        hatchGround: system ? 'Canvas' : token('hatch-ground'),
        hatchStripe: system ? 'GrayText' : token('hatch-stripe'),
        accent: system ? 'Highlight' : token('accent'),
      }
    },
  }
}

/** Colour and dash of the line with that number: after five, the colours come again with other dashes. */
export function lineStyle(index) {
  return { colour: index % 5, dash: dashes[(index + 3 * Math.floor(index / 5)) % 5] }
}
