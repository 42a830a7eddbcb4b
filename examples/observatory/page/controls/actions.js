// What a person can do on the page; panels know no more of each other than this.
import { lanesMs } from '../link/refresh.js'
import { zoomOf } from '../charts/lanes/lane-layout.js'
import { element, write } from '../elements.js'
import { createAcknowledge } from './acknowledge.js'
import { createMaintenance } from './maintenance.js'

const noticeMs = 20_000

export function createActions({ model, ask, stream, refresh }) {
  const acknowledging = createAcknowledge(model)
  const maintaining = createMaintenance(model, ask)
  const setView = (change) => {
    const { filter, page } = model.view
    Object.assign(model.view, change)
    model.tell('view')
    if (model.view.filter !== filter || model.view.page !== page) void refresh.catalogue()
    void refresh.faults()
  }
  const announce = (text) => write(document.getElementById('announcer'), text)

  return {
    ask,
    acknowledge: acknowledging.open,
    async takeBack(fault) {
      const refused = await acknowledging.takeBack(fault)
      if (refused !== undefined) notice(refused)
    },
    maintain: maintaining.open,
    showInCharts(fault) {
      setView({ zoom: zoomOf(fault, model.now()) })
      document.getElementById('controls').scrollIntoView()
      document.querySelector('#zoom-chip button')?.focus({ preventScroll: true })
    },
    zoom: (zoom) => setView({ zoom }),
    setRange: (minutes) => setView({ minutes, zoom: undefined }),
    setFilter: (filter) => setView({ filter, page: 0 }),
    setPage: (page) => setView({ page }),
    setZone: (zone) => setView({ zone }),
    /** All of it, as an address brings it. */
    setView,
    retry() {
      if (stream.isBroken()) location.reload()
      else stream.retry()
    },
    async copy(text, button) {
      const before = button.textContent
      try {
        await navigator.clipboard.writeText(text)
        write(button, 'Copied')
        announce('Copied')
      } catch {
        write(button, copyBySelection(text) ? 'Copied' : 'Not copied')
      }
      setTimeout(() => write(button, before), 2000)
    },
    showAllFaults: () => setView({ allFaults: !model.view.allFaults }),
    async showFullLog() {
      await refresh.log(lanesMs(model.view))
    },
  }
}

/** Pages that came without encryption have no clipboard. */
function copyBySelection(text) {
  const area = element('textarea', { class: 'visually-hidden' })
  area.value = text
  document.body.append(area)
  const focused = document.activeElement
  area.select()
  const isDone = document.execCommand('copy')
  area.remove()
  focused?.focus()
  return isDone
}

let timer

/** What was refused where no popover is open for it. */
function notice({ what, rest }) {
  const box = document.getElementById('notice')
  box.replaceChildren(element('b', {}, what), ' ', rest)
  box.hidden = false
  clearTimeout(timer)
  timer = setTimeout(() => (box.hidden = true), noticeMs)
}
