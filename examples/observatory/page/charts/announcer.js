// Says the values at the line that keys move, once it stays.
import { formatLabel } from '../words/format.js'
import { clockTime } from '../words/times.js'
import { nearest } from './columns.js'

const speakMs = 400

/** `samples()` are those that the charts show. */
export function createAnnouncer(region, model, samples) {
  let timer
  return (plot, time) => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      const values = plot.picture.lines
        .filter(({ isGrey }) => !isGrey)
        .map(({ key, label, metric, drawn }) => {
          const series = samples().get(key)
          const point = series && nearest(series, time)
          const value = point === undefined ? 'no data' : formatLabel(metric, drawn, point.value)
          return `${label} ${value}`.trim()
        })
      region.textContent = `${clockTime(time, model.view.zone)}: ${values.join(', ')}`
    }, speakMs)
  }
}
