import { createSecureContext } from 'node:tls'

import { optional, wholeNumber, type Check, type Checks } from '@tocsin/core'

import { maxTimerMs } from '../../option-checks.ts'

/** Whom a sink trusts, and who it says that it is. */
export interface SinkTls {
  /**
   * Authorities, PEM, in place of those of the system.
   * @defaultValue those of the system
   */
  readonly ca?: string | Buffer | undefined
  /**
   * Certificate chain that is shown, PEM.
   * @defaultValue none
   */
  readonly cert?: string | Buffer | undefined
  /**
   * Its private key, PEM. Shown nowhere.
   * @defaultValue none
   */
  readonly key?: string | Buffer | undefined
}

/** Where a sink posts to, and as whom. */
export interface HttpSinkOptions {
  /** The address of the destination, `http://` or `https://`. */
  readonly url: string
  /**
   * Further headers, such as `authorization`; given as a function they are asked for at each request, so that a token can change. They are
   * shown nowhere.
   * @defaultValue none
   */
  readonly headers?: Readonly<Record<string, string>> | (() => Readonly<Record<string, string>>) | undefined
  /**
   * With `https://`: whom it trusts, and the certificate that it shows.
   * @defaultValue the authorities of the system, and none
   */
  readonly tls?: SinkTls | undefined
  /**
   * A request that is not answered within this time has failed, ms.
   * @defaultValue 30000
   */
  readonly timeoutMs?: number | undefined
}

/** All of {@link HttpSinkOptions}, resolved. */
export type ResolvedHttpSink = Required<Pick<HttpSinkOptions, 'url' | 'timeoutMs'>> &
  Pick<HttpSinkOptions, 'headers' | 'tls'> & { readonly timeoutMs: number }

/** The defaults of {@link HttpSinkOptions}; the address has none. */
export const defaultHttpSink: ResolvedHttpSink = Object.freeze({
  url: '',
  headers: undefined,
  tls: undefined,
  timeoutMs: 30_000,
})

const url: Check = (value) => {
  const parsed = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  return parsed !== undefined &&
    /^https?:$/.test(parsed.protocol) &&
    parsed.username === '' &&
    parsed.password === ''
    ? undefined
    : 'an http or https address without a user name'
}

const headers: Check = (value) => {
  if (typeof value === 'function') return undefined
  try {
    new Headers(value as Record<string, string>)
    return undefined
  } catch {
    return 'names and values of headers, or a function that gives them'
  }
}

/** What may be given as {@link SinkTls}. */
export const certificate: Check = (value) => {
  const { ca, cert, key, ...more } = (value ?? {}) as Record<string, unknown> & SinkTls
  try {
    createSecureContext({ ca, cert, key })
    if (Object.keys(more).length === 0 && (cert === undefined) === (key === undefined)) return undefined
  } catch {
    // What OpenSSL says of it may show a part of the key.
  }
  return 'an object with ca, or cert and key, each PEM'
}

/** What {@link HttpSinkOptions} allow. */
export const httpSinkChecks: Checks<ResolvedHttpSink> = {
  url,
  headers: optional(headers),
  tls: optional(certificate),
  timeoutMs: wholeNumber(1, maxTimerMs),
}
