// What is asked again when the view changes or the observatory has something new: the cards, and faults of more than a day.
import { filterError, queryOf } from '../controls/filter-query.js'
import { Refused } from './ask.js'
import { isCatalogue, isFaultHistory } from './shapes.js'

const dayMinutes = 1440
const mostMinutes = 43_200
const cardsAtOnce = 9
/** Of new series there may be many at a time, ms. */
const settleMs = 2000
const machineKeysAtMost = 2000

/** How far back the lanes go, ms. */
export function lanesMs({ minutes, allFaults }) {
  return (allFaults ? mostMinutes : Math.max(dayMinutes, minutes)) * 60_000
}

export function createRefresh(model, ask, knowledge) {
  let timer
  let askedFaults

  const catalogue = async () => {
    clearTimeout(timer)
    timer = undefined
    const { view } = model
    const text = view.filter
    const { select } = queryOf(text)
    try {
      const answer = await ask.catalogue({
        select,
        offset: view.page * cardsAtOnce,
        limit: cardsAtOnce,
        most: cardsAtOnce,
      })
      if (view.filter !== text || !isCatalogue(answer)) return
      model.catalogue = answer
      model.filterError = undefined
      const changed = view.select !== select
      view.select = select
      if (model.machineKeys.size < machineKeysAtMost) {
        for (const { shown } of answer.machine.cards)
          for (const { series } of shown) model.machineKeys.add(series.key)
      }
      if (changed) model.tell('view')
      model.tell('catalogue')
    } catch (error) {
      // An outdated one, or no answer: what is shown stays.
      if (!(error instanceof Refused) || view.filter !== text) return
      model.filterError = filterError(text, error.refusal, view.select)
      model.tell('catalogue')
    }
  }

  const faults = async () => {
    const span = lanesMs(model.view)
    if (span <= dayMinutes * 60_000) {
      askedFaults = undefined
      return
    }
    if (askedFaults === span) return
    askedFaults = span
    const now = model.now()
    const answer = await ask.faults(now - span, now).catch(() => undefined)
    if (isFaultHistory(answer)) knowledge.history(answer)
    else if (askedFaults === span) askedFaults = undefined
  }

  return {
    catalogue,
    /** A few seconds later, once. */
    soon() {
      timer ??= setTimeout(() => void catalogue(), settleMs)
    },
    faults,
    /** What was told in that time, of which the state has the newest only. */
    async log(span) {
      const now = model.now()
      const answer = await ask.faults(now - span, now, 'log').catch(() => undefined)
      if (isFaultHistory(answer)) knowledge.history(answer)
    },
    /** After a state, when the server knows nothing of this page and what is shown may be old. */
    all() {
      askedFaults = undefined
      void catalogue().then(() => ask.again())
      void faults()
    },
  }
}
