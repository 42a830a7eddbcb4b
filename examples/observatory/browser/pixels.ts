import type { Locator } from 'playwright-core'

/** Shares of what a stretch of a chart shows, of all its pixels. */
export interface Painted {
  /** Ground, stripes, and what lies between the two where they meet. */
  readonly hatch: number
  readonly ground: number
  readonly stripe: number
  readonly grid: number
  /** In the colour of some line, the grey one left out. */
  readonly line: number
}

/**
 * What is painted in a chart between two places, as parts of its width. Counted in the pixels themselves, since a chart is one picture to the browser.
 */
export function painted(chart: Locator, from: number, to: number): Promise<Painted> {
  return chart.evaluate(
    (element, stretch) => {
      const root = element as HTMLElement
      const canvas = root.querySelector<HTMLCanvasElement>('.u-wrap canvas, canvas')!
      const box = canvas.getBoundingClientRect()
      const plot = root.querySelector('.u-over')!.getBoundingClientRect()
      const ratio = canvas.width / box.width
      const left = Math.round((plot.left - box.left + plot.width * stretch.from) * ratio)
      const right = Math.round((plot.left - box.left + plot.width * stretch.to) * ratio)
      const top = Math.round((plot.top - box.top) * ratio)
      const height = Math.round(plot.height * ratio)
      const { data } = canvas
        .getContext('2d')!
        .getImageData(left, top, Math.max(1, right - left), Math.max(1, height))
      const probe = document.createElement('i')
      document.body.append(probe)
      const colour = (name: string): number[] => {
        probe.style.color = `var(--${name})`
        return (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number)
      }
      const ground = colour('hatch-ground')
      const stripe = colour('hatch-stripe')
      const grid = colour('grid')
      // The fourth is grey: words have its colour at their edges.
      const lines = [1, 2, 3, 5].map((index) => colour(`data-${index}`))
      probe.remove()
      const isNear = (pixel: number[], other: number[], most: number): boolean =>
        pixel.every((part, index) => Math.abs(part - other[index]!) <= most)
      const counts = { hatch: 0, ground: 0, stripe: 0, grid: 0, line: 0 }
      const all = data.length / 4
      for (let at = 0; at < data.length; at += 4) {
        const pixel = [data[at]!, data[at + 1]!, data[at + 2]!]
        if (data[at + 3]! < 255) continue
        const isBetween = pixel.every(
          (part, index) => part >= stripe[index]! - 2 && part <= ground[index]! + 2,
        )
        if (isBetween) counts.hatch += 1
        if (isNear(pixel, ground, 1)) counts.ground += 1
        if (isNear(pixel, stripe, 1)) counts.stripe += 1
        if (isNear(pixel, grid, 1)) counts.grid += 1
        if (lines.some((line) => isNear(pixel, line, 12))) counts.line += 1
      }
      return {
        hatch: counts.hatch / all,
        ground: counts.ground / all,
        stripe: counts.stripe / all,
        grid: counts.grid / all,
        line: counts.line / all,
      }
    },
    { from, to },
  )
}
