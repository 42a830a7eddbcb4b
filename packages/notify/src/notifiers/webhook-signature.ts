import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { port, resolveOptions, wholeNumber } from '@tocsin/core'
import type { Check, Clock, Defined } from '@tocsin/core'
import { asyncScheduler } from 'rxjs'

import { badOption } from '../errors.ts'

/** Options of `verifyWebhook`. */
export interface VerifyWebhookOptions {
  /** Where the present comes from. @defaultValue rxjs `asyncScheduler` */
  readonly clock?: Clock | undefined
  /** Largest difference between the clocks of both sides, ms. @defaultValue 300000 */
  readonly toleranceMs?: number | undefined
}

/** The defaults of {@link VerifyWebhookOptions}. */
export const defaultVerifyWebhookOptions: Defined<VerifyWebhookOptions> = Object.freeze({
  clock: asyncScheduler,
  toleranceMs: 300_000,
})

/** What a receiver learns of a request. */
export type WebhookVerdict =
  | {
      /** It is genuine and recent. */
      readonly ok: true
      /** Id of the notification; the same for repeats, which a receiver may drop. */
      readonly id: string
      /** When it was sent, ms since the Unix epoch. */
      readonly time: number
    }
  | {
      /** It is to be answered with 401 and forgotten. */
      readonly ok: false
      /** Why. */
      readonly reason: 'missing-header' | 'outside-tolerance' | 'wrong-signature'
    }

/** A secret of a webhook: `whsec_` and base64, or any other text, or bytes. At least 16 bytes. */
export type WebhookSecret = string | Uint8Array

/** Headers as `fetch` has them. */
export interface FetchHeaders {
  /** The value of a header, in any spelling of its name. */
  get(name: string): string | null
}

/** Headers of a request: those of node's `http` with lower-case names, or of `fetch`. */
export type WebhookHeaders = FetchHeaders | Readonly<Record<string, string | readonly string[] | undefined>>

const prefix = 'whsec_'
const minSecretBytes = 16
const allowedSecret = `a text, bytes, or whsec_ and base64, of at least ${minSecretBytes} bytes`

/** Checks a secret without showing it. */
export const secretCheck: Check = (value) => {
  const bytes = typeof value === 'string' || value instanceof Uint8Array ? keyOf(value) : undefined
  return bytes !== undefined && bytes.length >= minSecretBytes ? undefined : allowedSecret
}

// A parser of bodies may have left an object, or nothing.
const isBytes = (body: unknown): boolean => body instanceof Uint8Array

const encoder = new TextEncoder()
const encode = (text: string | Uint8Array): Uint8Array =>
  typeof text === 'string' ? encoder.encode(text) : text

/** The key of a checked secret. Bytes are copied, so that changing them later changes nothing. */
export function secretBytes(secret: WebhookSecret): Uint8Array {
  const bytes = keyOf(secret)
  if (bytes === undefined) throw badOption(`the secret must be ${allowedSecret}`)
  return bytes
}

/** `undefined` where base64 is promised and none follows: a sign that is passed over would make another key. */
function keyOf(secret: WebhookSecret): Uint8Array | undefined {
  if (typeof secret !== 'string') return Uint8Array.from(secret)
  return secret.startsWith(prefix) ? fromBase64(secret.slice(prefix.length)) : encode(secret)
}

/** In either alphabet, with or without the signs that fill it up. */
function fromBase64(text: string): Uint8Array | undefined {
  if (!/^(?:[\w+/-]{4})*(?:[\w+/-]{2}(?:==)?|[\w+/-]{3}=?)?$/.test(text)) return undefined
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (sign) => sign.charCodeAt(0))
}

const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes))

/**
 * The header `webhook-signature` of one request: `v1,` and base64 of the HMAC-SHA256 of `id.timestamp.body`.
 * Format: Standard Webhooks 1.0.
 */
export function signWebhook(
  key: Uint8Array,
  id: string,
  timestamp: string,
  body: string | Uint8Array,
): string {
  const mac = hmac
    .create(sha256, key)
    .update(encode(`${id}.${timestamp}.`))
    .update(encode(body))
  return `v1,${toBase64(mac.digest())}`
}

/**
 * Whether a request comes from somebody who knows the secret, and is not an old one sent again. `body` is what was received,
 * unparsed; bound it before, since the time of the check grows with it. Signatures are compared in constant time; of several in the header
 * one must be right. Throws `NOTIFY_BAD_OPTION` where the secret, the body or an option is of a wrong kind, and never for what was sent.
 *
 * @example
 * ```ts
 * import { verifyWebhook } from '@tocsin/notify'
 *
 * const verdict = verifyWebhook('{}', { 'webhook-id': 'a' }, 'a secret that is long enough')
 * console.log(verdict) // => { ok: false, reason: 'missing-header' }
 * ```
 */
export function verifyWebhook(
  body: string | Uint8Array,
  headers: WebhookHeaders,
  secret: WebhookSecret,
  options?: VerifyWebhookOptions,
): WebhookVerdict {
  const wrong = secretCheck(secret)
  if (wrong !== undefined) throw badOption(`the secret must be ${wrong}`)
  if (typeof body !== 'string' && !isBytes(body))
    throw badOption('the body must be the text or the bytes that came, not what was parsed of it')
  const checks = { clock: port('now'), toleranceMs: wholeNumber(0) }
  const { clock, toleranceMs } = resolveOptions<VerifyWebhookOptions>(
    defaultVerifyWebhookOptions,
    options,
    checks,
    badOption,
  ) as Defined<VerifyWebhookOptions>
  const id = header(headers, 'webhook-id')
  const timestamp = header(headers, 'webhook-timestamp')
  const signatures = header(headers, 'webhook-signature')
  if (id === undefined || timestamp === undefined || signatures === undefined) {
    return { ok: false, reason: 'missing-header' }
  }
  const time = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) * 1000 : NaN
  // Not `>`: what is no number is outside as well.
  if (!(Math.abs(clock.now() - time) <= toleranceMs)) return { ok: false, reason: 'outside-tolerance' }
  const expected = signWebhook(secretBytes(secret), id, timestamp, body)
  const isRight = signatures.split(' ').some((signature) => isSame(signature, expected))
  return isRight ? { ok: true, id, time } : { ok: false, reason: 'wrong-signature' }
}

/** In a time that depends on the lengths alone: how much of a guess is right cannot be measured. */
function isSame(given: string, expected: string): boolean {
  if (given.length !== expected.length) return false
  let difference = 0
  for (let index = 0; index < expected.length; index++)
    difference |= given.charCodeAt(index) ^ expected.charCodeAt(index)
  return difference === 0
}

function header(headers: WebhookHeaders, name: string): string | undefined {
  const value = isFetchHeaders(headers) ? headers.get(name) : headers[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

const isFetchHeaders = (headers: WebhookHeaders): headers is FetchHeaders =>
  typeof headers['get'] === 'function'
