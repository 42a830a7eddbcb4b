// How much room the labels of all charts need, so that the plots of a column begin and end at the same place.
import { formatLabel, unitOf } from '../../words/format.js'

const least = 94
/** Before the text of a label: its leader. */
const before = 20
/** A little more or less of a value shall move no plot. */
const grain = 20
const longest = 8.88 * 1024 ** 2
/** Of a card's width: what is longer is cut. */
const mostPart = 0.42
const onePlotWide = 700

export function createGutter(font) {
  const ctx = document.createElement('canvas').getContext('2d')
  let narrow = least
  let wide = least

  function needed({ lines }, lastKnown) {
    const labelled = lines.filter(({ isLabelled }) => isLabelled)
    const widths = labelled.map(({ key, label, metric, drawn }) => {
      ctx.font = `11px ${font}`
      const name = label === '' ? 0 : ctx.measureText(label).width + 4
      ctx.font = `700 11px ${font}`
      // Nothing at the moment, and 1.66 MiB/s in the next: bytes have as many digits as they ever have.
      const values = [lastKnown(key) ?? 0, ...(unitOf(metric, drawn).kind === 'bytes' ? [longest] : [])]
      return (
        name + Math.max(...values.map((value) => ctx.measureText(formatLabel(metric, drawn, value)).width))
      )
    })
    return Math.max(0, ...widths) + before
  }
  const rounded = (width) => (width <= least ? least : least + Math.ceil((width - least) / grain) * grain)

  return {
    /** Of these cards. */
    measure(specs, lastKnown) {
      const of = (some) => rounded(Math.max(0, ...some.map((spec) => needed(spec, lastKnown))))
      narrow = of(specs.filter(({ isWide }) => !isWide))
      wide = of(specs.filter(({ isWide }) => isWide))
    },
    of({ isWide }, width) {
      const isAlone = innerWidth < onePlotWide
      const room = isAlone ? Math.max(narrow, wide) : isWide ? wide : narrow
      return Math.min(room, Math.round(width * mostPart))
    },
  }
}
