// Puts into the model what the server told.

const dayMs = 86_400_000
/** Beyond the time of the lanes, and beyond so many, what ended first goes. */
const faultsAtMost = 5000
const logAtMost = 1000

export function createKnowledge(model, { addRow, keysOf }) {
  const take = new Map([
    ['fault', (fault) => setFault(model, fault)],
    [
      'entry',
      (entry) => {
        model.log.set(entry.id, entry)
        if (model.log.size > logAtMost) keepNewest(model.log, logAtMost, ({ time }) => time)
        model.tell('log')
      },
    ],
    [
      'maintenance',
      (windows) => {
        model.maintenance = windows
        model.tell('maintenance')
      },
    ],
    ['status', (status) => setStatus(model, status)],
    [
      'samples',
      ({ version, rows }) => {
        const keys = keysOf(version)
        // What was asked for before, or by another page with this one's name.
        if (keys === undefined) return
        for (const [index, time, value] of rows) {
          const key = keys[index]
          if (key === undefined) continue
          addRow(model.samples, key, time, value)
          if (model.machineKeys.has(key)) sampled(model, time)
        }
        model.tell('samples')
      },
    ],
    ['catalogue', (count) => Object.assign(model.status ?? {}, count)],
  ])

  return {
    state(state) {
      const { faults, log, maintenance, status, lastEnded, now: _now, position: _position, ...about } = state
      model.about = about
      model.lastEnded = lastEnded
      const told = new Set(faults.map(({ id }) => id))
      // What ended longer ago is not in it; what is open and not in it has ended while this page did not look.
      const older = [...model.faults.values()].filter(
        ({ id, endedAt }) => endedAt !== undefined && !told.has(id),
      )
      model.faults = new Map([...faults, ...older].map((fault) => [fault.id, fault]))
      const oldest = Math.min(state.now - dayMs, ...log.map(({ time }) => time))
      const before = [...model.log.values()].filter(({ time }) => time < oldest)
      model.log = new Map([...log, ...before].map((entry) => [entry.id, entry]))
      model.maintenance = maintenance
      model.lastSampleAt = undefined
      setStatus(model, status)
      for (const topic of ['state', 'faults', 'log', 'maintenance']) model.tell(topic)
    },
    event(name, told) {
      take.get(name)?.(told)
    },
    /** What `GET /api/faults` answered. */
    history({ faults, log }) {
      // The stream may have told more of them since.
      for (const fault of faults) if (!model.faults.has(fault.id)) model.faults.set(fault.id, fault)
      for (const entry of log) if (!model.log.has(entry.id)) model.log.set(entry.id, entry)
      keepNewest(model.log, logAtMost, ({ time }) => time)
      model.tell('faults')
      model.tell('log')
    },
    /** Forgets what ended, and what was told, before the time of the lanes. */
    prune(from) {
      const before = model.faults.size
      const entries = model.log.size
      for (const [id, { time }] of model.log) if (time < from) model.log.delete(id)
      if (model.log.size !== entries) model.tell('log')
      for (const [id, { endedAt }] of model.faults) if (endedAt < from) model.faults.delete(id)
      if (model.faults.size > faultsAtMost)
        keepNewest(model.faults, faultsAtMost, ({ endedAt }) => endedAt ?? Infinity)
      if (model.faults.size !== before) model.tell('faults')
    },
  }
}

function setFault(model, fault) {
  model.faults.set(fault.id, fault)
  if (fault.endedAt !== undefined && !(model.lastEnded?.endedAt > fault.endedAt)) model.lastEnded = fault
  model.tell('faults')
}

function setStatus(model, status) {
  model.status = status
  if (status.lastSampleAt !== undefined) sampled(model, status.lastSampleAt)
  model.tell('status')
}

/** A time that is yet to come says nothing of now. */
function sampled(model, time) {
  const seen = Math.min(time, model.now())
  if (!(model.lastSampleAt >= seen)) model.lastSampleAt = seen
}

function keepNewest(map, most, timeOf) {
  if (map.size <= most) return
  const oldestFirst = [...map].sort(([, one], [, other]) => timeOf(one) - timeOf(other))
  for (const [key] of oldestFirst.slice(0, map.size - most)) map.delete(key)
}
