import { of, Subject } from 'rxjs'
import type { Observable, OperatorFunction } from 'rxjs'
import { expectTypeOf, it } from 'vitest'

import { createNotifyEngine } from '../src/engine.ts'
import { notify, notifySamples, parsePolicy } from '../src/index.ts'
import type { WebhookNotifierOptions } from '../src/webhook.ts'
import type {
  Alert,
  Command,
  CommandInput,
  ConsoleNotifierOptions,
  DetectorSignal,
  FaultSignal,
  NormalSignal,
  Notifier,
  NotifyEvent,
  NotifyOptions,
  NotifyProblem,
  NotifySamplesOptions,
  NotifyStore,
  Sample,
  Policy,
  PolicyInput,
  Route,
  Series,
  Severity,
  VerifyWebhookOptions,
} from '../src/index.ts'
import type { FileNotifyStore, NotifyStoreOptions } from '../src/store.ts'
import type { EmailNotifierOptions } from '../src/email.ts'

declare const notifier: Notifier
declare const policy: Policy

it('takes faults with more than it needs, and gives events', () => {
  interface Fault extends FaultSignal {
    readonly rule: number
    readonly cause: { readonly reason: 'above' | 'absent'; readonly value: number }
  }
  const operator = notify(policy, { notifiers: { notifier } })
  expectTypeOf(operator).toEqualTypeOf<OperatorFunction<DetectorSignal, NotifyEvent>>()
  expectTypeOf<Observable<Fault>>().toExtend<Parameters<typeof operator>[0]>()
  expectTypeOf<Observable<Fault | NormalSignal>>().toExtend<Parameters<typeof operator>[0]>()
})

it('refuses what no policy has', () => {
  // @ts-expect-error a wait is a duration
  const wait: Policy = { groups: {}, routes: [{ group: 'ops', wait: { '1': 'soon' } }] }
  // @ts-expect-error there is no severity 6
  const severity: Policy = { groups: {}, routes: [{ group: 'ops', severities: [6] }] }
  expectTypeOf([wait, severity]).toEqualTypeOf<Policy[]>()
  // @ts-expect-error without notifiers nobody can be told
  notify(policy, {})
})

it('takes a policy and commands that were written down without their types', () => {
  const written = {
    groups: { ops: { notifiers: ['notifier'] } },
    routes: [
      { group: 'ops', severities: [1], wait: '5m' },
      { group: 'ops', wait: { '1': '0s', '4': '5m' } },
    ],
    maintenance: [{ id: 'm', select: '*', severities: [4, 5], from: 0, to: 1 }],
  }
  expectTypeOf(written).not.toExtend<Policy>()
  expectTypeOf(written).toExtend<PolicyInput>()
  expectTypeOf<Policy>().toExtend<PolicyInput>()
  expectTypeOf(parsePolicy(written)).toEqualTypeOf<Policy>()
  const command = {
    type: 'maintenance',
    maintenance: { id: 'n', select: '*', severities: [1], from: 0, to: 1 },
  }
  notify(written, {
    notifiers: { notifier },
    commands: of(command, { type: 'acknowledge', alert: 'a', by: 'me' }),
  })
  notify(policy, { notifiers: { notifier }, commands: new Subject<Command>() })
  const engine = createNotifyEngine({ policy: written, notifiers: ['notifier'], random: () => 0 })
  engine.step({ type: 'command', command }, 0)
})

it('refuses a policy and commands with other fields or other kinds of values', () => {
  const routes = [{ group: 'ops' }]
  const groups = { ops: { notifiers: ['notifier'] } }
  const options = { notifiers: { notifier } }
  // @ts-expect-error no group is named
  notify({ groups, routes: [{ severities: [1] }] }, options)
  // @ts-expect-error severities are numbers
  notify({ groups, routes: [{ group: 'ops', severities: ['1'] }] }, options)
  // @ts-expect-error a wait is a text, or one for each severity
  notify({ groups, routes: [{ group: 'ops', wait: 300 }] }, options)
  // @ts-expect-error no such severity
  notify({ groups, routes: [{ group: 'ops', wait: { '6': '5m' } }] }, options)
  // @ts-expect-error no such field
  notify({ groups, routes, maintainance: [] }, options)
  // @ts-expect-error a policy has groups
  const without = { routes } satisfies Policy
  // @ts-expect-error there is no severity 6
  const worst = { groups, routes: [{ group: 'ops', severities: [6] }] } satisfies Policy
  expectTypeOf([without, worst]).toBeArray()
  // @ts-expect-error it names no alert
  expectTypeOf({ type: 'acknowledge', by: 'me' }).toExtend<CommandInput>()
})

