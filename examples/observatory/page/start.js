import { createCharts } from './charts/charts.js'
import { createLanes } from './charts/lanes/lanes.js'
import { addRow } from './charts/samples.js'
import { createActions } from './controls/actions.js'
import { createAddress, readAddress } from './controls/address.js'
import { createChips } from './controls/chips.js'
import { createFilter } from './controls/filter.js'
import { listenToKeys } from './controls/keyboard.js'
import { createMaintenanceButton } from './controls/maintenance.js'
import { createRange, createZoomChip } from './controls/range.js'
import { createClockHint, createZone } from './controls/zone.js'
import { write } from './elements.js'
import { createAsk } from './link/ask.js'
import { createKnowledge } from './link/knowledge.js'
import { createRefresh, lanesMs } from './link/refresh.js'
import { createStream } from './link/stream.js'
import { createModel } from './model.js'
import { createBadge, createClock, createPill } from './now/bar.js'
import { createClosest } from './now/closest.js'
import { createFaults } from './now/faults.js'
import { createFirstStart } from './now/first-start.js'
import { createLog } from './now/log.js'
import { createRules } from './now/rules.js'
import { createStrip } from './now/strip.js'
import { createVerdict } from './now/verdict.js'

const pruneMs = 60_000

const root = (id) => document.getElementById(id)
const model = createModel()
// A random name, since nobody but the server shall know it; secure contexts only have randomUUID.
const viewer = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('')
const ask = createAsk(model, viewer)
const knowledge = createKnowledge(model, { addRow, keysOf: ask.keysOf })
const refresh = createRefresh(model, ask, knowledge)
Object.assign(model.view, readAddress(location.search))

const stream = createStream({
  model,
  viewer,
  take: {
    state(state) {
      knowledge.state(state)
      refresh.all()
    },
    event(name, told) {
      knowledge.event(name, told)
      if (name === 'catalogue') refresh.soon()
    },
  },
  changed() {
    document.body.dataset.link = model.link.state
    model.tell('link')
  },
})

// Whatever is not drawn may have been a fault.
addEventListener('error', ({ message }) => message && stream.broken(message))
addEventListener('unhandledrejection', ({ reason }) => {
  if (reason?.name !== 'AbortError') stream.broken(String(reason?.message ?? reason))
})

const actions = createActions({ model, ask, stream, refresh })
const charts = createCharts(
  {
    machine: root('machine'),
    machineNote: root('machine-note'),
    machineHover: root('machine-hover'),
    sent: root('sent'),
    sentNote: root('sent-note'),
    sentSection: root('sent-section'),
    announcer: root('announcer'),
  },
  model,
  actions,
  ask,
)
actions.plotFault = charts.plotFault

createBadge(root('badge'), model)
createPill(root('pill'), model)
createClock(root('clock'), model)
createZone(root('zone'), model, actions)
createMaintenanceButton(root('maintenance-button'), model, actions)
createClockHint(root('hint'), model)
createVerdict(root('verdict'), model, actions)
createFaults(root('faults'), model, actions)
createFirstStart(root('first-start'), root('sent-first'), model, actions)
createRules(root('rules'), model)
createLanes(root('lanes'), model, actions)
createClosest(root('closest'), model)
createLog(root('log'), model, actions)
createFilter(root('filter'), model, actions)
createChips(root('chips'), model, actions)
createZoomChip(root('zoom-chip'), model, actions)
createRange(root('range'), model, actions)
createStrip(root('strip'), model)
createAddress(model, actions.setView)
listenToKeys(model, actions)

model.on('state', () => write(root('host'), model.about.host ?? ''))
model.on('state link status', placeChanged)
placeBarActions()
matchMedia('(max-width: 699px)').addEventListener('change', placeBarActions)

stream.start()
setInterval(() => {
  stream.tick()
  model.tell('tick')
}, 1000)
// A tab that slept shows what it was told before; that is not to be believed for a second longer.
document.addEventListener('visibilitychange', () => stream.tick())
setInterval(() => knowledge.prune(model.now() - lanesMs(model.view)), pruneMs)

/** At the first start the left column has other things to say. */
function placeChanged() {
  const section = root('changed-section')
  const isFirst = model.isFirstStart()
  // There is nothing to filter yet.
  root('controls').hidden = isFirst && model.view.filter === ''
  const column = root(isFirst ? 'second-column' : 'first-column')
  if (section.parentElement === column) return
  if (isFirst) column.append(section)
  else root('closest-section').before(section)
}

/** The bar of the phone has no room for them. */
function placeBarActions() {
  const isPhone = matchMedia('(max-width: 699px)').matches
  if (isPhone) document.querySelector('main').append(root('bar-actions'))
  else root('bar').append(root('bar-actions'))
}
