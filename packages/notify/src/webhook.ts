/**
 * Notifications and heartbeats by HTTP. Needs Node; what a receiver needs, `verifyWebhook`, is in the main entry.
 *
 * @module
 */
export { NotifyError } from './errors.ts'
export { secret } from './connections/secret.ts'
export { defaultWebhookNotifierOptions, webhookNotifier } from './notifiers/webhook.ts'
export { defaultWebhookHeartbeatOptions, webhookHeartbeat } from './notifiers/webhook-heartbeat.ts'

export type { Clock, Defined } from '@tocsin/core'
export type {
  Notification,
  NotificationField,
  NotificationKind,
  NotifiedAlert,
} from './model/notification.ts'
export type { RefusedRecipient } from './model/failure.ts'
export type { FaultCause, Severity } from './model/signal.ts'
export type { NotifyErrorCode } from './errors.ts'
export type { AllowedAddresses } from './connections/address-guard.ts'
export type { ConnectionOptions } from './connections/connection.ts'
export type { Delivered, Notifier } from './notifiers/notifier.ts'
export type { Secret, SecretReference } from './connections/secret.ts'
export type { WebhookNotifierOptions } from './notifiers/webhook.ts'
export type { WebhookHeartbeat, WebhookHeartbeatOptions } from './notifiers/webhook-heartbeat.ts'
export type { WebhookSecret } from './notifiers/webhook-signature.ts'
