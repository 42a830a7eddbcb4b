// One memory of names for all panels of a model.
import { createNames, seeAll } from '../words/names.js'

const known = new WeakMap()

/** `nameOf(series)`: see words/names.js. */
export function namesOf(model) {
  let naming = known.get(model)
  if (naming === undefined) {
    const names = createNames()
    seeAll(names, model)
    model.on('state faults log status catalogue', () => seeAll(names, model))
    naming = (series) => names.nameOf(series, model.about.host)
    known.set(model, naming)
  }
  return naming
}

/** The newest value of a fault's series, where one is newer than what was judged and of the same kind. */
export function latestOf(model, { series, judgement }) {
  const { latest, drawn } = model.samples.get(series.key) ?? {}
  if (latest === undefined || drawn === 'rate' || !(latest.time >= judgement.sampleTime)) return undefined
  return latest.value
}

/** Neither connected nor answered: what is shown is of the past. */
export function isPast(model) {
  return model.link.state === 'disconnected' || model.link.state === 'failed'
}
