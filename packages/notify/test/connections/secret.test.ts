import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { format, inspect } from 'node:util'

import { afterEach, describe, expect, it, vi } from 'vitest'

import { secret } from '../../src/webhook.ts'
import type { SecretReference } from '../../src/webhook.ts'

afterEach(() => vi.unstubAllEnvs())

const missing = { code: 'NOTIFY_SECRET_MISSING', facts: { failure: 'transient', arrived: 'no' } }

describe('a secret', () => {
  it('of the environment is read as it is at the moment', async () => {
    const token = secret('env:TOCSIN_TEST_TOKEN')
    await expect(token.read()).rejects.toMatchObject(missing)
    vi.stubEnv('TOCSIN_TEST_TOKEN', 'first')
    expect(await token.read()).toBe('first')
    vi.stubEnv('TOCSIN_TEST_TOKEN', 'second')
    expect(await token.read()).toBe('second')
    vi.stubEnv('TOCSIN_TEST_TOKEN', '')
    await expect(token.read()).rejects.toThrow('the environment variable TOCSIN_TEST_TOKEN gives no secret')
  })

  it('of a file is its text without the line break at its end', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tocsin-secret-'))
    try {
      const token = secret(`file:${join(folder, 'token')}`)
      await expect(token.read()).rejects.toMatchObject(missing)
      await expect(token.read()).rejects.toThrow('(ENOENT)')
      await writeFile(join(folder, 'token'), ' a secret \n\n')
      expect(await token.read()).toBe(' a secret \n')
      await writeFile(join(folder, 'token'), 'x'.repeat(65_537))
      await expect(token.read()).rejects.toMatchObject(missing)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('of a function is what it gives, and nothing of what it throws is told', async () => {
    expect(await secret(() => 'plain').read()).toBe('plain')
    expect(await secret(async () => 'later').read()).toBe('later')
    for (const wrong of [() => undefined as never, () => 7 as never, () => '']) {
      await expect(secret(wrong).read()).rejects.toMatchObject(missing)
    }
    const throwing = secret(() => {
      throw new Error('the vault says: hidden')
    })
    const error = await throwing.read().catch((each: unknown) => each)
    expect(error).toMatchObject(missing)
    expect(inspect(error)).not.toContain('hidden')
  })

  it('is not shown by anything that shows values', () => {
    vi.stubEnv('TOCSIN_TEST_TOKEN', 'hidden')
    const token = secret('env:TOCSIN_TEST_TOKEN')
    const shown = [
      String(token),
      JSON.stringify({ token }),
      inspect({ token }),
      format('%s %o %j', token, token, token),
    ]
    for (const each of shown) expect(each).toContain('[secret]')
    expect(`${shown.join()} ${Object.keys(token).join()}`).not.toMatch(/hidden|TOCSIN/)
  })

  it.each(['hidden', 'env:', 'file:', 'ENV:NAME', '', undefined, 7])(
    'given as %o is refused at the call, unseen',
    (reference) => {
      expect(() => secret(reference as SecretReference)).toThrow(
        /^NOTIFY_BAD_OPTION: a secret must be given as/,
      )
      expect(() => secret(reference as SecretReference)).not.toThrow('hidden')
    },
  )
})
