import { deliveryFailure } from '../errors.ts'
import type { NotifyError } from '../errors.ts'

/**
 * The failure of a mail: a reply of 5xx is final, everything else may pass (RFC 5321 section 4.2.1). Replies name
 * addresses and hosts, so only their number and nodemailer's code are passed on.
 */
export function mailFailure(error: unknown): NotifyError {
  const status = numberOf(error, 'responseCode')
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (status !== undefined) {
    const failure = status >= 500 && status < 600 ? 'permanent' : 'transient'
    return deliveryFailure(failure, `the mail server answered with ${status}`, { status })
  }
  // Without a reply: EENVELOPE means that an address cannot be written at all.
  const failure = code === 'EENVELOPE' ? 'permanent' : 'transient'
  return deliveryFailure(
    failure,
    `the mail could not be handed over: ${code === '' ? 'unknown reason' : code}`,
  )
}

function numberOf(error: unknown, name: string): number | undefined {
  if (!(error instanceof Error)) return undefined
  const value = (error as Error & Readonly<Record<string, unknown>>)[name]
  return typeof value === 'number' ? value : undefined
}
