import type { RefusedRecipient } from '../model/failure.ts'
import { deliveryFailure } from '../errors.ts'
import { bare, masked } from './mail-address.ts'
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
      const own = new Set(sentTo.map(bare))
      // The server was given another spelling than is known here: somebody who seems to have the mail has it not.
      const strangers = replies.filter(({ address }) => !own.has(bare(address)))
      const unnamed = sentTo.filter((address) => !statuses.has(bare(address)))
      const putOff = replies.filter(({ status }) => !isFinal(status))
      for (const address of sentTo) {
        const status = statuses.get(bare(address))
        if (isFinal(status)) refused.set(address, refusal(address, status))
      }
      if (strangers.length === 0) for (const address of unnamed) accepted.add(address)
      const isTold = accepted.size > 0 || new Set(unnamed.map(bare)).size > strangers.length
      const arrived = accepted.size > 0 || unnamed.length > 0 ? 'perhaps' : 'no'
      if (putOff.length > 0) {
        notifications.delete(id)
        notifications.set(id, { accepted, refused })
        const [oldest] = notifications.keys()
        if (notifications.size > maxRemembered && oldest !== undefined) notifications.delete(oldest)
        const status = putOff.find((reply) => reply.status !== undefined)?.status
        const what = status === undefined ? '' : ` with ${status}`
        const message = `the mail server put off ${putOff.length} of ${addresses.length} addresses${what}`
        throw deliveryFailure('transient', message, { status, arrived })
      }
      notifications.delete(id)
      const others = strangers.flatMap(({ address, status }) =>
        isFinal(status) ? [refusal(address, status)] : [],
      )
      const all = [...refused.values(), ...others]
      if (isTold) return all.length === 0 ? {} : { refused: all }
      const status = replies.find((reply) => reply.status !== undefined)?.status
      const message =
        arrived === 'no'
          ? 'the mail server refused every address'
          : 'the mail server refused addresses in another spelling than was given, so nobody counts as told'
      throw deliveryFailure('permanent', message, { status, arrived })
    },
  }
}

/** Whether a reply says that an address never gets a mail (RFC 5321 section 4.2.1). */
const isFinal = (status: number | undefined): status is number => status !== undefined && status >= 500

const refusal = (address: string, status: number): RefusedRecipient => ({
  recipient: masked(address),
  message: `the mail server answered with ${status}`,
})
