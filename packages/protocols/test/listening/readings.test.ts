import { readFileSync } from 'node:fs'

import { describe, expect, it, onTestFinished } from 'vitest'

import { arrival, brief } from '../collect.ts'
import { dial, receive, sendUdp } from '../sockets.ts'
import { readings } from './readings.ts'

describe('a protocol of lines', () => {
  it('is a parser and a definition, and has addresses, limits, problems and counters', async () => {
    const source = readings({
      listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0'],
      maxLineBytes: 40,
      clock: { now: () => arrival },
    })
    const addresses = receive(source.listening)
    const problems = receive(source.problems)
    const { count, subscription } = receive(source)
    onTestFinished(() => subscription.unsubscribe())
    const [udp = 0, tcp = 0] = (await addresses.count(2)).map(({ port }) => port)
    await sendUdp(udp, 'kitchen.temperature=21.5\ndoor=open\n=3')
    await problems.count(2)
    const socket = await dial(tcp)
    socket.write('cellar.hum')
    socket.end(`idity=60\n${'long'.repeat(20)}=1\nkitchen.temperature=22`)
    expect((await count(3)).map(brief)).toEqual([
      'kitchen.temperature gauge 21.5',
      'cellar.humidity gauge 60',
      'kitchen.temperature gauge 22',
    ])
    expect((await problems.count(3)).map(({ reason }) => reason)).toEqual([
      ...['bad-value', 'bad-name', 'line-too-long'],
    ])
    expect(source.stats).toMatchObject({ samples: 3, problems: 3, connections: 1 })
    expect(() => readings({ maxLineBytes: 0 })).toThrow('PROTOCOL_BAD_OPTION')
  })

  it('has less than 60 lines, and stands in CONTRIBUTING.md as it is', () => {
    const code = readFileSync(new URL('./readings.ts', import.meta.url), 'utf8')
    const page = readFileSync(new URL('../../../../CONTRIBUTING.md', import.meta.url), 'utf8')
    expect(code.split('\n').length).toBeLessThan(60)
    expect(page).toContain(code.slice(code.indexOf('const equals')))
  })
})
