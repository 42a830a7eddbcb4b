import type { Observable, OperatorFunction } from 'rxjs'
import { expectTypeOf, it } from 'vitest'

import { notify } from '../src/index.ts'
import type { Alert, FaultSignal, Notifier, NotifyEvent, NotifyStore, Policy } from '../src/index.ts'

declare const notifier: Notifier
declare const policy: Policy

it('takes faults with more than it needs, and gives events', () => {
  interface Fault extends FaultSignal {
    readonly rule: number
    readonly cause: { readonly reason: 'above' | 'absent'; readonly value: number }
  }
  const operator = notify(policy, { notifiers: { notifier } })
  expectTypeOf(operator).toEqualTypeOf<OperatorFunction<FaultSignal, NotifyEvent>>()
  expectTypeOf<Observable<Fault>>().toExtend<Parameters<typeof operator>[0]>()
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

it('tells events apart by their type', () => {
  const event = {} as NotifyEvent
  if (event.type === 'suppressed') expectTypeOf(event.target).toEqualTypeOf<string | undefined>()
  if (event.type === 'severity') expectTypeOf(event.from).toEqualTypeOf<1 | 2 | 3 | 4 | 5>()
  if (event.type === 'maintenance-set') expectTypeOf(event.maintenance.id).toBeString()
})

it('gives open alerts whose signals open a detector again', () => {
  expectTypeOf<ReturnType<NotifyStore['openAlerts']>>().toEqualTypeOf<readonly Alert[]>()
  expectTypeOf<Alert['signal']>().toEqualTypeOf<FaultSignal>()
})
