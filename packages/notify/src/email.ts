export { NotifyError } from './errors.ts'
export { defaultEmailNotifierOptions, emailNotifier } from './notifiers/email.ts'
export { secret } from './connections/secret.ts'

export type { Defined } from '@tocsin/core'
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
export type { EmailNotifierOptions } from './notifiers/email.ts'
export type { MailMessage, MailTransport } from './notifiers/mail-transport.ts'
export type { Delivered, Notifier } from './notifiers/notifier.ts'
export type { Secret, SecretReference } from './connections/secret.ts'
export type { SmtpOptions } from './notifiers/smtp-transport.ts'
