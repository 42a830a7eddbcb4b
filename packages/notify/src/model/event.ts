import type { SuppressReason } from './alert.ts'
import type { CommandRefusal, Referenced } from './command.ts'
import type { FailureClass } from './failure.ts'
import type { NotificationKind } from './notification.ts'
import type { Maintenance } from './policy.ts'
import type { RefusedRecipient } from './failure.ts'
import type { FaultCause, MalformedSignal, MutedSignal, Severity } from './signal.ts'

/** Why a signal changes nothing. */
export type DuplicateReason = 'already-open' | 'same-severity' | 'already-cleared' | 'out-of-order'

/** Why a signal cannot be followed. */
export type RefuseReason = 'unknown-alert' | 'too-many-alerts'

/** Why an acknowledgement ended. */
export type UnacknowledgeReason = 'command' | 'expired' | 'worse-severity'

/** Why a notification was given up. */
export type DeadReason = 'refused' | 'deadline' | 'no-notifier'

/** Why a notification that was not delivered yet need not be any more: another takes its place, or there is nothing left to say. */
export type SupersedeReason = 'severity' | 'cleared' | 'reopened' | 'still-open' | 'policy'

/** Who says that an alert is over: a signal, a person, or the detector when it was asked. */
export type ClearReason = 'signal' | 'command' | 'asked' | 'policy'

/** A member of a union: what it is, by its type. */
export interface OfType<Type extends string> {
  /** Which one it is. */
  readonly type: Type
}

/** What every event carries that could have been otherwise. */
export interface Because<Reason extends string> {
  /** Why. */
  readonly reason: Reason
}

/** What every event about an alert carries. */
export interface AboutAlert {
  /** When it was decided, by the operator's clock, ms since the Unix epoch. */
  readonly time: number
  /** Id of the alert. */
  readonly alert: string
  /** The rule set that found the fault. */
  readonly ruleSet: string
  /** Key of the series. */
  readonly series: string
  /** The severity at that moment. */
  readonly severity: Severity
}

/** What every event that answers a signal carries. */
export interface AboutSignal extends AboutAlert {
  /** Id of the signal. */
  readonly signal: string
}

/** What every event about a notification carries. */
export interface AboutNotification extends AboutAlert {
  /** Id of the notification. */
  readonly notification: string
  /** Who is told. */
  readonly place: string
  /** Name of the notifier that tells it. */
  readonly notifier: string
  /** What is told. */
  readonly kind: NotificationKind
}

/**
 * The answer to a signal; each gets exactly one, after what it changed is durable, and a `normal` one only where it ends an alert
 * or is malformed. One that is `refused` or `muted` changed nothing.
 */
export type SignalEvent =
  | (OfType<'created'> & AboutSignal)
  /** An alert whose end was not told to everybody yet, or that opens and ends too often, is open again. */
  | (OfType<'reopened'> &
      AboutSignal & {
        /** How often it has opened by now. */
        readonly openings: number
      })
  | (OfType<'duplicate'> & Because<DuplicateReason> & AboutSignal)
  | (OfType<'severity'> &
      AboutSignal & {
        /** The severity before. */
        readonly from: Severity
      })
  /** It is open for another reason: the alert says so from now on, and nobody is told anew. */
  | (OfType<'reason'> & AboutSignal)
  /** Its detector holds it back: nobody is told, and there is no alert, but `alert` is the one that it would be. */
  | (OfType<'muted'> &
      AboutSignal & {
        /** What is held back; with `cleared` it is over. */
        readonly change: MutedSignal['change']
        /** Why it is there, or over. */
        readonly cause: FaultCause
        /** What is wrong, for people. */
        readonly text: string
      })
  | (OfType<'cleared'> &
      Because<ClearReason> &
      Referenced &
      AboutSignal & {
        /** Who ended it, where a person did. */
        readonly by?: string
        /** What he says of it. */
        readonly notes?: string
        /** Names of those who were told of the alert, or are just being told, and will be told of its end. */
        readonly told: readonly string[]
      })
  | (OfType<'refused'> & Because<RefuseReason> & AboutSignal)
  | (MalformedSignal & {
      /** When it was decided, ms since the Unix epoch. */
      readonly time: number
    })

