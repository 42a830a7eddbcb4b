import { anyCodePoint } from '@tocsin/core/testing/arbitraries'
import { createHmac } from 'node:crypto'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { verifyWebhook } from '../../src/index.ts'
import { secretBytes, signWebhook } from '../../src/notifiers/webhook-signature.ts'

// The worked example of the Standard Webhooks libraries.
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek'
const timestamp = '1614265330'
const body = '{"test": 2432232314}'
const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
const clock = { now: () => Number(timestamp) * 1000 }

const headers = (given: Record<string, string | string[] | undefined> = {}) => ({
  'webhook-id': id,
  'webhook-timestamp': timestamp,
  'webhook-signature': signature,
  ...given,
})

describe('the signature of a webhook', () => {
  it('is that of Standard Webhooks', () => {
    expect(signWebhook(secretBytes(secret), id, timestamp, body)).toBe(signature)
  })

  it('is what node:crypto makes of any key, id, time and body', () => {
    const body = fc.oneof(fc.string({ unit: anyCodePoint }), fc.uint8Array({ maxLength: 300 }))
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.string(),
        fc.string(),
        body,
        (key, id, time, body) => {
          const mac = createHmac('sha256', key).update(`${id}.${time}.`).update(body)
          expect(signWebhook(key, id, time, body)).toBe(`v1,${mac.digest('base64')}`)
        },
      ),
    )
  })

  it('is verified from headers of node and of fetch, for a text and for bytes', () => {
    const good = { ok: true, id, time: clock.now() }
    expect(verifyWebhook(body, headers(), secret, { clock })).toEqual(good)
    const fetched = new Headers({
      'Webhook-Id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signature,
    })
    expect(verifyWebhook(body, fetched, secret, { clock })).toEqual(good)
    expect(verifyWebhook(new TextEncoder().encode(body), headers(), secret, { clock })).toEqual(good)
    expect(verifyWebhook(body, headers(), secretBytes(secret), { clock })).toEqual(good)
  })

  it('may be one of several, as while a secret is changed', () => {
    const several = headers({ 'webhook-signature': `v1,AAAA v1a,${signature} ${signature}` })
    expect(verifyWebhook(body, several, secret, { clock }).ok).toBe(true)
  })

  it.each([
    ['missing-header', { 'webhook-id': undefined }],
    ['missing-header', { 'webhook-signature': '' }],
    ['missing-header', { 'webhook-timestamp': [timestamp, timestamp] }],
    ['outside-tolerance', { 'webhook-timestamp': 'now' }],
    ['outside-tolerance', { 'webhook-timestamp': '1e9' }],
    ['outside-tolerance', { 'webhook-timestamp': String(Number(timestamp) - 301) }],
    ['outside-tolerance', { 'webhook-timestamp': String(Number(timestamp) + 301) }],
    ['wrong-signature', { 'webhook-timestamp': String(Number(timestamp) - 299) }],
    ['wrong-signature', { 'webhook-id': `${id}x` }],
    ['wrong-signature', { 'webhook-signature': signature.replace('v1,', 'v2,') }],
    ['wrong-signature', { 'webhook-signature': signature.toLowerCase() }],
    ['wrong-signature', { 'webhook-signature': 'v1,' }],
  ])('is refused as %s with %o', (reason, given) => {
    expect(verifyWebhook(body, headers(given), secret, { clock })).toEqual({ ok: false, reason })
  })

  it('needs a secret that is worth its name', () => {
    expect(() => verifyWebhook(body, headers(), '')).toThrow(
      expect.objectContaining({ code: 'NOTIFY_BAD_OPTION' }),
    )
  })

  it.each([[{ test: 2 }], [undefined], [null], [new Uint16Array(2)]])(
    'is not looked for in %j, which is no body as it was received',
    (parsed) => {
      const body = parsed as unknown as string
      const wrong = expect.objectContaining({
        code: 'NOTIFY_BAD_OPTION',
        message: expect.stringContaining('not what was parsed of it'),
      })
      expect(() => verifyWebhook(body, headers(), secret, { clock })).toThrow(wrong)
      expect(() => verifyWebhook(body, {}, secret)).toThrow(wrong)
    },
  )

  it('takes base64 in either alphabet, filled up or not, and any other text as it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 64 }), (key) => {
        const bytes = Buffer.from(key)
        const filled = bytes.toString('base64')
        for (const base64 of [filled, filled.replace(/=+$/, ''), bytes.toString('base64url')])
          expect(secretBytes(`whsec_${base64}`)).toEqual(key)
        expect(secretBytes(`x${filled}`)).toEqual(new Uint8Array(Buffer.from(`x${filled}`)))
      }),
    )
  })

  it.each(['%', '=', '\n', 'MfKQ9', ' MfKQ', 'é', 'MQ===', 'MQ=a'])(
    'refuses a secret whose base64 goes on with %j, and shows nothing of it',
    (end) => {
      const wrong = (() => {
        try {
          return verifyWebhook(body, headers(), secret + end, { clock })
        } catch (error) {
          return error
        }
      })()
      expect(wrong).toMatchObject({ code: 'NOTIFY_BAD_OPTION' })
      expect(String(wrong)).not.toContain('MfKQ')
    },
  )
})
