// One measurement of an engine with very many series, in a process of its own: `absences`, `fresh`, `refused`, `reload` or `snapshot`.
import { setImmediate as turn } from 'node:timers/promises'

import { createFaultEngine, series as seriesOf } from '@tocsin/fault/engine'

import {
  badOf,
  createFaultFeed,
  fiveRules,
  isBad,
  named,
  periodMs,
  processorSeconds,
  startTime,
} from '../fault-series.mjs'
import { watchSteps } from '../steps.mjs'

const [mode, countGiven] = process.argv.slice(2)
const count = Number(countGiven)
const batchSize = 10_000
const setCount = 5000

const expect = (actual, expected, what) => {
  if (actual !== expected) throw new Error(`${what}: ${actual}, not ${expected}`)
}

/** Calls one after the other, each in a turn of its own, until one has nothing to go on with; the longest of them. */
async function inTurns(call) {
  await turn()
  const stop = watchSteps()
  const used = processorSeconds()
  const start = performance.now()
  for (;;) {
    const goesOn = call()
    await turn()
    if (goesOn === false) break
  }
  const wall = performance.now() - start
  const processor = processorSeconds() - used
  const { longestStep, longestCollection } = await stop()
  return { wall, processor, longestStep, longestCollection }
}

const middle = (times) => times.sort((a, b) => a - b)[times.length >> 1]

/** Each series is armed and speaks every 10 s; looks come in between; then nobody speaks any more. */
async function absences() {
  const rules = [{ when: { absentFor: '5m' }, severity: 1 }]
  const engine = createFaultEngine([{ id: 'gone', select: '__name:service.load', rules }], {
    maxInstances: count,
  })
  const next = createFaultFeed(named(count), { batchSize })
  const perPass = Math.ceil(count / batchSize)
  const minutes = 6
  const times = []
  let given = 0
  let now = 0
  for (; given < perPass; given++) ({ now } = feed(engine, next))
  // By turns a batch and a look at those that are due: none, but many have spoken since they were armed.
  let isLook = false
  let longestLook = 0
  const looks = await inTurns(() => {
    if (isLook) {
      const before = performance.now()
      const { events } = engine.advance(now)
      const took = performance.now() - before
      times.push(took)
      longestLook = Math.max(longestLook, took)
      expect(events.length, 0, 'events of a look')
    } else {
      ;({ now } = feed(engine, next))
      given += 1
    }
    isLook = !isLook
    return given < (perPass * minutes * 60_000) / periodMs
  })
  let told = 0
  const mass = await inTurns(() => {
    now = Math.max(now, engine.nextDue())
    told += engine.advance(now).events.filter(({ type }) => type === 'opened').length
    return told < count && engine.nextDue() < Infinity
  })
  expect(told, count, 'absences told')
  return {
    look: middle(times),
    lookMost: longestLook,
    lookStep: looks.longestStep,
    silence: mass.wall,
    silenceRate: count / mass.processor,
    silenceStep: mass.longestStep,
    silenceCollection: mass.longestCollection,
  }
}

function feed(engine, next) {
  const given = next()
  engine.batch(given.samples, given.now)
  return given
}

/** Rule sets as people have them: each for a service by its name, by its tag, by both, or for hosts by a pattern. */
const selectOf = (number) =>
  [
    `__name:service-${number}.load`,
    `service:service-${number}`,
    `and(__name:service-${number}.load,env:prod)`,
    `and(service:service-${number},host:web-*)`,
  ][number % 4]
const manySets = (above = 90) =>
  Array.from({ length: setCount }, (_, number) => ({
    id: `set-${number}`,
    select: selectOf(number),
    rules: [
      { when: { above }, severity: 1 },
      { when: { absentFor: '5m' }, severity: 2 },
    ],
  }))
const ofServices = (howMany) =>
  Array.from({ length: howMany }, (_, number) =>
    seriesOf(`service-${number % setCount}.load`, {
      service: `service-${number % setCount}`,
      env: 'prod',
      host: `web-${Math.floor(number / setCount)}`,
    }),
  )

/** Series that were never seen, each of one rule set of 5,000. */
function fresh() {
  const engine = createFaultEngine(manySets(), { maxInstances: count })
  const next = createFaultFeed(ofServices(count), { batchSize })
  const seconds = timed(engine, next)
  expect(engine.stats.instances, count, 'instances')
  return { first: count / seconds, again: count / timed(engine, next) }
}

/** Series for which there is no room, the first time and again. */
function refused() {
  const room = 1000
  const all = ofServices(count + room)
  const engine = createFaultEngine(manySets(), { maxInstances: room })
  for (const series of all.slice(0, room)) {
    engine.sample({ series, time: startTime, value: 1, kind: 'gauge' }, startTime)
  }
  const next = createFaultFeed(all.slice(room), { batchSize })
  const seconds = timed(engine, next)
  expect(engine.stats.refused, count, 'refused')
  return { first: count / seconds, again: count / timed(engine, next) }
}

function timed(engine, next) {
  let seconds = 0
  for (let batch = 0; batch < Math.ceil(count / batchSize); batch++) {
    const { samples, now } = next()
    const used = processorSeconds()
    engine.batch(samples, now)
    seconds += processorSeconds() - used
  }
  return seconds
}

/** Every one of 5,000 rule sets is edited under many series, of which some have faults open. */
async function reload() {
  const engine = createFaultEngine(manySets(), { maxInstances: count })
  const next = createFaultFeed(ofServices(count), { batchSize })
  let now = 0
  for (let batch = 0; batch < Math.ceil(count / batchSize); batch++) ({ now } = feed(engine, next))
  const { open, instances } = engine.stats
  const sets = manySets(80)
  let isTaken = false
  let events = 0
  const steps = await inTurns(() => {
    const output = isTaken ? engine.advance(now) : engine.setRuleSets(sets, now)
    events += output.events.length
    const goesOn = !isTaken || engine.nextDue() <= now
    isTaken = true
    return goesOn
  })
  expect(engine.stats.open, open, 'open faults')
  expect(open, badOf(count), 'open faults')
  expect(engine.stats.instances, instances, 'instances')
  return { ...steps, processor: steps.processor * 1000, events }
}

function snapshot() {
  const engine = createFaultEngine(fiveRules, { maxInstances: count })
  const series = named(count)
  const next = createFaultFeed(series, { batchSize })
  let now = 0
  for (let batch = 0; batch < 14 * Math.ceil(count / batchSize); batch++) ({ now } = feed(engine, next))
  let before = performance.now()
  const bytes = engine.snapshot({ seq: 1 })
  const save = performance.now() - before
  before = performance.now()
  const again = createFaultEngine(fiveRules, { maxInstances: count, snapshot: bytes })
  const load = performance.now() - before
  expect(again.stats.open, badOf(count), 'open faults')
  // It goes on: what was open clears.
  const bad = series.filter((_, number) => isBad(number))
  const cleared = bad.flatMap((one) => {
    const samples = Array.from({ length: 14 }, (_, index) => ({
      series: one,
      time: now + (index + 1) * periodMs,
      value: 1,
      kind: 'gauge',
    }))
    return samples.flatMap((sample) => again.sample(sample, sample.time).events)
  })
  expect(cleared.filter(({ type }) => type === 'cleared').length, bad.length, 'cleared')
  return { save, load, bytes: bytes.length / count }
}

const modes = { absences, fresh, refused, reload, snapshot }
console.log(JSON.stringify(await modes[mode]()))
process.exit(0)
