import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it, onTestFinished } from 'vitest'

import type { LookupAnswer } from '../../../../src/checks/exchange/names/address-cache.ts'
import {
  type CachingResolver,
  createResolver,
  type ResolverOptions,
} from '../../../../src/checks/exchange/names/caching-resolver.ts'
import { deferred } from '../run.ts'

const { signal } = new AbortController()

interface Setting {
  readonly resolver: CachingResolver
  readonly asked: string[]
  /** What look-ups give, by `name/family`. */
  readonly answers: Map<string, LookupAnswer | Promise<LookupAnswer>>
  now: number
}

function setUp(options: ResolverOptions = {}): Setting {
  const asked: string[] = []
  const answers: Setting['answers'] = new Map()
  const setting: Setting = {
    asked,
    answers,
    now: 0,
    resolver: createResolver({
      clock: { now: () => setting.now },
      hostsFile: '/nowhere',
      lookup: async (name, family) => {
        asked.push(`${name}/${family}`)
        return answers.get(`${name}/${family}`) ?? { type: 'none' }
      },
      ...options,
    }),
  }
  return setting
}

const found = (address: string, ttlMs = 60_000): LookupAnswer => ({
  type: 'found',
  addresses: [address],
  ttlMs,
})
const failed: LookupAnswer = { type: 'failed', reason: 'ETIMEOUT' }

