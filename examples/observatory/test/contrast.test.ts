import { readFile } from 'node:fs/promises'

import { describe, expect, it } from 'vitest'

const style = (name: string): Promise<string> =>
  readFile(new URL(`../page/styles/${name}`, import.meta.url), 'utf8')
const css = await style('tokens.css')
const zeroCounts = /\.verdict-counts \.none \{[^}]*\}/.exec(await style('now.css'))?.[0]

type Colours = ReadonlyMap<string, string>

const tokensOf = (text: string): Colours =>
  new Map([...text.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, name, colour]) => [name!, colour!]))

const darkFrom = css.indexOf('@media (prefers-color-scheme: dark)')
const light = tokensOf(css.slice(0, darkFrom))
const dark: Colours = new Map([...light, ...tokensOf(css.slice(darkFrom))])

/** WCAG 2.2, relative luminance. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function ratio(a: string, b: string): number {
  const [lighter = 0, darker = 0] = [luminance(a), luminance(b)].toSorted((one, other) => other - one)
  return (lighter + 0.05) / (darker + 0.05)
}

/** A colour laid over another one. */
function over(colour: string, ground: string, share: number): string {
  const parts = [1, 3, 5].map((at) => {
    const [top, below] = [colour, ground].map((one) => Number.parseInt(one.slice(at, at + 2), 16))
    return Math.round(top! * share + below! * (1 - share))
      .toString(16)
      .padStart(2, '0')
  })
  return `#${parts.join('')}`
}

/** The table of the design: token, what it stands on, its ratio in the light and in the dark. */
const table: readonly (readonly [string, string, number, number])[] = [
  ['control', 'panel', 3.3, 3.9],
  ['control', 'ground', 3.0, 4.3],
  ['ink', 'panel', 17.7, 14.6],
  ['ink-2', 'panel', 8.6, 9.1],
  ['ink-3', 'panel', 5.6, 6.3],
  ['accent', 'panel', 6.2, 8.0],
  ['on-accent', 'accent', 6.2, 8.3],
  ['good', 'panel', 6.5, 8.1],
  ['good', 'good-tint', 5.8, 7.6],
  ['severity-1', 'panel', 7.1, 6.0],
  ['on-severity-1', 'severity-1', 7.1, 6.6],
  ['severity-2', 'panel', 5.1, 8.0],
  ['on-severity-2', 'severity-2', 5.1, 8.2],
  ['severity-3-edge', 'panel', 4.9, 10.7],
  ['on-severity-3', 'severity-3', 7.5, 10.4],
  ['severity-4', 'panel', 6.5, 9.4],
  ['severity-5', 'panel', 6.1, 8.0],
  ['text-1', 'panel', 7.1, 7.3],
  ['text-2', 'panel', 6.2, 8.6],
  ['text-3', 'panel', 6.6, 10.7],
  ['on-band', 'band-1', 7.8, 9.2],
  ['on-band', 'band-2', 5.7, 7.8],
  ['hatch-ink', 'hatch-ground', 10.8, 13.7],
  ['data-1', 'panel', 6.2, 8.0],
  ['data-2', 'panel', 4.8, 8.6],
  ['data-3', 'panel', 6.0, 7.7],
  ['data-4', 'panel', 5.5, 7.0],
  ['data-5', 'panel', 3.2, 5.5],
]

describe('the colours of the page', () => {
  it.each(table)('have for %s on %s the ratio of the design', (token, ground, inLight, inDark) => {
    const of = (colours: Colours): string => ratio(colours.get(token)!, colours.get(ground)!).toFixed(1)
    expect([of(light), of(dark)]).toEqual([inLight.toFixed(1), inDark.toFixed(1)])
  })

  it('leave small text readable wherever it stands', () => {
    for (const colours of [light, dark]) {
      for (const ink of ['ink', 'ink-2', 'ink-3']) {
        for (const ground of ['ground', 'panel', 'sunken', 'tint-1', 'tint-2', 'tint-3', 'good-tint']) {
          const measured = ratio(colours.get(ink)!, colours.get(ground)!)
          expect(measured, `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5)
        }
      }
      for (const severity of ['1', '2', '3']) {
        const measured = ratio(colours.get(`text-${severity}`)!, colours.get(`tint-${severity}`)!)
        expect(measured, `text-${severity} on its tint`).toBeGreaterThanOrEqual(4.5)
      }
    }
  })

  // At 75 % it would be 3.9 in the second one.
  it.each(['band-1', 'band-2'])('leave a count of zero readable in %s at a share of 85 %%', (band) => {
    expect(zeroCounts).toContain('currentcolor 85%')
    for (const colours of [light, dark]) {
      const ground = colours.get(band)!
      expect(ratio(over(colours.get('on-band')!, ground, 0.85), ground)).toBeGreaterThanOrEqual(4.5)
    }
  })

  it('are all named in the light and in the dark, but for what is white in both', () => {
    const inDark = tokensOf(css.slice(darkFrom))
    expect([...light.keys()].filter((name) => !inDark.has(name))).toEqual(['on-band'])
  })
})
