// A section of cards: keeps what stays, so that focus and the place of the page survive an update.
import { element } from '../elements.js'
import { createCard } from './card.js'

/** `shared` is that of {@link createCard}, with `observer` for what is in the window and `schedule`. */
export function createSection(root, shared) {
  const grid = element('div', { class: 'chart-grid' })
  const below = element('div', { class: 'chart-below' })
  root.append(grid, below)
  /** id -> card */
  const cards = new Map()

  return {
    cards,
    below,
    /** These cards, in this order. */
    show(specs) {
      if (specs.length > 0) delete grid.dataset.instead
      const wanted = new Set(specs.map(({ id }) => id))
      for (const [id, card] of cards) {
        if (wanted.has(id)) continue
        shared.observer.unobserve(card.slot)
        shared.cardOf.delete(card.slot)
        shared.schedule().forget(card)
        card.remove()
        cards.delete(id)
      }
      for (const other of [...grid.children])
        if (![...cards.values()].some(({ root: own }) => own === other)) other.remove()
      specs.forEach((spec, at) => {
        let card = cards.get(spec.id)
        if (card === undefined) {
          card = createCard(shared)
          cards.set(spec.id, card)
          shared.cardOf.set(card.slot, card)
        }
        card.update(spec)
        if (grid.children[at] !== card.root) grid.insertBefore(card.root, grid.children[at] ?? null)
        shared.observer.observe(card.slot)
      })
    },
    /** No cards, but what stands in their place: `boxes` as elements. */
    showInstead(kind, make) {
      if (grid.dataset.instead === kind && cards.size === 0) return
      this.show([])
      grid.dataset.instead = kind
      grid.replaceChildren(...make())
    },
  }
}

/**
 * A dashed place with a title and words, or with words and a button.
 * @param {{ title?: string, words: string, button?: string, onClick?: () => void, isWide?: boolean }} parts
 */
export function emptyBox({ title, words, button, onClick, isWide = false }) {
  const link = button && element('button', { type: 'button', class: 'link' }, button)
  link?.addEventListener('click', onClick)
  return element(
    'div',
    { class: `empty chart-empty${isWide ? ' whole' : ''}` },
    title && element('h3', {}, title),
    element('p', {}, words, link && ' ', link),
  )
}
