// Lines that are refused beside lines that are taken, handed over in memory: what somebody who sends rubbish costs, in processor time.
import { createGraphiteParser, createStatsdParser } from '@tocsin/protocols/engine'

import { compare } from '../measure.mjs'

const linesPerPacket = 33
const packetCount = 300
const repeats = Number(process.env.BENCH_REPEATS ?? 20)
const total = packetCount * linesPerPacket * repeats

const packetsOf = (line) =>
  Array.from({ length: packetCount }, (_, packet) =>
    Buffer.from(
      Array.from({ length: linesPerPacket }, (_, index) => line(packet * linesPerPacket + index)).join('\n'),
      'latin1',
    ),
  )

/** Lines a second of processor time; a new parser for each round where names are to be new. */
const parse = (create, line, refused) => {
  const packets = packetsOf(line)
  return () => {
    let parser = create()
    let taken = 0
    let problems = 0
    const sink = {
      sample: () => (taken += 1),
      problem: () => (problems += 1),
    }
    const before = process.cpuUsage()
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (const packet of packets) parser.parse(packet, 0, sink)
      if (line.cold) parser = create()
    }
    const { user, system } = process.cpuUsage(before)
    if ((refused ? problems : taken) !== total)
      throw new Error(`${taken} taken and ${problems} refused of ${total}`)
    return total / ((user + system) / 1e6)
  }
}
const cold = (line) => Object.assign(line, { cold: true })

const table = async (name, create, lines) => ({
  title: `${name}: lines that are refused`,
  unit: 'lines/s',
  text: `${packetCount} packets of ${linesPerPacket} lines, by processor time; the first of each group is taken, the others are refused.`,
  groups: 'names',
  rows: await compare(
    lines.map(([group, title, line], index) => ({
      group,
      name: title,
      note: group === 'known' ? 'the same 1,000 names again and again' : 'a new name in each line',
      run: parse(create, line, index > 0 && title !== 'taken'),
    })),
  ),
})

const known = (number) => `service.endpoint${number % 50}.latency${number % 20}`
const fresh = (number) => `service.endpoint${number}.latency`

export default [
  await table('statsd', () => createStatsdParser(), [
    ['known', 'taken', (number) => `${known(number)}:${number % 7}|c`],
    ['known', 'no UTF-8', (number) => `\xff${known(number)}:${number % 7}|c`],
    ['known', 'a bad value', (number) => `${known(number)}:x|c`],
    ['known', 'an unknown type', (number) => `${known(number)}:1|z`],
    ['known', 'no colon', (number) => known(number)],
    ['known', 'a bad tag', (number) => `${known(number)};x:${number % 7}|c`],
    ['new', 'taken', cold((number) => `${fresh(number)}:${number % 7}|c`)],
    ['new', 'no UTF-8', cold((number) => `\xff${fresh(number)}:${number % 7}|c`)],
    ['new', 'a bad tag', cold((number) => `${fresh(number)};x:${number % 7}|c`)],
  ]),
  await table('graphite', () => createGraphiteParser(), [
    ['known', 'taken', (number) => `${known(number)} ${number % 7} 1700000000`],
    ['known', 'no UTF-8', (number) => `\xff${known(number)} ${number % 7} 1700000000`],
    ['known', 'a bad value', (number) => `${known(number)} x 1700000000`],
    ['known', 'two parts', (number) => `${known(number)} 1`],
    ['known', 'a bad tag', (number) => `${known(number)};x 1 1700000000`],
    ['new', 'taken', cold((number) => `${fresh(number)} ${number % 7} 1700000000`)],
    ['new', 'no UTF-8', cold((number) => `\xff${fresh(number)} ${number % 7} 1700000000`)],
    ['new', 'a bad tag', cold((number) => `${fresh(number)};x ${number % 7} 1700000000`)],
  ]),
]
