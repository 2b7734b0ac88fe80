import { type Html, html } from '@appointments/chassis';
import type { BookingStatus } from '../../schema.ts';
import { STATUS_WORDS } from './plain-words.ts';

/** The shapes that stand for states; each differs in form and not in colour alone. */
export type Mark = BookingStatus | 'begun' | 'turned' | 'waiting' | 'waited' | 'caught' | 'fork' | 'operator';

const ring = html`<circle cx="8" cy="8" r="6.2"/>`;
const back = html`<path d="M11.6 12.2V7.4a3.1 3.1 0 0 0-6.2 0v4"/><path d="M3 9.3l2.4 2.5 2.4-2.5"/>`;

const SHAPES: Record<Mark, Html> = {
  confirmed: html`<circle class="solid" cx="8" cy="8" r="7"/><path class="cut" d="M4.9 8.3l2.2 2.2 4.1-4.7"/>`,
  pending: html`<circle cx="8" cy="8" r="6.2" stroke-dasharray="2.6 2.27"/>`,
  compensating: html`<g stroke-dasharray="2.2 1.6"><path d="M11.6 12.2V7.4a3.1 3.1 0 0 0-6.2 0v4"/></g><path d="M3 9.3l2.4 2.5 2.4-2.5"/>`,
  requires_action: html`${ring}<path d="M8 4.6V8l2.3 1.6"/>`,
  paused: html`${ring}<path d="M6.2 5.4v5.2M9.8 5.4v5.2"/>`,
  compensated: back,
  failed: html`${ring}<path d="M5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6"/>`,
  stuck: html`<path class="solid" d="M8 1.2L15.4 14.4H.6z"/><path class="cut" d="M8 6v4.1M8 12.1v.4"/>`,
  cancelled: html`${ring}<path d="M3.7 12.3l8.6-8.6"/>`,
  begun: html`<circle class="solid" cx="8" cy="8" r="4.2"/>`,
  turned: html`<path d="M4 3.4v4.4a3.6 3.6 0 0 0 7.2 0V5"/><path d="M8.8 6.9l2.4-2.5 2.4 2.5"/>`,
  waiting: html`${ring}<path d="M8 4.6V8l2.3 1.6"/>`,
  waited: html`<circle class="solid" cx="8" cy="8" r="7"/><path class="cut" d="M8 4.2V8l2.5 1.8"/>`,
  caught: html`<path d="M4.4 4.4l7.2 7.2M11.6 4.4l-7.2 7.2"/>`,
  fork: html`<path d="M8 1.8v2.6M4 14.2V8.6A4.2 4.2 0 0 1 8 4.4a4.2 4.2 0 0 1 4 4.2v5.6"/>`,
  operator: html`<circle cx="8" cy="5.2" r="2.9"/><path d="M2.6 14.2a5.4 5.4 0 0 1 10.8 0"/>`,
};

/** A mark; it says nothing to a screen reader, a word always stands beside it. */
export function mark(name: Mark): Html {
  return html`<svg class="mark" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">${SHAPES[name]}</svg>`;
}

/** A booking's state as shape, colour and word. */
export function statusLabel(status: BookingStatus): Html {
  return html`<span class="status tone-${status}">${mark(status)}<span>${STATUS_WORDS[status].name}</span></span>`;
}
