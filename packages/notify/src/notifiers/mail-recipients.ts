import { domainToASCII } from 'node:url'

import type { RefusedRecipient } from '../model/failure.ts'
import { deliveryFailure } from '../errors.ts'
import type { Delivered } from './notifier.ts'
import type { RefusedAddress } from './mail-failure.ts'

/** Most notifications of which is known who has them. */
const maxRemembered = 10_000

/** How far the addresses of one notification are told. */
interface Told {
  readonly accepted: Set<string>
  readonly refused: Map<string, RefusedRecipient>
}

/** Who of the addresses of a notifier has a notification, so that one that is tried again goes only to those who have it not. */
export interface MailRecipients {
  /** Those who are still to be told. */
  pending(id: string): string[]
  /** Takes what the server said of those who were pending. Throws where somebody was put off, or all were refused. */
  settle(id: string, sentTo: readonly string[], refused: readonly RefusedAddress[]): Delivered
}

/** Remembers for the latest 10,000 notifications that are not done with. */
export function mailRecipients(addresses: readonly string[]): MailRecipients {
  const notifications = new Map<string, Told>()
  const toldOf = (id: string): Told => notifications.get(id) ?? { accepted: new Set(), refused: new Map() }

  return {
    pending: (id) => {
      const { accepted, refused } = toldOf(id)
      return addresses.filter((address) => !accepted.has(address) && !refused.has(address))
    },
    settle: (id, sentTo, replies) => {
      const { accepted, refused } = toldOf(id)
      const statuses = new Map(replies.map(({ address, status }) => [bare(address), status]))
      let putOff: number | undefined
      let waiting = 0
      for (const address of sentTo) {
        const status = statuses.get(bare(address))
        if (!statuses.has(bare(address))) accepted.add(address)
        else if (status !== undefined && status >= 500) refused.set(address, refusal(address, status))
        else {
          putOff ??= status
          waiting++
        }
      }
      if (waiting > 0) {
        notifications.delete(id)
        notifications.set(id, { accepted, refused })
        const [oldest] = notifications.keys()
        if (notifications.size > maxRemembered && oldest !== undefined) notifications.delete(oldest)
        const what = putOff === undefined ? '' : ` with ${putOff}`
        const message = `the mail server put off ${waiting} of ${addresses.length} addresses${what}`
        throw deliveryFailure('transient', message, {
          status: putOff,
          arrived: accepted.size > 0 ? 'perhaps' : 'no',
        })
      }
      notifications.delete(id)
      if (accepted.size > 0) return refused.size === 0 ? {} : { refused: [...refused.values()] }
      const status = replies.find((reply) => reply.status !== undefined)?.status
      throw deliveryFailure('permanent', `the mail server refused every address`, { status, arrived: 'no' })
    },
  }
}

const refusal = (address: string, status: number): RefusedRecipient => ({
  recipient: masked(bare(address)),
  message: `the mail server answered with ${status}`,
})

/** An address without its name, as nodemailer sends it. */
function bare(address: string): string {
  const plain = address
    .slice(address.lastIndexOf('<') + 1)
    .replace('>', '')
    .trim()
    .toLowerCase()
  const at = plain.lastIndexOf('@')
  const domain = plain.slice(at + 1)
  return `${plain.slice(0, at + 1)}${domainToASCII(domain) || domain}`
}

/** An address as it may be in a log: who knows the list knows which one it is. */
function masked(address: string): string {
  const at = address.lastIndexOf('@')
  return `${address.slice(0, 1).toWellFormed()}…${address.slice(at)}`
}