describe('createResolver', () => {
  it('refuses wrong options at the call', () => {
    expect(() => createResolver({ servers: ['ns.example'] })).toThrow('servers')
    expect(() => createResolver({ servers: [] })).toThrow('servers')
    expect(() => createResolver({ maxNames: 0 })).toThrow('maxNames')
    expect(() => createResolver({ servers: ['192.0.2.1', '192.0.2.1:53', '::1', '[::1]:53'] })).not.toThrow()
  })

  it('gives addresses back at once, if the family may be', async () => {
    const { resolver, asked } = setUp()
    expect(await resolver.resolve('192.0.2.1', { signal })).toEqual({
      address: '192.0.2.1',
      family: 4,
      isStale: false,
    })
    expect(await resolver.resolve('[2001:DB8::1]', { signal })).toMatchObject({
      address: '2001:db8::1',
      family: 6,
    })
    await expect(resolver.resolve('::1', { signal, family: 'ipv4' })).rejects.toThrow(
      'not an address of ipv4',
    )
    expect(asked).toEqual([])
  })

  it.each(['', 'a b', 'user@host', 'host/path', 'host:80', 'x'.repeat(254)])(
    'asks nobody for %j',
    async (name) => {
      const { resolver, asked } = setUp()
      await expect(resolver.resolve(name, { signal })).rejects.toThrow('no name of a host')
      expect(asked).toEqual([])
    },
  )

  it('takes the family that is wanted, and the other only where it may', async () => {
    const { resolver, answers, asked } = setUp()
    answers.set('both.test/4', found('192.0.2.1')).set('both.test/6', found('2001:db8::1'))
    answers.set('six.test/6', found('2001:db8::2'))
    const address = async (
      host: string,
      family?: 'prefer-ipv4' | 'prefer-ipv6' | 'ipv4' | 'ipv6',
    ): Promise<string> =>
      (await resolver.resolve(host, { signal, ...(family !== undefined && { family }) })).address
    expect(await address('both.test')).toBe('192.0.2.1')
    expect(asked).toEqual(['both.test/4'])
    expect(await address('both.test', 'prefer-ipv6')).toBe('2001:db8::1')
    expect(await address('both.test', 'ipv6')).toBe('2001:db8::1')
    expect(await address('six.test')).toBe('2001:db8::2')
    await expect(address('six.test', 'ipv4')).rejects.toThrow('six.test has no address')
    expect(asked).toEqual(['both.test/4', 'both.test/6', 'six.test/4', 'six.test/6'])
  })

  it('looks a name up once for all who wait, however they write it, and one who leaves takes nothing from the others', async () => {
    const { resolver, answers, asked } = setUp()
    const { promise, resolve } = deferred<LookupAnswer>()
    answers.set('web.test/4', promise)
    const leaving = new AbortController()
    const first = resolver.resolve('web.test', { signal: leaving.signal })
    const others = ['WEB.test', 'web.test.'].map((host) => resolver.resolve(host, { signal }))
    const reason = new Error('given up')
    setImmediate(() => {
      leaving.abort(reason)
      resolve(found('192.0.2.1'))
    })
    await expect(first).rejects.toBe(reason)
    expect((await Promise.all(others)).map(({ address }) => address)).toEqual(['192.0.2.1', '192.0.2.1'])
    expect(asked).toEqual(['web.test/4'])
  })

  it('keeps what a look-up gave when nobody waits for it any more', async () => {
    const { resolver, answers, asked } = setUp()
    const { promise, resolve } = deferred<LookupAnswer>()
    answers.set('web.test/4', promise)
    const leaving = new AbortController()
    const only = resolver.resolve('web.test', { signal: leaving.signal })
    setImmediate(() => leaving.abort())
    await expect(only).rejects.toThrow()
    resolve(found('192.0.2.1'))
    expect((await resolver.resolve('web.test', { signal })).address).toBe('192.0.2.1')
    expect(asked).toHaveLength(1)
  })

  it('looks up ahead of the end while it is asked, without a wait', async () => {
    const setting = setUp()
    const { resolver, answers, asked } = setting
    answers.set('web.test/4', found('192.0.2.1', 100_000))
    await resolver.resolve('web.test', { signal })
    setting.now = 79_999
    await resolver.resolve('web.test', { signal })
    expect(asked).toHaveLength(1)
    setting.now = 80_000
    answers.set('web.test/4', found('192.0.2.2', 100_000))
    expect((await resolver.resolve('web.test', { signal })).address).toBe('192.0.2.1')
    expect(asked).toHaveLength(2)
    await new Promise(setImmediate)
    expect((await resolver.resolve('web.test', { signal })).address).toBe('192.0.2.2')
    expect(resolver.stats).toMatchObject({ lookups: 2, failures: 0, remembered: 3, names: 1 })
  })

  it('goes on with what it has while name servers fail, and says so', async () => {
    const setting = setUp()
    const { resolver, answers } = setting
    answers.set('web.test/4', found('192.0.2.1', 1000))
    await resolver.resolve('web.test', { signal })
    answers.set('web.test/4', failed)
    setting.now = 1000
    expect(await resolver.resolve('web.test', { signal })).toEqual({
      address: '192.0.2.1',
      family: 4,
      isStale: true,
    })
    expect(resolver.stats).toMatchObject({ stale: 1, failures: 1 })
  })

  it('tells a name server that is silent, which says nothing of the host, from one that fails', async () => {
    const { resolver, answers } = setUp()
    answers.set('a.test/4', failed).set('a.test/6', failed)
    answers.set('b.test/4', { type: 'failed', reason: 'ESERVFAIL' })
    await expect(resolver.resolve('a.test', { signal })).rejects.toMatchObject({
      message: 'no name server said where a.test is: ETIMEOUT',
      code: 'PROTOCOL_NOT_ASKED',
    })
    const other = resolver.resolve('b.test', { signal })
    await expect(other).rejects.toThrow('the name servers do not say where b.test is: ESERVFAIL')
    await expect(other).rejects.toHaveProperty('code', 'PROTOCOL_NO_ANSWER')
  })

  it('takes a look-up that throws for one that failed', async () => {
    const { resolver } = setUp({
      lookup: () => Promise.reject(Object.assign(new Error('secret'), { code: 'EBROKEN' })),
    })
    await expect(resolver.resolve('a.test', { signal })).rejects.toThrow('a.test is: EBROKEN')
  })

  it('gives up what is under way when it is closed, and can be used on', async () => {
    let isSlow = true
    const { resolver } = setUp({
      lookup: (_name, _family, ending) =>
        new Promise((resolve) => {
          ending.addEventListener('abort', () => resolve(failed))
          if (isSlow) setImmediate(() => resolver.close())
          else resolve(found('192.0.2.9'))
        }),
    })
    await expect(resolver.resolve('web.test', { signal, family: 'ipv4' })).rejects.toMatchObject({
      message: 'no name server said where web.test is: ECANCELLED',
      code: 'PROTOCOL_NOT_ASKED',
    })
    isSlow = false
    expect((await resolver.resolve('web.test', { signal })).address).toBe('192.0.2.9')
    expect(resolver.stats).toMatchObject({ lookups: 2, failures: 0 })
  })

  it('looks into the hosts file first, and again when it has changed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hosts-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const hostsFile = join(folder, 'hosts')
    await writeFile(hostsFile, '# of this test\n192.0.2.7\tDB.test  db # the old one\n2001:db8::7 db.test\n')
    const setting = setUp({ hostsFile })
    const { resolver, asked } = setting
    const options = { signal, family: 'prefer-ipv6' } as const
    expect(await resolver.resolve('db.TEST', { signal })).toEqual({
      address: '192.0.2.7',
      family: 4,
      isStale: false,
    })
    expect(await resolver.resolve('db.test', options)).toMatchObject({ address: '2001:db8::7', family: 6 })
    expect(await resolver.resolve('db', options)).toMatchObject({ address: '192.0.2.7', family: 4 })
    await writeFile(
      hostsFile,
      '192.0.2.8 db.test\n# longer than before, so that it has changed whatever its time is\n',
    )
    setting.now = 4999
    expect(await resolver.resolve('db.test', { signal })).toMatchObject({ address: '192.0.2.7' })
    setting.now = 5000
    expect(await resolver.resolve('db.test', { signal })).toMatchObject({ address: '192.0.2.8' })
    await rm(hostsFile)
    setting.now = 10_000
    await expect(resolver.resolve('db.test', { signal })).rejects.toThrow('db.test has no address')
    expect(asked).toEqual(['db.test/4', 'db.test/6'])
  })
})
