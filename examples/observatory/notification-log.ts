import type { Notification, Notifier } from '@tocsin/notify'
import { Subject } from 'rxjs'
import type { Observable } from 'rxjs'

/** Notifications kept for the page. */
const maxEntries = 100

/** The notifier of the page: keeps the latest notifications and tells them to whoever watches. */
export class NotificationLog implements Notifier {
  readonly #entries: Notification[] = []
  readonly #added = new Subject<Notification>()
  readonly entries$: Observable<Notification> = this.#added.asObservable()

  async send(notification: Notification): Promise<void> {
    this.#entries.push(notification)
    if (this.#entries.length > maxEntries) this.#entries.shift()
    this.#added.next(notification)
  }

  /** The latest, oldest first. */
  entries(): readonly Notification[] {
    return this.#entries
  }
}