/** The optional members of an interface, with `undefined` as a value. */
type Undefined<Options> = {
  readonly [Name in keyof Options as object extends Pick<Options, Name> ? Name : never]: undefined
}

it('takes undefined for every option that may be left out', () => {
  expectTypeOf<Undefined<NotifyOptions>>().toExtend<Partial<NotifyOptions>>()
  expectTypeOf<Undefined<NotifyStoreOptions>>().toExtend<NotifyStoreOptions>()
  expectTypeOf<Undefined<ConsoleNotifierOptions>>().toExtend<ConsoleNotifierOptions>()
  // A secret that is not there must not go unseen.
  expectTypeOf<Undefined<Omit<WebhookNotifierOptions, 'secret'>>>().toExtend<
    Partial<WebhookNotifierOptions>
  >()
  expectTypeOf<{ secret: undefined }>().not.toExtend<Pick<WebhookNotifierOptions, 'secret'>>()
  expectTypeOf<Undefined<EmailNotifierOptions>>().toExtend<Partial<EmailNotifierOptions>>()
  expectTypeOf<Undefined<VerifyWebhookOptions>>().toExtend<VerifyWebhookOptions>()
  expectTypeOf<Undefined<NotifySamplesOptions>>().toExtend<NotifySamplesOptions>()
  expectTypeOf<Undefined<Route>>().toExtend<Partial<Route>>()
  expectTypeOf<Undefined<Policy>>().toExtend<Partial<Policy>>()
  // A check that cannot fail would be none.
  expectTypeOf<{ readonly x: undefined }>().not.toExtend<{ readonly x?: number }>()
  notify(policy, { notifiers: { notifier }, store: undefined, scheduler: undefined, problems: undefined })
})

it('turns events into samples, and knows the open alerts of a store', () => {
  expectTypeOf(notifySamples({ open: {} as NotifyStore })).toEqualTypeOf<
    OperatorFunction<NotifyEvent, Sample>
  >()
})

it('tells its problems to any rxjs subject of them', () => {
  notify(policy, { notifiers: { notifier }, problems: new Subject<NotifyProblem>() })
})

it('tells events apart by their type', () => {
  const event = {} as NotifyEvent
  if (event.type === 'suppressed') expectTypeOf(event.place).toEqualTypeOf<string | undefined>()
  if (event.type === 'severity') expectTypeOf(event.from).toEqualTypeOf<1 | 2 | 3 | 4 | 5>()
  if (event.type === 'maintenance-set') expectTypeOf(event.maintenance.id).toBeString()
})

it('gives open alerts whose signals open a detector again', () => {
  expectTypeOf<ReturnType<NotifyStore['openAlerts']>>().toEqualTypeOf<readonly Alert[]>()
  expectTypeOf<Alert['signal']>().toEqualTypeOf<FaultSignal>()
  /** What a detector wants to know of a fault that was open; `evaluate` takes such a store as its option `open`. */
  interface OpenFault {
    readonly id: string
    readonly fault: string
    readonly ruleSet: string
    readonly series: Series
    readonly severity: Severity
    readonly openedAt: number
    readonly time: number
    readonly cause: { readonly reason: string }
    readonly waitMs?: number
    readonly info?: Readonly<Record<string, unknown>>
  }
  interface Open {
    openAlerts(): readonly { readonly signal: OpenFault }[]
  }
  expectTypeOf<NotifyStore>().toExtend<Open>()
  expectTypeOf<FileNotifyStore>().toExtend<Open>()
})
