import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext, TLSSocket } from 'node:tls'

import { describe, it, onTestFinished } from 'vitest'

import { externalCheck } from '../../../src/checks/agents/external-check.ts'
import { dnsCheck } from '../../../src/checks/network/dns-check.ts'
import { ntpCheck } from '../../../src/checks/network/ntp-check.ts'
import { tcpCheck } from '../../../src/checks/network/tcp-check.ts'
import { tlsCheck } from '../../../src/checks/network/tls-check.ts'
import type { CheckUnderTest } from '../../../src/testing/index.ts'
import { expectConformance, type Manner, manners, serveIn } from '../conformance.ts'
import { chained, intermediate, key, root } from '../exchange/certificates.ts'
import { answerTo, record, toQuestion } from './dns/message.ts'
import { serveUdp } from './udp-server.ts'

const host = '127.0.0.1'

const subjects: Readonly<Record<string, () => Promise<CheckUnderTest>>> = {
  tcpCheck: async () => {
    const manner: Manner = { now: 'good' }
    const secret = 'pass word-1'
    const port = await serveIn(manner, (socket) => socket.on('data', () => socket.write('ready\n')))
    const steps = [{ send: `${secret}\n` }, { expect: 'ready' }]
    return {
      ...manners(manner),
      secrets: [secret],
      create: () => tcpCheck({ host, port, steps }),
    }
  },
  tlsCheck: async () => {
    const manner: Manner = { now: 'good' }
    const secureContext = createSecureContext({ cert: `${chained}\n${intermediate}`, key })
    const port = await serveIn(manner, (socket) => {
      new TLSSocket(socket, { isServer: true, secureContext }).on('error', () => undefined)
    })
    return {
      ...manners(manner),
      create: () => tlsCheck({ host, port, tls: { ca: root } }),
    }
  },
  dnsCheck: async () => {
    const manner: Manner = { now: 'good' }
    const { port } = await serveUdp((question) => {
      if (manner.now === 'good') return [answerTo(question, [record(toQuestion, 1, 1, Buffer.alloc(4))])]
      return manner.now === 'hostile' ? [answerTo(question, [Buffer.of(0xc0, 0xff)])] : []
    })
    return {
      ...manners(manner),
      absent: undefined,
      create: () => dnsCheck({ query: 'a.test', nameserver: host, port }),
    }
  },
  ntpCheck: async () => {
    const manner: Manner = { now: 'good' }
    const { port } = await serveUdp((question) => {
      if (manner.now === 'hanging') return []
      const answer = Buffer.alloc(48)
      answer[0] = 0x24
      answer[1] = manner.now === 'good' ? 1 : 0
      question.copy(answer, 24, 40, 48)
      return [answer]
    })
    return {
      ...manners(manner),
      absent: undefined,
      create: () => ntpCheck({ host, port, probes: 2, intervalMs: 1 }),
    }
  },
  externalCheck: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tocsin-plugin-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const plugin = join(folder, 'plugin')
    const become = (script: string): void => {
      writeFileSync(plugin, `#!/bin/sh\n${script}\n`)
      chmodSync(plugin, 0o755)
    }
    become('echo OK')
    const secret = 'pass word-1'
    return {
      good: () => become('echo OK'),
      absent: () => rmSync(plugin),
      hanging: () => become('sleep 100'),
      hostile: () => become('exec yes'),
      secrets: [secret],
      create: () =>
        externalCheck({
          command: [plugin, '--password', secret],
          maxOutputBytes: 1000,
          killAfterMs: 100,
        }),
    }
  },
}

describe('checks of networks and by programs', () => {
  it.each(Object.entries(subjects))('%s keeps what every check promises', async (_, start) => {
    await expectConformance(await start())
  })
})
