export { memoryFileSystem, play, samples, samplesFromMarbles, virtualTime } from '@tocsin/core/testing'
export { notifierConformance } from './notifier-conformance.ts'
export { notifyStoreConformance } from './notify-store-conformance.ts'
export { recordingNotifier } from './recording-notifier.ts'

export type {
  BytesChoice,
  FaultOptions,
  FileOperation,
  Marbles,
  MarblesOptions,
  MemoryFileSystem,
  NameChoice,
  NameOperation,
  Place,
  PowerCut,
  SampleSequence,
  SamplesOptions,
  VirtualTime,
  VirtualTimeOptions,
} from '@tocsin/core/testing'
export type { EventTimeOptions, Timed } from '@tocsin/core/time'
export type {
  Duration,
  FileSystem,
  Histogram,
  OpenFile,
  OpenMode,
  Sample,
  SampleKind,
  Series,
  Tags,
} from '@tocsin/core'
export type { NotifyStoreCase, NotifyStoreUnderTest } from './notify-store-conformance.ts'
export type {
  NotifierAnswer,
  RecordedAttempt,
  RecordingNotifier,
  RecordingNotifierOptions,
} from './recording-notifier.ts'
export type { NotifierCase, NotifierUnderTest } from './notifier-conformance.ts'
export type { Delivered, Notifier } from '../notifiers/notifier.ts'
export type {
  Notification,
  NotificationField,
  NotificationKind,
  NotifiedAlert,
} from '../model/notification.ts'
export type { NotifierScene, ReceiverBehaviour } from './notifier-scene.ts'