/** The answer to a command, of which each gets exactly one, or what became of it later. */
export type CommandEvent =
  | (OfType<'acknowledged'> &
      Referenced &
      AboutAlert & {
        /** Who. */
        readonly by: string
        /** When it ends by itself, ms since the Unix epoch. */
        readonly until?: number
        /** For people. */
        readonly notes?: string
      })
  | (OfType<'unacknowledged'> &
      Referenced &
      Because<UnacknowledgeReason> &
      AboutAlert & {
        /** Who took it back. */
        readonly by?: string
      })
  | (OfType<'maintenance-set'> &
      Referenced & {
        /** When it was decided, ms since the Unix epoch. */
        readonly time: number
        /** The window. */
        readonly maintenance: Maintenance
      })
  | (OfType<'maintenance-ended'> &
      Referenced &
      Because<'command' | 'time'> & {
        /** When it ended, ms since the Unix epoch. */
        readonly time: number
        /** Id of the window. */
        readonly id: string
      })
  | (CommandRefusal & {
      /** When it was decided, ms since the Unix epoch. */
      readonly time: number
    })

/** What becomes of telling somebody. */
export type TellEvent =
  | (OfType<'waiting'> &
      AboutAlert & {
        /** Who is to be told. */
        readonly place: string
        /** When it will be told if the alert lasts, ms since the Unix epoch. */
        readonly until: number
      })
  | (OfType<'suppressed'> &
      Because<SuppressReason> &
      AboutAlert & {
        /** Who is not told; absent where no route reaches anybody. */
        readonly place?: string
      })
  | (OfType<'planned'> & AboutNotification)
  | (OfType<'attempt-failed'> &
      AboutNotification & {
        /** 1 for the first attempt since the start of the program. */
        readonly attempt: number
        /** What comes of it. */
        readonly failure: FailureClass
        /** What happened, without addresses or secrets. */
        readonly message: string
        /** Whether it may have arrived all the same. */
        readonly arrived: 'no' | 'perhaps'
        /** When it is tried again at the earliest, ms since the Unix epoch; absent where it is given up. */
        readonly retryAt?: number
      })
  | (OfType<'delivered'> &
      AboutNotification & {
        /** When it was planned, ms since the Unix epoch. */
        readonly plannedAt: number
        /** Attempts since the start of the program. */
        readonly attempts: number
        /** Addresses of the notifier that were refused for good although others were told. */
        readonly refused?: readonly RefusedRecipient[]
      })
  /** Nothing is lost: what is to be said now is told by another notification, or need not be said. */
  | (OfType<'superseded'> & Because<SupersedeReason> & AboutNotification)
  | (OfType<'dead'> &
      Because<DeadReason> &
      AboutNotification & {
        /** Attempts since the start of the program. */
        readonly attempts: number
      })

/** Whether a detector can be asked at all. */
export interface Askable {
  /** Nobody can be asked: `notify` has no option `stillOpen`. Absent where somebody can. */
  readonly unasked?: true
}

/** What becomes of an alert whose detector says nothing. */
export type StaleEvent =
  /** Its detector is asked whether it is still open. */
  | (OfType<'asked'> & Askable & AboutAlert)
  /** The detector says that it is. */
  | (OfType<'still-open'> & AboutAlert)
  /** There was no answer: nobody knows, and whoever was told of the alert is told so. */
  | (OfType<'unknown'> & Askable & AboutAlert)

/** Another policy holds from now on; every open state was kept. */
export type PolicyEvent = OfType<'policy-changed'> & {
  /** When, ms since the Unix epoch. */
  readonly time: number
}

/** Every decision, and why. A union by `type`; plain JSON. */
export type NotifyEvent = SignalEvent | CommandEvent | TellEvent | StaleEvent | PolicyEvent
