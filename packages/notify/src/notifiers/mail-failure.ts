import { deliveryFailure, NotifyError } from '../errors.ts'

/** How a mail server refused one address. */
export interface RefusedAddress {
  /** The bare address, as it was sent. */
  readonly address: string
  /** The number of its reply, where there was one. */
  readonly status: number | undefined
}

/** Codes of nodemailer for what goes wrong before the message is handed over. */
const before: ReadonlySet<string> = new Set(['EAUTH', 'EDNS', 'EENVELOPE', 'ENOAUTH', 'EPROXY', 'ETLS'])

/**
 * The failure of a mail: a reply of 5xx is final, everything else may pass (RFC 5321 section 4.2.1). Replies name
 * addresses and hosts, so only their number and nodemailer's code are passed on.
 */
export function mailFailure(error: unknown): NotifyError {
  if (error instanceof NotifyError) return error
  const status = numberOf(error, 'responseCode')
  const code = textOf(error, 'originalCode') || textOf(error, 'code')
  if (textOf(error, 'code') === 'ETLS' && textOf(error, 'command') === 'STARTTLS' && status !== undefined) {
    // Whoever sits in between can say this as well, so that asking again is of no use.
    const message = 'the mail server does not encrypt, so nothing was sent; requireTls: false sends in clear'
    return deliveryFailure('permanent', message, { status, arrived: 'no' })
  }
  if (status !== undefined) {
    const failure = status >= 500 && status < 600 ? 'permanent' : 'transient'
    return deliveryFailure(failure, `the mail server answered with ${status}`, { status, arrived: 'no' })
  }
  // The usual stumbling block of a server of one's own.
  const isUntrusted = error instanceof Error && /certificate/i.test(error.message)
  // Without a reply: EENVELOPE means that an address cannot be written at all.
  const failure = code === 'EENVELOPE' ? 'permanent' : 'transient'
  const arrived = isUntrusted || before.has(textOf(error, 'code')) ? 'no' : 'perhaps'
  const reason = code === '' ? 'unknown reason' : code
  return deliveryFailure(
    failure,
    isUntrusted
      ? `the certificate of the mail server is not trusted (${reason}); give the option "ca"`
      : `the mail could not be handed over: ${reason}`,
    { arrived },
  )
}

/** Who was not taken, as nodemailer tells it in its result, or in its error where nobody was taken. */
export function refusedBy(told: unknown): RefusedAddress[] {
  const errors = arrayOf(told, 'rejectedErrors').map((error) => ({
    address: textOf(error, 'recipient'),
    status: numberOf(error, 'responseCode'),
  }))
  const known = new Set(errors.map(({ address }) => address))
  const others = arrayOf(told, 'rejected').filter(
    (each): each is string => typeof each === 'string' && !known.has(each),
  )
  return [...errors, ...others.map((address) => ({ address, status: undefined }))]
}

function fieldOf(from: unknown, name: string): unknown {
  return typeof from === 'object' && from !== null
    ? (from as Readonly<Record<string, unknown>>)[name]
    : undefined
}

function numberOf(from: unknown, name: string): number | undefined {
  const value = fieldOf(from, name)
  return typeof value === 'number' ? value : undefined
}

function textOf(from: unknown, name: string): string {
  const value = fieldOf(from, name)
  return typeof value === 'string' ? value : ''
}

function arrayOf(from: unknown, name: string): readonly unknown[] {
  const value = fieldOf(from, name)
  return Array.isArray(value) ? value : []
}
