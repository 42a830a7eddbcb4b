export { formatDuration, parseDuration, series } from '@tocsin/core'
export { policySchema } from './model/policy.ts'
export { parsePolicy } from './engine-options.ts'
export { deliveryFailure, NotifyError } from './errors.ts'
export { consoleNotifier, defaultConsoleNotifierOptions } from './notifiers/console.ts'
export { notify } from './notify.ts'
export { deliveries } from './explain/deliveries.ts'
export { describeEvent } from './explain/describe-event.ts'
export { defaultNotifyHistoryOptions, notifyHistory } from './explain/notify-history.ts'
export { defaultNotifySamplesOptions, notifySamples } from './explain/notify-samples.ts'
export { defaultNotifyOptions } from './options.ts'
export { lintPolicy } from './policy/lint-policy.ts'
export { simulatePolicy } from './policy/simulate-policy.ts'
export { memoryNotifyStore } from './stores/memory-notify-store.ts'
export { defaultVerifyWebhookOptions, verifyWebhook } from './notifiers/webhook-signature.ts'

export type {
  Clock,
  Defined,
  Duration,
  Logger,
  Problem,
  ProblemListener,
  Histogram,
  Sample,
  SampleKind,
  SampleOf,
  SampleValues,
  Series,
  Tags,
} from '@tocsin/core'
export type { JsonSchema } from '@tocsin/core/shape'
export type { Acknowledgement, Alert, AlertPlace, SuppressReason } from './model/alert.ts'
export type {
  Command,
  CommandInput,
  CommandRefusal,
  CommandRefuseReason,
  Referenced,
} from './model/command.ts'
export type {
  AboutAlert,
  AboutNotification,
  AboutSignal,
  Askable,
  Because,
  ClearReason,
  CommandEvent,
  DeadReason,
  DuplicateReason,
  NotifyEvent,
  OfType,
  PolicyEvent,
  RefuseReason,
  SignalEvent,
  StaleEvent,
  SupersedeReason,
  TellEvent,
  UnacknowledgeReason,
} from './model/event.ts'
export type { FailureClass } from './model/failure.ts'
export type {
  Notification,
  NotificationField,
  NotificationKind,
  NotifiedAlert,
  PlannedNotification,
} from './model/notification.ts'
export type {
  BySeverity,
  ContactGroup,
  Flapping,
  Maintenance,
  Policy,
  PolicyInput,
  Renamed,
  Route,
  Stale,
} from './model/policy.ts'
export type { RefusedRecipient } from './model/failure.ts'
export type {
  DetectorSignal,
  FaultCause,
  FaultInfo,
  FaultSignal,
  MalformedSignal,
  MutedSignal,
  NormalSignal,
  Severity,
} from './model/signal.ts'
export type { EndedEpisode, NotifyChange } from './model/change.ts'
export type { NotifyLimits } from './engine-options.ts'
export type { NotifyErrorCode } from './errors.ts'
export type { MaybePromise } from './maybe-promise.ts'
export type { Delivered, Notifier } from './notifiers/notifier.ts'
export type { ConsoleNotifierOptions } from './notifiers/console.ts'
export type { FailedAttempt, NotificationDelivery } from './explain/deliveries.ts'
export type {
  ExplainedEvent,
  ExplainQuestion,
  Explanation,
  NotifyHistory,
  NotifyHistoryOptions,
} from './explain/notify-history.ts'
export type { NotifySamplesOptions } from './explain/notify-samples.ts'
export type {
  DefaultedNotifyOptions,
  Heartbeat,
  NotifyOptions,
  StillOpen,
  StillOpenAnswer,
} from './options.ts'
export type { NotifyProblem, NotifyProblemReason } from './problem.ts'
export type { LintPolicyOptions, PolicyFinding, PolicyFindingReason } from './policy/lint-policy.ts'
export type {
  SimulatedAlert,
  SimulatedChange,
  SimulatedMoment,
  SimulateOptions,
} from './policy/simulate-policy.ts'
export type { NotifyStore } from './stores/notify-store.ts'
export type {
  FetchHeaders,
  VerifyWebhookOptions,
  WebhookHeaders,
  WebhookSecret,
  WebhookVerdict,
} from './notifiers/webhook-signature.ts'
