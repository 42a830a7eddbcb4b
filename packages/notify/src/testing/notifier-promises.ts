import type { FailureClass } from '../model/failure.ts'
import type { Notification, NotifiedAlert } from '../model/notification.ts'
import { failureOf } from '../notifiers/notifier.ts'
import type { NotifierScene, ReceiverBehaviour } from './notifier-scene.ts'

/** One promise: how it is seen to be kept, and what the receiver does meanwhile. */
export interface NotifierPromise {
  readonly needs: ReceiverBehaviour
  readonly check: (scene: NotifierScene, secrets: readonly string[]) => Promise<void>
}

const alert: NotifiedAlert = {
  id: 'load|cpu|0123456789abcdef',
  fault: 'cpu@0',
  ruleSet: 'load',
  series: 'cpu',
  severity: 2,
  text: '97 is above 90',
  fields: [
    { name: 'metric', value: 'cpu' },
    { name: 'host', value: 'web-1' },
  ],
  cause: { reason: 'above' },
  openedAt: 0,
}

/** A notification of its own id, which nothing can change. */
function notification(index: number, given: Partial<Notification> = {}): Notification {
  const made: Notification = {
    id: index.toString(16).padStart(32, '0'),
    kind: 'alert',
    place: 'ops',
    notifier: 'ops',
    sequence: 1,
    severity: 2,
    subject: '[severity 2] cpu: 97 is above 90',
    text: '97 is above 90',
    alerts: [alert],
    time: 1_700_000_000_000,
    attempt: 1,
    ...given,
  }
  return frozen(made)
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(frozen)
  return Object.freeze(value)
}

const never = (): AbortSignal => new AbortController().signal
/** How long a case waits for what should come at once, ms. */
const patienceMs = 20_000

/** Many alerts, long texts, and what other channels take for commands. */
const strange: readonly Partial<Notification>[] = [
  { kind: 'recovery', alerts: [{ ...alert, clearedAt: 1_700_000_000_000, openings: 7 }] },
  { kind: 'transition', previousSeverity: 5, unstored: true },
  { text: 'x'.repeat(4096), subject: 'y'.repeat(256) },
  { text: 'a\r\n.\r\nQUIT\r\nBcc: eve@example.com', subject: 'ünïcödé \u{1f525} <b>*_`|@everyone' },
  { alerts: [alert, ...Array.from({ length: 200 }, (_, index) => ({ ...alert, id: `alert-${index}` }))] },
]

