// The two sections of charts, and the charts of faults: what they show, when it is asked for, and when it is drawn.
import { age } from '../words/times.js'
import { createAxisRoom } from './plot/axis-room.js'
import { createColours } from './plot/colours.js'
import { composeMachine, composeSent } from './compose.js'
import { createFaultPlot } from './fault-plot.js'
import { createGutter } from './plot/gutter.js'
import { createHistory, withFallback } from './history.js'
import { createAnnouncer } from './announcer.js'
import { controlChart } from './hover.js'
import { createReadout } from './plot/readout.js'
import { follow, prune } from './samples.js'
import { createSchedule } from './schedule.js'
import { createSection } from './section.js'

const minute = 60_000
/** From six hours on there are windows at the end of which samples gather. */
const refreshedFrom = 6 * 60 * minute
const wantedMs = 100
const pruneMs = 60_000

/**
 * `roots` are the elements `machine`, `machineNote`, `machineHover`, `sent`, `sentNote`, `sentSection`, `announcer`; `ask` is
 * link/ask.js. What comes back has `plotFault(slot, fault)` for the cards of faults.
 */
export function createCharts(roots, model, actions, ask) {
  const font = getComputedStyle(document.body).fontFamily
  const history = createHistory(ask, model, () => schedule.all())
  const live = history.store(model.samples, { isLive: true })
  const zoomed = history.store(new Map(), { isLive: false })
  /** Length of the range of a fault's chart -> its store. */
  const faultStores = new Map()
  const faultPlots = new Set()
  const cardOf = new Map()
  const colours = createColours(() => schedule.all())
  const gutter = createGutter(font)
  const room = createAxisRoom(font, () => schedule.all())
  const readout = createReadout(roots.machineHover, model)
  const announce = createAnnouncer(roots.announcer, model, () => view().samples)
  const lastKnownOf = new Map()

  const now = () => Math.max(model.clock?.now() ?? model.now(), model.link.asOf ?? -Infinity)
  const isLost = () => model.link.state === 'disconnected' || model.link.state === 'failed'
  const knownUntil = () => (isLost() ? (model.link.asOf ?? -Infinity) : undefined)
  const span = () => {
    const { zoom, minutes } = model.view
    return zoom === undefined ? minutes * minute : zoom.to - zoom.from
  }
  /** All that a chart shows is of these times. */
  function view() {
    const { zoom, minutes } = model.view
    const at = now()
    const shown = zoom ?? { from: at - minutes * minute, to: at }
    const isHere = zoom !== undefined && zoomed.samples.size > 0
    return {
      ...shown,
      id: zoom === undefined ? `${minutes}` : `${zoom.from} ${zoom.to}`,
      now: at,
      knownUntil: knownUntil(),
      // Until the zoom's own samples are here those of the range are the best that is known.
      samples: isHere ? withFallback(zoomed, live.samples) : live.samples,
      faults: [...model.faults.values()],
      pauses: model.about.pauses,
    }
  }

  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const chart = cardOf.get(target)
        if (chart === undefined) continue
        chart.isVisible = isIntersecting
        if (isIntersecting) schedule.now(chart)
      }
      wantSoon()
    },
    { rootMargin: '200px 0px' },
  )
  const resized = new ResizeObserver(() => schedule.all())
  resized.observe(roots.machine)

  const shared = {
    model,
    colours,
    font,
    room,
    observer,
    cardOf,
    now,
    knownUntil,
    view,
    schedule: () => schedule,
    gutter: (spec, width) => gutter.of(spec, width),
    lastKnown: (key) => lastKnownOf.get(key),
    control: (slot, plot) => controlChart(slot, plot, model, actions, announce),
    showAll: (spec) => void showAll(spec),
    faultView(key, range) {
      const at = now()
      const { samples } = storeOf(range)
      follow(samples.get(key), model.samples.get(key))
      return {
        from: at - range,
        to: at,
        now: at,
        knownUntil: knownUntil(),
        samples,
        faults: [...model.faults.values()],
        pauses: model.about.pauses,
      }
    },
  }
  const machine = createSection(roots.machine, shared)
  const sent = createSection(roots.sent, shared)
  const cards = () => [...machine.cards.values(), ...sent.cards.values()]
  const charts = () => [...cards(), ...faultPlots]
  const schedule = createSchedule(charts, () => span() / 260 / 4)

  // What is asked for.

  function storeOf(range) {
    let store = faultStores.get(range)
    if (store === undefined) {
      store = history.store(new Map(), { isLive: true })
      faultStores.set(range, store)
    }
    return store
  }
  let wantTimer
  function wantSoon() {
    wantTimer ??= setTimeout(() => {
      wantTimer = undefined
      want()
    }, wantedMs)
  }
  let shownKeys = ''
  function want() {
    const keys = keysOf(cards().filter(({ isVisible }) => isVisible))
    const faultKeys = [...faultPlots].map(({ fault }) => fault.series.key)
    const all = [...new Set([...keys, ...faultKeys])]
    if (all.join('\n') !== shownKeys) {
      shownKeys = all.join('\n')
      ask.shown(all)
    }
    const at = now()
    const { zoom, minutes } = model.view
    live.want(keys, rangeOf(minutes * minute, at))
    if (zoom === undefined) zoomed.want([], undefined)
    else {
      const around = (zoom.to - zoom.from) / 20
      zoomed.want(keys, {
        id: `${zoom.from} ${zoom.to}`,
        from: zoom.from - around,
        to: Math.min(zoom.to + around, at),
      })
    }
    for (const [range, store] of faultStores) {
      const own = [...faultPlots].filter((plot) => plot.range() === range)
      store.want([...new Set(own.map(({ fault }) => fault.series.key))], rangeOf(range, at))
    }
    history.tick()
  }
  const rangeOf = (length, at) => ({
    id: `${length}`,
    // A little more, from where the first line comes.
    from: at - length * 1.02,
    to: at,
    ...(length >= refreshedFrom && { refreshMs: Math.max(5 * minute, length / 288) }),
  })
  const keysOf = (some) => [...new Set(some.flatMap(({ spec }) => spec.keys))]

  function forgetOld() {
    const kept = new Set([...keysOf(cards()), ...[...faultPlots].map(({ fault }) => fault.series.key)])
    for (const key of model.machineKeys ?? []) kept.add(key)
    const from = now() - model.view.minutes * minute * 1.1
    for (const [key, series] of model.samples) {
      if (kept.has(key)) prune(series, from)
      else model.samples.delete(key)
    }
    for (const [range, store] of faultStores) {
      if (![...faultPlots].some((plot) => plot.range() === range)) {
        history.drop(store)
        faultStores.delete(range)
      } else for (const series of store.samples.values()) prune(series, now() - range * 1.1)
    }
  }

  // What is shown.

  /** metric -> its card with all series, where the viewer asked for them */
  const allOf = new Map()
  async function showAll({ metric, isAll }) {
    if (isAll) allOf.delete(metric)
    else {
      const select = model.view.select === '' ? undefined : model.view.select
      const answer = await ask.catalogue({ select, metric, most: 120 }).catch(() => undefined)
      const card = [...(answer?.sent.cards ?? []), ...(answer?.machine.cards ?? [])].find(
        (one) => one.metric === metric,
      )
      if (card !== undefined) allOf.set(metric, { card, select: model.view.select })
    }
    compose()
  }

  function compose() {
    const { catalogue } = model
    for (const { shown } of [...(catalogue?.machine.cards ?? []), ...(catalogue?.sent.cards ?? [])])
      for (const { series, value } of shown) if (value !== undefined) lastKnownOf.set(series.key, value)
    if (lastKnownOf.size > 5000) lastKnownOf.clear()
    for (const [metric, { select }] of allOf) if (select !== model.view.select) allOf.delete(metric)
    const context = { model, actions, isLost: isLost(), allOf, band: bandText() }
    const specs = [...composeMachine(machine, roots, context), ...composeSent(sent, roots, context)]
    gutter.measure(specs, shared.lastKnown)
    wantSoon()
    schedule.all()
  }

  /** What a point is, where it is not a sample. */
  function bandText() {
    const shown = cards().find(({ plot }) => plot?.picture?.hasBand)
    if (shown === undefined) return undefined
    const { samples } = view()
    const windows = shown.spec.keys
      .map((key) => samples.get(key)?.windows)
      .find((one) => one?.min !== undefined)
    if (windows === undefined) return undefined
    return `a point is the average of ${age(windows.periodMs)}, the band goes from least to most`
  }

  const hover = () => {
    for (const chart of charts()) if (chart.isVisible) chart.hover()
    const at = now()
    readout(model.hover, at, model.hover === undefined || model.hover <= (knownUntil() ?? at))
  }

  let lastLink
  model.on('catalogue state', compose)
  model.on('view', () => {
    compose()
    want()
  })
  model.on('faults', () => schedule.all())
  model.on('hover', hover)
  model.on('state', () => {
    history.forget()
    shownKeys = ''
    want()
  })
  model.on('link', () => {
    if (lastLink === model.link.state) return
    lastLink = model.link.state
    compose()
    want()
  })
  let shownBand
  model.on('tick', () => {
    want()
    const band = bandText()
    if (band !== shownBand) {
      shownBand = band
      compose()
    }
    if (model.hover !== undefined) hover()
  })
  setInterval(forgetOld, pruneMs)
  // On paper there is no window that cards are outside of.
  addEventListener('beforeprint', () => charts().forEach((chart) => chart.draw()))
  compose()

  return {
    /** A chart of a fault in `slot`: `update(fault)` and `destroy()`. */
    plotFault(slot, fault) {
      const plot = createFaultPlot(slot, fault, shared)
      faultPlots.add(plot)
      cardOf.set(plot.slot, plot)
      observer.observe(plot.slot)
      wantSoon()
      return {
        update(next) {
          plot.update(next)
          wantSoon()
          schedule.now(plot)
        },
        destroy() {
          faultPlots.delete(plot)
          cardOf.delete(plot.slot)
          observer.unobserve(plot.slot)
          schedule.forget(plot)
          plot.remove()
          wantSoon()
        },
      }
    },
  }
}
