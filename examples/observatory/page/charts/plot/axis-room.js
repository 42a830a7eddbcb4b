// How much room the values left of the plots need. All charts have the same, so that the plots of a column begin at the same place.

/** Enough for `6 GiB`; `768 MiB` needs more. */
const least = 44
const most = 76
/** Plots shall not move for a digit. */
const grain = 8
/** Between a value and its plot. */
const gap = 6

/** `grew` is called when the charts that are drawn already have to be drawn anew. */
export function createAxisRoom(font, grew) {
  const ctx = document.createElement('canvas').getContext('2d')
  ctx.font = `11px ${font}`
  let width = least
  return {
    get width() {
      return width
    },
    /** It never becomes less: plots that move to and fro are worse than a little room. */
    fit(texts) {
      const wanted = Math.max(0, ...texts.map((text) => ctx.measureText(text).width)) + gap + 1
      if (wanted <= width || width === most) return
      width = Math.min(most, least + Math.ceil((wanted - least) / grain) * grain)
      grew()
    },
  }
}