/** All promises of a notifier, by their sentences. */
export const notifierPromises: Readonly<Record<string, NotifierPromise>> = {
  'resolves when the notification was taken, of which the receiver has the id': {
    needs: 'takes',
    async check({ notifier, received }) {
      const told = notification(1)
      await notifier.send(told, never())
      expectThat(received().length === 1, `${received().length} came`)
      expectThat(received()[0]?.includes(told.id) === true, 'its id did not come')
    },
  },

  'tells a repeat by the id, and not by anything new': {
    needs: 'takes',
    async check({ notifier, received }) {
      await notifier.send(notification(1), never())
      await notifier.send(notification(1, { attempt: 2 }), never())
      await notifier.send(notification(2), never())
      const ids = received().map((each) => [1, 2].find((index) => each.includes(notification(index).id)))
      expectThat(ids.join() === '1,1,2', `these came: ${ids.join()}`)
    },
  },

  'sends several at a time': {
    needs: 'takes',
    async check({ notifier, received }) {
      const all = Array.from({ length: 20 }, (_, index) => notification(index + 1))
      await Promise.all(all.map((each) => notifier.send(each, never())))
      const missing = all.filter(({ id }) => !received().some((each) => each.includes(id)))
      expectThat(missing.length === 0, `${missing.length} did not come`)
    },
  },

  'tells whatever there is to tell, and takes nothing of it for a command': {
    needs: 'takes',
    async check({ notifier, received }) {
      for (const [index, given] of strange.entries())
        await notifier.send(notification(index + 1, given), never())
      expectThat(received().length === strange.length, `${received().length} of ${strange.length} came`)
      const head = received().map((each) => each.split(/\r?\n\r?\n/)[0] ?? '')
      expectThat(!head.some((each) => /^Bcc:/m.test(each)), 'a text became a header')
    },
  },

  'lets nothing into a header that is not of one line': {
    needs: 'takes',
    async check({ notifier, received }) {
      const told = notification(1, { subject: 'x\r\nBcc: eve@example.com' })
      // Refusing it is right as well.
      const failure = await outcome(notifier.send(told, never()))
      expectThat(failure === undefined || failure.failure === 'permanent', `it failed as ${failure?.failure}`)
      expectThat(!received().some((each) => /^Bcc:/m.test(each)), 'a subject became a header')
    },
  },

  'sends nothing when it was aborted before': {
    needs: 'takes',
    async check({ notifier, received }) {
      const failure = await outcome(notifier.send(notification(1), AbortSignal.abort()))
      expectThat(failure?.failure === 'transient', 'it did not fail as transient')
      expectThat(received().length === 0, 'it came')
    },
  },

  'ends when it is aborted while the receiver says nothing': {
    needs: 'hangs',
    async check({ notifier }, secrets) {
      const controller = new AbortController()
      const sending = outcome(notifier.send(notification(1), controller.signal), secrets)
      setTimeout(() => controller.abort(), 50)
      const failure = await sending
      expectThat(failure?.failure === 'transient', `it failed as ${failure?.failure}`)
    },
  },

  ...failing('fails', 'transient'),
  ...failing('limits', 'rate-limited'),
  ...failing('refuses', 'permanent'),

  'says of an answer that was lost that it may have arrived': {
    needs: 'resets',
    async check({ notifier }, secrets) {
      const failure = await outcome(notifier.send(notification(1), never()), secrets)
      expectThat(failure?.failure === 'transient', `it failed as ${failure?.failure}`)
      expectThat(failure?.arrived !== 'no', 'it said that it surely did not')
    },
  },

  'says of a receiver that is not there that it did not arrive, and may later': {
    needs: 'absent',
    async check({ notifier }, secrets) {
      const failure = await outcome(notifier.send(notification(1), never()), secrets)
      expectThat(failure?.failure === 'transient', `it failed as ${failure?.failure}`)
      expectThat(
        failure?.arrived === 'no',
        `it may have, it said: ${failure?.message}; give deliveryFailure arrived: 'no'`,
      )
    },
  },
}

function failing(needs: ReceiverBehaviour, expected: FailureClass): Record<string, NotifierPromise> {
  return {
    [`says of a receiver that ${needs} that the failure is ${expected}`]: {
      needs,
      async check({ notifier }, secrets) {
        const failure = await outcome(notifier.send(notification(1), never()), secrets)
        expectThat(failure?.failure === expected, `it was ${failure?.failure ?? 'none'}: ${failure?.message}`)
      },
    },
  }
}

/** How an attempt failed, `undefined` where it did not. */
async function outcome(
  sending: Promise<unknown>,
  secrets: readonly string[] = [],
): Promise<ReturnType<typeof failureOf> | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('there was no end')), patienceMs)
  })
  const ended = sending.then(
    () => undefined,
    (error: unknown) => {
      expectNoSecret(error, secrets)
      return failureOf(error)
    },
  )
  return Promise.race([ended, late]).finally(() => clearTimeout(timer))
}

function expectNoSecret(error: unknown, secrets: readonly string[]): void {
  const parts: unknown[] = []
  for (let each = error; each instanceof Error; each = each.cause) {
    parts.push(each.message, each.stack, JSON.stringify(each))
  }
  expectThat(!secrets.some((secret) => parts.join('\n').includes(secret)), 'the error tells a secret')
}

function expectThat(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new Error(otherwise)
}
