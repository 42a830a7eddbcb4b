// Very many series: absences, series that were never seen, refusals, rules that are edited, snapshots.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { execArgvFor, rounds } from '../measure.mjs'
import { milliseconds } from '../render.mjs'

const many = Number(process.env.BENCH_MANY ?? 1_000_000)
const count = Number(process.env.BENCH_FAULT_SERIES ?? 200_000)
/** A round takes a minute and more. */
const times = Math.min(3, rounds)
const script = fileURLToPath(new URL('../children/fault-scale.mjs', import.meta.url))

function measured(mode, howMany) {
  const { status, stdout, signal } = spawnSync(
    process.execPath,
    [...execArgvFor('fault'), script, mode, String(howMany)],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  )
  if (status !== 0) throw new Error(`fault-scale ${mode} ended with ${status ?? signal}`)
  return JSON.parse(stdout)
}

const perSecond = (value) => `${(value / 1000).toFixed(0)} k`
const seconds = (ms) => (ms / 1000).toFixed(2)
const whole = (value) => value.toFixed(0)
const named = (howMany) => `${howMany.toLocaleString('en')} series`

/** Each with what it is called and how it is shown. */
const modes = [
  [
    'absences',
    many,
    {
      look: ['a look while nothing is due, median, ms', milliseconds],
      lookMost: ['the longest look, as the clock has it, ms', milliseconds],
      lookStep: ['the longest own step of looks and batches of 10,000, ms', milliseconds],
      silence: ['all fall silent at once: all told, s', seconds],
      silenceRate: ['absences told per processor second', perSecond],
      silenceStep: ['longest own step, ms', milliseconds],
      silenceCollection: ['longest garbage collection, ms', milliseconds],
    },
  ],
  [
    'fresh',
    count,
    {
      first: ['new series against 5,000 rule sets, per processor second', perSecond],
      again: ['their next samples, per processor second', perSecond],
    },
  ],
  [
    'refused',
    count,
    {
      first: ['new series that are refused, against 5,000 rule sets, per processor second', perSecond],
      again: ['their next samples, per processor second', perSecond],
    },
  ],
  [
    'reload',
    many,
    {
      wall: ['5,000 rule sets, all edited, under them: all moved, s', seconds],
      processor: ['processor, s', seconds],
      longestStep: ['longest own step, ms', milliseconds],
      longestCollection: ['longest garbage collection, ms', milliseconds],
    },
  ],
  [
    'snapshot',
    count,
    {
      save: ['snapshot of five rules, ms', milliseconds],
      load: ['an engine of it, ms', milliseconds],
      bytes: ['bytes of it, per series', whole],
    },
  ],
]

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]
const cells = modes.flatMap(([mode, howMany, shown]) => {
  process.stderr.write(`  ${mode}`)
  const results = Array.from({ length: times }, () => {
    process.stderr.write(' .')
    return measured(mode, howMany)
  })
  process.stderr.write('\n')
  return Object.entries(shown).map(([key, [title, format]]) => [
    title,
    named(howMany),
    format(median(results.map((result) => result[key]))),
  ])
})

export default [
  {
    title: 'Fault: very many series',
    text: `A look is an \`advance\` of a clock that finds nothing due, while all series speak every 10 s. An own step is a turn of the loop without garbage collection and without what the process only waited for a processor. All states are there after the rules are edited and in the engine of the snapshot; the faults that are open too. Medians of ${times} processes.`,
    head: ['', 'of', ''],
    cells,
  },
]
